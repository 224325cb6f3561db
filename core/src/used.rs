//! Which operations were called.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::catalog::Operation;

/// One bit for each operation of the platform.
#[derive(Debug)]
pub(crate) struct Used(Box<[AtomicU64]>);

impl Default for Used {
    fn default() -> Self {
        Self((0..Operation::count().div_ceil(64)).map(|_| AtomicU64::new(0)).collect())
    }
}

impl Used {
    /// Notes that an operation is called.
    pub(crate) fn note(&self, operation: Operation) {
        let Some(number) = operation.number() else { return };
        let Some(bits) = self.0.get(number / 64) else { return };
        let bit = 1 << (number % 64);
        // Most calls repeat an operation; a look is cheaper than a write that other processors have to hear of.
        if bits.load(Ordering::Relaxed) & bit == 0 {
            bits.fetch_or(bit, Ordering::Relaxed);
        }
    }

    /// Whether the operation with this number was called.
    pub(crate) fn has(&self, number: usize) -> bool {
        self.0.get(number / 64).is_some_and(|bits| bits.load(Ordering::Relaxed) & 1 << (number % 64) != 0)
    }
}
