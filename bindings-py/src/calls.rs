//! Making calls: on the caller's thread, or for an event loop.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use larkspur_core::{Call, Client, Error, Reply, drive};
use larkspur_native::{Native, Note, TaskHandle, Watch as NativeWatch, lock};
use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;

use crate::ask::Functions;
use crate::desk::Desk;
use crate::errors;
use crate::host::{Caller, OwnHost};
use crate::mailbox::{Address, Inbox, Made};
use crate::watch::{Hooks, Watch};

/// What a client and its views share.
pub struct Shared {
    native: Native,
    functions: Arc<Functions>,
    hooks: Arc<Hooks>,
    pid: AtomicU32,
}

/// Something under way on the background runtime.
#[pyclass(frozen, module = "larkspur._native")]
pub struct Task(TaskHandle);

#[pymethods]
impl Task {
    /// Ends it and closes its connection.
    pub fn cancel(&self) {
        self.0.abort();
    }
}

impl Shared {
    /// Nothing is connected yet.
    pub fn new(native: Native, functions: Arc<Functions>, hooks: Arc<Hooks>) -> Self {
        Self { native, functions, hooks, pid: AtomicU32::new(std::process::id()) }
    }

    /// Closes the connections; calls that wait, and later ones, are refused.
    pub fn close(&self) {
        self.native.close();
    }

    /// Notices that this is a forked child, which keeps the tokens and nothing that was under way.
    pub fn check_process(&self, client: &Client) {
        let pid = std::process::id();
        if self.pid.load(Ordering::Relaxed) != pid && self.pid.swap(pid, Ordering::Relaxed) != pid {
            client.forget_flights();
        }
    }

    /// Makes the call and waits for it; other threads go on, and signal handlers run every 100 ms.
    ///
    /// # Errors
    /// What the call fails with, or what a signal handler raises.
    pub fn run(&self, py: Python<'_>, call: Call, between: &(dyn Fn(Python<'_>) -> PyResult<()> + Sync)) -> PyResult<Reply> {
        let watch = Watch::new(py, &self.hooks, None);
        let result = match self.functions.is_empty() {
            true => self.run_on_lane(py, call, watch.as_deref(), between)?,
            false => self.run_at_desk(py, call, watch, between)?,
        };
        result.map_err(|error| errors::raise(py, &error))
    }

    /// Starts the call; `made` makes its result when the loop drains its mailbox.
    ///
    /// # Errors
    /// When the client is closed or the system gives no thread.
    pub fn submit(
        &self,
        py: Python<'_>,
        call: Call,
        to: Address,
        made: impl FnOnce(Python<'_>, Reply) -> PyResult<Py<PyAny>> + Send + 'static,
    ) -> PyResult<Task> {
        let inbox = to.inbox.clone();
        self.spawn(py, call, &inbox, move |result| {
            let made: Made = Box::new(move |py| result.map_err(|error| errors::raise(py, &error)).and_then(|reply| made(py, reply)));
            to.inbox.post_done(to.ident, made);
        })
    }

    /// Starts the call; `done` is called on a thread of the runtime, and whoever drains the inbox serves the user's functions.
    ///
    /// # Errors
    /// When the client is closed or the system gives no thread.
    pub fn spawn(
        &self,
        py: Python<'_>,
        call: Call,
        inbox: &Arc<Inbox>,
        done: impl FnOnce(Result<Reply, Error>) + Send + 'static,
    ) -> PyResult<Task> {
        let watch = Watch::new(py, &self.hooks, Some(inbox));
        let handle = match self.functions.is_empty() {
            true => {
                let noting = watch.map(|watch| Box::new(move |note| watch.note(note)) as NativeWatch);
                self.native.spawn(call, noting, done)
            }
            false => self.native.check_open().and_then(|()| {
                let host = Arc::new(self.own_host(Caller::Loop(inbox.clone()), watch));
                self.native.spawn_task(async move { done(drive(&host, call).await) })
            }),
        };
        handle.map(Task).map_err(|error| errors::raise(py, &error))
    }

    /// Starts any future on the background runtime.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(&self, py: Python<'_>, task: impl Future<Output = ()> + Send + 'static) -> PyResult<Task> {
        self.native.spawn_task(task).map(Task).map_err(|error| errors::raise(py, &error))
    }

    fn run_on_lane(
        &self,
        py: Python<'_>,
        call: Call,
        watch: Option<&Watch>,
        between: &(dyn Fn(Python<'_>) -> PyResult<()> + Sync),
    ) -> PyResult<Result<Reply, Error>> {
        // Set by the tick, or by a hook before it.
        let raised = Mutex::new(None);
        let raise = |result: PyResult<()>| {
            let mut raised = lock(&raised);
            *raised = raised.take().or(result.err());
            raised.is_none()
        };
        let result = py.detach(|| {
            let mut tick = || raise(attached(|py| between(py).and_then(|()| py.check_signals())));
            match watch {
                None => self.native.run(call, &mut tick, None),
                Some(watch) => self.native.run(
                    call,
                    &mut tick,
                    Some(&mut |note: Note| {
                        raise(attached(|py| watch.tell_now(py, note)));
                    }),
                ),
            }
        });
        match (result, raised.into_inner().unwrap_or_else(PoisonError::into_inner)) {
            (_, Some(error)) => Err(error),
            (Ok(result), None) => Ok(result),
            (Err(larkspur_native::Interrupted), None) => Err(PyKeyboardInterrupt::new_err(())),
        }
    }

    fn run_at_desk(
        &self,
        py: Python<'_>,
        call: Call,
        watch: Option<Arc<Watch>>,
        between: &(dyn Fn(Python<'_>) -> PyResult<()> + Sync),
    ) -> PyResult<Result<Reply, Error>> {
        self.native.check_open().map_err(|error| errors::raise(py, &error))?;
        let desk = Arc::new(Desk::default());
        let host = Arc::new(self.own_host(Caller::Blocked(desk.clone()), watch.clone()));
        desk.drive(py, drive(&host, call), |py| {
            between(py)?;
            watch.as_ref().map_or(Ok(()), |watch| watch.tell(py))
        })
    }

    /// The host of a call that asks the user's functions.
    fn own_host(&self, caller: Caller, watch: Option<Arc<Watch>>) -> OwnHost {
        OwnHost { native: self.native.clone(), inner: self.native.host(), functions: self.functions.clone(), caller, watch }
    }
}

/// Attaches this thread to Python. While the interpreter ends, a thread that waits for it would be torn down in the middle: it stays here.
pub fn attached<T>(work: impl FnOnce(Python<'_>) -> T) -> T {
    match Python::try_attach(work) {
        Some(result) => result,
        None => loop {
            std::thread::park();
        },
    }
}
