//! A call that waits until a user has signed in with a device's code.

use std::time::Duration;

use super::Call;
use crate::auth::{Grant, Key, Proof, SignIn};
use crate::codes::Action;
use crate::envelope::Refusal;
use crate::error::{Class, Error};
use crate::plan::Need;
use crate::secret::Secret;
use crate::step::{Reply, Step, Why};
use crate::time::Now;

/// So much longer are the pauses when the platform was asked too often (RFC 8628 §3.5), up to a minute.
const SLOWER: Duration = Duration::from_secs(5);
const SLOWEST: Duration = Duration::from_secs(60);

impl Call {
    /// Asks again after a while where the user has not signed in yet.
    pub(super) fn ask_later(&mut self, now: Now, refusal: &Refusal) -> Option<Step> {
        let polling = self.plan.polling.as_mut()?;
        match refusal.action {
            Some(Action::Pending) => {}
            Some(Action::Rate) => polling.interval = (polling.interval + SLOWER).min(SLOWEST),
            _ => return None,
        }
        // Whether the user takes long or not says nothing about the network.
        self.effort.attempts = 0;
        let until = self.effort.cap(now.mono + polling.interval);
        Some(Step::Wait { until, ticket: None, why: Why::Token })
    }

    /// The user has signed in: what came is kept like the tokens that a code buys.
    pub(super) fn take_sign_in(&mut self, now: Now, reply: &Reply) -> Step {
        let pair = Secret::new(String::from_utf8_lossy(reply.data()).into_owned());
        let key = Key::new(&[self.shared.base.as_str(), &self.shared.options.app_id, "sign-in", &self.random.uuid()]);
        self.plan.need = Need::Slot(Grant::from(SignIn::new(Proof::Pair(pair))), key);
        (self.plan.prepared, self.plan.polling) = (None, None);
        self.seek_token(now)
    }

    /// The error of a device's code that nobody has used.
    pub(super) fn unused(&self) -> Option<Error> {
        self.plan.polling.as_ref()?;
        let error = Error::new(Class::ReauthorizationRequired, "nobody has signed in with this code in time");
        Some(error.with_remedy("begin again with client.oauth.device"))
    }
}
