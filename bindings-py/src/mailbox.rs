//! From the native runtime to an event loop: what has come lies in a queue, and a bell wakes the loop.
//!
//! No worker thread touches Python: what a mail means to Python is made when the loop drains the mailbox.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use larkspur_native::lock;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use pyo3::{PyTraverseError, PyVisit, intern};

use crate::ask::Question;
use crate::bell::Bell;
use crate::errors::harmless;

/// Makes the Python value of a finished call.
pub type Made = Box<dyn FnOnce(Python<'_>) -> PyResult<Py<PyAny>> + Send>;

/// Tells the user's functions something on the way; what it fails with ends a program.
pub type Told = Box<dyn FnOnce(Python<'_>) -> PyResult<()> + Send>;

/// One event loop's end of the way out of the native runtime.
#[pyclass(frozen, module = "larkspur._native")]
pub struct Mailbox {
    pub inbox: Arc<Inbox>,
    next: AtomicU64,
    /// The futures that wait, by the number that their call goes under: the native runtime knows nothing of Python.
    waiting: Py<PyDict>,
    progress: Py<PyDict>,
}

/// The queue, shared with whatever is under way.
pub struct Inbox {
    queue: Mutex<Queue>,
    bell: Bell,
}

/// Where the result of a call goes: a loop's mailbox, and the number it is waited for under.
pub struct Address {
    pub inbox: Arc<Inbox>,
    pub ident: u64,
}

/// How far an upload is: noted by the runtime, told in the caller's own thread.
#[derive(Default)]
pub struct Progress {
    latest: Mutex<Option<(u64, Option<u64>)>>,
    to: OnceLock<Address>,
}

#[derive(Default)]
struct Queue {
    mails: Vec<Mail>,
    questions: Vec<Question>,
}

enum Mail {
    Done(u64, Made),
    Told(Told),
    Progress(u64, Arc<Progress>),
}

#[pymethods]
impl Mailbox {
    #[new]
    fn new(py: Python<'_>) -> PyResult<Self> {
        let (waiting, progress) = (PyDict::new(py).unbind(), PyDict::new(py).unbind());
        Ok(Self { inbox: Inbox::new()?, next: AtomicU64::new(0), waiting, progress })
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.waiting)?;
        visit.call(&self.progress)
    }

    /// The socket to watch; it belongs to the mailbox.
    fn fileno(&self) -> u64 {
        self.inbox.bell.fileno()
    }

    /// The same socket under a number that belongs to the caller.
    fn dup(&self) -> PyResult<u64> {
        Ok(self.inbox.bell.dup()?)
    }

    /// Wakes whoever watches, once more.
    fn close(&self) {
        self.inbox.bell.ring();
    }

    /// The number under which the result for this future, and what `progress(done, total)` is told, will come.
    #[pyo3(signature = (future, progress=None))]
    fn expect(&self, py: Python<'_>, future: &Bound<'_, PyAny>, progress: Option<&Bound<'_, PyAny>>) -> PyResult<u64> {
        let ident = self.next.fetch_add(1, Ordering::Relaxed);
        self.waiting.bind(py).set_item(ident, future)?;
        progress.map_or(Ok(()), |progress| self.progress.bind(py).set_item(ident, progress))?;
        Ok(ident)
    }

    /// Nobody waits for this any more.
    fn forget(&self, py: Python<'_>, ident: u64) -> PyResult<()> {
        self.future(py, ident).map(drop)
    }

    /// Hands out what has come, calls hooks on the way, and returns what the user's functions are asked.
    fn drain(&self, py: Python<'_>) -> PyResult<Vec<Question>> {
        let Queue { mails, questions } = self.inbox.take();
        for mail in mails {
            match mail {
                Mail::Done(ident, made) => self.finish(py, ident, made)?,
                Mail::Told(told) => told(py)?,
                Mail::Progress(ident, latest) => {
                    if let (Some((done, total)), Some(function)) = (latest.take(), self.progress.bind(py).get_item(ident)?) {
                        harmless(py, function.call1((done, total)), Some(&function))?;
                    }
                }
            }
        }
        Ok(questions)
    }
}

impl Mailbox {
    /// Makes the result and wakes the future that waits for it, unless it was cancelled.
    fn finish(&self, py: Python<'_>, ident: u64, made: Made) -> PyResult<()> {
        let Some(future) = self.future(py, ident)? else { return Ok(()) };
        if future.call_method0(intern!(py, "done"))?.is_truthy()? {
            return Ok(());
        }
        match made(py) {
            Ok(value) => future.call_method1(intern!(py, "set_result"), (value,)),
            Err(error) => future.call_method1(intern!(py, "set_exception"), (error.into_value(py),)),
        }
        .map(drop)
    }

    fn future<'py>(&self, py: Python<'py>, ident: u64) -> PyResult<Option<Bound<'py, PyAny>>> {
        let progress = self.progress.bind(py);
        if !progress.is_empty() && progress.contains(ident)? {
            progress.del_item(ident)?;
        }
        let waiting = self.waiting.bind(py);
        let Some(future) = waiting.get_item(ident)? else { return Ok(None) };
        waiting.del_item(ident)?;
        Ok(Some(future))
    }
}

impl Inbox {
    /// An empty one.
    ///
    /// # Errors
    /// When the system gives no socket.
    pub fn new() -> PyResult<Arc<Self>> {
        Ok(Arc::new(Self { queue: Mutex::default(), bell: Bell::new()? }))
    }

    /// Serves the user's functions, for a caller without a loop.
    ///
    /// # Errors
    /// What ends a program.
    pub fn serve(&self, py: Python<'_>) -> PyResult<()> {
        let Queue { mails, questions } = self.take();
        for mail in mails {
            if let Mail::Told(told) = mail {
                told(py)?;
            }
        }
        questions.iter().try_for_each(|question| question.serve(py))
    }

    /// The call with this number is finished.
    pub fn post_done(&self, ident: u64, made: Made) {
        self.post(|queue| queue.mails.push(Mail::Done(ident, made)));
    }

    /// A hook has something to hear.
    pub fn post_told(&self, told: Told) {
        self.post(|queue| queue.mails.push(Mail::Told(told)));
    }

    /// One of the user's functions is asked.
    pub fn post_question(&self, question: Question) {
        self.post(|queue| queue.questions.push(question));
    }

    /// One byte wakes the loop for everything that comes until it drains.
    fn post(&self, add: impl FnOnce(&mut Queue)) {
        let mut queue = lock(&self.queue);
        let was_empty = queue.mails.is_empty() && queue.questions.is_empty();
        add(&mut queue);
        drop(queue);
        if was_empty {
            self.bell.ring();
        }
    }

    fn take(&self) -> Queue {
        self.bell.silence();
        std::mem::take(&mut *lock(&self.queue))
    }
}

impl Progress {
    /// Wakes this loop when there is something to tell.
    pub fn send_to(&self, address: Address) {
        let _ = self.to.set(address);
    }

    /// What has changed since the last time.
    pub fn take(&self) -> Option<(u64, Option<u64>)> {
        lock(&self.latest).take()
    }

    /// So many bytes of a file have gone.
    pub fn note(self: &Arc<Self>, done: u64, total: Option<u64>) {
        let before = lock(&self.latest).replace((done, total));
        // One mail is enough until it is read.
        if let (None, Some(Address { inbox, ident })) = (before, self.to.get()) {
            inbox.post(|queue| queue.mails.push(Mail::Progress(*ident, self.clone())));
        }
    }
}
