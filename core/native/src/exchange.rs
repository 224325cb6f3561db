//! One request and its answer within its limits.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use larkspur_core::http::{Patience, Request, Response, TransportError, TransportKind};
use reqwest::header::{ACCEPT_ENCODING, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, Url};

use crate::body::{self, Fault};
use crate::failure::Peer;
use crate::pulse::Pulse;
use crate::receive::Receiving;
use crate::transport::Transport;

/// Sends the request over the pool and brings its answer home.
pub(crate) async fn exchange(client: &Client, request: &Request, transport: &Transport) -> Result<Response, TransportError> {
    let url =
        Url::parse(&request.url).map_err(|_| TransportError::unsent(TransportKind::Connect, "the address of the request is no URL"))?;
    let peer = Peer { request, transport };
    let pulse = Arc::new(Pulse::new(matches!(request.limits.answer, Patience::Idle { .. })));
    // Pinned here and lent: each move of it into another future would make every call larger.
    let work = pin!(attempt(client, request, url, &peer, &pulse));
    let result = match request.limits.answer {
        Patience::Total(total) => within(work, tokio::time::sleep(total), || peer.too_slow(total)).await,
        Patience::Idle { idle, total: None } => within(work, pulse.stops(idle), || peer.stalled(idle)).await,
        Patience::Idle { idle, total: Some(total) } => {
            let work = within(work, pulse.stops(idle), || peer.stalled(idle));
            within(work, tokio::time::sleep(total), || peer.too_slow(total)).await
        }
    };
    // A server that ignored `Range` began again: then the sink may be no further than it was.
    result.map_err(|error| TransportError { received: pulse.position().saturating_sub(request.offset), ..error })
}

async fn attempt(client: &Client, request: &Request, url: Url, peer: &Peer<'_>, pulse: &Arc<Pulse>) -> Result<Response, TransportError> {
    let fault = Fault::default();
    let mut outgoing = reqwest::Request::new(method(request), url);
    *outgoing.headers_mut() = headers(request)?;
    *outgoing.body_mut() = body::of(request, pulse, &fault);
    let answer = client.execute(outgoing).await.map_err(|error| match fault.get() {
        Some(reason) => TransportError::sent(TransportKind::Source, reason),
        None => peer.no_answer(&error),
    })?;
    pulse.beat();
    Receiving { answer, request, peer, pulse }.finish().await
}

/// The work's result, or the error once the limit ends first.
async fn within<T>(
    work: impl Future<Output = Result<T, TransportError>>,
    limit: impl Future<Output = ()>,
    late: impl FnOnce() -> TransportError,
) -> Result<T, TransportError> {
    let (mut work, mut limit) = (pin!(work), pin!(limit));
    let first = poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(result) => Poll::Ready(Some(result)),
        Poll::Pending => limit.as_mut().poll(context).map(|()| None),
    });
    first.await.unwrap_or_else(|| Err(late()))
}

fn method(request: &Request) -> Method {
    use larkspur_core::http::Method as Own;
    match request.method {
        Own::Get => Method::GET,
        Own::Head => Method::HEAD,
        Own::Post => Method::POST,
        Own::Put => Method::PUT,
        Own::Patch => Method::PATCH,
        Own::Delete => Method::DELETE,
    }
}

fn headers(request: &Request) -> Result<HeaderMap, TransportError> {
    let mut headers = HeaderMap::with_capacity(request.headers.len() + 4);
    for (name, value) in request.headers.iter() {
        let unsent = |_| TransportError::unsent(TransportKind::Broken, format!("the header {name:?} cannot be sent"));
        let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| unsent(()))?;
        headers.append(HeaderName::from_bytes(name.as_bytes()).map_err(|_| unsent(()))?, value);
    }
    if request.sink.is_some() {
        // A file is counted in the bytes that the server counts, so that its download can resume.
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    }
    Ok(headers)
}
