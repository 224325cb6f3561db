//! Those that wait, in their order.

use std::collections::VecDeque;

/// The numbers of calls that wait: the lower number goes first.
#[derive(Debug, Default)]
pub(super) struct Line(VecDeque<u64>);

impl Line {
    /// Takes the last place, with a number that is higher than all before.
    pub(super) fn queue(&mut self, number: u64) {
        self.0.push_back(number);
    }

    /// Takes the place of the number, if it is not taken.
    pub(super) fn enter(&mut self, number: u64) {
        if let Err(place) = self.0.binary_search(&number) {
            self.0.insert(place, number);
        }
    }

    /// Gives the place up.
    pub(super) fn leave(&mut self, number: u64) {
        if let Ok(place) = self.0.binary_search(&number) {
            self.0.remove(place);
        }
    }

    /// How many stand before this one.
    pub(super) fn ahead_of(&self, number: u64) -> usize {
        self.0.partition_point(|waiting| *waiting < number)
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    #[cfg(feature = "fleet")]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
