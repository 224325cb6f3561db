//! One connection that requests can be sent over.

use std::mem::MaybeUninit;

use http::header::{HOST, HeaderValue, PROXY_AUTHORIZATION};
use http::uri::PathAndQuery;
use http::{Request, Response, Uri};
use hyper::body::Incoming;
use hyper::client::conn::{TrySendError, http1, http2};
use hyper_util::client::proxy::matcher::Intercept;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use socket2::Socket;

use crate::body::Outgoing;
use crate::dial::Dialed;

/// A connection, driven by a task of the runtime that made it.
pub(crate) struct Connection {
    sender: Sender,
    socket: Option<Socket>,
    forwarder: Option<Intercept>,
}

enum Sender {
    Http1(http1::SendRequest<Outgoing>),
    Http2(http2::SendRequest<Outgoing>),
}

impl Connection {
    /// Agrees with the peer on the protocol.
    pub(crate) async fn open(dialed: Dialed, is_lane: bool) -> hyper::Result<Self> {
        let Dialed { wire, is_http2, socket, forwarder } = dialed;
        let socket = socket.filter(|_| is_lane);
        let sender = if is_http2 {
            let (sender, work) = http2::Builder::new(TokioExecutor::new()).timer(TokioTimer::new()).handshake(wire).await?;
            tokio::spawn(work);
            Sender::Http2(sender)
        } else {
            let (sender, work) = http1::handshake(wire).await?;
            tokio::spawn(work);
            Sender::Http1(sender)
        };
        Ok(Self { sender, socket, forwarder })
    }

    /// A second handle, if requests can share the connection.
    pub(crate) fn share(&self) -> Option<Self> {
        match &self.sender {
            Sender::Http1(_) => None,
            Sender::Http2(sender) => Some(Self { sender: Sender::Http2(sender.clone()), socket: None, forwarder: None }),
        }
    }

    /// Whether it is known to have ended.
    pub(crate) fn is_closed(&self) -> bool {
        match &self.sender {
            Sender::Http1(sender) => sender.is_closed(),
            Sender::Http2(sender) => sender.is_closed(),
        }
    }

    /// Whether it takes a request at once.
    pub(crate) fn is_free(&self) -> bool {
        match &self.sender {
            Sender::Http1(sender) => sender.is_ready(),
            Sender::Http2(sender) => sender.is_ready(),
        }
    }

    /// Whether the peer said something while nothing was asked: it has closed, or is about to.
    // Asks the system, since the task of a lane's connection sees nothing while nobody drives the lane.
    pub(crate) fn has_ended(&self) -> bool {
        let Some(socket) = &self.socket else { return false };
        let peeked = socket.peek(&mut [MaybeUninit::uninit()]);
        !peeked.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
    }

    /// Waits until the connection takes a request.
    pub(crate) async fn ready(&mut self) -> hyper::Result<()> {
        match &mut self.sender {
            Sender::Http1(sender) => sender.ready().await,
            Sender::Http2(sender) => sender.ready().await,
        }
    }

    /// Sends the request; an error that holds it says that no byte of it was written.
    pub(crate) async fn send(&mut self, request: Request<Outgoing>) -> Result<Response<Incoming>, TrySendError<Request<Outgoing>>> {
        match &mut self.sender {
            Sender::Http1(sender) => sender.try_send_request(request).await,
            Sender::Http2(sender) => sender.try_send_request(request).await,
        }
    }

    /// Addresses the request in the manner of this connection.
    pub(crate) fn address(&self, request: &mut Request<Outgoing>, to: &Uri) {
        if matches!(self.sender, Sender::Http2(_)) {
            *request.uri_mut() = to.clone();
            request.headers_mut().remove(HOST);
            return;
        }
        let host = to.authority().and_then(|authority| HeaderValue::from_str(authority.as_str()).ok());
        if let Some(host) = host {
            request.headers_mut().entry(HOST).or_insert(host);
        }
        match &self.forwarder {
            None => *request.uri_mut() = to.path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/")).into(),
            Some(proxy) => {
                *request.uri_mut() = to.clone();
                if let Some(credentials) = proxy.basic_auth() {
                    request.headers_mut().insert(PROXY_AUTHORIZATION, credentials.clone());
                }
            }
        }
    }
}
