//! What runs in a flight.

#[cfg(feature = "server")]
use std::time::Duration;

use larkspur_core::{Call, Now, Outcome, Refresh, Step};
#[cfg(feature = "server")]
use larkspur_core::{Mono, Why};

/// A machine of the core; a flight is in a box as a whole.
#[allow(clippy::large_enum_variant, reason = "most machines are calls")]
pub enum Machine {
    Call(Call),
    Refresh(Box<Refresh>),
}

impl Machine {
    /// Hands the outcome of the last step in and takes the next step out.
    pub fn resume(&mut self, now: Now, outcome: Outcome) -> Step {
        match self {
            Machine::Call(call) => call.resume(now, outcome),
            Machine::Refresh(refresh) => refresh.resume(now, outcome),
        }
    }

    /// Which store was left alone and why, once.
    #[cfg(feature = "tokens")]
    pub fn complaint(&mut self) -> Option<(&'static str, String)> {
        match self {
            Machine::Refresh(refresh) => refresh.take_complaint().map(|reason| ("token store", reason)),
            #[cfg(feature = "server")]
            Machine::Call(call) => call.take_complaint().map(|reason| ("pacing store", reason)),
            #[cfg(not(feature = "server"))]
            Machine::Call(_) => None,
        }
    }

    /// How long a wait is with the turn that comes behind it.
    #[cfg(feature = "server")]
    pub fn whole_wait(&self, now: Now, until: Mono, why: Why) -> Duration {
        match self {
            Machine::Call(call) => call.whole_wait(now.mono, until, why).since(now.mono),
            Machine::Refresh(_) => until.since(now.mono),
        }
    }
}
