//! A refresh that looks into the caller's store before it asks the platform, and puts away what came.

use std::time::Duration;

#[cfg(feature = "oauth")]
use super::super::record::SignedIn;
use super::super::shelf::{Move, REQUEST, Shelf};
use super::super::{Fresh, Lead};
use super::{Grant, Refresh, provided};
use crate::error::{Class, Error};
use crate::random::Random;
#[cfg(feature = "isv")]
use crate::secret::Secret;
use crate::shared::Shared;
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
    pub(super) fn new(shared: &Shared, grant: &Grant, lead: &Lead, random: &mut Random) -> Self {
        let options = &shared.options;
        // A ticket is not fetched: no lease helps.
        let is_kept = options.has_token_store && !matches!(grant.kind(), "ticket" | "sign-in" | "sign-out");
        let shelf = is_kept.then(|| Shelf::new(lead.key(), lead.current(), random));
        #[cfg(feature = "oauth")]
        let shelf = match grant {
            Grant::User(_) if !options.has_token_provider => Some(Shelf::new(lead.key(), lead.current(), random).of_user()),
            Grant::SignOut(user) if !options.has_token_provider => {
                Some(Shelf::new(shared.user_key(user).as_str(), None, random).of_sign_out())
            }
            _ => shelf,
        };
        Self { shelf, outcome: None, complaint: None }
    }

    /// What a store app's token is bought with, if another client has left it there.
    #[cfg(feature = "isv")]
    pub(super) fn take_ticket(&mut self) -> Option<Secret> {
        self.shelf.as_mut().map(Shelf::take_ticket).filter(|ticket| !ticket.is_blank())
    }

    #[cfg(feature = "oauth")]
    pub(super) fn user(&self) -> Option<&SignedIn> {
        self.shelf.as_ref().and_then(Shelf::user)
    }

    /// A user's token that lies in the store and is to be taken back.
    #[cfg(feature = "oauth")]
    pub(super) fn found(&self) -> Option<&Secret> {
        self.shelf.as_ref().and_then(Shelf::found)
    }

    /// Begins to put away what came.
    #[cfg(feature = "oauth")]
    pub(super) fn keep(&mut self, mut shelf: Shelf, outcome: Result<Fresh, Error>, put: impl FnOnce(&mut Shelf) -> Move) -> Move {
        let next = put(&mut shelf);
        self.shelf = Some(shelf);
        self.outcome = Some(outcome);
        next
    }

    #[cfg(feature = "oauth")]
    pub(super) fn take_shelf(&mut self) -> Option<Shelf> {
        self.shelf.take()
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
        #[cfg(feature = "oauth")]
        let outcome = match self.user_outcome(now, outcome) {
            Ok(step) => return step,
            Err(outcome) => outcome,
        };
        #[cfg(feature = "isv")]
        let ticket = self.ticket().filter(|_| outcome.is_ok());
        let Some(shelf) = self.store.shelf.as_mut() else { return self.end(now, outcome) };
        #[cfg(feature = "isv")]
        ticket.into_iter().for_each(|ticket| shelf.keep_ticket(ticket));
        let next = shelf.store(outcome.as_ref().ok());
        self.store.outcome = Some(outcome);
        self.make(now, next)
    }

    /// Why the store was left alone, for [`Event::StoreFailed`](crate::Event::StoreFailed); told once. For a loop of your own in the place of [`drive()`](crate::drive()).
    pub fn take_complaint(&mut self) -> Option<String> {
        self.store.complaint.take()
    }

    pub(super) fn make(&mut self, now: Now, next: Move) -> Step {
        match next {
            #[cfg(feature = "oauth")]
            Move::Ask(ask) if !self.shared.options.has_token_store => {
                let answer = self.shared.vault.answer(ask);
                self.answered(now, answer)
            }
            Move::Ask(ask) => Step::Ask(ask),
            #[cfg(feature = "oauth")]
            Move::SignedOut(left) => {
                let error = self.sign_in_again(left.as_ref());
                self.end(now, Err(error))
            }
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
            #[cfg(feature = "oauth")]
            Some(Ok(fresh)) if self.grant.kind() == "sign-in" => self.signed_in(now, fresh),
            Some(outcome) => self.end(now, outcome),
            // What a user's token is bought with lies in the store, and is not spent without a mark there.
            #[cfg(feature = "oauth")]
            None if matches!(self.grant.kind(), "user" | "sign-out") => self.end(now, Err(no_store())),
            None => self.ask(now),
        }
    }
}

#[cfg(feature = "oauth")]
fn no_store() -> Error {
    let mut error = Error::new(Class::Unavailable, "the token store cannot be used, and what the user's token is bought with lies there");
    error.parts_mut().retryable = true;
    error
}

fn held_up() -> Error {
    let reason = "other clients of the token store were fetching the token all along, and none came";
    Error::new(Class::Timeout, reason).with_remedy("try again")
}
