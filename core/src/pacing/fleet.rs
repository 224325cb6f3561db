//! Keeping to the platform's rates together with other clients, through a store that all of them ask.
//!
//! ```text
//!  a call asks ── a slot of this client is due, and is for this call ──▶ Go
//!       ▲     ├── there is one, but later, or another call asks the store ──▶ Wait(until) ──┐
//!       │     ├── there is none ──▶ Fetch ── load ── reserve ── swap ──┐                    │
//!       │     └── the store is away ──▶ Alone                          │                    │
//!       └──────────────────────────────────────────────────────────────┴────────────────────┘
//! ```
//!
//! At most one call of a client asks the store about a key, for all of them that wait.
//! The store holds the limiter's own state, in its own time. A client takes a few slots ahead, so that calls go in the order in which
//! the fleet asked; a slot that comes to nothing is lost, which never breaks a limit.

mod offset;
mod share;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use self::offset::Offset;
use self::share::{Choice, LATE, Share};
use super::lane::Lane;
use super::{IDLE, JITTER, Window};
use crate::auth::lock;
use crate::random::Random;
use crate::secret::Secret;
use crate::step::{Answer, Ask, Stored};
use crate::time::{Mono, Wall};

/// What is kept clear of at the edges of a window: the way to the platform, late timers, and what the clocks are apart.
const SPARE: Duration = JITTER.saturating_add(LATE).saturating_add(Duration::from_millis(5));

/// No slot is taken that lies further ahead.
const HORIZON: Duration = Duration::from_secs(10);

/// Whoever waits longer for its slot looks again after this time, since those before may have left.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// So long a store is left alone that has failed.
const AWAY: Duration = Duration::from_secs(2);

/// A store that refuses so many swaps one after the other does not work.
const MOST_SWAPS: u32 = 50;

/// Without its store a client takes this part of a limit, as if it were one of so many.
const CAUTION: u32 = 4;

/// What a call that asks for its turn does.
#[derive(Debug)]
pub(crate) enum Turn {
    /// It sends at once.
    Go,
    /// It waits and asks again with the same seat; the second moment is its turn, as far as that is known.
    Wait { until: Mono, ready: Mono },
    /// It asks the store, on behalf of all that wait.
    Fetch(Flight),
    /// The store is away: it keeps to [`cautious`] windows by itself.
    Alone,
}

/// What a flight does next.
#[derive(Debug)]
pub(crate) enum Next {
    Ask(Ask),
    /// Others were faster; it begins again at this moment.
    Pause(Mono),
    /// It has come to its end, with a complaint when the store has just begun to fail.
    Over(Option<String>),
}

/// A client's slots and waiting calls, by the store's keys.
#[derive(Debug, Default)]
pub(crate) struct Fleet {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    shares: HashMap<String, Share>,
    offset: Offset,
    /// The store has failed and is left alone until then; gone with its next answer.
    away: Option<Mono>,
    next_number: u64,
}

/// A call's place among those of its client that wait for a key. Dropped, it is given up.
#[derive(Debug)]
pub(crate) struct Seat {
    fleet: Arc<Fleet>,
    key: String,
    number: u64,
}

/// One dealing with the store. Dropped, it lets another call ask.
#[derive(Debug)]
pub(crate) struct Flight {
    fleet: Arc<Fleet>,
    key: String,
    number: u64,
    wanted: usize,
    asked: Mono,
    swaps: u32,
    reserved: Option<Reserved>,
}

/// What becomes the client's once the swap is made; all moments but the refusal's are the store's.
#[derive(Debug)]
struct Reserved {
    slots: Vec<Mono>,
    later: Vec<Mono>,
    hold: Mono,
    alone: usize,
    refused: Option<Mono>,
}

impl Fleet {
    /// Takes a seat at the end of those of this client that wait for a key.
    pub(crate) fn queue(self: &Arc<Self>, now: Mono, key: &str) -> Seat {
        let mut state = lock(&self.state);
        if !state.shares.contains_key(key) {
            state.shares.retain(|_, share| !share.is_idle(now, IDLE));
        }
        let number = state.number();
        state.shares.entry(key.to_owned()).or_default().queue(now, number);
        Seat { fleet: self.clone(), key: key.to_owned(), number }
    }

    /// The platform refused a call for coming too often: the fleet slows down, and nothing goes before `until`.
    pub(crate) fn refused(&self, key: &str, until: Mono) {
        if let Some(share) = lock(&self.state).shares.get_mut(key) {
            share.refused = share.refused.max(Some(until));
            share.hold_until(until);
        }
    }

    /// Forgets what belongs to the process that this one was forked from: its slots, and the calls that wait.
    pub(crate) fn forget(&self) {
        lock(&self.state).shares.values_mut().for_each(Share::forget);
    }
}

impl State {
    fn number(&mut self) -> u64 {
        self.next_number += 1;
        self.next_number
    }
}

impl Seat {
    /// Asks for the turn. A timer that came late changes nothing: a slot whose time has passed is not used.
    pub(crate) fn ask(&self, now: Mono) -> Turn {
        let mut state = lock(&self.fleet.state);
        let (number, away) = (state.number(), state.away);
        let Some(share) = state.shares.get_mut(&self.key) else { return Turn::Alone };
        // While one call looks whether the store is back, the others do not wait for it.
        if away.is_some_and(|until| now < until || share.is_asking()) {
            return Turn::Alone;
        }
        match share.choose(now, self.number) {
            Choice::Go => Turn::Go,
            Choice::Wait(until, ready) => Turn::Wait { until: until.min(now + LOOK_AGAIN), ready },
            Choice::Fetch(wanted) => {
                share.take_off(now, number);
                Turn::Fetch(Flight::new(&self.fleet, &self.key, number, wanted))
            }
        }
    }

    /// A call goes of which the store does not know; the last ones that a window may hold are told to it later.
    pub(crate) fn goes_alone(&self, now: Mono, windows: &[Window]) {
        let most = windows.iter().map(|window| window.calls as usize).max().unwrap_or(0);
        let mut state = lock(&self.fleet.state);
        let Some(share) = state.shares.get_mut(&self.key) else { return };
        share.alone.push_back(now);
        while share.alone.len() > most {
            share.alone.pop_front();
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if let Some(share) = lock(&self.fleet.state).shares.get_mut(&self.key) {
            share.leave(self.number);
        }
    }
}

impl Flight {
    fn new(fleet: &Arc<Fleet>, key: &str, number: u64, wanted: usize) -> Self {
        Self { fleet: fleet.clone(), key: key.to_owned(), number, wanted, asked: Mono(0), swaps: 0, reserved: None }
    }

    /// The first question, also after a pause.
    pub(crate) fn load(&mut self, now: Mono) -> Ask {
        self.asked = now;
        Ask::LoadPace { key: self.key.clone() }
    }

    /// Hands the store's answer in.
    pub(crate) fn answered(&mut self, now: Mono, answer: Answer, windows: &[Window], random: &mut Random) -> Next {
        match answer {
            Answer::LoadedPace { found, time } => self.loaded(now, found, time, windows).unwrap_or_else(|reason| self.fail(now, reason)),
            Answer::Swapped(true) => self.settle(),
            Answer::Swapped(false) if self.swaps >= MOST_SWAPS => self.fail(now, "it loses every swap".into()),
            Answer::Swapped(false) => Next::Pause(now + Duration::from_millis(random.up_to(u64::from(self.swaps.min(20))))),
            Answer::Failed(reason) => self.fail(now, reason),
            _ => self.fail(now, "it gave something else than was asked for".into()),
        }
    }

    /// Takes slots in the state that the store has, and asks it to take the new state.
    fn loaded(&mut self, now: Mono, found: Option<Stored>, time: Wall, windows: &[Window]) -> Result<Next, String> {
        let mut state = lock(&self.fleet.state);
        let state = &mut *state;
        let time = Mono(time.0);
        state.offset.learn(self.asked, now, time);
        let Some(share) = state.shares.get(&self.key).filter(|share| share.is_flight(self.number)) else { return Ok(Next::Over(None)) };
        let (value, version) = found.map(|stored| (stored.value, stored.version)).unzip();
        let (mut lane, is_new) = Lane::read(value.as_ref().map(Secret::reveal), windows, SPARE)
            .map_err(|v| format!("it holds the format {v} of a later version"))?;
        // The slots begin when the swap has been answered, if that takes no longer than this question did.
        let from = time + now.since(self.asked) * 2;
        lane.set_back(time);
        bring_up_to_date(&mut lane, share, &state.offset, time, is_new);
        let more = share.without().saturating_sub(self.wanted);
        let (slots, later) = lane.reserve(from, self.wanted, from + HORIZON, more);
        let is_changed = !slots.is_empty() || !share.alone.is_empty() || share.refused.is_some();
        let (hold, alone, refused) = (lane.hold(), share.alone.len(), share.refused);
        self.reserved = Some(Reserved { slots, later, hold, alone, refused });
        if !is_changed {
            settle(state, &self.key, self.reserved.take());
            return Ok(Next::Over(None));
        }
        self.swaps += 1;
        let ttl = IDLE + lane.hold().since(time);
        Ok(Next::Ask(Ask::SwapPace { key: self.key.clone(), expected: version, value: lane.write(), ttl }))
    }

    fn settle(&mut self) -> Next {
        settle(&mut lock(&self.fleet.state), &self.key, self.reserved.take());
        Next::Over(None)
    }

    /// All calls go alone for a while; that is said once, until the store has answered again.
    fn fail(&self, now: Mono, reason: String) -> Next {
        let mut state = lock(&self.fleet.state);
        state.shares.values_mut().for_each(Share::go_alone);
        let is_known = state.away.replace(now + AWAY).is_some();
        Next::Over((!is_known).then_some(reason))
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        if let Some(share) = lock(&self.fleet.state).shares.get_mut(&self.key) {
            share.land(self.number);
        }
    }
}

/// The windows of a client that does not know what the others do.
pub(crate) fn cautious(windows: &[Window]) -> Vec<Window> {
    windows.iter().map(|window| Window { calls: (window.calls / CAUTION).max(1), ..*window }).collect()
}

/// What this client knows and the store does not: calls that went alone, a refusal, or that the store has lost its memory.
fn bring_up_to_date(lane: &mut Lane, share: &Share, offset: &Offset, time: Mono, is_new: bool) {
    let start = time + lane.gap();
    let is_lost = is_new && share.last.is_some_and(|last| offset.there(last) + lane.gap() > time);
    if is_lost || !share.alone.is_empty() {
        lane.hold_until(start);
    }
    lane.add(share.alone.iter().map(|moment| offset.there(*moment)));
    if let Some(until) = share.refused {
        lane.slow_down(time, offset.there(until));
    }
}

/// The store has taken the new state: the slots are this client's.
fn settle(state: &mut State, key: &str, reserved: Option<Reserved>) {
    state.away = None;
    let (Some(share), Some(reserved)) = (state.shares.get_mut(key), reserved) else { return };
    let here = |moments: &[Mono]| moments.iter().map(|moment| state.offset.here(*moment)).collect::<Vec<_>>();
    let (slots, later) = (here(&reserved.slots), here(&reserved.later));
    // What lies beyond the horizon is asked for again when it has come within it.
    let beyond = later.first().filter(|_| slots.is_empty()).map_or(0, |next| next.0.saturating_sub(HORIZON.as_millis() as u64));
    share.grant(&slots, state.offset.here(reserved.hold), Mono(beyond), later);
    share.alone.drain(..reserved.alone.min(share.alone.len()));
    share.refused.take_if(|until| Some(*until) == reserved.refused);
}
