use std::sync::Mutex;

use bytes::Bytes;
use larkspur_core::http::Head;
use larkspur_core::{Class, Error, Reply};

use crate::lock::lock;

/// What became of the call behind a download: its result counts once the bytes have ended.
#[derive(Debug, Default)]
pub struct End(Mutex<Option<Result<Reply, Error>>>);

impl End {
    /// Notes the result; to be done before the sink is dropped.
    pub fn set(&self, result: Result<Reply, Error>) {
        *lock(&self.0) = Some(result);
    }

    /// The bytes that came; at their end the error of the call, if it failed.
    ///
    /// # Errors
    /// Whatever the call failed with.
    pub fn check(&self, chunk: Option<Bytes>) -> Result<Option<Bytes>, Error> {
        match (chunk, &*lock(&self.0)) {
            (None, Some(Err(error))) => Err(error.clone()),
            (chunk, _) => Ok(chunk),
        }
    }

    /// The head that came; without one the error of the call.
    ///
    /// # Errors
    /// Whatever the call failed with; [`Class::Decode`] when it ended well without a file.
    pub fn expect_head(&self, head: Option<Head>) -> Result<Head, Error> {
        if let Some(head) = head {
            return Ok(head);
        }
        match &*lock(&self.0) {
            Some(Err(error)) => Err(error.clone()),
            _ => Err(Error::new(Class::Decode, "the answer is no file")),
        }
    }
}
