//! What a call tells hooks and the logger. It is noted where the call runs and told in the caller's own thread.

use std::sync::{Arc, Mutex};

use larkspur_core::{Class, Why};
use larkspur_native::{Moment, Note, lock};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;

use crate::errors::harmless;
use crate::keywords::get;
use crate::mailbox::Inbox;
use crate::{store, stores};

/// What the user wants to be told.
#[derive(Default)]
pub struct Hooks {
    on_request: Option<Py<PyAny>>,
    on_response: Option<Py<PyAny>>,
    on_retry: Option<Py<PyAny>>,
    has_store: bool,
}

/// A request goes out.
#[pyclass(frozen, get_all, module = "larkspur")]
pub struct RequestEvent {
    operation: String,
    method: &'static str,
    path: String,
    attempt: u32,
}

/// An answer, or none, came to a request.
#[pyclass(frozen, get_all, module = "larkspur")]
pub struct ResponseEvent {
    operation: String,
    method: &'static str,
    path: String,
    attempt: u32,
    status: Option<u16>,
    log_id: Option<String>,
    seconds: f64,
}

/// The call waits before it is sent again.
#[pyclass(frozen, get_all, module = "larkspur")]
pub struct RetryEvent {
    operation: String,
    method: &'static str,
    path: String,
    attempt: u32,
    reason: &'static str,
    seconds: f64,
}

#[pymethods]
impl RequestEvent {
    fn __repr__(&self) -> String {
        let Self { operation, method, path, attempt } = self;
        format!("RequestEvent({operation}: {method} {path}, attempt {attempt})")
    }
}

#[pymethods]
impl ResponseEvent {
    fn __repr__(&self) -> String {
        let Self { operation, attempt, seconds, .. } = self;
        let status = self.status.map_or_else(|| "no answer".to_owned(), |status| format!("status {status}"));
        format!("ResponseEvent({operation}: {status} to attempt {attempt} after {seconds:.3} s)")
    }
}

#[pymethods]
impl RetryEvent {
    fn __repr__(&self) -> String {
        let Self { operation, attempt, reason, seconds, .. } = self;
        format!("RetryEvent({operation}: attempt {attempt} in {seconds:.3} s after {reason})")
    }
}

/// The notes of one call.
pub struct Watch {
    hooks: Arc<Hooks>,
    is_logged: bool,
    notes: Mutex<Vec<Note>>,
    inbox: Option<Arc<Inbox>>,
}

impl Hooks {
    /// Takes the hooks out of a client's options.
    pub fn of(options: &Bound<'_, PyDict>) -> PyResult<Arc<Self>> {
        let hook = |name| Ok::<_, PyErr>(get(options, name)?.map(Bound::unbind));
        Ok(Arc::new(Self {
            on_request: hook("on_request")?,
            on_response: hook("on_response")?,
            on_retry: hook("on_retry")?,
            has_store: store::is_outside(options)? || stores::pacing(options)?.is_some(),
        }))
    }

    fn is_empty(&self) -> bool {
        self.on_request.is_none() && self.on_response.is_none() && self.on_retry.is_none() && !self.has_store
    }
}

impl Watch {
    /// Begins to take notes for one call, if anybody wants them; with an inbox its loop is woken for them.
    pub fn new(py: Python<'_>, hooks: &Arc<Hooks>, inbox: Option<&Arc<Inbox>>) -> Option<Arc<Self>> {
        let is_logged = is_logged(py);
        (is_logged || !hooks.is_empty())
            .then(|| Arc::new(Self { hooks: hooks.clone(), is_logged, notes: Mutex::default(), inbox: inbox.cloned() }))
    }

    /// Takes a note, if a hook or the logger wants it.
    pub fn note(self: &Arc<Self>, note: Note) {
        if !self.wants(&note.moment) {
            return;
        }
        lock(&self.notes).push(note);
        if let Some(inbox) = &self.inbox {
            let watch = self.clone();
            inbox.post_told(Box::new(move |py| watch.tell(py)));
        }
    }

    /// Tells what was noted.
    ///
    /// # Errors
    /// As [`harmless`].
    pub fn tell(&self, py: Python<'_>) -> PyResult<()> {
        let notes = std::mem::take(&mut *lock(&self.notes));
        notes.into_iter().try_for_each(|note| self.tell_now(py, note))
    }

    /// Tells a note at once.
    ///
    /// # Errors
    /// As [`harmless`].
    pub fn tell_now(&self, py: Python<'_>, note: Note) -> PyResult<()> {
        if !self.wants(&note.moment) {
            return Ok(());
        }
        let hook = self.hook(&note.moment).map(|hook| hook.bind(py));
        let told = match (event(py, note), hook) {
            (Ok(Some(event)), Some(hook)) => hook.call1((event,)).map(drop),
            (told, _) => told.map(drop),
        };
        harmless(py, told, hook)
    }

    fn hook(&self, moment: &Moment) -> Option<&Py<PyAny>> {
        match moment {
            Moment::Request { .. } => self.hooks.on_request.as_ref(),
            Moment::Response { .. } => self.hooks.on_response.as_ref(),
            // Waiting for another call's token is no retry.
            Moment::Waiting { why: Why::Token | Why::Lease | Why::Pacing, .. } | Moment::Done { .. } | Moment::StoreFailed { .. } => None,
            Moment::Waiting { .. } => self.hooks.on_retry.as_ref(),
        }
    }

    fn wants(&self, moment: &Moment) -> bool {
        match moment {
            Moment::Done { .. } => self.is_logged,
            Moment::StoreFailed { .. } => true,
            _ => self.hook(moment).is_some(),
        }
    }
}

/// The object for a hook; the end of a call is logged instead.
fn event(py: Python<'_>, note: Note) -> PyResult<Option<Py<PyAny>>> {
    let Note { operation, method, path, moment } = note;
    let event = match moment {
        Moment::Request { attempt } => Py::new(py, RequestEvent { operation, method, path, attempt })?.into_any(),
        Moment::Response { attempt, status, log_id, took } => {
            let seconds = took.as_secs_f64();
            Py::new(py, ResponseEvent { operation, method, path, attempt, status, log_id, seconds })?.into_any()
        }
        Moment::Waiting { why, whole, .. } => {
            let (attempt, reason) = match why {
                Why::RateLimit { attempt } => (attempt, "too many calls"),
                Why::Backoff { attempt } => (attempt, "a failure"),
                Why::Token | Why::Lease | Why::Pacing => return Ok(None),
            };
            Py::new(py, RetryEvent { operation, method, path, attempt, reason, seconds: whole.as_secs_f64() })?.into_any()
        }
        Moment::StoreFailed { reason } => {
            return py.import("larkspur._log")?.getattr("store_failed")?.call1((operation, reason)).map(|_| None);
        }
        Moment::Done { .. } => return log(py, Note { operation, method, path, moment }).map(|()| None),
    };
    Ok(Some(event))
}

/// Whether the `larkspur` logger takes records; a program that never imported `logging` takes none.
fn is_logged(py: Python<'_>) -> bool {
    wanted(py).unwrap_or(false)
}

fn wanted(py: Python<'_>) -> PyResult<bool> {
    static MODULES: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let modules = MODULES.get_or_try_init(py, || py.import("sys")?.getattr("modules").map(Bound::unbind))?.bind(py);
    if !modules.contains(pyo3::intern!(py, "logging"))? {
        return Ok(false);
    }
    static WANTED: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    WANTED.get_or_try_init(py, || py.import("larkspur._log")?.getattr("wanted").map(Bound::unbind))?.bind(py).call0()?.is_truthy()
}

fn log(py: Python<'_>, note: Note) -> PyResult<()> {
    let Moment::Done { failed, status, code, log_id, attempts, took } = note.moment else { return Ok(()) };
    let facts = PyDict::new(py);
    facts.set_item("operation", note.operation)?;
    facts.set_item("method", note.method)?;
    facts.set_item("path", note.path)?;
    facts.set_item("outcome", failed.map_or("ok", Class::name))?;
    facts.set_item("status", status)?;
    facts.set_item("code", code)?;
    facts.set_item("log_id", log_id)?;
    facts.set_item("attempts", attempts)?;
    facts.set_item("milliseconds", took.as_millis())?;
    py.import("larkspur._log")?.getattr("write")?.call1((facts,)).map(drop)
}
