//! A refresh where no store can be: whatever it would ask a store comes to nothing.

use std::time::Duration;

use super::super::{Fresh, Lead};
use super::{Grant, Refresh, provided};
use crate::error::Error;
use crate::random::Random;
use crate::shared::Shared;
use crate::step::{Answer, Step};
use crate::time::Now;

#[derive(Debug)]
pub(super) struct Store;

impl Store {
    pub(super) fn new(_: &Shared, _: &Grant, _: &Lead, _: &mut Random) -> Self {
        Self
    }

    pub(super) fn patience(&self) -> Duration {
        Duration::MAX
    }
}

impl Refresh {
    pub(super) fn begin(&mut self, now: Now) -> Step {
        self.ask(now)
    }

    pub(super) fn answered(&mut self, now: Now, answer: Answer) -> Step {
        self.end(now, provided(answer, now))
    }

    pub(super) fn settle(&mut self, now: Now, outcome: Result<Fresh, Error>) -> Step {
        self.end(now, outcome)
    }
}
