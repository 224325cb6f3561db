//! A refresh that looks into the caller's store before it asks the platform, and puts away what came.

use std::time::Duration;

use super::super::shelf::{Move, REQUEST, Shelf};
use super::super::{Fresh, Lead};
use super::{Grant, Refresh, provided};
use crate::error::{Class, Error};
use crate::options::Options;
use crate::random::Random;
use crate::step::{Answer, Step, Why};
use crate::time::Now;

/// The store's side of one refresh; empty where there is no store.
#[derive(Debug)]
pub(super) struct Store {
    shelf: Option<Shelf>,
    /// What was fetched, while it is put away.
    outcome: Option<Result<Fresh, Error>>,
    complaint: Option<String>,
}

impl Store {
    pub(super) fn new(options: &Options, grant: &Grant, lead: &Lead, random: &mut Random) -> Self {
        // A ticket is not fetched: no lease helps.
        let is_kept = options.has_token_store && grant.kind() != "ticket";
        let shelf = is_kept.then(|| Shelf::new(lead.key(), lead.current(), random));
        Self { shelf, outcome: None, complaint: None }
    }

    /// A request under a lease ends before the lease does.
    pub(super) fn patience(&self) -> Duration {
        if self.shelf.is_some() { REQUEST } else { Duration::MAX }
    }
}

impl Refresh {
    pub(super) fn begin(&mut self, now: Now) -> Step {
        match self.store.shelf.as_mut().map(Shelf::look) {
            Some(look) => self.make(now, look),
            None => self.ask(now),
        }
    }

    pub(super) fn answered(&mut self, now: Now, answer: Answer) -> Step {
        match self.store.shelf.as_mut() {
            Some(shelf) => {
                let next = shelf.answered(now, answer, &mut self.random);
                self.make(now, next)
            }
            None => self.end(now, provided(answer, now)),
        }
    }

    /// What was fetched goes into the store first, then to everybody who waits.
    pub(super) fn settle(&mut self, now: Now, outcome: Result<Fresh, Error>) -> Step {
        let Some(shelf) = self.store.shelf.as_mut() else { return self.end(now, outcome) };
        let next = shelf.store(outcome.as_ref().ok());
        self.store.outcome = Some(outcome);
        self.make(now, next)
    }

    /// Why the store was left alone, for [`Event::StoreFailed`](crate::Event::StoreFailed); told once. For a loop of your own in the place of [`drive()`](crate::drive()).
    pub fn take_complaint(&mut self) -> Option<String> {
        self.store.complaint.take()
    }

    fn make(&mut self, now: Now, next: Move) -> Step {
        match next {
            Move::Ask(ask) => Step::Ask(ask),
            Move::Wait(_) if self.effort.is_over(now.mono) => self.end(now, Err(held_up())),
            Move::Wait(until) => Step::Wait { until: self.effort.cap(until), ticket: None, why: Why::Lease },
            Move::Found(fresh) => self.end(now, Ok(fresh)),
            Move::Go => self.ask(now),
            Move::Over => self.go_on(now),
            Move::Without(complaint) => {
                self.store.complaint = Some(complaint);
                self.store.shelf = None;
                self.go_on(now)
            }
        }
    }

    /// With what was fetched, or to fetch it.
    fn go_on(&mut self, now: Now) -> Step {
        match self.store.outcome.take() {
            Some(outcome) => self.end(now, outcome),
            None => self.ask(now),
        }
    }
}

fn held_up() -> Error {
    let reason = "other clients of the token store were fetching the token all along, and none came";
    Error::new(Class::Timeout, reason).with_remedy("try again")
}
