//! The stores that the library brings.

use std::time::Duration;

use larkspur_core::{Answer, Ask, Error, Secret, Stored};
use larkspur_native::{RedisLayout, Seal, Store};

use crate::error::FfiError;

/// What a token store has under a key.
#[derive(uniffi::Record)]
pub struct StoredToken {
    /// The value of the last `Swap`.
    pub value: String,
    /// The store's own name for this very value; it never comes back for another one.
    pub version: String,
}

/// Keeps tokens in one file that only its owner can read; all processes of a machine may share it. Its functions block.
#[derive(uniffi::Object)]
pub struct FileStore(larkspur_native::FileStore);

#[uniffi::export]
impl FileStore {
    /// The store in the file at `path`, whose folder must be there. With `key`, 32 random bytes, its values are encrypted.
    ///
    /// # Errors
    /// For a key of another length.
    #[uniffi::constructor]
    pub fn new(path: String, key: Option<Vec<u8>>) -> Result<Self, FfiError> {
        let seal = key.map_or_else(|| Ok(Seal::default()), |key| Seal::new(&key))?;
        Ok(Self(larkspur_native::FileStore::new(path).sealed(seal)))
    }

    /// What lies under the key.
    ///
    /// # Errors
    /// When the file cannot be read, or holds something else.
    pub fn load(&self, key: String) -> Result<Option<StoredToken>, FfiError> {
        Ok(self.0.load(&key).map_err(Error::config)?.map(StoredToken::from))
    }

    /// Puts the value in the place of the one with that version; says whether it did.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn swap(&self, key: String, expected: Option<String>, value: String, ttl_ms: u64) -> Result<bool, FfiError> {
        let ttl = Duration::from_millis(ttl_ms);
        Ok(self.0.swap(&key, expected.as_deref(), &Secret::new(value), ttl).map_err(Error::config)?)
    }
}

/// Keeps tokens, and the pace of a fleet, in a Redis that the language asks itself: it says what to run there, and what the answers mean.
#[derive(uniffi::Object)]
pub struct RedisStore(RedisLayout);

/// What is run in a Redis (`EVAL text 1 key arguments…`); it answers with a text.
#[derive(uniffi::Record)]
pub struct Script {
    /// The Lua text.
    pub text: String,
    /// The one key.
    pub key: String,
    /// The arguments, one of which may be a secret.
    pub arguments: Vec<String>,
}

#[uniffi::export]
impl RedisStore {
    /// The store under keys that begin with `prefix`.
    #[uniffi::constructor]
    pub fn new(prefix: String) -> Self {
        Self(RedisLayout::new("the Redis", prefix, Seal::default()))
    }

    /// The same with its values encrypted, with `key`: 32 random bytes.
    ///
    /// # Errors
    /// For a key of another length.
    #[uniffi::constructor]
    pub fn sealed(prefix: String, key: Vec<u8>) -> Result<Self, FfiError> {
        Ok(Self(RedisLayout::new("the Redis", prefix, Seal::new(&key)?)))
    }

    /// Asks what lies under the key.
    pub fn load(&self, key: String) -> Script {
        self.0.load(&key).into()
    }

    /// The answer to [`RedisStore::load`].
    ///
    /// # Errors
    /// When something else lies there, or the answer is not the script's.
    pub fn loaded(&self, key: String, answer: String) -> Result<Option<StoredToken>, FfiError> {
        let (found, _) = self.0.loaded(&key, &answer).map_err(Error::config)?;
        Ok(found.map(StoredToken::from))
    }

    /// Puts the value in the place of the one with that version.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn swap(&self, key: String, expected: Option<String>, value: String, ttl_ms: u64) -> Result<Script, FfiError> {
        let ttl = Duration::from_millis(ttl_ms);
        Ok(self.0.swap(&key, expected.as_deref(), &Secret::new(value), ttl).map_err(Error::config)?.into())
    }

    /// The answer to [`RedisStore::swap`]: whether the value is there now.
    ///
    /// # Errors
    /// When the answer is not the script's.
    pub fn swapped(&self, answer: String) -> Result<bool, FfiError> {
        Ok(self.0.swapped(&answer).map_err(Error::config)?)
    }
}

impl RedisStore {
    /// What is run for a question about the pace of a fleet.
    pub(crate) fn script(&self, ask: &Ask) -> Result<Script, String> {
        Ok(Script::from(match ask {
            Ask::LoadPace { key } => self.0.load(key),
            Ask::SwapPace { key, expected, value, ttl } => self.0.swap(key, expected.as_deref(), value, *ttl)?,
            _ => return Err("it keeps the pace only".into()),
        }))
    }

    /// The store's answer to that question.
    pub(crate) fn answer(&self, ask: &Ask, answer: &str) -> Answer {
        let answer = match ask {
            Ask::LoadPace { key } => self.0.loaded(key, answer).map(|(found, time)| Answer::LoadedPace { found, time }),
            _ => self.0.swapped(answer).map(Answer::Swapped),
        };
        answer.unwrap_or_else(Answer::Failed)
    }
}

impl From<larkspur_core::redis::Script> for Script {
    fn from(script: larkspur_core::redis::Script) -> Self {
        Self { text: script.text.to_owned(), key: script.key, arguments: script.arguments }
    }
}

impl From<Stored> for StoredToken {
    fn from(stored: Stored) -> Self {
        Self { value: stored.value.reveal().to_owned(), version: stored.version }
    }
}
