//! The store that the fleet shares, and the faults it may have.

use larkspur_core::{Answer, Ask, Secret, Stored};

use crate::honest;

/// What the fleet has stored.
#[derive(Default)]
pub struct Shelf(honest::Shelf);

/// What may be wrong with one answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    None,
    Fails,
    LosesTheSwap,
    HoldsRubbish,
    HoldsALaterFormat,
    IsEmptied,
}

impl Shelf {
    pub fn answer(&mut self, ask: Ask, fault: Fault) -> Answer {
        match (fault, ask) {
            (Fault::Fails, _) => Answer::Failed("it is away".into()),
            (Fault::LosesTheSwap, Ask::Swap { .. }) => Answer::Swapped(false),
            (Fault::HoldsRubbish, Ask::Load { .. }) => Answer::Loaded(Some(stored("\u{1}{[", "x"))),
            (Fault::HoldsALaterFormat, Ask::Load { .. }) => Answer::Loaded(Some(stored(r#"{"v":2}"#, "x"))),
            (Fault::IsEmptied, ask) => {
                self.0.values.clear();
                self.0.answer(ask)
            }
            (_, ask) => self.0.answer(ask),
        }
    }
}

fn stored(value: &str, version: &str) -> Stored {
    Stored { value: Secret::new(value), version: version.into() }
}
