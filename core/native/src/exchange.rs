//! One request and its answer within its limits.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use http::header::{ACCEPT, ACCEPT_ENCODING, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Uri};
use larkspur_core::http::{Patience, Piece, Request, Response, TransportError, TransportKind};

use crate::body::{Fault, Outgoing};
use crate::connection::Connection;
use crate::dial::{DialError, dial};
use crate::failure::Peer;
use crate::pool::{Origin, Pool};
use crate::pulse::Pulse;
use crate::receive::Receiving;
use crate::shared::Shared;

/// Where requests go out.
pub(crate) struct Door<'a> {
    pub(crate) pool: &'a Arc<Pool>,
    pub(crate) shared: &'a Shared,
}

/// Sends the request over a connection of the pool, or a new one, and brings its answer home.
pub(crate) async fn exchange(door: &Door<'_>, request: &Request) -> Result<Response, TransportError> {
    let to: Uri =
        request.url.parse().map_err(|_| TransportError::unsent(TransportKind::Connect, "the address of the request is no URL"))?;
    let peer = Peer { to: &to, connect: request.limits.connect, transport: door.shared.transport() };
    let pulse = Arc::new(Pulse::new(matches!(request.limits.answer, Patience::Idle { .. })));
    // Pinned here and lent: each move of it into another future would make every call larger.
    let work = pin!(door.attempt(request, &peer, &pulse));
    let result = match request.limits.answer {
        Patience::Total(total) => within(work, tokio::time::sleep(total), || peer.too_slow(total)).await,
        // Boxed: files are rare, and must not make every call larger.
        Patience::Idle { idle, total } => {
            let work = Box::pin(within(work, pulse.stops(idle), || peer.stalled(idle)));
            match total {
                Some(total) => within(work, tokio::time::sleep(total), || peer.too_slow(total)).await,
                None => work.await,
            }
        }
    };
    // A server that ignored `Range` began again: then the sink may be no further than it was.
    result.map_err(|error| TransportError { received: pulse.position().saturating_sub(request.offset), ..error })
}

impl Door<'_> {
    async fn attempt(&self, request: &Request, peer: &Peer<'_>, pulse: &Arc<Pulse>) -> Result<Response, TransportError> {
        let fault = Fault::default();
        let mut message = message(request, pulse, &fault)?;
        let origin = Origin::of(peer.to);
        loop {
            let idle = self.pool.take(&origin);
            let is_new = idle.is_none();
            let mut connection = match idle {
                Some(idle) => idle,
                // Boxed: what is rare must not make every call larger.
                None => Box::pin(self.connect(&origin, peer)).await?,
            };
            match connection.ready().await {
                Ok(()) => {}
                Err(_) if !is_new => continue,
                Err(error) => return Err(peer.no_answer(&error, false)),
            }
            connection.address(&mut message, peer.to);
            let answer = match connection.send(message).await {
                Ok(answer) => answer,
                Err(mut refused) => match refused.take_message() {
                    Some(unsent) if !is_new => {
                        self.pool.forget_shared(&origin);
                        message = unsent;
                        continue;
                    }
                    unsent => {
                        let sent = unsent.is_none();
                        let fault = fault.get().map(|reason| TransportError::sent(TransportKind::Source, reason));
                        return Err(fault.unwrap_or_else(|| peer.no_answer(refused.error(), sent)));
                    }
                },
            };
            pulse.beat();
            let (response, is_over) = Receiving::new(answer, request, peer, pulse).finish().await?;
            if is_over && connection.share().is_none() && has_left(request, &connection).await {
                self.pool.keep(origin, connection);
            }
            return Ok(response);
        }
    }

    /// A new connection, or one that somebody else made meanwhile and that can be shared.
    async fn connect(&self, origin: &Origin, peer: &Peer<'_>) -> Result<Connection, TransportError> {
        let mut dialing = pin!(tokio::time::timeout(peer.connect, self.dial(peer.to)));
        loop {
            let mut offered = pin!(self.pool.offered());
            let first = poll_fn(|context| match dialing.as_mut().poll(context) {
                Poll::Ready(dialed) => Poll::Ready(Some(dialed)),
                Poll::Pending => offered.as_mut().poll(context).map(|()| None),
            });
            let connection = match first.await {
                Some(Ok(Ok(connection))) => connection,
                Some(Ok(Err(error))) => return Err(peer.no_connection(&*error)),
                Some(Err(_)) => return Err(peer.slow_connection()),
                None => match self.pool.take(origin) {
                    Some(connection) => return Ok(connection),
                    None => continue,
                },
            };
            if let Some(shared) = connection.share() {
                self.pool.offer(origin.clone(), shared);
            }
            return Ok(connection);
        }
    }

    async fn dial(&self, to: &Uri) -> Result<Connection, DialError> {
        let tls = self.shared.tls(self.pool.is_lane())?;
        let dialed = dial(to, self.shared.transport().proxy(to), tls).await?;
        Ok(Connection::open(dialed, self.pool.is_lane()).await?)
    }
}

/// Whether the request has left to its last byte: an upload may have been answered before.
async fn has_left(request: &Request, connection: &Connection) -> bool {
    if matches!(request.body.as_slice(), [] | [Piece::Bytes(_)]) {
        return true;
    }
    // The turn in which the connection's own task sees the end of the answer.
    tokio::task::yield_now().await;
    connection.is_free()
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

fn message(request: &Request, pulse: &Arc<Pulse>, fault: &Fault) -> Result<http::Request<Outgoing>, TransportError> {
    let mut message = http::Request::new(Outgoing::of(request, pulse, fault));
    *message.method_mut() = method(request);
    *message.headers_mut() = headers(request)?;
    Ok(message)
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
    headers.entry(ACCEPT).or_insert(HeaderValue::from_static("*/*"));
    // A file is counted in the bytes that the server counts, so that its download can resume.
    let encoding = if request.sink.is_some() { "identity" } else { "gzip" };
    headers.entry(ACCEPT_ENCODING).or_insert(HeaderValue::from_static(encoding));
    Ok(headers)
}
