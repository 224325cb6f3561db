//! How the store's clock stands to this machine's.

use crate::time::Mono;

/// In so many milliseconds two clocks may drift apart by one.
const DRIFT: i64 = 1000;

/// What must be added to the store's time to get this machine's: a number between two bounds, which every answer of the store tightens.
#[derive(Debug, Default)]
pub(super) struct Offset {
    bounds: Option<(i64, i64)>,
    /// When the bounds were widened last.
    since: i64,
}

impl Offset {
    /// The store said what time it was at some moment between question and answer.
    pub(super) fn learn(&mut self, asked: Mono, answered: Mono, store: Mono) {
        // The store's millisecond has begun, but not ended.
        let (low, high) = (number(asked) - number(store) - 1, number(answered) - number(store));
        let drift = (number(answered) - self.since) / DRIFT;
        if drift > 0 {
            self.bounds = self.bounds.map(|(lower, higher)| (lower - drift, higher + drift));
            self.since = number(answered);
        }
        let tightened = self.bounds.map(|(lower, higher)| (low.max(lower), high.min(higher)));
        // Bounds that exclude each other are of a clock that jumped.
        self.bounds = tightened.filter(|(low, high)| low <= high).or(Some((low, high)));
    }

    /// A moment of the store by this machine's clock.
    pub(super) fn here(&self, store: Mono) -> Mono {
        moment(number(store) + self.middle())
    }

    /// A moment of this machine by the store's clock.
    pub(super) fn there(&self, here: Mono) -> Mono {
        moment(number(here) - self.middle())
    }

    fn middle(&self) -> i64 {
        self.bounds.map_or(0, |(low, high)| low + (high - low) / 2)
    }
}

/// Small enough that sums and differences of a few do not overflow.
fn number(moment: Mono) -> i64 {
    i64::try_from(moment.0).unwrap_or(i64::MAX).min(i64::MAX / 16)
}

fn moment(number: i64) -> Mono {
    Mono(u64::try_from(number).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_tighten_it_and_a_slow_one_does_no_harm() {
        let mut offset = Offset::default();
        offset.learn(Mono(1000), Mono(1040), Mono(90_020));
        assert_eq!(offset.here(Mono(90_020)), Mono(1019));
        offset.learn(Mono(1100), Mono(1102), Mono(90_101));
        assert_eq!((offset.here(Mono(90_101)), offset.there(Mono(1101))), (Mono(1100), Mono(90_102)));
        offset.learn(Mono(1200), Mono(1290), Mono(90_289));
        assert_eq!(offset.here(Mono(90_101)), Mono(1100), "the answer lay unread for long");
    }

    #[test]
    fn it_follows_a_clock_that_drifts_or_jumps() {
        let mut offset = Offset::default();
        offset.learn(Mono(1000), Mono(1001), Mono(50_000));
        offset.learn(Mono(11_000), Mono(11_001), Mono(60_005));
        assert_eq!(offset.here(Mono(60_005)), Mono(11_000));
        offset.learn(Mono(12_000), Mono(12_001), Mono(7000));
        assert_eq!(offset.here(Mono(7000)), Mono(12_000));
    }
}
