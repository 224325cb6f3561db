//! Users' records of a client without a store.

use std::collections::HashMap;
use std::sync::Mutex;

use super::lock;
use super::record::Record;
use crate::step::{Answer, Ask, Stored};

/// A store in memory: the same dealings as with any other, so that there is one way to rotate.
#[derive(Debug, Default)]
pub(crate) struct Vault(Mutex<Values>);

#[derive(Debug, Default)]
struct Values {
    values: HashMap<String, Stored>,
    swaps: u64,
}

impl Vault {
    pub(crate) fn answer(&self, ask: Ask) -> Answer {
        let mut values = lock(&self.0);
        match ask {
            Ask::Load { key } => Answer::Loaded(values.values.get(&key).cloned()),
            Ask::Swap { key, expected, value, .. } => {
                let is_expected = values.values.get(&key).map(|stored| &stored.version) == expected.as_ref();
                if is_expected {
                    values.swaps += 1;
                    let version = values.swaps.to_string();
                    values.values.insert(key, Stored { value, version });
                }
                Answer::Swapped(is_expected)
            }
            _ => Answer::Failed("a store gives no tokens".into()),
        }
    }

    /// Everything that lies in it.
    pub(crate) fn records(&self) -> impl Iterator<Item = (String, Record)> + use<> {
        let values = lock(&self.0).values.clone();
        values.into_iter().filter_map(|(key, stored)| Some((key, Record::read(stored.value.reveal()).ok()?)))
    }

    /// Takes the record of a user that comes from elsewhere; says whether it is one.
    pub(crate) fn take(&self, key: &str, record: &Record) -> bool {
        if record.user.is_none() {
            return false;
        }
        let mut values = lock(&self.0);
        values.swaps += 1;
        let version = values.swaps.to_string();
        values.values.insert(key.to_owned(), Stored { value: record.write(), version });
        true
    }
}
