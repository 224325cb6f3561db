//! From the native runtime to an event loop: what has come lies in a queue, and a socket wakes the loop.
//!
//! No worker thread touches Python: what a mail means to Python is made when the loop drains the mailbox.

use std::io::{Read, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

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
pub struct Mailbox(pub Arc<Inbox>);

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
    fn new() -> PyResult<Self> {
        Inbox::new().map(Self)
    }

    /// The socket to watch; it belongs to the mailbox.
    fn fileno(&self) -> u64 {
        handle(&self.0.reading)
    }

    /// The same socket under a number that belongs to the caller.
    fn dup(&self) -> PyResult<u64> {
        Ok(give_away(self.0.reading.try_clone()?))
    }

    /// Wakes whoever watches, once more.
    fn close(&self) {
        self.0.wake();
    }

    /// What has come: a list of `(ident, value, error)`, and what the user's functions are asked.
    ///
    /// Hooks and `progress[ident](done, total)` are called on the way.
    fn drain<'py>(&self, py: Python<'py>, progress: &Bound<'py, PyDict>) -> PyResult<(Bound<'py, PyList>, Vec<Question>)> {
        let finished = PyList::empty(py);
        let Queue { mails, questions } = self.0.take();
        for mail in mails {
            match mail {
                Mail::Done(ident, made, watch) => {
                    tell(py, watch.as_ref())?;
                    let (value, error) = match made(py) {
                        Ok(value) => (value, None),
                        Err(error) => (py.None(), Some(error.into_value(py))),
                    };
                    finished.append((ident, value, error))?;
                }
                Mail::Notes(watch) => watch.tell(py)?,
                Mail::Progress(ident, latest) => {
                    if let (Some((done, total)), Some(function)) = (latest.take(), progress.get_item(ident)?) {
                        harmless(py, function.call1((done, total)), Some(&function))?;
                    }
                }
            }
        }
        Ok((finished, questions))
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
        let mut queue = self.lock();
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
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
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
