//! The store that the fleet shares, and the faults it may have.

use std::collections::HashMap;

use larkspur_core::{Answer, Ask, Secret, Stored};

/// What lies under each key, with a version that never comes back.
#[derive(Default)]
pub struct Shelf {
    values: HashMap<String, Stored>,
    swaps: u64,
}

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
                self.values.clear();
                self.work(ask)
            }
            (_, ask) => self.work(ask),
        }
    }

    fn work(&mut self, ask: Ask) -> Answer {
        match ask {
            Ask::Load { key } => Answer::Loaded(self.values.get(&key).cloned()),
            Ask::Swap { key, expected, value, ttl } => {
                assert!(!ttl.is_zero(), "a value that is of no use");
                let is_expected = self.values.get(&key).map(|stored| stored.version.clone()) == expected;
                if is_expected {
                    self.swaps += 1;
                    self.values.insert(key, Stored { value, version: self.swaps.to_string() });
                }
                Answer::Swapped(is_expected)
            }
            _ => panic!("only tokens are stored"),
        }
    }
}

fn stored(value: &str, version: &str) -> Stored {
    Stored { value: Secret::new(value), version: version.into() }
}
