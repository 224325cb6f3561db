//! Tokens on their way to another client: a worker of the same app, or a test.

use serde::{Deserialize, Serialize};

use super::record::{Kept, Record};
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
    /// All tokens that still hold, as JSON text.
    pub(crate) fn export(&self, now: Now) -> Secret {
        let slots = lock(&self.slots);
        let kept = slots.iter().filter_map(|(key, slot)| Some((key.0.to_string(), slot.fresh(now)?)));
        let mut tokens: Vec<(String, Record)> = kept.map(|(key, fresh)| (key, Record::of(&fresh))).collect();
        tokens.sort_by(|(one, _), (other, _)| one.cmp(other));
        Secret::new(serde_json::to_string(&Export { v: VERSION, tokens }).unwrap_or_default())
    }

    /// Takes the tokens of `app` (host and app id, as keys begin) that still hold; says how many there were.
    ///
    /// # Errors
    /// `Config` for a text that is no export.
    pub(crate) fn import(&self, now: Now, app: &Key, text: &Secret) -> Result<usize, Error> {
        let export: Export = serde_json::from_str(text.reveal()).map_err(|_| unreadable("what is imported is no export of tokens"))?;
        if export.v > VERSION {
            return Err(unreadable("what is imported was exported by a later version"));
        }
        let own = format!("{}|", app.as_str());
        let found = export.tokens.into_iter().filter(|(key, _)| key.starts_with(&own));
        let fresh =
            found.filter_map(|(key, record)| Some((Key(key.into()), record.token.as_ref().and_then(|kept: &Kept| kept.fresh(now))?)));
        let mut slots = lock(&self.slots);
        Ok(fresh.map(|(key, fresh)| slots.of(&key).put(fresh)).count())
    }
}

fn unreadable(reason: &str) -> Error {
    Error::config(reason).with_remedy("pass what export_tokens gave, unchanged")
}
