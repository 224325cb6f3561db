//! A token store that does what it is asked.

use std::collections::HashMap;

use larkspur_core::{Answer, Ask, Secret, Stored};

/// What lies under each key, with a version that never comes back.
#[derive(Default)]
pub struct Shelf {
    pub values: HashMap<String, Stored>,
    swaps: u64,
}

impl Shelf {
    pub fn answer(&mut self, ask: Ask) -> Answer {
        match ask {
            Ask::Load { key } => Answer::Loaded(self.values.get(&key).cloned()),
            Ask::Swap { key, expected, value, ttl } => {
                assert!(!ttl.is_zero(), "a value that is of no use");
                let is_expected = self.values.get(&key).map(|stored| stored.version.clone()) == expected;
                if is_expected {
                    self.put(key, value);
                }
                Answer::Swapped(is_expected)
            }
            _ => panic!("only tokens are stored"),
        }
    }

    pub fn put(&mut self, key: String, value: Secret) {
        self.swaps += 1;
        self.values.insert(key, Stored { value, version: self.swaps.to_string() });
    }
}
