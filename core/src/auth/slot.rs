use std::task::Waker;
use std::time::Duration;

use super::{Found, Fresh, Held, REFUSAL_PAUSE};
use crate::error::Error;
use crate::secret::Secret;
use crate::time::{Mono, Now};

/// After a failed refresh nobody asks again for this long, unless the server names a longer time.
const PAUSE: Duration = Duration::from_secs(1);

/// The same while the old token still holds.
const RELAXED_PAUSE: Duration = Duration::from_secs(30);

/// The state of one token: what is stored, who fetches, who waits, what went wrong last.
#[derive(Debug, Default)]
pub(super) struct Slot {
    token: Option<Stored>,
    flight: Option<Flight>,
    failure: Option<Failure>,
    refused_at: Option<Mono>,
    generation: u64,
    waiters: Vec<(u64, Waker)>,
    next_waiter: u64,
}

#[derive(Debug)]
struct Stored {
    value: Secret,
    generation: u64,
    expires: Now,
    ahead: Now,
    found: Found,
    is_refused: bool,
}

#[derive(Debug)]
struct Flight {
    generation: u64,
    expires: Mono,
}

#[derive(Debug)]
struct Failure {
    generation: u64,
    error: Error,
    at: Mono,
}

impl Failure {
    /// When somebody may ask again: after the pause, or after the time that the server named if that is longer.
    fn retry_at(&self, pause: Duration) -> Mono {
        self.at + self.error.retry_after.unwrap_or(pause).max(pause)
    }
}

/// What a call that needs a token does.
pub(super) enum Choice {
    Use(Held),
    UseAndLead(Held),
    Lead,
    Wait { generation: u64, until: Mono },
    Fail(Error),
}

impl Slot {
    /// The decision table at the head of `auth.rs`.
    pub(super) fn choose(&self, now: Now, waited: Option<u64>) -> Choice {
        let flight = self.flight.as_ref().filter(|flight| now.mono < flight.expires);
        let usable = self.token.as_ref().filter(|token| !token.is_refused && !has_come(token.expires, now));
        match (usable, flight) {
            (Some(token), None) if has_come(token.ahead, now) && self.may_ask(now) => Choice::UseAndLead(token.held()),
            (Some(token), _) => Choice::Use(token.held()),
            (None, Some(flight)) => Choice::Wait { generation: flight.generation, until: flight.expires },
            (None, None) => self.shared_failure(now, waited).map_or(Choice::Lead, Choice::Fail),
        }
    }

    /// Begins a flight that may last until `expires`; gives its generation.
    pub(super) fn take_off(&mut self, expires: Mono) -> u64 {
        self.generation += 1;
        self.flight = Some(Flight { generation: self.generation, expires });
        self.generation
    }

    /// Ends a flight with its outcome.
    pub(super) fn settle(&mut self, now: Now, generation: u64, outcome: Result<Fresh, Error>) {
        let is_current = self.flight.as_ref().is_some_and(|flight| flight.generation == generation);
        match outcome {
            Ok(fresh) => {
                if self.token.as_ref().is_none_or(|token| token.is_refused || token.generation <= generation) {
                    self.store(fresh, generation);
                }
                self.failure = None;
                self.flight = None;
            }
            Err(error) if is_current => {
                self.flight = None;
                self.failure = Some(Failure { generation, error, at: now.mono });
            }
            Err(_) => {}
        }
    }

    /// Ends a flight whose lead was dropped.
    pub(super) fn abandon(&mut self, generation: u64) {
        self.flight.take_if(|flight| flight.generation == generation);
    }

    /// Forgets a flight that will never end here. Who waited belongs to another process's runtime and must not be touched, not even dropped.
    pub(super) fn forget_flight(&mut self) {
        self.flight = None;
        std::mem::forget(std::mem::take(&mut self.waiters));
    }

    /// Marks the stored token as refused, if it is the one that was sent; says whether another may be sought.
    pub(super) fn refuse(&mut self, now: Now, refused: &Held) -> bool {
        let Some(token) = self.token.as_mut().filter(|token| token.generation == refused.generation) else { return true };
        if token.is_refused {
            return true;
        }
        let is_recent = self.refused_at.is_some_and(|before| now.mono.since(before) < REFUSAL_PAUSE);
        if is_recent && !token.found.is_so() {
            return false;
        }
        token.is_refused = true;
        self.refused_at = Some(now.mono);
        self.failure = None;
        true
    }

    /// The same for a token whose text is all that is known of it.
    pub(super) fn refuse_text(&mut self, now: Now, refused: &Secret) -> bool {
        match self.token.as_ref().filter(|token| token.value == *refused).map(Stored::held) {
            Some(held) => self.refuse(now, &held),
            None => true,
        }
    }

    /// Why a token is fetched: `first`, `expired` or `refused`.
    pub(super) fn reason(&self) -> &'static str {
        match &self.token {
            None => "first",
            Some(token) if token.is_refused => "refused",
            Some(_) => "expired",
        }
    }

    /// The stored token, good or not.
    #[cfg(feature = "store")]
    pub(super) fn value(&self) -> Option<Secret> {
        self.token.as_ref().map(|token| token.value.clone())
    }

    /// Whether there is a token that may be used.
    #[cfg(feature = "isv")]
    pub(super) fn has(&self, now: Now) -> bool {
        self.token.as_ref().is_some_and(|token| !token.is_refused && !has_come(token.expires, now))
    }

    /// Takes a token that a flight was waiting for.
    #[cfg(any(feature = "isv", feature = "oauth"))]
    pub(super) fn give(&mut self, fresh: Fresh) {
        self.put(fresh);
        self.flight = None;
    }

    /// The stored token, if it may be used.
    #[cfg(feature = "store")]
    pub(super) fn fresh(&self, now: Now) -> Option<Fresh> {
        let token = self.token.as_ref().filter(|token| !token.is_refused && !has_come(token.expires, now))?;
        Some(Fresh { value: token.value.clone(), expires: token.expires, ahead: token.ahead, found: token.found })
    }

    /// Takes a token that comes from elsewhere.
    #[cfg(any(feature = "isv", feature = "store"))]
    pub(super) fn put(&mut self, fresh: Fresh) {
        self.generation += 1;
        self.store(fresh, self.generation);
        self.failure = None;
    }

    /// Puts a waker on the list, or replaces it; `None` when the flight is over.
    pub(super) fn watch(&mut self, generation: u64, place: Option<u64>, waker: &Waker) -> Option<u64> {
        if self.flight.as_ref().is_none_or(|flight| flight.generation != generation) {
            // A flight that was taken over has woken nobody.
            place.into_iter().for_each(|place| self.unwatch(place));
            return None;
        }
        if let Some((number, known)) = self.waiters.iter_mut().find(|(number, _)| Some(*number) == place) {
            known.clone_from(waker);
            return Some(*number);
        }
        self.next_waiter += 1;
        self.waiters.push((self.next_waiter, waker.clone()));
        Some(self.next_waiter)
    }

    /// Takes a waker off the list.
    pub(super) fn unwatch(&mut self, place: u64) {
        self.waiters.retain(|(number, _)| *number != place);
    }

    pub(super) fn take_waiters(&mut self) -> Vec<Waker> {
        std::mem::take(&mut self.waiters).into_iter().map(|(_, waker)| waker).collect()
    }

    /// The platform may hand out the same token again; it keeps its generation, so that nobody sends it twice.
    fn store(&mut self, fresh: Fresh, generation: u64) {
        let known = self.token.as_ref().filter(|token| token.value == fresh.value);
        let generation = known.map_or(generation, |token| token.generation);
        let Fresh { value, expires, ahead, found } = fresh;
        self.token = Some(Stored { value, generation, expires, ahead, found, is_refused: false });
    }

    /// While the old token holds there is time; without one the callers see the error until `retry_at`.
    fn may_ask(&self, now: Now) -> bool {
        self.failure.as_ref().is_none_or(|failure| now.mono >= failure.retry_at(RELAXED_PAUSE))
    }

    /// The last error, for a call that waited for that very flight, and for all others during the pause.
    fn shared_failure(&self, now: Now, waited: Option<u64>) -> Option<Error> {
        let failure = self.failure.as_ref()?;
        let is_mine = waited.is_some_and(|generation| failure.generation >= generation);
        (is_mine || now.mono < failure.retry_at(PAUSE)).then(|| failure.error.clone())
    }
}

impl Stored {
    fn held(&self) -> Held {
        Held { value: self.value.clone(), generation: self.generation, expires: self.expires.wall, found: self.found }
    }
}

/// Whether the moment has come by either clock: neither one that jumps nor one that stood still may keep a dead token alive.
fn has_come(moment: Now, now: Now) -> bool {
    now.wall >= moment.wall || now.mono >= moment.mono
}
