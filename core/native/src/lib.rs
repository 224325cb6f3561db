//! The native host of Larkspur: performs what the core's machines ask for, over hyper and tokio.
//!
//! [`Native`] belongs to one client. [`Native::run`] makes a call on the caller's thread, on a *lane*: a runtime and an HTTP/1.1 connection
//! that only this thread drives for the time of the call. [`Native::spawn`] makes a call on the background runtime, which all clients of the
//! process share. Nothing heavy happens before the first call: no thread, no socket, no root certificate.
//!
//! After a fork the child finds a fresh set of lanes and a fresh background runtime; what it inherited is never touched again.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod background;
mod body;
mod clock;
mod connection;
mod crypto;
mod dial;
mod exchange;
mod failure;
mod host;
mod lanes;
mod lock;
mod native;
mod note;
mod options;
mod per_process;
mod pool;
mod pulse;
mod receive;
mod roots;
mod shared;
mod store;
pub mod stream;
mod transport;
mod unpack;

pub use host::NativeHost;
pub use lock::lock;
pub use native::{Interrupted, Native, TaskHandle};
pub use note::{Moment, Note, Watch};
pub use options::{Authority, NativeOptions, ProxyChoice};
pub use shared::Asker;
#[cfg(feature = "redis")]
pub use store::RedisStore;
pub use store::{FileStore, RedisLayout, Seal, Store};

use larkspur_core::{Entropy, Error, Now};

/// Draws the entropy of one call from the system.
///
/// # Errors
/// [`Class::Config`](larkspur_core::Class::Config) on a system that gives none.
pub fn entropy() -> Result<Entropy, Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| Error::config(format!("the system gives no randomness: {error}")))?;
    Ok(Entropy(bytes))
}

/// Both clocks of this machine, as calls see them.
pub fn now() -> Now {
    clock::now()
}
