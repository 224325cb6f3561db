//! Tokens on their way to another client: a worker of the same app, or a test.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::record::{Record, version};
use super::{Key, Tokens, lock};
use crate::error::Error;
use crate::secret::Secret;
use crate::time::Now;

/// The version of the format.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Export {
    v: u32,
    tokens: Vec<(String, Record)>,
}

impl Tokens {
    /// All tokens that still hold, as JSON text. `users` are records that hold more than their slots.
    pub(crate) fn export(&self, now: Now, users: impl Iterator<Item = (String, Record)>) -> Secret {
        let slots = lock(&self.slots);
        let kept = slots.iter().filter_map(|(key, slot)| Some((key.0.to_string(), slot.fresh(now)?)));
        let mut tokens: BTreeMap<String, Record> = kept.map(|(key, fresh)| (key, Record::of(&fresh))).collect();
        tokens.extend(users.map(|(key, record)| (key, Record { lease: None, ..record })));
        let export = Export { v: VERSION, tokens: tokens.into_iter().collect() };
        Secret::new(serde_json::to_string(&export).unwrap_or_default())
    }

    /// Takes the tokens of `app` (host and app id, as keys begin) that still hold; says how many there were.
    ///
    /// Each record is handed to `keep`, which says whether it is of use beyond its token.
    ///
    /// # Errors
    /// `Config` for a text that is no export.
    pub(crate) fn import(&self, now: Now, app: &Key, text: &Secret, keep: impl Fn(&str, &Record) -> bool) -> Result<usize, Error> {
        if version(text.reveal()) > VERSION {
            return Err(unreadable("what is imported was exported by a later version"));
        }
        let export: Export = serde_json::from_str(text.reveal()).map_err(|_| unreadable("what is imported is no export of tokens"))?;
        let own = format!("{}|", app.as_str());
        let mut count = 0;
        for (key, record) in export.tokens.into_iter().filter(|(key, _)| key.starts_with(&own)) {
            let is_kept = keep(&key, &record);
            let fresh = record.token.as_ref().and_then(|kept| kept.fresh(now));
            count += usize::from(is_kept || fresh.is_some());
            if let Some(fresh) = fresh {
                lock(&self.slots).of(&Key(key.into())).put(fresh);
            }
        }
        Ok(count)
    }
}

fn unreadable(reason: &str) -> Error {
    Error::config(reason).with_remedy("pass the text of an export, unchanged")
}
