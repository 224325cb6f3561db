//! Larkspur for Python: the native module of the package `larkspur`.
//!
//! It converts types, runs the core's machines on `larkspur-native`, and hands results to the caller's thread or event loop. The
//! classes that users see are in Python source.

mod arguments;
mod ask;
mod bell;
mod bot;
mod calls;
mod core;
mod decode;
mod desk;
mod download;
mod entry;
mod errors;
mod files;
mod host;
mod invocation;
mod json;
mod keywords;
mod mailbox;
mod message;
mod options;
mod scopes;
mod store;
mod stores;
mod values;
mod watch;

use mimalloc::MiMalloc;
use pyo3::prelude::*;

/// A call makes some 200 short-lived buffers of all sizes; glibc's allocator spends a seventh of a call's time on them.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[pymodule(gil_used = false)]
mod _native {
    #[pymodule_export]
    use crate::ask::{Question, TransportRequest};
    #[pymodule_export]
    use crate::bot::BotCore;
    #[pymodule_export]
    use crate::calls::Task;
    #[pymodule_export]
    use crate::core::Core;
    #[pymodule_export]
    use crate::download::Download;
    #[pymodule_export]
    use crate::entry::{Entry, find_operation, operation_at};
    #[pymodule_export]
    use crate::invocation::{Invocation, WaitingDevice, Walk};
    #[pymodule_export]
    use crate::json::Null;
    #[pymodule_export]
    use crate::mailbox::Mailbox;
    #[pymodule_export]
    use crate::message::{build_message, escape, mention, mention_all, parse_message};
    #[pymodule_export]
    use crate::scopes::{least_scopes, operations_in, operations_of_scope};
    #[pymodule_export]
    use crate::stores::{FileStore, MemoryStore, RedisStore};
    #[pymodule_export]
    use crate::watch::{RequestEvent, ResponseEvent, RetryEvent};
    use pyo3::prelude::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        module.add("NULL", Py::new(module.py(), Null)?)
    }
}
