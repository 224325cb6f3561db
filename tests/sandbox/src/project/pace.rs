//! The real limits: how many calls of one token on one interface go through in a window that slides.

use std::collections::{HashMap, VecDeque};

use crate::clock::Millis;

/// The widest window.
const MINUTE: Millis = 60_000;

/// When the calls went through, by token and interface.
#[derive(Default)]
pub(super) struct Paces(HashMap<String, VecDeque<Millis>>);

impl Paces {
    /// Counts a call if all windows (`15/s,450/min`) have room for it; says whether they have.
    pub(super) fn take(&mut self, lane: String, rate: &str, now: Millis) -> bool {
        let passed = self.0.entry(lane).or_default();
        while passed.front().is_some_and(|at| at + MINUTE <= now) {
            passed.pop_front();
        }
        let has_room = rate.split(',').filter_map(window).all(|(most, span)| {
            let within = passed.iter().rev().take_while(|at| **at + span > now).count();
            within < most
        });
        if has_room {
            passed.push_back(now);
        }
        has_room
    }
}

fn window(text: &str) -> Option<(usize, Millis)> {
    let (most, unit) = text.split_once('/')?;
    Some((most.parse().ok()?, if unit == "s" { 1000 } else { MINUTE }))
}

#[cfg(test)]
mod tests {
    use super::Paces;

    #[test]
    fn both_windows_slide() {
        let mut paces = Paces::default();
        let mut passed = |from: u64, calls: u64, rate| (0..calls).filter(|_| paces.take("a".into(), rate, from)).count();
        assert_eq!(passed(10_000, 20, "15/s"), 15);
        assert_eq!(passed(10_999, 1, "15/s"), 0);
        assert_eq!(passed(11_000, 20, "15/s"), 15);
        let rate = "15/s,40/min";
        assert_eq!(passed(12_000, 20, rate), 10);
        assert_eq!((passed(69_999, 1, rate), passed(70_000, 99, rate)), (0, 15));
    }
}
