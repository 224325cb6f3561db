//! Results on their way through the flat door.

use std::mem::{forget, take};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use larkspur_core::Reply;
use larkspur_native::lock;
use uniffi::Lower;

use crate::UniFfiTag;
use crate::error::FfiError;
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

/// Letters one after another in one piece of memory. Before the first stand the length of the whole and the size of its memory, in this
/// machine's order; each letter is its ticket (8 bytes), the length of what follows (4, both big end first), its kind (1), and its content.
#[derive(Default)]
pub(crate) struct Letters(Vec<u8>);

const HEAD: usize = 16;

/// The JSON text of `data`.
const DATA: u8 = 0;
/// A lowered [`reply::Reply`].
const WHOLE: u8 = 1;
/// A lowered [`FfiError`].
const FAILED: u8 = 2;

impl Letters {
    /// Adds a letter.
    pub(crate) fn add(&mut self, ticket: u64, result: Result<Reply, FfiError>, whole: bool) {
        let letters = &mut self.0;
        if letters.is_empty() {
            letters.extend([0; HEAD]);
        }
        letters.extend(ticket.to_be_bytes());
        let start = letters.len() + 4;
        letters.extend([0; 4]);
        match result {
            Ok(reply) if whole => {
                letters.push(WHOLE);
                <reply::Reply as Lower<UniFfiTag>>::write(reply.into(), letters);
            }
            Ok(reply) => {
                letters.push(DATA);
                letters.extend(reply::data(&reply).as_bytes());
            }
            Err(error) => {
                letters.push(FAILED);
                <FfiError as Lower<UniFfiTag>>::write(error, letters);
            }
        }
        let length = u32::try_from(letters.len() - start).unwrap_or(u32::MAX);
        if let Some(field) = letters.get_mut(start - 4..start) {
            field.copy_from_slice(&length.to_be_bytes());
        }
    }

    /// Hands them out of Rust: their address.
    pub(crate) fn give(mut self) -> u64 {
        let sizes = [self.0.len(), self.0.capacity()].map(|size| (size as u64).to_ne_bytes());
        if let Some(head) = self.0.get_mut(..HEAD) {
            head.copy_from_slice(&sizes.concat());
        }
        let address = self.0.as_mut_ptr();
        forget(self);
        address as u64
    }

    /// Has them again.
    ///
    /// # Safety
    /// `address` comes from [`Letters::give`] and is taken back once.
    pub(crate) unsafe fn taken_back(address: u64) -> Self {
        let address = address as *mut u8;
        // SAFETY: `give` wrote both numbers there, and the memory is what it says.
        unsafe {
            let [length, capacity] = address.cast::<[u64; 2]>().read_unaligned();
            Self(Vec::from_raw_parts(address, length as usize, capacity as usize))
        }
    }
}
