//! Results on their way through the flat door.

use std::mem::take;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use larkspur_core::Reply;
use larkspur_native::lock;
use uniffi::Lower;

use crate::UniFfiTag;
use crate::error::FfiError;
use crate::message::Message;
use crate::reply;

/// Where the letters of all clients lie until the one thread that waits for them takes them.
pub(crate) static INBOX: Inbox = Inbox { letters: Mutex::new(Letters(Vec::new())), came: Condvar::new() };

/// Letters, and who waits for them.
pub(crate) struct Inbox {
    letters: Mutex<Letters>,
    came: Condvar,
}

impl Inbox {
    /// Lays a letter down.
    pub(crate) fn post(&self, ticket: u64, result: Result<Reply, FfiError>, whole: bool) {
        let mut letters = lock(&self.letters);
        let is_first = letters.0.is_empty();
        letters.add(ticket, result, whole);
        drop(letters);
        if is_first {
            self.came.notify_one();
        }
    }

    /// Waits for letters, and takes all.
    pub(crate) fn take(&self, at_most: Duration) -> Option<Letters> {
        let waited = self.came.wait_timeout_while(lock(&self.letters), at_most, |letters| letters.0.is_empty());
        let (mut letters, _) = waited.unwrap_or_else(PoisonError::into_inner);
        Some(take(&mut *letters)).filter(|letters| !letters.0.is_empty())
    }
}

/// Letters one after another in one piece of memory: each is its ticket (8 bytes), the length of what follows (4, both big end first), its kind
/// (1), and its content.
#[derive(Default)]
pub(crate) struct Letters(Vec<u8>);

/// The JSON text of `data`, or nothing.
const DATA: u8 = 0;
/// A lowered [`reply::Reply`] or [`Message`].
const WHOLE: u8 = 1;
/// A lowered [`FfiError`].
const FAILED: u8 = 2;

impl Letters {
    /// Adds what came of a call.
    pub(crate) fn add(&mut self, ticket: u64, result: Result<Reply, FfiError>, whole: bool) {
        match result {
            Ok(reply) if whole => self.enclose(ticket, WHOLE, |letter| <reply::Reply as Lower<UniFfiTag>>::write(reply.into(), letter)),
            Ok(reply) => self.enclose(ticket, DATA, |letter| letter.extend(reply::data(&reply).as_bytes())),
            Err(error) => self.add_failed(ticket, error),
        }
    }

    /// Adds what came of the opening of a client: its number in the place of the ticket.
    pub(crate) fn add_opened(&mut self, opened: Result<u64, FfiError>) {
        match opened {
            Ok(number) => self.enclose(number, DATA, |_| ()),
            Err(error) => self.add_failed(0, error),
        }
    }

    /// Adds a message that was built.
    pub(crate) fn add_message(&mut self, built: Result<Message, FfiError>) {
        match built {
            Ok(message) => self.enclose(0, WHOLE, |letter| <Message as Lower<UniFfiTag>>::write(message, letter)),
            Err(error) => self.add_failed(0, error),
        }
    }

    /// All of them.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    fn add_failed(&mut self, ticket: u64, error: FfiError) {
        self.enclose(ticket, FAILED, |letter| <FfiError as Lower<UniFfiTag>>::write(error, letter));
    }

    fn enclose(&mut self, ticket: u64, kind: u8, write: impl FnOnce(&mut Vec<u8>)) {
        let letters = &mut self.0;
        letters.extend(ticket.to_be_bytes());
        let start = letters.len() + 4;
        letters.extend([0, 0, 0, 0, kind]);
        write(letters);
        let length = u32::try_from(letters.len() - start).unwrap_or(u32::MAX);
        if let Some(field) = letters.get_mut(start - 4..start) {
            field.copy_from_slice(&length.to_be_bytes());
        }
    }
}
