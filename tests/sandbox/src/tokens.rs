//! The access tokens of one app: issued, known again, expired.

use std::collections::HashMap;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::blob::hex;
use crate::clock::Millis;

/// With at least this much life left a token is handed out again.
const KEPT_FOR: Millis = 30 * 60 * 1000;

/// All tokens of an app.
#[derive(Default)]
pub(crate) struct Tokens {
    known: HashMap<String, Token>,
    current: HashMap<String, String>,
    issued: HashMap<&'static str, usize>,
    strangers: Vec<String>,
    fresh: Vec<String>,
}

/// One token, without its text.
pub(crate) struct Token {
    pub(crate) kind: &'static str,
    pub(crate) label: String,
    pub(crate) expires: Millis,
    /// Scopes that the user has not granted; only of user tokens.
    pub(crate) missing_scopes: Vec<String>,
}

impl Tokens {
    /// The current token for `key` (`tenant`, `app` or `tenant:KEY`) by the 30-minute rule, with the seconds it has left.
    pub(crate) fn issue(&mut self, app: &str, kind: &'static str, key: &str, life: Millis, now: Millis) -> (String, u64) {
        if let Some((text, left)) = self.current(key, now).filter(|(_, left)| *left >= KEPT_FOR) {
            return (text, left / 1000);
        }
        let number = self.count(kind) + 1;
        let text = token_text(app, kind, number);
        self.add(text.clone(), kind, now + life);
        self.current.insert(key.to_owned(), text.clone());
        (text, life / 1000)
    }

    /// Makes `text` a token of the app.
    pub(crate) fn add(&mut self, text: String, kind: &'static str, expires: Millis) -> &mut Token {
        let count = self.issued.entry(kind).or_default();
        *count += 1;
        let token = Token { kind, label: format!("{kind}#{count}"), expires, missing_scopes: Vec::new() };
        self.fresh.push(text.clone());
        let place = self.known.entry(text);
        place.insert_entry(token).into_mut()
    }

    /// How many tokens of `kind` there have been.
    pub(crate) fn count(&self, kind: &str) -> usize {
        self.issued.get(kind).copied().unwrap_or_default()
    }

    /// A token of the app, whether or not it has expired.
    pub(crate) fn get(&self, text: &str) -> Option<&Token> {
        self.known.get(text)
    }

    /// The tokens that were added since this was last called.
    pub(crate) fn take_fresh(&mut self) -> Vec<String> {
        std::mem::take(&mut self.fresh)
    }

    /// Lets all tokens expire at `now`.
    pub(crate) fn expire_all(&mut self, now: Millis) {
        self.known.values_mut().for_each(|token| token.expires = token.expires.min(now));
    }

    /// Makes one token expire.
    pub(crate) fn expire(&mut self, text: &str, now: Millis) {
        if let Some(token) = self.known.get_mut(text) {
            token.expires = token.expires.min(now);
        }
    }

    /// What the request log says instead of the token: its kind and a short stable label.
    pub(crate) fn describe(&mut self, text: &str) -> Value {
        if let Some(token) = self.known.get(text) {
            return json!({"kind": token.kind, "label": token.label});
        }
        let digest = hex(&Sha256::digest(text));
        let place = self.strangers.iter().position(|known| *known == digest).unwrap_or_else(|| {
            self.strangers.push(digest);
            self.strangers.len() - 1
        });
        json!({"kind": kind_by_prefix(text), "label": format!("unknown#{}", place + 1)})
    }

    fn current(&self, key: &str, now: Millis) -> Option<(String, Millis)> {
        let text = self.current.get(key)?;
        let token = self.known.get(text)?;
        Some((text.clone(), token.expires.saturating_sub(now)))
    }
}

/// The kind that the first letters of a token promise.
pub(crate) fn kind_by_prefix(text: &str) -> &'static str {
    match text {
        _ if text.starts_with("t-") => "tenant",
        _ if text.starts_with("u-") || text.starts_with("eyJ") => "user",
        _ if text.starts_with("a-") => "app",
        _ if text.starts_with("p-") => "plugin",
        _ if text.starts_with("v-") => "virtual",
        _ => "unknown",
    }
}

/// The text of the `number`th token of a kind: `t-…`, `u-…`, `a-…`, `p-…` or `v-…`.
pub(crate) fn token_text(app: &str, kind: &str, number: usize) -> String {
    let prefix = kind.get(..1).unwrap_or_default();
    let digest = hex(&Sha256::digest(format!("{app} {kind} {number}")));
    format!("{prefix}-g1{}", digest.get(..38).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::Tokens;

    #[test]
    fn the_same_token_while_thirty_minutes_are_left() {
        let mut tokens = Tokens::default();
        let mut issue = |now| tokens.issue("cli_a", "tenant", "tenant", 7_200_000, now);
        let (first, left) = issue(0);
        assert_eq!(left, 7200);
        assert_eq!(issue(5_400_000), (first.clone(), 1800));
        let (second, left) = issue(5_401_000);
        assert!(second != first && left == 7200);
        assert!(tokens.get(&first).unwrap().expires > 5_401_000, "the old one is valid until its own expiry");
    }

    #[test]
    fn labels_are_stable_and_hold_no_token() {
        let mut tokens = Tokens::default();
        let first = tokens.describe("u-secret");
        assert_eq!(first.to_string(), r#"{"kind":"user","label":"unknown#1"}"#);
        tokens.describe("other");
        assert_eq!(tokens.describe("u-secret"), first);
    }
}
