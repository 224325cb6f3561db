//! A lane that a fleet shares: its moments are those of the store's clock, and its calls have their slots ahead.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Lane, Window};
use crate::secret::Secret;
use crate::time::Mono;

/// The version of the format. A later one is left alone.
const VERSION: u32 = 1;

/// Nobody takes a slot that lies so far ahead: what does is of a clock that was put back.
const BEYOND: Duration = Duration::from_secs(30);

/// A lane as the store holds it, in milliseconds since 1970 by the store's clock.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Record {
    v: u32,
    /// The first moment, and from each to the next how long it is: there may be a thousand.
    taken: Vec<u64>,
    /// How many calls the narrowest window holds since the platform refused one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    narrowed: Option<usize>,
    #[serde(default)]
    hold: u64,
    #[serde(default)]
    changed: u64,
}

impl Lane {
    /// Reads what a store gave; what cannot be read is as good as nothing, which is said.
    ///
    /// # Errors
    /// The number of a later format.
    pub(in crate::pacing) fn read(text: Option<&str>, windows: &[Window], spare: Duration) -> Result<(Self, bool), u32> {
        let record: Option<Record> = text.and_then(|text| serde_json::from_str(text).ok());
        let is_new = record.is_none();
        let record = record.unwrap_or_default();
        if record.v > VERSION {
            return Err(record.v);
        }
        let mut lane = Self::new(windows, spare);
        lane.add(record.taken.iter().scan(0_u64, |moment, step| {
            *moment = moment.saturating_add(*step);
            Some(Mono(*moment))
        }));
        (lane.hold, lane.changed) = (Mono(record.hold), Mono(record.changed));
        if let (Some(limit), Some(narrowed)) = (lane.limits.first_mut(), record.narrowed) {
            limit.allowed = narrowed.clamp(1, limit.documented);
        }
        Ok((lane, is_new))
    }

    /// The text that [`Lane::read`] reads; no secret is in it.
    pub(in crate::pacing) fn write(&self) -> Secret {
        let narrowed = self.limits.first().filter(|limit| limit.allowed < limit.documented).map(|limit| limit.allowed);
        let earlier = std::iter::once(0).chain(self.taken.iter().map(|moment| moment.0));
        let taken = self.taken.iter().zip(earlier).map(|(moment, before)| moment.0.saturating_sub(before)).collect();
        let record = Record { v: VERSION, taken, narrowed, hold: self.hold.0, changed: self.changed.0 };
        Secret::new(serde_json::to_string(&record).unwrap_or_default())
    }

    /// Adds calls that the store did not know of.
    pub(in crate::pacing) fn add(&mut self, moments: impl Iterator<Item = Mono>) {
        self.taken.extend(moments);
        self.taken.make_contiguous().sort_unstable();
    }

    /// Nothing goes before `until`.
    pub(in crate::pacing) fn hold_until(&mut self, until: Mono) {
        self.hold = self.hold.max(until);
    }

    /// The time before which nothing goes.
    pub(in crate::pacing) fn hold(&self) -> Mono {
        self.hold
    }

    /// How far two calls lie apart that are as many places apart as the narrowest window holds.
    pub(in crate::pacing) fn gap(&self) -> Duration {
        self.limits.first().map_or(Duration::ZERO, |limit| limit.gap)
    }

    /// Brings the moments of a clock that has been put back since into this one's past.
    pub(in crate::pacing) fn set_back(&mut self, now: Mono) {
        if self.taken.back().is_some_and(|last| *last > now + BEYOND) {
            self.taken.iter_mut().for_each(|moment| *moment = now.min(*moment));
            (self.hold, self.changed) = (self.hold.min(now + self.gap()), self.changed.min(now));
        }
    }

    /// Takes up to `most` slots between the two moments; says at which moments so many calls more, and one, may go after them.
    pub(in crate::pacing) fn reserve(&mut self, from: Mono, most: usize, latest: Mono, more: usize) -> (Vec<Mono>, Vec<Mono>) {
        self.recover(from);
        let mut slots = self.plan(from, most);
        slots.retain(|slot| *slot <= latest);
        self.taken.extend(&slots);
        self.forget(from);
        let later = self.plan(from, more + 1);
        (slots, later)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Window = Window { calls: 3, span: Duration::from_secs(1) };
    const START: u64 = 1_700_000_000_000;

    fn lane(text: Option<&str>) -> Lane {
        Lane::read(text, &[SECOND], Duration::ZERO).unwrap().0
    }

    fn reserve(lane: &mut Lane, from: u64, most: usize) -> Vec<u64> {
        let (slots, _) = lane.reserve(Mono(START + from), most, Mono(START + from + 10_000), 0);
        slots.into_iter().map(|slot| slot.0 - START).collect()
    }

    #[test]
    fn slots_are_taken_ahead_and_outlive_the_store() {
        let mut lane = lane(None);
        assert_eq!(reserve(&mut lane, 0, 5), [0, 0, 0, 1001, 1001]);
        lane.slow_down(Mono(START + 10), Mono(START + 3000));
        let text = lane.write();
        let expected = r#"{"v":1,"taken":[1700000000000,0,0,1001,0],"narrowed":2,"hold":1700000003000,"changed":1700000000010}"#;
        assert_eq!(text.reveal(), expected);
        let mut read = self::lane(Some(text.reveal()));
        assert_eq!(read.hold(), Mono(START + 3000));
        // Three calls were one too many: two are left, and after five quiet seconds three again.
        assert_eq!(reserve(&mut read, 20, 3), [3000, 3000, 4001]);
        assert_eq!(reserve(&mut read, 9000, 4), [9000, 9000, 9000, 10_001]);
    }

    #[test]
    fn no_slot_is_taken_beyond_the_horizon() {
        let (slots, later) = lane(None).reserve(Mono(START), 9, Mono(START + 1500), 3);
        let later: Vec<u64> = later.into_iter().map(|moment| moment.0 - START).collect();
        assert_eq!((slots.len(), later), (6, vec![2002, 2002, 2002, 3003]));
    }

    #[test]
    fn what_cannot_be_read_is_nothing_and_a_later_format_is_left_alone() {
        for text in ["", "null", "[]", r#"{"v":"x"}"#, r#"{"v":1}"#] {
            assert!(Lane::read(Some(text), &[SECOND], Duration::ZERO).unwrap().1, "{text}");
        }
        assert!(!Lane::read(Some(r#"{"v":1,"taken":[]}"#), &[SECOND], Duration::ZERO).unwrap().1);
        assert_eq!(Lane::read(Some(r#"{"v":2,"taken":[]}"#), &[SECOND], Duration::ZERO).unwrap_err(), 2);
    }

    #[test]
    fn a_clock_that_was_put_back_holds_nobody_up() {
        let mut lane = lane(None);
        lane.reserve(Mono(START + 3_600_000), 3, Mono(START + 3_600_000), 0);
        lane.set_back(Mono(START));
        assert_eq!(reserve(&mut lane, 0, 3), [1001, 1001, 1001]);
    }
}
