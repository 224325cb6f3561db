//! What crosses the rim: requests out, responses and transport errors in.

mod headers;
mod stream;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

pub use headers::Headers;
pub use stream::{Chunks, Sink, Source};

/// The HTTP methods of the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Reads.
    Get,
    /// Reads the headers only.
    Head,
    /// Creates, or searches.
    Post,
    /// Replaces.
    Put,
    /// Changes some fields.
    Patch,
    /// Removes.
    Delete,
}

impl Method {
    /// The method's name on the wire, in capitals.
    pub const fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Head => "HEAD",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }

    /// Finds a method by its name, in any case.
    pub fn parse(name: &str) -> Option<Method> {
        const ALL: [Method; 6] = [Method::Get, Method::Head, Method::Post, Method::Put, Method::Patch, Method::Delete];
        ALL.into_iter().find(|method| method.as_str().eq_ignore_ascii_case(name))
    }

    /// Whether sending it twice means the same as sending it once (RFC 9110 §9.2.2).
    pub const fn is_idempotent(self) -> bool {
        !matches!(self, Method::Post | Method::Patch)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One request, ready to be written as it stands.
#[derive(Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The absolute URL, percent-encoded (in a page: an absolute path).
    pub url: String,
    /// The headers in the order they are sent.
    pub headers: Headers,
    /// The body in pieces; empty means no body.
    pub body: Vec<Piece>,
    /// How long the host may take.
    pub limits: Limits,
    /// The most bytes an answer may have after decompression, unless it goes to the sink.
    pub max_answer: u64,
    /// Where the bytes of a file go; `None` when the answer is JSON.
    pub sink: Option<Arc<dyn Sink>>,
    /// The first byte that is asked for: above zero when a download resumes.
    pub offset: u64,
}

impl Request {
    /// The length of the whole body in bytes, unless a piece does not know its own.
    pub fn content_length(&self) -> Option<u64> {
        self.body.iter().map(Piece::length).sum()
    }

    /// Whether the body can be written a second time.
    pub fn is_repeatable(&self) -> bool {
        self.body.iter().all(Piece::is_repeatable)
    }

    /// What the host does with the body of the answer whose head has come.
    ///
    /// A file is status 200 or 206 without a JSON content type. A 2xx answer with a JSON content type is looked into first, since a JSON
    /// file can be downloaded too. Everything else is an envelope or an error page.
    pub fn route(&self, head: &Head) -> Route {
        let buffer = Route::Buffer { limit: self.max_answer };
        match (&self.sink, head.status) {
            (None, _) => buffer,
            (Some(_), 200 | 206) if !head.is_json() => Route::Sink,
            (Some(_), 200..=299) if head.is_json() => Route::PeekThenSink { limit: self.max_answer },
            _ => buffer,
        }
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.url.split('?').next().unwrap_or_default();
        // The rest of a bot's address is a secret.
        #[cfg(feature = "bot")]
        let path = path.split_inclusive("/hook/").next().unwrap_or_default();
        f.debug_struct("Request").field("method", &self.method).field("url", &path).field("headers", &self.headers).finish_non_exhaustive()
    }
}

/// A part of a request's body.
#[derive(Clone)]
pub enum Piece {
    /// Bytes that are at hand; a resend costs no copy.
    Bytes(Bytes),
    /// Bytes that are read while they are sent: a file or a stream.
    Source(Arc<dyn Source>),
}

impl Piece {
    /// The number of bytes, if it is known.
    pub fn length(&self) -> Option<u64> {
        match self {
            Piece::Bytes(bytes) => Some(bytes.len() as u64),
            Piece::Source(source) => source.length(),
        }
    }

    pub(crate) fn is_repeatable(&self) -> bool {
        match self {
            Piece::Bytes(_) => true,
            Piece::Source(source) => source.is_repeatable(),
        }
    }
}

/// How long one attempt may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest wait for a connection.
    pub connect: Duration,
    /// The longest wait for the answer.
    pub answer: Patience,
}

/// How the wait for an answer is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// From the start until the last byte of the answer.
    Total(Duration),
    /// The longest time in which no byte moves, up or down: for files. `total` bounds the whole where the call has a deadline.
    Idle {
        /// The longest pause.
        idle: Duration,
        /// The bound of the whole attempt, if there is one.
        total: Option<Duration>,
    },
}

/// What the host does with an answer's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// Collect it, and fail with [`TransportKind::TooLarge`] beyond the limit.
    Buffer {
        /// The most bytes.
        limit: u64,
    },
    /// Hand it to the sink as it comes.
    Sink,
    /// Collect up to `limit` bytes; if [`is_error_envelope`](crate::is_error_envelope) says that they are an error, keep them, else hand them to the sink.
    /// A body above the limit is a file.
    PeekThenSink {
        /// The most bytes that are looked at.
        limit: u64,
    },
}

/// Status and headers of an answer.
#[derive(Clone, Debug)]
pub struct Head {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: Headers,
}

impl Head {
    /// Whether the content type says JSON.
    pub fn is_json(&self) -> bool {
        let kind = self.headers.get("content-type").unwrap_or_default().to_ascii_lowercase();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        kind.ends_with("/json") || kind.ends_with("+json")
    }
}

/// An answer that came to its end.
#[derive(Clone, Debug)]
pub struct Response {
    /// Status and headers.
    pub head: Head,
    /// The body, or how much of it went to the sink.
    pub body: Received,
}

/// Where the body of an answer is.
#[derive(Clone, PartialEq, Eq)]
pub enum Received {
    /// Here, decompressed.
    Buffered(Bytes),
    /// All of it went to the request's sink.
    Sunk {
        /// The number of bytes of this answer.
        length: u64,
    },
}

impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Received::Buffered(bytes) => write!(f, "Buffered({} bytes)", bytes.len()),
            Received::Sunk { length } => write!(f, "Sunk({length} bytes)"),
        }
    }
}

/// No answer, or none that came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransportError {
    /// What failed.
    pub kind: TransportKind,
    /// Whether any byte of the request may have reached the server; `false` only if it was certainly never written.
    pub sent: bool,
    /// How many bytes the sink has taken of this answer, so that a download can resume.
    pub received: u64,
    /// One line for the user: no URL, no header, no secret.
    pub reason: String,
}

impl TransportError {
    /// Makes an error for a request that was certainly never written.
    pub fn unsent(kind: TransportKind, reason: impl Into<String>) -> Self {
        Self { kind, sent: false, received: 0, reason: reason.into() }
    }

    /// Makes an error for a request that may have reached the server.
    pub fn sent(kind: TransportKind, reason: impl Into<String>) -> Self {
        Self { kind, sent: true, received: 0, reason: reason.into() }
    }
}

/// What failed between here and the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TransportKind {
    /// No connection: name not found, refused, unreachable, or the proxy said no.
    Connect,
    /// The certificate or the handshake.
    Tls,
    /// Time ran out.
    Timeout,
    /// The connection broke, or what came was no HTTP.
    Broken,
    /// The answer is larger than allowed.
    TooLarge,
    /// What the caller gave to upload could not be read.
    Source,
    /// Where the caller wanted the file could not be written.
    Sink,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(sink: Option<Arc<dyn Sink>>) -> Request {
        Request {
            method: Method::Get,
            url: "https://open.feishu.cn/open-apis/x?token=t-1".into(),
            headers: Headers::from_iter([("Authorization", "Bearer t-1")]),
            body: vec![],
            limits: Limits { connect: Duration::from_secs(10), answer: Patience::Total(Duration::from_secs(30)) },
            max_answer: 10,
            sink,
            offset: 0,
        }
    }

    #[test]
    fn debug_hides_query_and_credentials() {
        let shown = format!("{:?}", request(None));
        assert!(!shown.contains("t-1"), "{shown}");
        assert!(shown.contains("/open-apis/x"), "{shown}");
    }

    #[test]
    fn methods_know_their_names() {
        assert_eq!(Method::parse("patch"), Some(Method::Patch));
        assert_eq!(Method::parse("TRACE"), None);
        assert!(Method::Put.is_idempotent() && !Method::Post.is_idempotent());
    }

    #[test]
    fn json_content_types() {
        for (kind, json) in
            [("application/json; charset=utf-8", true), ("application/problem+json", true), ("text/html", false), ("", false)]
        {
            let head = Head { status: 200, headers: Headers::from_iter([("Content-Type", kind)]) };
            assert_eq!(head.is_json(), json, "{kind}");
        }
    }
}
