//! How a call ends that sends nothing more.

use super::Call;
#[cfg(feature = "oauth")]
use crate::auth::Grant;
use crate::encode::{Object, quote};
use crate::error::{Class, Error};
use crate::plan::Need;
use crate::secret::Secret;
use crate::step::{Reply, Step};
#[cfg(feature = "isv")]
use crate::time::Now;
use crate::time::seconds;

impl Call {
    pub(super) fn out_of_time(&mut self) -> Step {
        let span = self.plan.options.max_wait(self.plan.is_file).unwrap_or_default();
        let error = self.last.take().unwrap_or_else(|| {
            Error::new(Class::Timeout, format!("no answer within max_wait ({} s)", seconds(span))).with_remedy("raise max_wait")
        });
        self.fail(error)
    }

    /// Why a store app's call came to nothing before it was sent.
    #[cfg(feature = "isv")]
    pub(super) fn lacks_ticket(&self, now: Now) -> Option<Error> {
        let was_sent = self.held.is_some() || self.last.is_some() || !matches!(self.plan.need, Need::Slot(..));
        let span = self.plan.options.max_wait(self.plan.is_file).unwrap_or_default();
        (!was_sent && self.shared.lacks_ticket(now)).then(|| crate::auth::no_ticket(span))
    }

    pub(super) fn fail(&self, error: Error) -> Step {
        #[cfg(feature = "oauth")]
        if let Need::Slot(Grant::SignIn(_) | Grant::SignOut(_), key) = &self.plan.need {
            self.shared.tokens.forget(key);
        }
        Step::Done(Err(self.failure(error)))
    }

    /// The error with what is known of the call.
    pub(crate) fn failure(&self, error: Error) -> Error {
        let mut error = error.of_operation(&self.plan.name);
        error.parts_mut().attempts = self.effort.attempts;
        error
    }

    pub(super) fn token_reply(&self) -> Reply {
        #[cfg(feature = "oauth")]
        if let Need::Slot(Grant::SignIn(sign_in), key) = &self.plan.need {
            self.shared.tokens.forget(key);
            return Reply::of_json(sign_in.user());
        }
        #[cfg(feature = "oauth")]
        if let Need::Slot(Grant::SignOut(_), key) = &self.plan.need {
            self.shared.tokens.forget(key);
            return Reply::of_json("null".into());
        }
        let (token, expires) = match (&self.plan.need, &self.held) {
            (Need::Given(token), _) => (token.clone(), None),
            (_, Some(held)) => (held.value.clone(), Some(held.expires.0)),
            _ => (Secret::default(), None),
        };
        let expires = expires.map_or("null".into(), |moment: u64| moment.to_string());
        Reply::of_json(Object::of(&[("token", &quote(token.reveal())), ("expires_at", &expires)]))
    }
}
