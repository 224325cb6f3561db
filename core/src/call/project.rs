//! What calls of Feishu Project do besides: wait for their turn, and never repeat a write under another token.

use std::time::Duration;

use super::Call;
use crate::codes::Action;
use crate::error::{Class, Error};
use crate::http::Headers;
use crate::pacing::Turn;
use crate::plan::Need;
use crate::project::Lane;
use crate::retry::Setback;
use crate::secret::Secret;
use crate::step::{Step, Why};
use crate::time::Now;

/// How long nothing is sent after too many calls, where the platform does not say.
const PAUSE: Duration = Duration::from_secs(1);

impl Call {
    /// A step that comes before the request, if there is one.
    pub(super) fn before_sending(&mut self, now: Now) -> Option<Step> {
        let token = self.token()?;
        if self.progress.lost.as_ref().is_some_and(|lost| *lost != token) {
            return Some(self.not_repeated());
        }
        let lane = self.lane().filter(|_| self.is_paced())?;
        let place = match self.progress.place.take() {
            Some((known, place)) if known == lane => place,
            _ => self.shared.pacer.queue(now.mono, &lane, &self.plan.course.as_ref()?.windows),
        };
        match place.ask(now.mono) {
            Turn::Go(slot) => {
                slot.sent();
                None
            }
            Turn::Wait { ready, .. } if self.effort.cap(ready) < ready => Some(self.too_late(now, ready.since(now.mono))),
            Turn::Wait { until, .. } => {
                self.progress.place = Some((lane, place));
                Some(Step::Wait { until, ticket: None, why: Why::Pacing })
            }
        }
    }

    /// Puts the token where this family has it; says whether it is of this family.
    pub(super) fn authorize(&self, headers: &mut Headers, token: &Secret) -> bool {
        if self.plan.course.is_some() {
            headers.push("X-PLUGIN-TOKEN", token.reveal());
        }
        self.plan.course.is_some()
    }

    /// The platform refused: after too many calls everybody on the lane slows down.
    pub(super) fn note_refusal(&self, now: Now, action: Option<Action>, wait: Option<Duration>) {
        if let Some(lane) = self.lane().filter(|_| action == Some(Action::Rate) && self.is_paced()) {
            self.shared.pacer.refused(now.mono, &lane, now.mono + wait.unwrap_or(PAUSE));
        }
    }

    /// An attempt may have been executed: its idempotency string counts under its token only.
    pub(super) fn note_setback(&mut self, setback: Setback) {
        let is_write = self.plan.course.as_ref().is_some_and(|course| course.is_write);
        if is_write && matches!(setback, Setback::Lost | Setback::Busy) {
            self.progress.lost = self.token();
        }
    }

    fn is_paced(&self) -> bool {
        self.plan.course.as_ref().is_some_and(|course| !course.windows.is_empty())
    }

    fn lane(&self) -> Option<Lane> {
        let interface = self.plan.course.as_ref()?.interface.clone();
        Some(Lane { token: self.token()?, interface })
    }

    /// The token that goes out; empty where none does.
    fn token(&self) -> Option<Secret> {
        match (&self.plan.need, &self.held) {
            (Need::Given(token), _) => Some(token.clone()),
            (Need::Slot(..), Some(held)) => Some(held.value.clone()),
            _ => self.plan.course.as_ref().map(|_| Secret::default()),
        }
    }

    fn not_repeated(&mut self) -> Step {
        let error = self.last.take().unwrap_or_else(|| Error::new(Class::Transport, "the answer was lost"));
        self.fail(
            error.with_remedy("look whether it was executed: the token has changed since, so that a repetition would not be recognised"),
        )
    }

    fn too_late(&mut self, now: Now, turn: Duration) -> Step {
        let left = self.effort.left(now.mono).unwrap_or_default();
        let error = self.last.take().unwrap_or_else(|| {
            let reason = format!("its turn comes in {} s, and max_wait ends in {} s", turn.as_secs_f64(), left.as_secs_f64());
            Error::new(Class::Timeout, reason).with_remedy("raise max_wait, or call less often")
        });
        self.fail(error)
    }
}
