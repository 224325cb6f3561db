//! A store in a Redis: what its scripts are given and give, as JSON.

use std::time::Duration;

use larkspur_core::json::{Object, quote};
use larkspur_core::redis::{self, Script};
use larkspur_core::{Entropy, Error};

use crate::memory::Input;

/// Asks what lies under a key: `script`, `keys` and `args`.
pub fn load(input: &mut Input, prefix: u32, key: u32) -> String {
    let prefix = input.text(prefix).to_owned();
    shown(&redis::load(&prefix, input.text(key)))
}

/// Puts a value under a key in the place of the one with the expected version, likewise; the texts stand in the order of
/// `larkspur_core::redis::swap`.
pub fn swap(input: &mut Input, entropy: Entropy, lengths: [u32; 4], ttl: f64) -> String {
    let [prefix, key, expected, value] = lengths.map(|length| input.text(length).to_owned());
    let expected = (!expected.is_empty()).then_some(expected.as_str());
    shown(&redis::swap(&prefix, &key, expected, &value, Duration::from_millis(ttl as u64), entropy))
}

/// What lies there: `time` in milliseconds since 1970, and `version` and `value` if there is something.
pub fn loaded(answer: &str) -> Result<String, Error> {
    let (found, time) = redis::loaded(answer).map_err(told)?;
    let mut shown = Object::default();
    shown.push("time", &time.0.to_string());
    if let Some(found) = found {
        shown.push_text("version", Some(&found.version));
        shown.push_text("value", Some(found.value.reveal()));
    }
    Ok(shown.finish())
}

/// `1` if the value is there now.
pub fn swapped(answer: &str) -> Result<String, Error> {
    redis::swapped(answer).map(|is_there| u8::from(is_there).to_string()).map_err(told)
}

fn shown(script: &Script) -> String {
    let arguments: Vec<String> = script.arguments.iter().map(|argument| quote(argument)).collect();
    let (keys, args) = (format!("[{}]", quote(&script.key)), format!("[{}]", arguments.join(",")));
    Object::of(&[("script", &quote(script.text)), ("keys", &keys), ("args", &args)])
}

fn told(reason: String) -> Error {
    Error::config(format!("the Redis {reason}"))
}
