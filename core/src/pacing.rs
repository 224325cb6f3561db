//! Keeping to the platform's rates: who may send, and when.
//!
//! ```text
//!  a call asks ── room, and nobody before it ──▶ Go(slot) ──▶ sent ──▶ the slot counts until its window has passed
//!       ▲     └── no room, or others before it ─▶ Wait(until) ──┐
//!       └───────────────────────────────────────────────────────┘
//! ```
//!
//! Whether the platform's windows slide or stand is not documented. Sends are therefore spaced: any span as long as a window, widened by
//! the jitter with which requests arrive, holds no more of them than the window allows.

mod counted;
#[cfg(feature = "fleet")]
pub(crate) mod fleet;
mod lane;
mod line;

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::auth::lock;
use crate::time::Mono;

use lane::Lane;

pub(crate) use counted::{Counted, Paced, Waiting};

/// How far two requests may move towards each other on their way to the platform.
const JITTER: Duration = Duration::from_millis(50);

/// Whoever waits longer looks again after this time, or after this part of its wait, since those before may have left. Whoever goes in the
/// next window of a second waits once.
const LOOK_AGAIN: Duration = Duration::from_millis(1_100);
const LOOK_AGAIN_PART: u32 = 8;

/// A lane that nobody has used for so long is forgotten.
const IDLE: Duration = Duration::from_secs(600);

/// So many calls in so much time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The most calls.
    pub calls: u32,
    /// In how much time.
    pub span: Duration,
}

/// What a call that asks for a slot does.
#[derive(Debug)]
pub enum Turn<K: Eq + Hash + Clone> {
    /// It sends at once.
    Go(Slot<K>),
    /// It waits and asks again with the same place.
    Wait {
        /// When it asks again; those before it may have left by then.
        until: Mono,
        /// When its turn comes as things stand.
        ready: Mono,
    },
}

/// A limiter: for each key (a token and an interface) the calls that were let go, and those that wait, first come, first served.
#[derive(Debug)]
pub struct Pacer<K: Eq + Hash + Clone> {
    lanes: Mutex<HashMap<K, Lane>>,
}

/// A caller's place among those that wait for a key. Dropped, it is given up, and whoever stands behind moves up.
#[derive(Debug)]
pub struct Place<K: Eq + Hash + Clone> {
    pacer: Arc<Pacer<K>>,
    key: K,
    number: u64,
}

/// The right to send one request now. Dropped before [`Slot::sent`], it goes back.
#[derive(Debug)]
pub struct Slot<K: Eq + Hash + Clone> {
    pacer: Arc<Pacer<K>>,
    key: K,
    at: Mono,
    is_sent: bool,
}

impl<K: Eq + Hash + Clone> Default for Pacer<K> {
    fn default() -> Self {
        Self { lanes: Mutex::default() }
    }
}

impl<K: Eq + Hash + Clone> Pacer<K> {
    /// Takes a place at the end of those that wait for a key whose windows all hold.
    pub fn queue(self: &Arc<Self>, now: Mono, key: &K, windows: &[Window]) -> Place<K> {
        let number = self.lane(now, key, windows, Lane::queue);
        Place { pacer: self.clone(), key: key.clone(), number }
    }

    /// A call goes that did not ask for a slot.
    #[cfg(feature = "fleet")]
    pub(crate) fn note(&self, now: Mono, key: &K, windows: &[Window]) {
        self.lane(now, key, windows, |lane| lane.note(now));
    }

    /// Forgets those that wait in the process that this one was forked from.
    pub(crate) fn forget_waiting(&self) {
        lock(&self.lanes).values_mut().for_each(Lane::forget_waiting);
    }

    /// The platform refused a call for coming too often: from now on the key is slower, and nothing goes before `until`.
    pub fn refused(&self, now: Mono, key: &K, until: Mono) {
        if let Some(lane) = lock(&self.lanes).get_mut(key) {
            lane.slow_down(now, until);
        }
    }

    fn lane<T>(&self, now: Mono, key: &K, windows: &[Window], work: impl FnOnce(&mut Lane) -> T) -> T {
        let mut lanes = lock(&self.lanes);
        if !lanes.contains_key(key) {
            lanes.retain(|_, lane| !lane.is_idle(now, IDLE));
        }
        work(lanes.entry(key.clone()).or_insert_with(|| Lane::new(windows, JITTER)))
    }
}

impl<K: Eq + Hash + Clone> Place<K> {
    /// Asks for the slot. A timer that came late changes nothing: the moment counts at which the slot is taken.
    pub fn ask(&self, now: Mono) -> Turn<K> {
        let mut lanes = lock(&self.pacer.lanes);
        let Some(lane) = lanes.get_mut(&self.key) else { return Turn::Go(self.slot(now)) };
        match lane.take(now, self.number) {
            Ok(()) => Turn::Go(self.slot(now)),
            Err(ready) => Turn::Wait { until: look_again(now, ready), ready },
        }
    }

    /// When the slot will be there, as things stand.
    pub fn foresee(&self, now: Mono) -> Mono {
        lock(&self.pacer.lanes).get(&self.key).map_or(now, |lane| lane.turn_of(now, self.number))
    }

    fn slot(&self, now: Mono) -> Slot<K> {
        Slot { pacer: self.pacer.clone(), key: self.key.clone(), at: now, is_sent: false }
    }
}

impl<K: Eq + Hash + Clone> Drop for Place<K> {
    fn drop(&mut self) {
        if let Some(lane) = lock(&self.pacer.lanes).get_mut(&self.key) {
            lane.leave(self.number);
        }
    }
}

impl<K: Eq + Hash + Clone> Slot<K> {
    /// The request goes out: the slot stays taken.
    pub fn sent(mut self) {
        self.is_sent = true;
    }
}

impl<K: Eq + Hash + Clone> Drop for Slot<K> {
    fn drop(&mut self) {
        if !self.is_sent
            && let Some(lane) = lock(&self.pacer.lanes).get_mut(&self.key)
        {
            lane.give_back(self.at);
        }
    }
}

/// When a call looks again whose turn comes at `ready`.
fn look_again(now: Mono, ready: Mono) -> Mono {
    ready.min(now + LOOK_AGAIN.max(ready.since(now) / LOOK_AGAIN_PART))
}

#[cfg(test)]
mod tests;
