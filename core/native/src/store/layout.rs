//! How values lie in a Redis, whoever runs the scripts there.

use std::time::Duration;

use larkspur_core::redis::{self, Script};
use larkspur_core::{Secret, Stored, Wall};

use super::Seal;
use crate::entropy;

/// What is run in a Redis to load and to swap values, and what its answers mean.
#[derive(Clone, Debug)]
pub struct RedisLayout {
    name: String,
    prefix: String,
    seal: Seal,
}

impl RedisLayout {
    /// Of a Redis that errors call by this name; its keys begin with `prefix`.
    pub fn new(name: impl Into<String>, prefix: impl Into<String>, seal: Seal) -> Self {
        Self { name: name.into(), prefix: prefix.into(), seal }
    }

    /// What errors call the Redis.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What its keys begin with.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// How its values are encrypted.
    pub fn seal(&self) -> &Seal {
        &self.seal
    }

    /// Asks what lies under a key.
    pub fn load(&self, key: &str) -> Script {
        redis::load(&self.prefix, key)
    }

    /// The answer to [`RedisLayout::load`]: what lies there, and the time of the Redis.
    ///
    /// # Errors
    /// When something else lies there, or the answer is not the script's.
    pub fn loaded(&self, key: &str, answer: &str) -> Result<(Option<Stored>, Wall), String> {
        let (found, time) = redis::loaded(answer).map_err(|reason| self.told(&reason))?;
        let Some(found) = found else { return Ok((None, time)) };
        let value = self.seal.open(key, found.value.reveal()).map_err(|reason| format!("{}: {reason}", self.name))?;
        Ok((Some(Stored { value, ..found }), time))
    }

    /// Puts a value in the place of the one with the version `expected`.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn swap(&self, key: &str, expected: Option<&str>, value: &Secret, ttl: Duration) -> Result<Script, String> {
        let entropy = entropy().map_err(|error| error.reason.clone())?;
        Ok(redis::swap(&self.prefix, key, expected, &self.seal.close(key, value)?, ttl, entropy))
    }

    /// The answer to [`RedisLayout::swap`]: whether the value is there now.
    ///
    /// # Errors
    /// When the answer is not the script's.
    pub fn swapped(&self, answer: &str) -> Result<bool, String> {
        redis::swapped(answer).map_err(|reason| self.told(&reason))
    }

    /// What is wrong with the Redis.
    pub fn told(&self, what: &str) -> String {
        format!("{} {what}", self.name)
    }
}
