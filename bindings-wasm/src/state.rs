//! All that the module holds: what crosses, and everything that has a number.

use std::cell::RefCell;

#[cfg(feature = "calls")]
use crate::entries::{Entries, count_ready};
#[cfg(feature = "calls")]
use crate::memory::Cell;
use crate::memory::{Input, Kind, Output};

/// The state behind the exports.
#[derive(Default)]
pub struct Core {
    pub input: Input,
    pub output: Output,
    #[cfg(feature = "calls")]
    pub entries: Entries,
    /// What is wrong with which store, until somebody asks.
    #[cfg(feature = "tokens")]
    pub complaints: Vec<(&'static str, String)>,
}

thread_local! {
    static CORE: RefCell<Core> = RefCell::default();
}

impl Core {
    /// Runs something in the core.
    pub fn enter<T>(work: impl FnOnce(&mut Core) -> T) -> T {
        CORE.with_borrow_mut(work)
    }

    /// Runs what tells JavaScript something.
    pub fn run(work: impl FnOnce(&mut Core) -> Kind) -> u32 {
        Self::enter(|core| {
            let kind = work(core);
            #[cfg(feature = "calls")]
            core.output.set(Cell::Ready, count_ready() as f64);
            kind as u32
        })
    }
}
