//! From the native runtime to an event loop: what has come lies in a queue, and a socket wakes the loop.
//!
//! No worker thread touches Python: what a mail means to Python is made when the loop drains the mailbox.

use std::io::{Read, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use larkspur_native::lock;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use pyo3::{PyTraverseError, PyVisit, intern};

use crate::ask::Question;
use crate::files::Progress;
use crate::watch::{Watch, harmless};

#[cfg(unix)]
type Socket = std::os::unix::net::UnixStream;
#[cfg(windows)]
type Socket = std::net::TcpStream;

/// Makes the Python value of a finished call.
pub type Made = Box<dyn FnOnce(Python<'_>) -> PyResult<Py<PyAny>> + Send>;

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
    // Both ends live equally long: writing never meets a closed socket.
    reading: Socket,
    writing: Socket,
}

#[derive(Default)]
struct Queue {
    mails: Vec<Mail>,
    questions: Vec<Question>,
}

enum Mail {
    Done(u64, Made, Option<Arc<Watch>>),
    Notes(Arc<Watch>),
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
        handle(&self.inbox.reading)
    }

    /// The same socket under a number that belongs to the caller.
    fn dup(&self) -> PyResult<u64> {
        Ok(give_away(self.inbox.reading.try_clone()?))
    }

    /// Wakes whoever watches, once more.
    fn close(&self) {
        self.inbox.wake();
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
                Mail::Done(ident, made, watch) => {
                    tell(py, watch.as_ref())?;
                    self.finish(py, ident, made)?;
                }
                Mail::Notes(watch) => watch.tell(py)?,
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
        let (reading, writing) = pair()?;
        reading.set_nonblocking(true)?;
        writing.set_nonblocking(true)?;
        Ok(Arc::new(Self { queue: Mutex::default(), reading, writing }))
    }

    /// Serves the user's functions, for a caller without a loop.
    ///
    /// # Errors
    /// What ends a program.
    pub fn serve(&self, py: Python<'_>) -> PyResult<()> {
        let Queue { mails, questions } = self.take();
        for mail in mails {
            if let Mail::Notes(watch) = mail {
                watch.tell(py)?;
            }
        }
        questions.iter().try_for_each(|question| question.serve(py))
    }

    /// The call with this number is finished.
    pub fn post_done(&self, ident: u64, made: Made, watch: Option<Arc<Watch>>) {
        self.post(|queue| queue.mails.push(Mail::Done(ident, made, watch)));
    }

    /// A hook has something to hear.
    pub fn post_notes(&self, watch: Arc<Watch>) {
        self.post(|queue| queue.mails.push(Mail::Notes(watch)));
    }

    /// So many bytes of a file have gone.
    pub fn post_progress(&self, ident: u64, latest: Arc<Progress>) {
        self.post(|queue| queue.mails.push(Mail::Progress(ident, latest)));
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
            self.wake();
        }
    }

    fn wake(&self) {
        // A full socket wakes the loop too.
        let _ = (&self.writing).write(&[1]);
    }

    fn take(&self) -> Queue {
        while matches!((&self.reading).read(&mut [0; 64]), Ok(64)) {}
        std::mem::take(&mut *lock(&self.queue))
    }
}

fn tell(py: Python<'_>, watch: Option<&Arc<Watch>>) -> PyResult<()> {
    watch.map_or(Ok(()), |watch| watch.tell(py))
}

#[cfg(unix)]
fn pair() -> std::io::Result<(Socket, Socket)> {
    Socket::pair()
}

#[cfg(windows)]
fn pair() -> std::io::Result<(Socket, Socket)> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
    let writing = Socket::connect(listener.local_addr()?)?;
    loop {
        let (reading, peer) = listener.accept()?;
        // Another process may have been faster.
        if peer == writing.local_addr()? {
            writing.set_nodelay(true)?;
            return Ok((reading, writing));
        }
    }
}

#[cfg(unix)]
fn handle(socket: &Socket) -> u64 {
    use std::os::fd::AsRawFd;
    u64::from(socket.as_raw_fd().unsigned_abs())
}

#[cfg(windows)]
fn handle(socket: &Socket) -> u64 {
    use std::os::windows::io::AsRawSocket;
    socket.as_raw_socket()
}

#[cfg(unix)]
fn give_away(socket: Socket) -> u64 {
    use std::os::fd::IntoRawFd;
    u64::from(socket.into_raw_fd().unsigned_abs())
}

#[cfg(windows)]
fn give_away(socket: Socket) -> u64 {
    use std::os::windows::io::IntoRawSocket;
    socket.into_raw_socket()
}
