//! The one runtime of the process that works without a caller: refreshes, and calls of async clients.

use std::io;
use std::sync::Mutex;

use tokio::runtime::{Builder, Handle, Runtime};

use crate::lock::lock;
use crate::per_process::PerProcess;

static BACKGROUND: PerProcess<Mutex<Option<Runtime>>> = PerProcess::new();

/// One worker keeps 64 calls in flight going; the second is for the moment the first verifies a certificate.
const WORKERS: usize = 1;

/// The background runtime; the first call starts its threads.
///
/// # Errors
/// When the system gives no thread or no file descriptor.
pub(crate) fn handle() -> io::Result<Handle> {
    let mut runtime = lock(BACKGROUND.get());
    if let Some(running) = &*runtime {
        return Ok(running.handle().clone());
    }
    let started = Builder::new_multi_thread().worker_threads(WORKERS).thread_name("larkspur").enable_all().build()?;
    Ok(runtime.insert(started).handle().clone())
}
