//! The vocabulary between a machine and its host.

use std::fmt;
use std::ops::Range;
use std::time::Duration;

use bytes::Bytes;

use crate::auth::{Refresh, Ticket};
use crate::error::Error;
use crate::http::{Head, Headers, Request, Response, TransportError};
use crate::secret::Secret;
use crate::time::{Mono, Wall};

/// What the host does next for a machine.
pub enum Step {
    /// Send the request, then resume with [`Outcome::Response`] or [`Outcome::Failed`].
    Send(Box<Request>),
    /// Wait until the time has come or the ticket wakes, then resume with [`Outcome::Waited`].
    Wait {
        /// The latest moment.
        until: Mono,
        /// What may end the wait earlier.
        ticket: Option<Ticket>,
        /// What is waited for.
        why: Why,
    },
    /// Ask what the caller supplied, then resume with [`Outcome::Answered`].
    Ask(Ask),
    /// Drive the refresh on its own, then resume at once with [`Outcome::Spawned`].
    Spawn(Box<Refresh>),
    /// The machine has come to its end.
    Done(Result<Reply, Error>),
}

/// What came of a [`Step`].
#[derive(Debug)]
pub enum Outcome {
    /// Nothing yet: the first resume.
    Start,
    /// The answer to a [`Step::Send`].
    Response(Response),
    /// No answer to a [`Step::Send`].
    Failed(TransportError),
    /// The end of a [`Step::Wait`]; what ended it proves nothing.
    Waited,
    /// The answer to a [`Step::Ask`].
    Answered(Answer),
    /// The refresh of a [`Step::Spawn`] is on its way.
    Spawned,
}

/// What a machine waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The pause before the call is sent again.
    Backoff {
        /// The number of the attempt that comes next, counted from one.
        attempt: u32,
    },
    /// The platform's own waiting time after too many calls.
    RateLimit {
        /// The number of the attempt that comes next, counted from one.
        attempt: u32,
    },
    /// The token that another call is fetching, or a user who is signing in elsewhere.
    Token,
    /// The call's turn, so that the platform's rate is kept.
    Pacing,
    /// The token that another client of the same store is fetching.
    #[cfg(feature = "store")]
    Lease,
}

/// A question for what the caller supplied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// The token provider is asked for a token.
    Token(TokenWanted),
    /// The token store is asked what it has; it answers with [`Answer::Loaded`].
    #[cfg(feature = "store")]
    Load {
        /// Host, app, kind, and tenant or user, each part escaped: printable text without white space.
        key: String,
    },
    /// The token store puts a value in the place of the one that was loaded, if that is still there; it answers with [`Answer::Swapped`].
    #[cfg(feature = "store")]
    Swap {
        /// The key of [`Ask::Load`].
        key: String,
        /// The version that was loaded; `None`: the store must have nothing, or nothing any more, under the key.
        expected: Option<String>,
        /// What is stored: text, which holds secrets.
        value: Secret,
        /// How long it is of use; a store may forget it then.
        ttl: Duration,
    },
    /// The store through which a fleet shares its pace is asked what it has and what time it has; it answers with [`Answer::LoadedPace`].
    ///
    /// Only a [`Call`](crate::Call) asks, and only if its client has
    /// [`has_pacing_store`](crate::Options::has_pacing_store).
    #[cfg(feature = "fleet")]
    LoadPace {
        /// Host, app, and a digest: printable text without white space.
        key: String,
    },
    /// As [`Ask::Swap`], for the store of the pace; it answers with [`Answer::Swapped`].
    #[cfg(feature = "fleet")]
    SwapPace {
        /// The key of [`Ask::LoadPace`].
        key: String,
        /// The version that was loaded; `None`: the store must have nothing, or nothing any more, under the key.
        expected: Option<String>,
        /// What is stored: text without secrets.
        value: Secret,
        /// How long it is of use; a store may forget it then.
        ttl: Duration,
    },
}

#[cfg(feature = "store")]
impl Ask {
    /// How long an answer is worth waiting for, after which it has failed: a store that hangs is as good as one that fails. A provider
    /// (`None`) has all the time that a refresh has.
    pub fn patience(&self) -> Option<Duration> {
        (!matches!(self, Ask::Token(_))).then_some(Duration::from_secs(5))
    }
}

/// Which token a provider is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenWanted {
    /// `tenant`, `app` or `user`; `client_assertion` where the app has a signer in the place of a secret.
    pub kind: &'static str,
    /// The tenant, where the view has one.
    pub tenant_key: Option<String>,
    /// The user, where the view has one.
    pub user_key: Option<String>,
    /// `first`, `expired` or `refused`.
    pub reason: &'static str,
    /// For the kind `client_assertion`: the host that the signed text is for (its claim `aud`).
    #[cfg(feature = "oauth")]
    pub audience: Option<String>,
}

/// The answer to an [`Ask`].
#[derive(Clone, Debug)]
pub enum Answer {
    /// The provider's token, and when it expires if the provider knows.
    Token {
        /// The token.
        token: Secret,
        /// The moment it expires.
        expires_at: Option<Wall>,
    },
    /// What the store has under the key.
    #[cfg(feature = "store")]
    Loaded(Option<Stored>),
    /// Whether the value was stored; `false`: another one has come in between.
    #[cfg(feature = "store")]
    Swapped(bool),
    /// What the store of the pace has under the key, and its own time at that moment.
    #[cfg(feature = "fleet")]
    LoadedPace {
        /// The value, if there is one.
        found: Option<Stored>,
        /// The time of the store, which is one for the whole fleet.
        time: Wall,
    },
    /// What was asked failed, in one line.
    Failed(String),
}

/// What a token store has under a key.
#[cfg(feature = "store")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The value of the last [`Ask::Swap`].
    pub value: Secret,
    /// The store's own name for this very value. A version must never come back for another value, not even after the store was emptied.
    pub version: String,
}

/// The result of a call: the raw answer and where its data lies.
#[derive(Clone, Default)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The headers of the answer.
    pub headers: Headers,
    /// The log id to quote to the platform's support.
    pub log_id: Option<String>,
    /// The platform's code: zero.
    pub code: i64,
    /// The platform's message.
    pub msg: String,
    /// The body: JSON text, valid and at most 128 levels deep.
    pub body: Bytes,
    /// Where `data` lies in `body`; empty when the answer has none.
    pub data: Range<usize>,
    /// Paging, for a paged operation.
    pub page: Option<Page>,
    /// Whether `data` holds an integer beyond 2^53, which JavaScript numbers would round.
    pub wide: bool,
    /// For a download: how many bytes went to the sink.
    pub sunk: Option<u64>,
    /// How many requests the call sent, those for tokens not counted.
    pub attempts: u32,
}

impl Reply {
    /// A file that went to the sink: so many bytes in all.
    pub(crate) fn of_file(head: Head, sunk: u64) -> Self {
        let log_id = head.headers.log_id().map(str::to_owned);
        Self { status: head.status, log_id, headers: head.headers, sunk: Some(sunk), ..Self::default() }
    }

    /// A reply that the core makes itself.
    pub(crate) fn of_json(data: String) -> Self {
        Self { status: 200, data: 0..data.len(), body: Bytes::from(data), ..Self::default() }
    }

    /// The JSON text of `data`; empty when the answer has none.
    pub fn data(&self) -> &[u8] {
        self.body.get(self.data.clone()).unwrap_or_default()
    }
}

/// No body: it may hold a token.
impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Reply");
        shown.field("status", &self.status).field("log_id", &self.log_id).field("data", &self.data).finish_non_exhaustive()
    }
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The page token of the next page; `None` on the last.
    pub next: Option<String>,
    /// Where the array of items lies in the body; empty when the page has none.
    pub items: Range<usize>,
    /// The platform says that more pages follow, but gives no token for them.
    pub cut: bool,
}

/// What a host's logger and hooks are told; no body, token or secret is in it.
#[derive(Clone, Debug)]
pub struct Trace<'a> {
    /// What is called, in the caller's spelling, or method and path template.
    pub operation: &'a str,
    /// The HTTP method.
    pub method: &'static str,
    /// The path template.
    pub path: &'a str,
    /// What happened.
    pub event: Event<'a>,
}

/// The moments of a call.
#[derive(Clone, Debug)]
pub enum Event<'a> {
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
        log_id: Option<&'a str>,
        /// The time from request to answer.
        took: Duration,
    },
    /// A store cannot be used, and the client goes on without it: the one that [`Trace::operation`] names, `token store` or `pacing store`.
    #[cfg(feature = "store")]
    StoreFailed {
        /// What it says.
        reason: &'a str,
    },
    /// The machine waits.
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
        /// The reply or the error.
        result: &'a Result<Reply, Error>,
        /// How many requests were sent, those for tokens not counted.
        attempts: u32,
        /// The time from start to end.
        took: Duration,
    },
}
