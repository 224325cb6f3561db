//! One client's part in a key that a fleet shares: the slots it has, and the calls that wait for them.

use std::collections::VecDeque;
use std::time::Duration;

use crate::pacing::line::Line;
use crate::time::Mono;

/// So many slots a client has ahead at most: what a process that dies takes along, and what others wait for.
const AHEAD: usize = 5;

/// So late a slot may be used; the windows have room for it.
pub(super) const LATE: Duration = Duration::from_millis(30);

/// Whoever asks the store is left behind after this time.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often whoever waits looks whether the store has answered: at first, and at last.
const LOOK: (Duration, Duration) = (Duration::from_millis(2), Duration::from_millis(250));

/// What a waiting call does.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// It goes.
    Go,
    /// It looks again at the first moment; its turn comes at the second, as far as that is known.
    Wait(Mono, Mono),
    /// It asks the store for so many slots.
    Fetch(usize),
}

/// A client's part in one key.
#[derive(Debug, Default)]
pub(super) struct Share {
    waiting: Line,
    /// The slots that it has, the first comes first.
    slots: VecDeque<Mono>,
    /// Whoever asks the store, and since when.
    flight: Option<(u64, Mono)>,
    /// The store has no slot to give before.
    none_before: Mono,
    /// When the calls beyond the slots may go, if the rest of the fleet takes no more.
    later: Vec<Mono>,
    /// The last slot it ever had.
    pub(super) last: Option<Mono>,
    /// Calls that went while the store was away.
    pub(super) alone: VecDeque<Mono>,
    /// The platform refused a call; nothing goes before, and the store does not know.
    pub(super) refused: Option<Mono>,
    used: Mono,
}

impl Share {
    pub(super) fn queue(&mut self, now: Mono, number: u64) {
        self.used = now;
        self.waiting.queue(number);
    }

    pub(super) fn leave(&mut self, number: u64) {
        self.waiting.leave(number);
    }

    pub(super) fn is_idle(&self, now: Mono, idle: Duration) -> bool {
        self.waiting.is_empty() && self.used + idle < now
    }

    /// What the call with this number does.
    pub(super) fn choose(&mut self, now: Mono, number: u64) -> Choice {
        while self.slots.front().is_some_and(|slot| *slot + LATE < now) {
            self.slots.pop_front();
        }
        let place = self.waiting.ahead_of(number);
        match self.slots.get(place).copied() {
            Some(slot) if slot <= now => {
                self.slots.remove(place);
                self.leave(number);
                Choice::Go
            }
            Some(slot) => Choice::Wait(slot, slot),
            None => self.choose_without(now, self.foreseen(place).max(now)),
        }
    }

    fn choose_without(&self, now: Mono, ready: Mono) -> Choice {
        if let Some((_, since)) = self.flight.filter(|(_, since)| now < *since + PATIENCE) {
            return Choice::Wait(now + now.since(since).clamp(LOOK.0, LOOK.1), ready);
        }
        let due = self.slots.iter().take_while(|slot| **slot <= now).count();
        let ahead = self.slots.len() - due;
        match self.slots.get(due) {
            Some(next) if ahead >= AHEAD => Choice::Wait(*next, ready),
            _ if now < self.none_before => Choice::Wait(self.none_before, ready),
            _ => Choice::Fetch((AHEAD - ahead).min(self.without()).max(1)),
        }
    }

    /// How many calls wait without a slot.
    pub(super) fn without(&self) -> usize {
        self.waiting.len().saturating_sub(self.slots.len())
    }

    /// The moment before which the call at this place will not go.
    fn foreseen(&self, place: usize) -> Mono {
        let known = self.later.get(place.saturating_sub(self.slots.len())).or(self.later.last());
        known.copied().unwrap_or_default()
    }

    pub(super) fn take_off(&mut self, now: Mono, number: u64) {
        self.flight = Some((number, now));
    }

    /// Whether this is the flight that asks; another may have taken its place.
    pub(super) fn is_flight(&self, number: u64) -> bool {
        self.flight.is_some_and(|(flight, _)| flight == number)
    }

    pub(super) fn land(&mut self, number: u64) {
        self.flight.take_if(|(flight, _)| *flight == number);
    }

    /// Takes the slots of the store, none of them before `hold`, and no more before `none_before`.
    pub(super) fn grant(&mut self, slots: &[Mono], hold: Mono, none_before: Mono, later: Vec<Mono>) {
        self.slots.extend(slots);
        self.slots.make_contiguous().sort_unstable();
        self.hold_until(hold);
        (self.none_before, self.later) = (none_before, later);
        self.last = self.last.max(slots.last().copied());
    }

    pub(super) fn hold_until(&mut self, hold: Mono) {
        self.slots.retain(|slot| *slot >= hold);
    }

    /// Gives all slots up: from now on calls go alone.
    pub(super) fn go_alone(&mut self) {
        self.slots.clear();
        self.later.clear();
    }

    /// Forgets what belongs to the process that this one was forked from.
    pub(super) fn forget(&mut self) {
        self.go_alone();
        self.waiting.clear();
        self.flight = None;
    }

    /// Whether somebody asks the store.
    pub(super) fn is_asking(&self) -> bool {
        self.flight.is_some()
    }
}
