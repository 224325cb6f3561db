//! The calls of one key: when they went, who waits, what the platform has refused.

#[cfg(feature = "fleet")]
mod shared;

use std::collections::VecDeque;
use std::time::Duration;

use super::Window;
use super::line::Line;
use crate::time::Mono;

/// The clock counts whole milliseconds, so that two moments may be one nearer than they seem.
const TICK: Duration = Duration::from_millis(1);

/// After so much time without a refusal more calls are tried in a window that was narrowed.
const RECOVERY: Duration = Duration::from_secs(5);

/// One key's past and queue.
#[derive(Debug)]
pub(super) struct Lane {
    limits: Vec<Limit>,
    /// The moments of the calls that were let go, the oldest first; no more than the widest window holds.
    taken: VecDeque<Mono>,
    waiting: Line,
    next_number: u64,
    /// Nothing goes before, since the platform said so.
    hold: Mono,
    /// When a window was narrowed or widened last.
    changed: Mono,
}

/// A window as it is kept: from call to call `allowed` places later at least `gap` passes.
#[derive(Debug)]
struct Limit {
    documented: usize,
    allowed: usize,
    gap: Duration,
}

impl Lane {
    pub(super) fn new(windows: &[Window], jitter: Duration) -> Self {
        let limit = |window: &Window| {
            let calls = window.calls.max(1) as usize;
            Limit { documented: calls, allowed: calls, gap: window.span + jitter + TICK }
        };
        let mut limits: Vec<Limit> = windows.iter().map(limit).collect();
        limits.sort_by_key(|limit| limit.gap);
        Self { limits, taken: VecDeque::new(), waiting: Line::default(), next_number: 0, hold: Mono(0), changed: Mono(0) }
    }

    /// Takes the last place.
    pub(super) fn queue(&mut self) -> u64 {
        self.next_number += 1;
        self.waiting.queue(self.next_number);
        self.next_number
    }

    /// Gives the place up.
    pub(super) fn leave(&mut self, number: u64) {
        self.waiting.leave(number);
    }

    /// Lets the call go if there is room for it and for all before it; else says when there will be.
    pub(super) fn take(&mut self, now: Mono, number: u64) -> Result<(), Mono> {
        self.recover(now);
        // Whoever went before and was refused has its place again.
        self.waiting.enter(number);
        let ready = self.turn_of(now, number);
        if ready > now {
            return Err(ready);
        }
        self.leave(number);
        self.note(now);
        Ok(())
    }

    /// When the call with this place may go, as things stand.
    pub(super) fn turn_of(&self, now: Mono, number: u64) -> Mono {
        self.foresee(now, self.waiting.ahead_of(number))
    }

    /// A call goes now, whether there is room for it or not.
    pub(super) fn note(&mut self, now: Mono) {
        self.taken.push_back(now);
        self.forget(now);
    }

    /// Those that wait are not here any more.
    pub(super) fn forget_waiting(&mut self) {
        self.waiting.clear();
    }

    /// A call that was let go was not sent.
    pub(super) fn give_back(&mut self, at: Mono) {
        if let Some(place) = self.taken.iter().rposition(|taken| *taken == at) {
            self.taken.remove(place);
        }
    }

    /// The platform lets fewer calls through than documented: those of the last window, without the refused one.
    pub(super) fn slow_down(&mut self, now: Mono, until: Mono) {
        self.hold = self.hold.max(until);
        self.changed = now;
        let Some(limit) = self.limits.first_mut() else { return };
        let recent = self.taken.iter().filter(|taken| **taken <= now && **taken + limit.gap > now).count();
        limit.allowed = limit.allowed.min(recent).saturating_sub(1).max(1);
    }

    pub(super) fn is_idle(&self, now: Mono, idle: Duration) -> bool {
        let is_over = |moment: Mono| moment + idle < now;
        self.waiting.is_empty() && is_over(self.hold) && self.taken.back().is_none_or(|last| is_over(*last))
    }

    /// Keeps no more of the past than the widest window holds.
    fn forget(&mut self, now: Mono) {
        let ahead = self.taken.iter().rev().take_while(|moment| **moment > now).count();
        let most = ahead + self.limits.iter().map(|limit| limit.documented).max().unwrap_or(0);
        while self.taken.len() > most {
            self.taken.pop_front();
        }
    }

    /// Quiet time brings back what a refusal took: one call first, and each time twice as many.
    fn recover(&mut self, now: Mono) {
        let Some(limit) = self.limits.first_mut().filter(|limit| limit.allowed < limit.documented) else { return };
        let brought = |until: Mono| 1_usize << (until.since(self.hold).as_millis() / RECOVERY.as_millis()).min(16);
        let more = brought(now) - brought(self.changed.min(now));
        if more > 0 {
            limit.allowed = limit.documented.min(limit.allowed.saturating_add(more));
            self.changed = now;
        }
    }

    /// The moment at which the call with so many before it may go, if all of them do as soon as they may.
    fn foresee(&self, now: Mono, ahead: usize) -> Mono {
        self.earliest(now, &self.plan(now, ahead))
    }

    /// The moments at which so many calls may go, one after the other.
    fn plan(&self, now: Mono, calls: usize) -> Vec<Mono> {
        let mut planned = Vec::with_capacity(calls);
        for _ in 0..calls {
            planned.push(self.earliest(now, &planned));
        }
        planned
    }

    /// When the next call may go. Slots that were taken ahead stay before it.
    fn earliest(&self, now: Mono, planned: &[Mono]) -> Mono {
        let free = |limit: &Limit| self.back(planned, limit.allowed).map(|moment| moment + limit.gap);
        let last = self.taken.back().copied().unwrap_or(now);
        self.limits.iter().filter_map(free).fold(now.max(self.hold).max(last), Mono::max)
    }

    /// The moment of the call that goes so many places before the next one.
    fn back(&self, planned: &[Mono], places: usize) -> Option<Mono> {
        match planned.len().checked_sub(places) {
            Some(index) => planned.get(index).copied(),
            None => self.taken.len().checked_sub(places - planned.len()).and_then(|index| self.taken.get(index).copied()),
        }
    }
}
