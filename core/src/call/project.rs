//! What calls of Feishu Project do besides: they carry their token in a header of its own, and never repeat a write under another one.

use super::Call;
use crate::codes::Action;
use crate::envelope::Refusal;
use crate::error::{Class, Error};
use crate::http::Headers;
use crate::retry::Setback;
use crate::secret::Secret;
use crate::step::Step;

/// What is said of a write whose answer was lost, and whose repetition was recognised.
const EXECUTED: &str = "an earlier attempt of this call was probably executed, and only its answer lost: look for what it made with a call that reads, and do not write again before";

impl Call {
    /// The end of a write that may have been executed, when the token is another one since.
    pub(super) fn unrepeatable(&mut self) -> Option<Step> {
        let is_repeatable = self.lost.as_ref().is_none_or(|lost| *lost == self.token());
        (!is_repeatable).then(|| self.not_repeated())
    }

    /// Puts the token where this family has it; says whether it is of this family.
    pub(super) fn authorize(&self, headers: &mut Headers, token: &Secret) -> bool {
        if self.plan.course.is_some() {
            headers.push("X-PLUGIN-TOKEN", token.reveal());
        }
        self.plan.course.is_some()
    }

    /// A string that was used is told by an attempt of this very call, whose answer was lost.
    pub(super) fn explain_conflict(&self, refusal: &mut Refusal) {
        if refusal.action == Some(Action::Conflict) && self.lost.is_some() {
            refusal.error.parts_mut().remedy = Some(EXECUTED.to_owned());
        }
    }

    /// An attempt may have been executed: its idempotency string counts under its token only.
    pub(super) fn note_setback(&mut self, setback: Setback) {
        let is_write = self.plan.course.as_ref().is_some_and(|course| course.is_write);
        if is_write && matches!(setback, Setback::Lost | Setback::Busy) {
            self.lost = Some(self.token());
        }
    }

    fn not_repeated(&mut self) -> Step {
        let error = self.last.take().unwrap_or_else(|| Error::new(Class::Transport, "the answer was lost"));
        self.fail(
            error.with_remedy("look whether it was executed: the token has changed since, so that a repetition would not be recognised"),
        )
    }
}
