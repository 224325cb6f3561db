use std::task::{Context, Poll};

use bytes::Bytes;

use super::Head;
use crate::maybe::{MaybeSend, MaybeSync};

/// Bytes of an upload that the host reads while it sends them.
pub trait Source: MaybeSend + MaybeSync {
    /// The number of bytes from where the source stands until its end, if it is known.
    fn length(&self) -> Option<u64>;

    /// Whether [`open`](Source::open) can start again at the beginning; what cannot is never sent twice.
    fn is_repeatable(&self) -> bool;

    /// Starts reading at the beginning.
    ///
    /// # Errors
    /// One line that says why the source cannot be read.
    fn open(&self) -> Result<Box<dyn Chunks>, String>;
}

/// A running read of a [`Source`].
pub trait Chunks: MaybeSend {
    /// The next bytes, `None` at the end, or one line that says what failed.
    fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, String>>>;
}

/// Where the bytes of a download go.
pub trait Sink: MaybeSend + MaybeSync {
    /// An answer begins whose first byte is number `offset` of the file: zero for the whole file (again), more when a download resumes.
    ///
    /// # Errors
    /// One line that says why the bytes cannot be taken.
    fn start(&self, head: &Head, offset: u64) -> Result<(), String>;

    /// Takes the chunk (`None` is left in its place) as soon as there is room for it.
    fn poll_write(&self, context: &mut Context<'_>, chunk: &mut Option<Bytes>) -> Poll<Result<(), String>>;
}
