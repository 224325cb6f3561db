//! The body of an answer: collected, or handed to the caller's sink.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use http_body::Body;
use hyper::body::Incoming;
use larkspur_core::http::{Head, Headers, Received, Request, Response, Route, Sink, TransportError, TransportKind};

use crate::failure::Peer;
use crate::pulse::Pulse;
use crate::unpack::Unpack;

/// One answer on its way.
pub(crate) struct Receiving<'a> {
    head: Head,
    body: Incoming,
    unpack: Option<Box<Unpack>>,
    is_over: bool,
    request: &'a Request,
    peer: &'a Peer<'a>,
    pulse: &'a Pulse,
}

impl<'a> Receiving<'a> {
    pub(crate) fn new(answer: http::Response<Incoming>, request: &'a Request, peer: &'a Peer<'a>, pulse: &'a Pulse) -> Self {
        let (mut parts, body) = answer.into_parts();
        let is_packed = parts.headers.get(CONTENT_ENCODING).is_some_and(|encoding| encoding.as_bytes().eq_ignore_ascii_case(b"gzip"));
        if is_packed {
            // They speak of what came over the wire.
            parts.headers.remove(CONTENT_ENCODING);
            parts.headers.remove(CONTENT_LENGTH);
        }
        let unpack = is_packed.then(Box::default);
        Self { head: head(&parts), body, unpack, is_over: false, request, peer, pulse }
    }

    /// Brings the answer where [`Request::route`] says, and says whether it was read to its end: then its connection can take the next request.
    pub(crate) async fn finish(mut self) -> Result<(Response, bool), TransportError> {
        let body = match (self.request.route(&self.head), &self.request.sink) {
            (Route::Sink, Some(sink)) => self.sink(sink, Bytes::new()).await?,
            (Route::PeekThenSink { limit }, Some(sink)) => self.peek(sink, limit).await?,
            (Route::Buffer { limit } | Route::PeekThenSink { limit }, _) => Received::Buffered(self.collect(limit).await?),
            (Route::Sink, None) => Received::Buffered(self.collect(self.request.max_answer).await?),
        };
        Ok((Response { head: self.head, body }, self.is_over))
    }

    async fn next(&mut self) -> Result<Option<Bytes>, TransportError> {
        loop {
            if let Some(unpack) = &mut self.unpack
                && let Some(bytes) = unpack.next().map_err(|_| self.peer.no_gzip())?
            {
                return Ok(Some(bytes));
            }
            if self.is_over {
                return Ok(None);
            }
            let frame = poll_fn(|context| Pin::new(&mut self.body).poll_frame(context)).await;
            self.pulse.beat();
            let Some(frame) = frame else {
                self.is_over = true;
                return match &mut self.unpack {
                    Some(unpack) => unpack.finish().map_err(|_| self.peer.no_gzip()),
                    None => Ok(None),
                };
            };
            let Ok(bytes) = frame.map_err(|error| self.peer.cut(&error))?.into_data() else { continue };
            match &mut self.unpack {
                Some(unpack) => unpack.feed(bytes),
                None => return Ok(Some(bytes)),
            }
        }
    }

    /// The length of the answer, if it says.
    fn length(&self) -> Option<u64> {
        self.unpack.is_none().then(|| self.body.size_hint().exact()).flatten()
    }

    async fn collect(&mut self, limit: u64) -> Result<Bytes, TransportError> {
        match self.gather(limit).await? {
            (body, true) => Ok(body),
            (_, false) => Err(self.peer.too_large(limit)),
        }
    }

    async fn peek(&mut self, sink: &Arc<dyn Sink>, limit: u64) -> Result<Received, TransportError> {
        let (begin, is_whole) = self.gather(limit).await?;
        if is_whole && larkspur_core::is_error_envelope(&begin) {
            return Ok(Received::Buffered(begin));
        }
        self.sink(sink, begin).await
    }

    /// Collects until the end or until there is more than `limit`, and says whether it was the end.
    async fn gather(&mut self, limit: u64) -> Result<(Bytes, bool), TransportError> {
        if self.length().is_some_and(|length| length > limit) {
            return Ok((Bytes::new(), false));
        }
        let Some(first) = self.next().await? else { return Ok((Bytes::new(), true)) };
        if first.len() as u64 > limit {
            return Ok((first, false));
        }
        // Most answers are one chunk, and cost no copy.
        let Some(second) = self.next().await? else { return Ok((first, true)) };
        let length = self.length().and_then(|length| usize::try_from(length).ok());
        let mut body = BytesMut::with_capacity(length.unwrap_or(2 * (first.len() + second.len())));
        body.extend_from_slice(&first);
        let mut next = Some(second);
        while let Some(chunk) = next {
            body.extend_from_slice(&chunk);
            if body.len() as u64 > limit {
                return Ok((body.freeze(), false));
            }
            next = self.next().await?;
        }
        Ok((body.freeze(), true))
    }

    async fn sink(&mut self, sink: &Arc<dyn Sink>, begin: Bytes) -> Result<Received, TransportError> {
        let offset = self.offset(&self.head)?;
        sink.start(&self.head, offset).map_err(refused)?;
        self.pulse.advance(offset);
        let mut next = Some(begin);
        while let Some(chunk) = next {
            self.write(&**sink, chunk).await?;
            next = self.next().await?;
        }
        Ok(Received::Sunk { length: self.pulse.position() - offset })
    }

    async fn write(&self, sink: &dyn Sink, chunk: Bytes) -> Result<(), TransportError> {
        if chunk.is_empty() {
            return Ok(());
        }
        let length = chunk.len() as u64;
        let mut chunk = Some(chunk);
        let written = poll_fn(|context| {
            let polled = sink.poll_write(context, &mut chunk);
            self.pulse.hold(polled.is_pending());
            polled
        });
        written.await.map_err(refused)?;
        self.pulse.advance(length);
        Ok(())
    }

    /// Where in the file the answer begins.
    fn offset(&self, head: &Head) -> Result<u64, TransportError> {
        let asked = self.request.offset;
        // A range among the operation's arguments is the caller's own business.
        let is_ours = asked > 0 || self.request.headers.get("range").is_none();
        match (head.status, first_byte(head)) {
            (206, Some(first)) if first != asked && is_ours => {
                Err(TransportError::sent(TransportKind::Broken, format!("byte {asked} of the file was asked for, and byte {first} came")))
            }
            (206, _) => Ok(asked),
            _ => Ok(0),
        }
    }
}

/// The `5` of `Content-Range: bytes 5-9/10`.
fn first_byte(head: &Head) -> Option<u64> {
    head.headers.get("content-range")?.trim().strip_prefix("bytes")?.trim().split('-').next()?.parse().ok()
}

fn head(parts: &http::response::Parts) -> Head {
    let fields = parts.headers.iter();
    let headers: Headers = fields.map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes()))).collect();
    Head { status: parts.status.as_u16(), headers }
}

fn refused(reason: String) -> TransportError {
    TransportError::sent(TransportKind::Sink, format!("the download's target {reason}"))
}
