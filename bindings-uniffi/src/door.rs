//! The flat door: calls in few and cheap crossings, for a language whose every crossing with a record costs microseconds (the JVM's does).
//!
//! Only numbers and bytes cross. Records have the form that UniFFI gives them inside its buffers, so both sides read and write them with what is
//! generated. A call that a thread waits for is one crossing there and back; any other is one crossing there, and its letter comes with all that
//! are ready through [`larkspur_take`], which one thread of the language waits in.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use larkspur_core::Error;
use larkspur_native::{closed, lock};
use uniffi::Lift;

use crate::UniFfiTag;
use crate::client::View;
use crate::error::FfiError;
use crate::flight::{Interrupts, set_interrupts};
use crate::inbox::{INBOX, Letters};
use crate::invocation::Invocation;
use crate::landing::Landing;

/// The views that can be called by number.
static VIEWS: Mutex<Option<HashMap<u64, Weak<View>>>> = Mutex::new(None);
static LAST: AtomicU64 = AtomicU64::new(0);

/// The number of a view, good until this is dropped.
pub(crate) struct Door(u64);

impl Door {
    /// Gives a view its number.
    pub(crate) fn of(view: &Arc<View>) -> Self {
        let number = LAST.fetch_add(1, Ordering::Relaxed) + 1;
        lock(&VIEWS).get_or_insert_default().insert(number, Arc::downgrade(view));
        Self(number)
    }

    /// The number.
    pub(crate) fn number(&self) -> u64 {
        self.0
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        lock(&VIEWS).as_mut().map(|views| views.remove(&self.0));
    }
}

/// Makes a call on this thread; gives the address of its letter, for [`larkspur_free`]. `whole`: the whole answer, not `data` alone.
///
/// # Safety
/// There are `length` bytes at `invocation`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn larkspur_call(door: u64, invocation: *const u8, length: u64, whole: u8) -> u64 {
    let result = caught(|| {
        // SAFETY: the caller's word.
        let invocation = unsafe { read(invocation, length) }?;
        view(door)?.ride(invocation)
    });
    let mut letters = Letters::default();
    letters.add(0, result, whole != 0);
    letters.give()
}

/// Starts a call; its letter comes through [`larkspur_take`] under `ticket`, a number that no other call has.
///
/// # Safety
/// There are `length` bytes at `invocation`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn larkspur_submit(door: u64, ticket: u64, invocation: *const u8, length: u64, whole: u8) {
    let whole = whole != 0;
    let started = caught(|| {
        // SAFETY: the caller's word.
        let invocation = unsafe { read(invocation, length) }?;
        Landing::start(&*view(door)?, invocation, ticket, whole)
    });
    if let Err(refused) = started {
        INBOX.post(ticket, Err(refused), whole);
    }
}

/// Ends a call that was started; its letter may come nevertheless.
#[unsafe(no_mangle)]
pub extern "C" fn larkspur_cancel(door: u64, ticket: u64) {
    if let Ok(view) = view(door) {
        view.shared.flights.cancel(ticket);
    }
}

/// Waits at most so many milliseconds for letters; gives the address of all that have come, for [`larkspur_free`], or zero.
#[unsafe(no_mangle)]
pub extern "C" fn larkspur_take(at_most: u64) -> u64 {
    INBOX.take(Duration::from_millis(at_most)).map_or(0, Letters::give)
}

/// Takes letters back.
///
/// # Safety
/// The address was given by this library, and is given back once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn larkspur_free(letters: u64) {
    // SAFETY: the caller's word.
    drop(unsafe { Letters::taken_back(letters) });
}

/// Says who is asked every 100 ms whether the thread that waits for a call was interrupted.
#[unsafe(no_mangle)]
pub extern "C" fn larkspur_interrupts(asked: Interrupts) {
    set_interrupts(asked);
}

fn view(door: u64) -> Result<Arc<View>, FfiError> {
    let view = lock(&VIEWS).as_ref().and_then(|views| views.get(&door)?.upgrade());
    view.ok_or_else(|| closed().into())
}

/// # Safety
/// There are `length` bytes at `invocation`.
unsafe fn read(invocation: *const u8, length: u64) -> Result<Invocation, FfiError> {
    // SAFETY: the caller's word.
    let mut bytes = unsafe { std::slice::from_raw_parts(invocation, usize::try_from(length).unwrap_or_default()) };
    let invocation = <Invocation as Lift<UniFfiTag>>::try_read(&mut bytes);
    invocation.map_err(|error| Error::argument(format!("the call cannot be read: {error}")).into())
}

/// A panic must not cross into the other language.
fn caught<T>(work: impl FnOnce() -> Result<T, FfiError>) -> Result<T, FfiError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(Error::config("the library has a fault").with_remedy("report it").into()))
}
