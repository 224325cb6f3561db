//! How a call waits for its turn, so that the platform's rates are kept.

use std::time::Duration;

use super::Call;
use crate::error::{Class, Error};
use crate::pacing::{Counted, Turn, Window};
use crate::plan::Need;
use crate::secret::Secret;
use crate::step::{Step, Why};
use crate::time::{Mono, Now};

/// How long nothing is sent after too many calls, where the platform does not say.
const PAUSE: Duration = Duration::from_secs(1);

/// The code with which the platform refuses a message because there are too many in its chat; other chats need not wait for that.
const OF_ONE_CHAT: i64 = 230_020;

impl Call {
    /// What comes before its turn; nothing when it may go.
    pub(super) fn turn(&mut self, now: Now) -> Option<Step> {
        let counted = self.counted()?;
        #[cfg(feature = "fleet")]
        if let Some(fleet) = self.shared.fleet.clone() {
            return self.turn_in_fleet(&fleet, now, counted);
        }
        self.turn_in_client(now, counted, <[Window]>::to_vec)
    }

    /// The same among the calls of this client alone, with the windows that are made of those of the platform.
    pub(super) fn turn_in_client(&mut self, now: Now, counted: Counted, windows: fn(&[Window]) -> Vec<Window>) -> Option<Step> {
        let place = match self.waiting.place.take() {
            Some((known, place)) if known == counted => place,
            _ => self.shared.pacer.queue(now.mono, &counted, &windows(&self.plan.paced.as_ref()?.windows)),
        };
        let turn = place.ask(now.mono);
        // Once it has gone it keeps the place too: refused for coming too often, it does not come last.
        self.waiting.place = Some((counted, place));
        match turn {
            Turn::Go(slot) => {
                slot.sent();
                None
            }
            Turn::Wait { until, ready } => Some(self.wait_for_turn(now, until, ready)),
        }
    }

    /// A turn that comes after the call's own end is not waited for.
    pub(super) fn wait_for_turn(&mut self, now: Now, until: Mono, ready: Mono) -> Step {
        if self.effort.cap(ready) < ready {
            return self.too_late(now, ready.since(now.mono));
        }
        self.waiting.ready = Some(ready);
        Step::Wait { until: self.effort.cap(until), ticket: None, why: Why::Pacing }
    }

    /// When a wait that has begun will be over, with the turn that comes behind it, as things stand. For a loop of your own in the place of
    /// [`drive()`](crate::drive()).
    pub fn whole_wait(&self, now: Mono, until: Mono, why: Why) -> Mono {
        let turn = match why {
            Why::Pacing => self.waiting.ready,
            Why::Backoff { .. } | Why::RateLimit { .. } if !self.is_in_fleet() => {
                self.waiting.place.as_ref().map(|(_, place)| place.foresee(now))
            }
            _ => None,
        };
        turn.map_or(until, |turn| turn.max(until))
    }

    /// The platform refused: after too many calls all that are counted together slow down.
    pub(super) fn note_refusal(&self, now: Now, error: &Error, wait: Option<Duration>) {
        let is_of_chat = error.answer.as_ref().is_some_and(|answer| answer.code == OF_ONE_CHAT);
        let Some(counted) = self.counted().filter(|_| !is_of_chat) else { return };
        let until = now.mono + wait.unwrap_or(PAUSE);
        self.shared.pacer.refused(now.mono, &counted, until);
        #[cfg(feature = "fleet")]
        if let Some(fleet) = &self.shared.fleet {
            fleet.refused(&self.key(&counted), until);
        }
    }

    /// What the whole fleet waits for is not known here.
    fn is_in_fleet(&self) -> bool {
        #[cfg(feature = "fleet")]
        return self.shared.fleet.is_some();
        #[cfg(not(feature = "fleet"))]
        false
    }

    fn counted(&self) -> Option<Counted> {
        let paced = self.plan.paced.as_ref()?;
        let owner = paced.owner.clone().unwrap_or_else(|| self.token());
        Some(Counted { owner, interface: paced.interface.clone() })
    }

    /// The token that goes out; empty where none does.
    pub(super) fn token(&self) -> Secret {
        match (&self.plan.need, &self.held) {
            (Need::Given(token), _) => token.clone(),
            (Need::Slot(..), Some(held)) => held.value.clone(),
            _ => Secret::default(),
        }
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
