//! What a client tells of its calls.

use larkspur_core::Why;
use larkspur_native::{Note, Watch};
use tokio::sync::{Mutex, mpsc};

/// The way of events from the runtime to whoever takes them.
pub(crate) struct Hooks {
    sender: mpsc::UnboundedSender<CallEvent>,
    receiver: Mutex<mpsc::UnboundedReceiver<CallEvent>>,
}

/// One moment of a call; no body, token or secret is in it.
#[derive(uniffi::Record)]
pub struct CallEvent {
    /// What is called, or method and path.
    pub operation: String,
    /// The HTTP method.
    pub method: String,
    /// The path template.
    pub path: String,
    /// What happened.
    pub moment: Moment,
}

/// The moments of a call.
#[derive(uniffi::Enum)]
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
        /// The HTTP status; left out when no answer came.
        status: Option<u16>,
        /// The log id of the answer.
        log_id: Option<String>,
        /// The milliseconds from request to answer.
        took_ms: u64,
    },
    /// The call waits before it is sent again.
    Retry {
        /// The number of the attempt that comes next.
        attempt: u32,
        /// Whether the platform asked for it: too many calls.
        is_rate_limit: bool,
        /// The longest wait in milliseconds, with the turn for which a paced call waits behind it, as things stand.
        wait_ms: u64,
    },
    /// A store cannot be used; the client goes on without it. The event's operation names it: `token store` or `pacing store`.
    StoreFailed {
        /// What it says.
        reason: String,
    },
    /// The call has come to its end.
    Done {
        /// The class of the error, if it failed.
        failed: Option<String>,
        /// How many requests were sent, those for tokens not counted.
        attempts: u32,
        /// The milliseconds from start to end.
        took_ms: u64,
    },
}

impl Hooks {
    /// Nobody listens yet.
    pub(crate) fn new() -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        Self { sender, receiver: Mutex::new(receiver) }
    }

    /// What takes the notes of one call.
    pub(crate) fn watch(&self) -> Watch {
        let sender = self.sender.clone();
        Box::new(move |note| {
            if let Some(event) = CallEvent::of(note) {
                let _ = sender.send(event);
            }
        })
    }

    /// The next event.
    pub(crate) async fn next(&self) -> Option<CallEvent> {
        self.receiver.lock().await.recv().await
    }
}

impl CallEvent {
    fn of(Note { operation, method, path, moment }: Note) -> Option<Self> {
        let moment = Moment::of(moment)?;
        Some(Self { operation, method: method.to_owned(), path, moment })
    }
}

impl Moment {
    /// Waiting for another call's token is no retry.
    fn of(moment: larkspur_native::Moment) -> Option<Self> {
        use larkspur_native::Moment as Native;
        let ms = |span: std::time::Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        Some(match moment {
            Native::Request { attempt } => Moment::Request { attempt },
            Native::Response { attempt, status, log_id, took } => Moment::Response { attempt, status, log_id, took_ms: ms(took) },
            Native::Waiting { why: Why::Token | Why::Lease | Why::Pacing, .. } => return None,
            Native::StoreFailed { reason } => Moment::StoreFailed { reason },
            Native::Waiting { why: Why::RateLimit { attempt }, whole, .. } => {
                Moment::Retry { attempt, is_rate_limit: true, wait_ms: ms(whole) }
            }
            Native::Waiting { why: Why::Backoff { attempt }, whole, .. } => {
                Moment::Retry { attempt, is_rate_limit: false, wait_ms: ms(whole) }
            }
            Native::Done { failed, attempts, took, .. } => {
                Moment::Done { failed: failed.map(|class| class.name().to_owned()), attempts, took_ms: ms(took) }
            }
        })
    }
}
