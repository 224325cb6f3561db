//! Connections: accepting them, TLS where asked for, and ending them on purpose.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::rt::{Read, Write};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

use crate::fault::Cut;
use crate::world::World;

/// A hold on the connection that a request came over.
#[derive(Clone)]
pub(crate) struct Link {
    pub(crate) number: u64,
    reset: Arc<AtomicBool>,
    end: Arc<Notify>,
}

/// What is needed to serve HTTPS; without the feature `tls` there is nothing.
#[derive(Clone, Default)]
pub(crate) struct Tls {
    #[cfg(feature = "tls")]
    pub(crate) acceptor: Option<tokio_rustls::TlsAcceptor>,
}

/// Serves connections for ever.
pub(crate) async fn serve(listener: TcpListener, world: Arc<World>, tls: Tls) -> io::Result<()> {
    let count = AtomicU64::new(0);
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        stream.set_nodelay(true)?;
        let number = count.fetch_add(1, Ordering::Relaxed) + 1;
        let link = Link { number, reset: Arc::default(), end: Arc::default() };
        tokio::spawn(attend(stream, link, Arc::clone(&world), tls.clone()));
    }
}

async fn attend(stream: TcpStream, link: Link, world: Arc<World>, tls: Tls) {
    let socket = Socket { stream, reset: Arc::clone(&link.reset) };
    let end = Arc::clone(&link.end);
    // How a connection ends is of no interest here: the client sees it.
    tokio::select! {
        () = converse(socket, link, world, tls) => {}
        () = end.notified() => {}
    }
}

#[cfg(not(feature = "tls"))]
async fn converse(socket: Socket, link: Link, world: Arc<World>, _: Tls) {
    converse_http1(TokioIo::new(socket), link, world).await;
}

#[cfg(feature = "tls")]
async fn converse(socket: Socket, link: Link, world: Arc<World>, tls: Tls) {
    let Some(acceptor) = tls.acceptor else { return converse_http1(TokioIo::new(socket), link, world).await };
    let Ok(stream) = acceptor.accept(socket).await else { return };
    if stream.get_ref().1.alpn_protocol() != Some(b"h2") {
        return converse_http1(TokioIo::new(stream), link, world).await;
    }
    let service = service_fn(|request| crate::platform::answer(Arc::clone(&world), link.clone(), request));
    let executor = hyper_util::rt::TokioExecutor::new();
    let _ = hyper::server::conn::http2::Builder::new(executor).serve_connection(TokioIo::new(stream), service).await;
}

async fn converse_http1(io: impl Read + Write + Unpin, link: Link, world: Arc<World>) {
    let service = service_fn(|request| crate::platform::answer(Arc::clone(&world), link.clone(), request));
    // The official Python SDK looks for `X-Tt-Logid` in this very case.
    let _ = http1::Builder::new().title_case_headers(true).serve_connection(io, service).await;
}

impl Link {
    /// Makes the end of the connection, which the caller brings about, look like `cut`.
    pub(crate) fn sever(&self, cut: Cut) {
        self.reset.store(cut == Cut::Rst, Ordering::Release);
    }

    /// Closes the connection without a word after a while.
    pub(crate) fn close_after(&self, span: Duration) {
        let end = Arc::clone(&self.end);
        tokio::spawn(async move {
            tokio::time::sleep(span).await;
            end.notify_one();
        });
    }
}

/// A TCP stream that can end by a reset.
struct Socket {
    stream: TcpStream,
    reset: Arc<AtomicBool>,
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.reset.load(Ordering::Acquire) {
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, context: &mut Context<'_>, pieces: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.reset.load(Ordering::Acquire) {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
