//! The store's side of a refresh: look, take the lease, fetch, put away.
//!
//! ```text
//!  Load ──▶ a good token ──────────────▶ Found
//!   ▲  │
//!   │  ├──▶ another has the lease ──▶ Wait ──▶ Load
//!   │  │
//!   │  └──▶ Swap(my lease) ──▶ Go: the token is fetched ──▶ Load ──▶ Swap(token, no lease) ──▶ Over
//!   │           │ lost                                        ▲           │ lost
//!   └───────────┘                                             └───────────┘
//! ```
//!
//! A store that fails is left alone: the refresh goes on as if there were none.
//!
//! A refresh token buys once, and who dies while it spends one takes the answer along. So the lease comes with a mark beside the refresh token,
//! which goes with the next pair, or when the lease is given back. Who finds one mark of a client that is gone tries once more; two end the sign-in.

use std::time::Duration;

use super::Fresh;
#[cfg(feature = "oauth")]
use super::record::SignedIn;
use super::record::{Kept, Lease, Record};
use crate::random::Random;
use crate::secret::Secret;
use crate::step::{Answer, Ask, Stored};
use crate::time::{Mono, Now, Wall};

/// How long a refresh has the token to itself. Whoever dies with the lease holds the others up for as long.
pub(crate) const LEASE: Duration = Duration::from_secs(8);

/// A request under a lease ends before the lease does.
pub(crate) const REQUEST: Duration = Duration::from_secs(5);

/// The clocks of two machines may be so far apart.
const SKEW: Duration = Duration::from_secs(60);

/// How often a lease that another has is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// So many clients may have died with the same refresh token in their hands.
#[cfg(feature = "oauth")]
const MOST_SPENDING: u8 = 2;

/// A store where swaps are lost again and again is not worth more.
const MOST_SWAPS: u8 = 8;

/// What the refresh does next.
pub(crate) enum Move {
    Ask(Ask),
    /// Another has the lease: wait and look again.
    Wait(Mono),
    /// Another has fetched it.
    Found(Fresh),
    /// Fetch the token.
    Go,
    /// Everything is put away.
    Over,
    /// The user has to sign in again: this is what is left of the last time.
    #[cfg(feature = "oauth")]
    SignedOut(Option<SignedIn>),
    /// The store cannot be used, for this reason; go on as if there were none.
    Without(String),
}

/// One refresh's dealings with the store.
#[derive(Debug)]
pub(crate) struct Shelf {
    key: String,
    /// The token that the client has, good or not: it is not what is looked for.
    current: Option<Secret>,
    /// The name of this refresh.
    name: String,
    phase: Phase,
    /// Somebody's lease, and since when it has been seen.
    seen: Option<(Lease, Mono)>,
    #[cfg(feature = "oauth")]
    is_user: bool,
    /// The user's tokens are taken back: a good one is no reason to stop.
    #[cfg(feature = "oauth")]
    is_sign_out: bool,
    /// What the token is bought with.
    #[cfg(feature = "oauth")]
    user: Option<SignedIn>,
    /// The token that is taken back.
    #[cfg(feature = "oauth")]
    found: Option<Secret>,
    /// What a store app's token is bought with, if it lies there.
    #[cfg(feature = "isv")]
    ticket: Secret,
    asked: Mono,
    swaps: u8,
}

#[derive(Debug)]
enum Phase {
    Look,
    /// The lease is on its way into the store.
    Take,
    /// The token is being fetched.
    Fetch,
    /// The outcome is put away.
    Store(Put),
}

#[derive(Clone, Debug)]
enum Put {
    /// There was none: the lease is given back.
    Nothing,
    Token(Kept),
    /// A token, and what the next is bought with; a new sign-in wins over whatever is there.
    #[cfg(feature = "oauth")]
    User {
        kept: Kept,
        next: SignedIn,
        is_new: bool,
    },
    /// The platform refused what the token is bought with.
    #[cfg(feature = "oauth")]
    SignedOut,
}

impl Shelf {
    pub(crate) fn new(key: &str, current: Option<Secret>, random: &mut Random) -> Self {
        let (key, name) = (key.to_owned(), random.uuid());
        Self {
            key,
            current,
            name,
            phase: Phase::Look,
            seen: None,
            asked: Mono(0),
            swaps: 0,
            #[cfg(feature = "isv")]
            ticket: Secret::default(),
            #[cfg(feature = "oauth")]
            is_user: false,
            #[cfg(feature = "oauth")]
            is_sign_out: false,
            #[cfg(feature = "oauth")]
            user: None,
            #[cfg(feature = "oauth")]
            found: None,
        }
    }

    /// The dealings of a user's refresh, which spends what it is bought with.
    #[cfg(feature = "oauth")]
    pub(crate) fn of_user(self) -> Self {
        Self { is_user: true, ..self }
    }

    /// The dealings of the end of a sign-in.
    #[cfg(feature = "oauth")]
    pub(crate) fn of_sign_out(self) -> Self {
        Self { is_sign_out: true, ..self }
    }

    /// The token that is taken back, once the lease is there.
    #[cfg(feature = "oauth")]
    pub(crate) fn found(&self) -> Option<&Secret> {
        self.found.as_ref()
    }

    /// What the token is bought with, once the lease is there.
    #[cfg(feature = "oauth")]
    pub(crate) fn user(&self) -> Option<&SignedIn> {
        self.user.as_ref()
    }

    /// Puts away a user's token and what the next is bought with.
    #[cfg(feature = "oauth")]
    pub(crate) fn store_user(&mut self, fresh: &Fresh, next: SignedIn, is_new: bool) -> Move {
        self.put(Put::User { kept: Kept::of(fresh), next, is_new })
    }

    /// Puts away that the user has to sign in again, unless another has come before.
    #[cfg(feature = "oauth")]
    pub(crate) fn store_signed_out(&mut self) -> Move {
        self.put(Put::SignedOut)
    }

    /// The ticket that lay there, once.
    #[cfg(feature = "isv")]
    pub(crate) fn take_ticket(&mut self) -> Secret {
        std::mem::take(&mut self.ticket)
    }

    /// Puts away, with the token, the ticket that it was bought with.
    #[cfg(feature = "isv")]
    pub(crate) fn keep_ticket(&mut self, ticket: Secret) {
        self.ticket = ticket;
    }

    /// Looks what the store has.
    pub(crate) fn look(&mut self) -> Move {
        self.phase = Phase::Look;
        self.load()
    }

    /// Puts away what was fetched, or gives the lease back.
    pub(crate) fn store(&mut self, fetched: Option<&Fresh>) -> Move {
        self.put(fetched.map_or(Put::Nothing, |fresh| Put::Token(Kept::of(fresh))))
    }

    fn put(&mut self, put: Put) -> Move {
        self.phase = Phase::Store(put);
        self.swaps = 0;
        self.load()
    }

    /// Hands the store's answer in.
    pub(crate) fn answered(&mut self, now: Now, answer: Answer, random: &mut Random) -> Move {
        match (answer, &self.phase) {
            (Answer::Failed(reason), _) => Move::Without(reason),
            (Answer::Loaded(found), Phase::Store(_)) => self.replace(now, found),
            (Answer::Loaded(found), _) => self.judge(now, found, random),
            (Answer::Swapped(true), Phase::Store(_)) => Move::Over,
            (Answer::Swapped(true), _) if now.mono.since(self.asked) > LEASE.saturating_sub(REQUEST) => self.look(),
            (Answer::Swapped(true), _) => {
                self.phase = Phase::Fetch;
                Move::Go
            }
            (Answer::Swapped(false), Phase::Store(_)) if self.swaps >= MOST_SWAPS => Move::Over,
            (Answer::Swapped(false), _) if self.swaps >= MOST_SWAPS => Move::Without("it loses every swap".into()),
            (Answer::Swapped(false), Phase::Store(_)) => self.load(),
            (Answer::Swapped(false), _) => self.look(),
            _ => Move::Without("it gave something else than was asked for".into()),
        }
    }

    /// Who fetches the token?
    fn judge(&mut self, now: Now, found: Option<Stored>, random: &mut Random) -> Move {
        #[cfg_attr(not(feature = "oauth"), expect(unused_mut, reason = "users alone are marked"))]
        let (mut record, version) = match opened(found) {
            Ok(opened) => opened,
            Err(reason) => return Move::Without(reason),
        };
        let is_held = self.is_held(now, record.lease.as_ref());
        let token = record.token.as_ref().filter(|token| self.current.as_ref() != Some(&token.value));
        #[cfg(feature = "oauth")]
        let token = token.filter(|_| !self.is_sign_out);
        if let Some(fresh) = token.and_then(|token| token.fresh(now)).filter(|fresh| is_held || now.wall < fresh.ahead.wall) {
            return Move::Found(fresh);
        }
        if is_held {
            return Move::Wait(now.mono + LOOK + Duration::from_millis(random.up_to(100)));
        }
        #[cfg(feature = "oauth")]
        if self.is_user {
            self.user.clone_from(&record.user);
            let is_marked = record.lease.as_ref().is_some_and(|lease| lease.by == self.name);
            record.user = record.user.and_then(|user| marked(user, is_marked, now.wall));
            if record.user.is_none() {
                return Move::SignedOut(self.user.take());
            }
        }
        #[cfg(feature = "oauth")]
        if self.is_sign_out {
            self.user.clone_from(&record.user);
            self.found = record.token.as_ref().and_then(|token| token.fresh(now)).map(|fresh| fresh.value);
        }
        #[cfg(feature = "isv")]
        self.ticket.clone_from(&record.ticket);
        self.phase = Phase::Take;
        let lease = Some(Lease::new(&self.name, now.wall, LEASE));
        self.swap(now, version, &Record { lease, ..record })
    }

    /// A lease ends when it has been looked at for its whole span, whatever the clocks of other machines say.
    fn is_held(&mut self, now: Now, lease: Option<&Lease>) -> bool {
        let Some(lease) = lease.filter(|lease| lease.by != self.name && Wall(lease.until) + SKEW > now.wall) else { return false };
        let since = match &self.seen {
            Some((before, since)) if before == lease => *since,
            _ => now.mono,
        };
        self.seen = Some((lease.clone(), since));
        now.mono.since(since) < LEASE
    }

    /// A newer token that another has brought meanwhile stays.
    fn replace(&mut self, now: Now, found: Option<Stored>) -> Move {
        #[cfg_attr(not(feature = "isv"), expect(unused_mut, reason = "tickets and users alone have more than a token"))]
        let Ok((mut record, version)) = opened(found) else { return Move::Over };
        #[cfg(feature = "oauth")]
        if let Phase::Store(put @ (Put::User { .. } | Put::SignedOut)) = &self.phase {
            return self.replace_user(now, put.clone(), record, version);
        }
        let is_mine = record.lease.as_ref().is_some_and(|lease| lease.by == self.name);
        let Phase::Store(put) = &self.phase else { return Move::Over };
        let token = match put {
            Put::Token(fetched) if record.token.as_ref().is_none_or(|token| token.expires < fetched.expires) => Some(fetched.clone()),
            _ if is_mine => record.token,
            _ => return Move::Over,
        };
        let lease = record.lease.filter(|_| !is_mine);
        #[cfg(feature = "isv")]
        if !self.ticket.is_blank() {
            record.ticket.clone_from(&self.ticket);
        }
        // Whoever is there to give the lease back has not died with the refresh token.
        #[cfg(feature = "oauth")]
        if let Some(user) = record.user.as_mut().filter(|_| self.is_user) {
            user.spending = user.spending.saturating_sub(1);
        }
        self.swap(now, version, &Record { token, lease, ..record })
    }

    /// The successor of a spent token wins even when its lease has run out; a newer sign-in wins over everything.
    #[cfg(feature = "oauth")]
    fn replace_user(&mut self, now: Now, put: Put, record: Record, version: Option<String>) -> Move {
        let spent = self.user.as_ref().map(|user| &user.refresh);
        let there = record.user.as_ref().map(|user| &user.refresh);
        let is_successor = there == spent || there.is_none_or(Secret::is_blank);
        let is_mine = record.lease.as_ref().is_none_or(|lease| lease.by == self.name);
        let record = match put {
            Put::User { kept, next, is_new } if is_new || is_successor => {
                Record { token: Some(kept), user: Some(next), ..Record::default() }
            }
            Put::SignedOut if is_successor && is_mine => {
                let user = record.user.map(|user| SignedIn { refresh: Secret::default(), ..user });
                Record { user, ..Record::default() }
            }
            // Another has rotated it, or is about to, or the user has signed in again: that is the good one.
            Put::SignedOut => return self.look(),
            _ => return Move::Over,
        };
        self.swap(now, version, &record)
    }

    fn load(&mut self) -> Move {
        Move::Ask(Ask::Load { key: self.key.clone() })
    }

    fn swap(&mut self, now: Now, expected: Option<String>, record: &Record) -> Move {
        self.swaps += 1;
        self.asked = now.mono;
        Move::Ask(Ask::Swap { key: self.key.clone(), expected, value: record.write(), ttl: record.ttl(now.wall) })
    }
}

/// The user with a mark more, if the refresh token may be spent.
#[cfg(feature = "oauth")]
fn marked(user: SignedIn, is_marked: bool, now: Wall) -> Option<SignedIn> {
    let spending = user.spending.saturating_add(u8::from(!is_marked));
    let is_good = !user.refresh.is_blank() && user.last_try() > now && spending <= MOST_SPENDING;
    is_good.then_some(SignedIn { spending, ..user })
}

fn opened(found: Option<Stored>) -> Result<(Record, Option<String>), String> {
    let Some(Stored { value, version }) = found else { return Ok((Record::default(), None)) };
    let record = Record::read(value.reveal());
    record.map(|record| (record, Some(version))).map_err(|v| format!("it holds the format {v} of a later version"))
}
