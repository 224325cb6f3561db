//! The host: what the core asks for, over what a JavaScript runtime has.

use std::cell::Cell;
use std::future::poll_fn;

use bytes::Bytes;
use js_sys::Uint8Array;
use larkspur_core::http::{Head, Headers, Patience, Received, Request, Response, Route, Sink, TransportError, TransportKind};
use larkspur_core::{Answer, Ask, BoxFuture, Event, Host, Mono, Now, Secret, Trace, Wall, Why, is_error_envelope};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::body::Body;
use super::js::{Broken, Exchange, Platform, Timer, TokenGiven};

/// The host of one client.
pub struct WebHost {
    platform: Platform,
    hooked: bool,
}

impl WebHost {
    /// A host over the runtime's own functions.
    pub fn new(platform: Platform) -> Self {
        let hooked = platform.hooked();
        Self { platform, hooked }
    }

    /// The system's entropy, drawn at this moment.
    pub fn entropy(&self) -> larkspur_core::Entropy {
        let mut bytes = [0; 32];
        self.platform.entropy(&mut bytes);
        larkspur_core::Entropy(bytes)
    }

    fn begin(&self, request: &Request, collect: f64) -> Running {
        let (timeout, idle, total) = match request.limits.answer {
            Patience::Total(span) => (span, false, None),
            Patience::Idle { idle, total } => (idle, true, total),
        };
        let exchange = self.platform.send(
            request.method.as_str(),
            &request.url,
            &lines(&request.headers),
            Body::of(request),
            collect,
            milliseconds(request.limits.connect),
            milliseconds(timeout),
            idle,
            total.map_or(-1.0, milliseconds),
        );
        Running { exchange, over: Cell::new(false) }
    }
}

impl Host for WebHost {
    fn now(&self) -> Now {
        Now::new(self.platform.wall() as u64, self.platform.mono() as u64)
    }

    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        match &request.sink {
            None => {
                let running = self.begin(&request, request.max_answer as f64);
                let head = running.head().await?;
                running.over.set(true);
                Ok(Response { head, body: Received::Buffered(running.exchange.body().to_vec().into()) })
            }
            Some(sink) => download(&self.begin(&request, -1.0), &request, &**sink).await,
        }
    }

    async fn sleep(&self, until: Mono) {
        let span = until.since(self.now().mono);
        let set = Set(self.platform.timer(milliseconds(span)));
        let _ = JsFuture::from(set.0.over()).await;
    }

    async fn ask(&self, ask: Ask) -> Answer {
        let wanted = match ask {
            Ask::Token(wanted) => wanted,
            #[allow(unreachable_patterns, reason = "another package of the workspace may switch token stores on")]
            _ => return Answer::Failed("this package has no token store".into()),
        };
        let given = JsFuture::from(self.platform.token(wanted.kind, wanted.reason)).await;
        let Ok(given) = given.map(JsCast::unchecked_into::<TokenGiven>) else { return Answer::Failed("it failed".into()) };
        match given.failed() {
            Some(reason) => Answer::Failed(reason),
            None => Answer::Token { token: Secret::new(given.token()), expires_at: given.expires_at().map(|at| Wall(at as u64)) },
        }
    }

    fn spawn(&self, task: BoxFuture<()>) {
        spawn_local(task);
    }

    fn trace(&self, trace: &Trace<'_>) {
        if self.hooked {
            tell(&self.platform, trace);
        }
    }
}

/// An exchange that is let go of when nobody waits for it any more.
struct Running {
    exchange: Exchange,
    over: Cell<bool>,
}

impl Running {
    async fn head(&self) -> Result<Head, TransportError> {
        JsFuture::from(self.exchange.answered()).await.map_err(|broken| self.failed(broken))?;
        Ok(Head { status: self.exchange.status(), headers: headers(&self.exchange.headers()) })
    }

    async fn next(&self) -> Result<Option<Bytes>, TransportError> {
        let chunk = JsFuture::from(self.exchange.next()).await.map_err(|broken| self.failed(broken))?;
        self.over.set(chunk.is_undefined());
        Ok((!chunk.is_undefined()).then(|| chunk.unchecked_into::<Uint8Array>().to_vec().into()))
    }

    fn failed(&self, broken: JsValue) -> TransportError {
        self.over.set(true);
        let broken: Broken = broken.unchecked_into();
        let kind = match broken.kind().as_str() {
            "connect" => TransportKind::Connect,
            "tls" => TransportKind::Tls,
            "timeout" => TransportKind::Timeout,
            "too_large" => TransportKind::TooLarge,
            "source" => TransportKind::Source,
            _ => TransportKind::Broken,
        };
        TransportError { kind, sent: broken.sent(), received: 0, reason: broken.reason() }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.over.get() {
            self.exchange.abort();
        }
    }
}

/// A timer that is cleared when nobody waits for it any more.
struct Set(Timer);

impl Drop for Set {
    fn drop(&mut self) {
        self.0.clear();
    }
}

async fn download(running: &Running, request: &Request, sink: &dyn Sink) -> Result<Response, TransportError> {
    let head = running.head().await?;
    let body = match request.route(&head) {
        Route::Buffer { limit } => match collect(running, limit).await? {
            Collected::Whole(bytes) => Received::Buffered(bytes),
            Collected::More(_) => {
                return Err(TransportError::sent(TransportKind::TooLarge, format!("the answer has more than {limit} bytes")));
            }
        },
        Route::Sink => pour(running, request, &head, sink, None).await?,
        Route::PeekThenSink { limit } => match collect(running, limit).await? {
            Collected::Whole(bytes) if is_error_envelope(&bytes) => Received::Buffered(bytes),
            Collected::Whole(bytes) | Collected::More(bytes) => pour(running, request, &head, sink, Some(bytes)).await?,
        },
    };
    Ok(Response { head, body })
}

enum Collected {
    Whole(Bytes),
    /// The first bytes; the limit was passed.
    More(Bytes),
}

async fn collect(running: &Running, limit: u64) -> Result<Collected, TransportError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = running.next().await? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() as u64 > limit {
            return Ok(Collected::More(bytes.into()));
        }
    }
    Ok(Collected::Whole(bytes.into()))
}

/// Hands what was looked at, and what still comes, to the sink.
async fn pour(
    running: &Running,
    request: &Request,
    head: &Head,
    sink: &dyn Sink,
    mut chunk: Option<Bytes>,
) -> Result<Received, TransportError> {
    let refused = |reason| TransportError::sent(TransportKind::Sink, reason);
    let offset = if head.status == 206 { request.offset } else { 0 };
    sink.start(head, offset).map_err(refused)?;
    let mut length = 0;
    loop {
        if chunk.is_none() {
            // What came goes on counting, so that the download can resume behind it.
            chunk = running.next().await.map_err(|failed| TransportError { received: length, ..failed })?;
        }
        let Some(bytes) = &chunk else { return Ok(Received::Sunk { length }) };
        length += bytes.len() as u64;
        poll_fn(|context| sink.poll_write(context, &mut chunk)).await.map_err(refused)?;
    }
}

fn milliseconds(span: std::time::Duration) -> f64 {
    (span.as_secs() * 1000 + u64::from(span.subsec_millis())) as f64
}

/// A line of name and a line of value for each header.
pub fn lines(headers: &Headers) -> String {
    headers.iter().fold(String::new(), |text, (name, value)| text + name + "\n" + value + "\n")
}

fn headers(text: &str) -> Headers {
    let mut lines = text.split('\n');
    std::iter::from_fn(|| Some((lines.next()?.to_owned(), lines.next()?))).collect()
}

fn tell(platform: &Platform, trace: &Trace<'_>) {
    let tell = |what, attempt, status, log_id: Option<&str>, span: std::time::Duration, why| {
        let log_id = log_id.map(str::to_owned);
        platform.trace(what, trace.operation, trace.method, trace.path, attempt, status, log_id, milliseconds(span), why);
    };
    match &trace.event {
        Event::Request { attempt } => tell("request", *attempt, -1, None, Default::default(), ""),
        Event::Response { attempt, status, log_id, took } => {
            tell("response", *attempt, status.map_or(-1, i32::from), *log_id, *took, "");
        }
        Event::Waiting { why: Why::Backoff { attempt }, span } => tell("retry", *attempt, -1, None, *span, "backoff"),
        Event::Waiting { why: Why::RateLimit { attempt }, span } => tell("retry", *attempt, -1, None, *span, "rate_limit"),
        // Also what only another package of the workspace may switch on.
        _ => {}
    }
}
