//! The flat door: calls in few and cheap crossings, for a language whose every crossing with a record costs microseconds (the JVM's does).
//!
//! Only numbers and bytes cross. Records have the form that UniFFI gives them inside its buffers, so both sides read and write them with what is
//! generated. A call that a thread waits for is one crossing there and back; any other is one crossing there, and its letter comes with all that
//! are ready through [`take`], which one thread of the language waits in.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use larkspur_core::Error;
use larkspur_native::lock;
use uniffi::Lift;

use crate::UniFfiTag;
use crate::client::Client;
use crate::error::FfiError;
use crate::inbox::{INBOX, Letters};
use crate::landing::Landing;
use crate::message::{Message, build_message};
use crate::view::view;

/// The clients that were opened here, which nobody else may hold.
static OPENED: Mutex<Option<HashMap<u64, Arc<Client>>>> = Mutex::new(None);

#[uniffi::export]
impl Client {
    /// The client that was opened through the flat door.
    ///
    /// # Errors
    /// When there is none of this number.
    #[uniffi::constructor]
    pub fn behind(door: u64) -> Result<Arc<Self>, FfiError> {
        let client = lock(&OPENED).as_ref().and_then(|opened| opened.get(&door).cloned());
        client.ok_or_else(|| Error::closed().into())
    }
}

/// Makes a client of lowered options; gives a letter whose ticket is its number, good until [`release`].
pub(crate) fn open(options: &[u8]) -> Letters {
    let opened = caught(|| {
        let client = Arc::new(Client::new(read(options)?)?);
        let number = client.door();
        lock(&OPENED).get_or_insert_default().insert(number, client);
        Ok(number)
    });
    let mut letters = Letters::default();
    letters.add_opened(opened);
    letters
}

/// Ends the calls under way and closes the connections of a client that was opened.
pub(crate) fn close(door: u64) {
    if let Ok(view) = view(door) {
        view.shared.close();
    }
}

/// Lets go of a client that was opened.
pub(crate) fn release(door: u64) {
    let client = lock(&OPENED).as_mut().and_then(|opened| opened.remove(&door));
    drop(client);
}

/// Makes a call, a lowered [`Invocation`](crate::Invocation), on this thread. `whole`: the whole answer, not `data` alone.
pub(crate) fn call(door: u64, invocation: &[u8], whole: bool) -> Letters {
    let result = caught(|| view(door)?.ride(read(invocation)?));
    let mut letters = Letters::default();
    letters.add(0, result, whole);
    letters
}

/// Starts a call; its letter comes through [`take`] under `ticket`, a number that no other call has.
pub(crate) fn submit(door: u64, ticket: u64, invocation: &[u8], whole: bool) {
    let started = caught(|| Landing::start(&*view(door)?, read(invocation)?, ticket, whole));
    if let Err(refused) = started {
        INBOX.post(ticket, Err(refused), whole);
    }
}

/// Ends a call that was started; its letter may come nevertheless.
pub(crate) fn cancel(door: u64, ticket: u64) {
    if let Ok(view) = view(door) {
        view.shared.flights.cancel(ticket);
    }
}

/// Waits at most so long for letters; gives all that have come.
pub(crate) fn take(at_most: Duration) -> Option<Letters> {
    INBOX.take(at_most)
}

/// Builds a message. A lowered [`Message`] goes in, of the kind and its arguments, and one comes out.
pub(crate) fn message(wanted: &[u8]) -> Letters {
    let built = caught(|| {
        let Message { msg_type, content } = read(wanted)?;
        build_message(msg_type, content)
    });
    let mut letters = Letters::default();
    letters.add_message(built);
    letters
}

fn read<T: Lift<UniFfiTag>>(mut bytes: &[u8]) -> Result<T, FfiError> {
    T::try_read(&mut bytes).map_err(|error| Error::argument(format!("what came cannot be read: {error}")).into())
}

/// A panic must not cross into the other language.
fn caught<T>(work: impl FnOnce() -> Result<T, FfiError>) -> Result<T, FfiError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(Error::config("the library has a fault").with_remedy("report it").into()))
}
