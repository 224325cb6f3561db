//! What happened in a call, as values of their own that can be handed to another thread.

use std::time::Duration;

use larkspur_core::{Class, Error, Event, Reply, Trace, Why};

/// Takes the notes of one call. It runs on a runtime's thread: it may queue the note, and must neither wait nor run the user's code.
pub type Watch = Box<dyn Fn(Note) + Send + Sync>;

/// One moment of a call; no body, token or secret is in it.
#[derive(Clone, Debug)]
pub struct Note {
    /// What is called, in the caller's spelling, or method and path template.
    pub operation: String,
    /// The HTTP method.
    pub method: &'static str,
    /// The path template.
    pub path: String,
    /// What happened.
    pub moment: Moment,
}

/// The moments of a call.
#[derive(Clone, Debug)]
pub enum Moment {
    /// A request goes out.
    Request {
        /// The number of the attempt, counted from one.
        attempt: u32,
    },
    /// An answer, or none, came to a request.
    Response {
        /// The number of the attempt, counted from one.
        attempt: u32,
        /// The HTTP status; `None` when no answer came.
        status: Option<u16>,
        /// The log id of the answer.
        log_id: Option<String>,
        /// The time from request to answer.
        took: Duration,
    },
    /// The store that [`Note::operation`] names cannot be used; the client goes on without it: `token store` or `pacing store`.
    StoreFailed {
        /// What it says.
        reason: String,
    },
    /// The call waits.
    Waiting {
        /// What it waits for.
        why: Why,
        /// The longest it will wait.
        span: Duration,
        /// The same with the turn for which a paced call waits behind a back-off, as things stand.
        whole: Duration,
    },
    /// The call has come to its end.
    Done {
        /// The class of the error, if it failed.
        failed: Option<Class>,
        /// The HTTP status of the last answer.
        status: Option<u16>,
        /// The platform's code of the last answer.
        code: Option<i64>,
        /// The log id of the last answer.
        log_id: Option<String>,
        /// How many requests were sent, those for tokens not counted.
        attempts: u32,
        /// The time from start to end.
        took: Duration,
    },
}

impl Note {
    /// The note of a trace.
    pub fn of(trace: &Trace<'_>) -> Self {
        Self { operation: trace.operation.to_owned(), method: trace.method, path: trace.path.to_owned(), moment: Moment::of(&trace.event) }
    }
}

impl Moment {
    fn of(event: &Event<'_>) -> Self {
        match *event {
            Event::Request { attempt } => Moment::Request { attempt },
            Event::Response { attempt, status, log_id, took } => {
                Moment::Response { attempt, status, log_id: log_id.map(str::to_owned), took }
            }
            Event::StoreFailed { reason } => Moment::StoreFailed { reason: reason.to_owned() },
            Event::Waiting { why, span, whole } => Moment::Waiting { why, span, whole },
            Event::Done { result, attempts, took } => Moment::done(result, attempts, took),
        }
    }

    fn done(result: &Result<Reply, Error>, attempts: u32, took: Duration) -> Self {
        let (failed, status, code, log_id) = match result {
            Ok(reply) => (None, Some(reply.status), Some(reply.code), reply.log_id.clone()),
            Err(error) => {
                let answer = error.answer.as_ref();
                let log_id = answer.and_then(|answer| answer.log_id.clone());
                (Some(error.class()), answer.map(|answer| answer.status), answer.map(|answer| answer.code), log_id)
            }
        };
        Moment::Done { failed, status, code, log_id, attempts, took }
    }
}
