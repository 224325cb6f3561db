//! The token store that the library brings.

use std::time::Duration;

use larkspur_core::{Error, Secret};
use larkspur_native::{Seal, Store};

use crate::error::FfiError;
use crate::mailbox::StoredToken;

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
        let found = self.0.load(&key).map_err(Error::config)?;
        Ok(found.map(|stored| StoredToken { value: stored.value.reveal().to_owned(), version: stored.version }))
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
