//! Tokens: who uses one, who fetches one, who waits.
//!
//! ```text
//!                    ┌──────── valid ─────────▶ Use
//!                    │
//!  a call asks ──────┼── valid, expires soon ──▶ Use, and lead a refresh
//!                    │
//!                    ├── none, nobody leads ───▶ Lead: the refresh is a machine of its own
//!                    │
//!                    ├── none, somebody leads ─▶ Wait for a ticket, then look again
//!                    │
//!                    └── none, just failed ────▶ Fail with the same error
//! ```

#[cfg(feature = "store")]
mod export;
#[cfg(feature = "store")]
mod record;
mod refresh;
#[cfg(feature = "store")]
mod shelf;
mod slot;
mod slots;
mod ticket;
#[cfg(feature = "oauth")]
mod vault;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Duration;

use crate::error::Error;
use crate::secret::Secret;
use crate::text::join;
use crate::time::{Mono, Now, Wall};

pub use refresh::Refresh;
#[cfg(feature = "isv")]
pub(crate) use refresh::no_ticket;
pub(crate) use refresh::{Grant, is_header_safe};
#[cfg(feature = "oauth")]
pub(crate) use refresh::{Proof, SignIn};
use slot::{Choice, Slot};
use slots::Slots;
pub use ticket::Ticket;
#[cfg(feature = "oauth")]
pub(crate) use vault::Vault;

/// A token is renewed this long before it expires, or half its life if that is shorter. The platform hands out a new one only in the last
/// 30 minutes (documented with the token's operation), so the margin lies inside of them.
const AHEAD: Duration = Duration::from_secs(600);

/// A store app's ticket holds until the platform refuses it; an hour later at the latest it pushes the next.
#[cfg(feature = "isv")]
pub(crate) const TICKET: Duration = Duration::from_secs(30 * 24 * 3600);

/// Because of refusals a token is fetched again at most this often: some operations refuse a kind of token with the codes of a bad one.
const REFUSAL_PAUSE: Duration = Duration::from_secs(60);

/// Which token: host, app, kind, tenant or user, each escaped, so that no two ever share one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key(Arc<str>);

impl Key {
    /// Joins the parts by `|`; a `|` or `%` inside a part is escaped.
    pub(crate) fn new(parts: &[&str]) -> Self {
        let escaped: Vec<String> = parts.iter().map(|part| part.replace('%', "%25").replace('|', "%7C")).collect();
        Self(join(&escaped, "|").into())
    }

    /// The key as a store sees it.
    #[cfg(feature = "store")]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// A token as a call holds it: the text, and which renewal it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) value: Secret,
    pub(crate) generation: u64,
    pub(crate) expires: Wall,
    pub(crate) found: Found,
}

/// A token that has just been fetched, or found.
#[derive(Clone, Debug)]
pub(crate) struct Fresh {
    pub(crate) value: Secret,
    pub(crate) expires: Now,
    /// From then on it is renewed ahead of its expiry.
    pub(crate) ahead: Now,
    pub(crate) found: Found,
}

/// Whether a token was found in a store: another fetched it, so that it may be as dead as the one it replaces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found(#[cfg(feature = "store")] bool);

impl Found {
    #[cfg(feature = "store")]
    pub(crate) const YES: Self = Self(true);

    pub(crate) fn is_so(self) -> bool {
        self != Self::default()
    }
}

impl Fresh {
    /// A token with its lifetime, which counts from before its request was sent.
    pub(crate) fn new(value: Secret, lifetime: Duration, since: Now) -> Self {
        let margin = AHEAD.min(lifetime / 2);
        Self { value, expires: since + lifetime, ahead: since + (lifetime - margin), found: Found::default() }
    }
}

/// What a call that needs a token does.
pub(crate) enum Decision {
    Use(Held),
    UseAndLead(Held, Lead),
    Lead(Lead),
    Wait(Ticket, Mono),
    Fail(Error),
}

/// All token slots of one client and its views.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    slots: Mutex<Slots>,
}

impl Tokens {
    /// Decides for one call. `waited` is the flight whose ticket the call has held; a call that may not wait takes over what another began.
    pub(crate) fn acquire(self: &Arc<Self>, now: Now, key: &Key, waited: Option<u64>, may_wait: bool, flight_time: Duration) -> Decision {
        let mut slots = lock(&self.slots);
        let slot = slots.of(key);
        match slot.choose(now, waited) {
            Choice::Use(held) => Decision::Use(held),
            Choice::UseAndLead(held) => Decision::UseAndLead(held, self.lead(slot, key, now, flight_time)),
            Choice::Lead => Decision::Lead(self.lead(slot, key, now, flight_time)),
            Choice::Wait { .. } if !may_wait => Decision::Lead(self.lead(slot, key, now, flight_time)),
            Choice::Wait { generation, until } => Decision::Wait(Ticket::new(self.clone(), key.clone(), generation), until),
            Choice::Fail(error) => Decision::Fail(error),
        }
    }

    /// The platform refused the token. Says whether the call may try again with another one.
    pub(crate) fn refuse(&self, now: Now, key: &Key, refused: &Held) -> bool {
        let mut slots = lock(&self.slots);
        slots.of(key).refuse(now, refused)
    }

    /// The same for a token whose text is all that is known of it.
    pub(crate) fn refuse_text(&self, now: Now, key: &Key, refused: &Secret) -> bool {
        let mut slots = lock(&self.slots);
        slots.of(key).refuse_text(now, refused)
    }

    /// Forgets the flights of the process that this one was forked from: their threads are not here.
    pub(crate) fn forget_flights(&self) {
        lock(&self.slots).values_mut().for_each(Slot::forget_flight);
    }

    /// Whether there is a token that may be used.
    #[cfg(feature = "isv")]
    pub(crate) fn has(&self, now: Now, key: &Key) -> bool {
        lock(&self.slots).get(key).is_some_and(|slot| slot.has(now))
    }

    /// Takes a token that came by itself, and wakes who waits for it.
    #[cfg(any(feature = "isv", feature = "oauth"))]
    pub(crate) fn give(&self, key: &Key, fresh: Fresh) {
        lock(&self.slots).of(key);
        self.land(key, |slot| slot.give(fresh));
    }

    /// Forgets a slot that served once.
    #[cfg(feature = "oauth")]
    pub(crate) fn forget(&self, key: &Key) {
        lock(&self.slots).remove(key);
    }

    fn lead(self: &Arc<Self>, slot: &mut Slot, key: &Key, now: Now, flight_time: Duration) -> Lead {
        let generation = slot.take_off(now.mono + flight_time);
        Lead { tokens: self.clone(), key: key.clone(), generation, is_settled: false }
    }

    /// Ends a flight and wakes who waits for it, after the lock is released.
    fn land(&self, key: &Key, end: impl FnOnce(&mut Slot)) {
        let waiters = {
            let mut slots = lock(&self.slots);
            let Some(slot) = slots.get_mut(key) else { return };
            end(slot);
            slot.take_waiters()
        };
        waiters.into_iter().for_each(Waker::wake);
    }
}

/// The right, and the duty, to fetch one token. Dropped unsettled, it lets another call lead.
#[derive(Debug)]
pub(crate) struct Lead {
    tokens: Arc<Tokens>,
    key: Key,
    generation: u64,
    is_settled: bool,
}

impl Lead {
    /// Hands the outcome to the slot and to everybody who waits.
    ///
    /// A late outcome of a flight that another has taken over may bring a token, never an error.
    pub(crate) fn settle(mut self, now: Now, outcome: Result<Fresh, Error>) {
        self.is_settled = true;
        let generation = self.generation;
        self.tokens.land(&self.key, |slot| slot.settle(now, generation, outcome));
    }

    /// Whether the refresh was asked for because the platform refused the token before.
    pub(crate) fn reason(&self) -> &'static str {
        lock(&self.tokens.slots).get(&self.key).map_or("first", Slot::reason)
    }

    /// A place in the own queue: for a refresh that waits until the token comes by itself.
    #[cfg(feature = "isv")]
    pub(crate) fn ticket(&self) -> Ticket {
        Ticket::new(self.tokens.clone(), self.key.clone(), self.generation)
    }

    /// Whose token it is, as a store knows it.
    #[cfg(feature = "store")]
    pub(crate) fn key(&self) -> &str {
        self.key.as_str()
    }

    /// The token that the client has, good or not.
    #[cfg(feature = "store")]
    pub(crate) fn current(&self) -> Option<Secret> {
        lock(&self.tokens.slots).get(&self.key).and_then(Slot::value)
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        if !self.is_settled {
            let generation = self.generation;
            self.tokens.land(&self.key, |slot| slot.abandon(generation));
        }
    }
}

/// Locks, also after another thread panicked while it held the lock: the state is consistent between any two statements that change it.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Class;

    const FLIGHT: Duration = Duration::from_secs(60);

    fn at(seconds: u64) -> Now {
        Now::new(1_000_000_000 + seconds * 1000, seconds * 1000)
    }

    fn fresh(value: &str, seconds: u64) -> Result<Fresh, Error> {
        Ok(Fresh::new(Secret::new(value), Duration::from_secs(7200), at(seconds)))
    }

    fn tokens() -> (Arc<Tokens>, Key) {
        (Arc::default(), Key::new(&["https://open.feishu.cn", "cli_1", "tenant", ""]))
    }

    #[test]
    fn who_may_not_wait_takes_over_and_a_late_token_is_welcome() {
        let (tokens, key) = tokens();
        let first = lead(&tokens, &key, 0);
        assert!(matches!(tokens.acquire(at(1), &key, None, true, FLIGHT), Decision::Wait(..)));
        let Decision::Lead(second) = tokens.acquire(at(1), &key, None, false, FLIGHT) else { panic!("it waits") };
        first.settle(at(2), fresh("t-1", 2));
        assert!(matches!(tokens.acquire(at(2), &key, None, false, FLIGHT), Decision::Use(_)));
        drop(second);
        assert!(matches!(tokens.acquire(at(3), &key, None, false, FLIGHT), Decision::Use(_)));
    }

    fn lead(tokens: &Arc<Tokens>, key: &Key, seconds: u64) -> Lead {
        match tokens.acquire(at(seconds), key, None, true, FLIGHT) {
            Decision::Lead(lead) | Decision::UseAndLead(_, lead) => lead,
            _ => panic!("expected a lead at {seconds}"),
        }
    }

    fn held(tokens: &Arc<Tokens>, key: &Key, seconds: u64) -> Held {
        match tokens.acquire(at(seconds), key, None, true, FLIGHT) {
            Decision::Use(held) => held,
            _ => panic!("expected a token at {seconds}"),
        }
    }

    #[test]
    fn keys_do_not_collide() {
        assert_ne!(Key::new(&["a|b", "c"]), Key::new(&["a", "b|c"]));
        assert_ne!(Key::new(&["a%7Cb"]), Key::new(&["a|b"]));
    }

    #[test]
    fn one_leads_and_the_others_wait() {
        let (tokens, key) = tokens();
        let lead = lead(&tokens, &key, 0);
        assert!(matches!(tokens.acquire(at(1), &key, None, true, FLIGHT), Decision::Wait(_, Mono(60_000))));
        lead.settle(at(2), fresh("t-1", 0));
        assert_eq!(held(&tokens, &key, 3).value.reveal(), "t-1");
    }

    #[test]
    fn ahead_of_expiry_the_old_token_is_used_while_one_refreshes() {
        let (tokens, key) = tokens();
        lead(&tokens, &key, 0).settle(at(0), fresh("t-1", 0));
        assert_eq!(held(&tokens, &key, 6500).value.reveal(), "t-1");
        let renewal = lead(&tokens, &key, 6700);
        assert_eq!(held(&tokens, &key, 6701).value.reveal(), "t-1");
        renewal.settle(at(6702), fresh("t-2", 6700));
        assert_eq!(held(&tokens, &key, 6703).value.reveal(), "t-2");
    }

    #[test]
    fn a_failed_refresh_is_shared_and_not_repeated_at_once() {
        let (tokens, key) = tokens();
        let first = lead(&tokens, &key, 0);
        let Decision::Wait(ticket, _) = tokens.acquire(at(0), &key, None, true, FLIGHT) else { panic!() };
        first.settle(at(1), Err(Error::new(Class::Auth, "app secret invalid")));
        assert!(matches!(tokens.acquire(at(30), &key, Some(ticket.generation()), true, FLIGHT), Decision::Fail(_)));
        assert!(matches!(tokens.acquire(at(1), &key, None, true, FLIGHT), Decision::Fail(_)));
        drop(lead(&tokens, &key, 3));
    }

    #[test]
    fn a_failed_refresh_harms_nobody_while_the_old_token_is_valid() {
        let (tokens, key) = tokens();
        lead(&tokens, &key, 0).settle(at(0), fresh("t-1", 0));
        lead(&tokens, &key, 6700).settle(at(6701), Err(Error::new(Class::Connect, "refused")));
        assert_eq!(held(&tokens, &key, 6702).value.reveal(), "t-1");
        drop(lead(&tokens, &key, 6735));
    }

    #[test]
    fn a_refused_token_is_replaced_once() {
        let (tokens, key) = tokens();
        lead(&tokens, &key, 0).settle(at(0), fresh("t-1", 0));
        let old = held(&tokens, &key, 1);
        assert!(tokens.refuse(at(2), &key, &old));
        assert!(tokens.refuse(at(2), &key, &old), "whoever else was refused waits for the same renewal");
        let renewal = lead(&tokens, &key, 2);
        assert_eq!(renewal.reason(), "refused");
        renewal.settle(at(3), fresh("t-2", 2));
        assert!(tokens.refuse(at(4), &key, &old), "the late one takes the new token");
        assert_eq!(held(&tokens, &key, 4).value.reveal(), "t-2");
        let new = held(&tokens, &key, 5);
        assert!(!tokens.refuse(at(30), &key, &new), "no second renewal within a minute");
        assert!(tokens.refuse(at(63), &key, &new));
    }

    #[test]
    fn a_token_known_by_its_text_is_refused_like_any_other() {
        let (tokens, key) = tokens();
        lead(&tokens, &key, 0).settle(at(0), fresh("t-1", 0));
        let sent = Secret::new("t-1");
        assert!(tokens.refuse_text(at(2), &key, &sent));
        lead(&tokens, &key, 2).settle(at(3), fresh("t-2", 2));
        assert!(tokens.refuse_text(at(4), &key, &sent), "another took its place");
        assert_eq!(held(&tokens, &key, 4).value.reveal(), "t-2");
        assert!(!tokens.refuse_text(at(30), &key, &Secret::new("t-2")), "no second renewal within a minute");
    }

    #[test]
    fn the_same_token_again_keeps_its_generation() {
        let (tokens, key) = tokens();
        lead(&tokens, &key, 0).settle(at(0), fresh("t-1", 0));
        let old = held(&tokens, &key, 1);
        assert!(tokens.refuse(at(2), &key, &old));
        lead(&tokens, &key, 2).settle(at(3), fresh("t-1", 2));
        assert_eq!(held(&tokens, &key, 4).generation, old.generation);
    }

    #[test]
    fn a_dropped_lead_is_taken_over() {
        let (tokens, key) = tokens();
        drop(lead(&tokens, &key, 0));
        drop(lead(&tokens, &key, 0));
    }

    #[test]
    fn an_expired_lead_is_taken_over_and_its_late_error_is_not_heard() {
        let (tokens, key) = tokens();
        let lost = lead(&tokens, &key, 0);
        let second = lead(&tokens, &key, 61);
        lost.settle(at(62), Err(Error::new(Class::Connect, "refused")));
        assert!(matches!(tokens.acquire(at(62), &key, None, true, FLIGHT), Decision::Wait(..)));
        second.settle(at(63), fresh("t-2", 61));
        assert_eq!(held(&tokens, &key, 64).value.reveal(), "t-2");
    }

    #[test]
    fn an_expired_leads_late_token_is_taken() {
        let (tokens, key) = tokens();
        let lost = lead(&tokens, &key, 0);
        let second = lead(&tokens, &key, 61);
        lost.settle(at(62), fresh("t-1", 0));
        assert_eq!(held(&tokens, &key, 62).value.reveal(), "t-1");
        second.settle(at(63), Err(Error::new(Class::Connect, "refused")));
        assert_eq!(held(&tokens, &key, 64).value.reveal(), "t-1");
    }

    #[test]
    fn a_clock_that_jumps_and_a_machine_that_slept_make_a_token_stale() {
        let (tokens, key) = tokens();
        lead(&tokens, &key, 0).settle(at(0), fresh("t-1", 0));
        let wall_back = Now::new(1_000_000_000 - 3_600_000, 7_300_000);
        assert!(matches!(tokens.acquire(wall_back, &key, None, true, FLIGHT), Decision::Lead(_)));
        let slept = Now::new(1_000_000_000 + 7_300_000, 1000);
        assert!(matches!(tokens.acquire(slept, &key, None, true, FLIGHT), Decision::Lead(_)));
    }
}
