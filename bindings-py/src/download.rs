//! Files that come down.

use std::sync::{Arc, Mutex};

use larkspur_core::http::Head;
use larkspur_core::{Client, Error, Invocation, download};
use larkspur_native::stream::{End, Incoming, channel};
use larkspur_native::{entropy, lock};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::calls::{Shared, Task, attached};
use crate::mailbox::{Address, Inbox, Mailbox};
use crate::{errors, values};

/// A download under way; it ends when it is closed or dropped.
#[pyclass(frozen, module = "larkspur._native")]
pub struct Download {
    shared: Arc<Shared>,
    inbox: Arc<Inbox>,
    incoming: Mutex<Option<Arc<Incoming>>>,
    end: Arc<End>,
    task: Py<Task>,
}

#[pymethods]
impl Download {
    /// Waits for what is known of the file.
    fn head<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let incoming = self.incoming(py)?;
        let head = self.wait(py, |tick| incoming.head(tick))?;
        facts(py, &self.end.expect_head(head).map_err(|error| errors::raise(py, &error))?)
    }

    /// Waits for the next bytes; `None` at the end.
    fn next<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let incoming = self.incoming(py)?;
        let chunk = self.wait(py, |tick| incoming.next(tick))?;
        self.end.check(chunk).map(|chunk| chunk.map(|chunk| PyBytes::new(py, &chunk))).map_err(|error| errors::raise(py, &error))
    }

    /// What is known of the file comes into the mailbox.
    fn submit_head(&self, py: Python<'_>, mailbox: &Mailbox, ident: u64) -> PyResult<Task> {
        let (incoming, end) = (self.incoming(py)?, self.end.clone());
        let to = Address { inbox: mailbox.inbox.clone(), ident };
        self.shared.start(py, async move {
            let head = end.expect_head(incoming.head_async().await);
            let made = move |py: Python<'_>| match head {
                Ok(head) => facts(py, &head).map(|facts| facts.into_any().unbind()),
                Err(error) => Err(errors::raise(py, &error)),
            };
            to.inbox.post_done(to.ident, Box::new(made));
        })
    }

    /// The next bytes come into the mailbox; `None` at the end.
    fn submit_next(&self, py: Python<'_>, mailbox: &Mailbox, ident: u64) -> PyResult<Task> {
        let (incoming, end) = (self.incoming(py)?, self.end.clone());
        let to = Address { inbox: mailbox.inbox.clone(), ident };
        self.shared.start(py, async move {
            let chunk = end.check(incoming.next_async().await);
            let made = move |py: Python<'_>| match chunk {
                Ok(Some(chunk)) => Ok(PyBytes::new(py, &chunk).into_any().unbind()),
                Ok(None) => Ok(py.None()),
                Err(error) => Err(errors::raise(py, &error)),
            };
            to.inbox.post_done(to.ident, Box::new(made));
        })
    }

    /// Ends the download.
    fn close(&self) {
        self.lock().take();
        self.task.get().cancel();
    }
}

impl Download {
    /// Starts the call; with a mailbox its loop serves the user's functions, else whoever waits.
    pub fn start(
        py: Python<'_>,
        client: &Client,
        shared: &Arc<Shared>,
        invocation: &Invocation,
        offset: u64,
        mailbox: Option<&Mailbox>,
    ) -> PyResult<Self> {
        shared.check_process(client);
        let inbox = mailbox.map_or_else(Inbox::new, |mailbox| Ok(mailbox.inbox.clone()))?;
        let (sink, incoming) = channel(offset);
        let invocation = Invocation { sink: Some(sink.clone()), offset, ..invocation.clone() };
        let call = entropy().and_then(|entropy| client.call(&invocation, entropy)).map_err(|error| errors::raise(py, &error))?;
        let end = Arc::new(End::default());
        let ended = end.clone();
        let task = shared.spawn(py, call, &inbox, move |result| {
            ended.set(result);
            // Only now does the reader see the end.
            drop(sink);
        })?;
        Ok(Self { shared: shared.clone(), inbox, incoming: Mutex::new(Some(Arc::new(incoming))), end, task: Py::new(py, task)? })
    }

    /// Waits in slices; in between, signal handlers run and the user's functions are served.
    fn wait<T: Send>(
        &self,
        py: Python<'_>,
        wait: impl FnOnce(&mut dyn FnMut() -> bool) -> Result<Option<T>, larkspur_native::Interrupted> + Send,
    ) -> PyResult<Option<T>> {
        let mut raised = None;
        let waited = py.detach(|| {
            wait(&mut || {
                raised = attached(|py| self.inbox.serve(py).and_then(|()| py.check_signals()).err());
                raised.is_none()
            })
        });
        self.inbox.serve(py)?;
        waited.map_err(|_| raised.unwrap_or_else(|| pyo3::exceptions::PyKeyboardInterrupt::new_err(())))
    }

    fn incoming(&self, py: Python<'_>) -> PyResult<Arc<Incoming>> {
        let closed = || Error::argument("the download is closed").with_remedy("read it before, or call the operation again");
        self.lock().clone().ok_or_else(|| errors::raise(py, &closed()))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Arc<Incoming>>> {
        lock(&self.incoming)
    }
}

impl Drop for Download {
    fn drop(&mut self) {
        self.task.get().cancel();
    }
}

fn facts<'py>(py: Python<'py>, head: &Head) -> PyResult<Bound<'py, PyDict>> {
    let download::Facts { file_name, content_type, size, is_partial } = download::Facts::of(head);
    let facts = PyDict::new(py);
    facts.set_item("file_name", file_name)?;
    facts.set_item("content_type", content_type)?;
    facts.set_item("size", size)?;
    facts.set_item("is_partial", is_partial)?;
    facts.set_item("headers", values::headers(py, &head.headers)?)?;
    Ok(facts)
}
