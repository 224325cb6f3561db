//! The body of an answer: collected, or handed to the caller's sink.

use std::future::poll_fn;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use larkspur_core::http::{Head, Headers, Received, Request, Response, Route, Sink, TransportError, TransportKind};

use crate::failure::Peer;
use crate::pulse::Pulse;

/// One answer on its way.
pub(crate) struct Receiving<'a> {
    pub(crate) answer: reqwest::Response,
    pub(crate) request: &'a Request,
    pub(crate) peer: &'a Peer<'a>,
    pub(crate) pulse: &'a Pulse,
}

impl Receiving<'_> {
    /// Brings the answer where [`Request::route`] says.
    pub(crate) async fn finish(mut self) -> Result<Response, TransportError> {
        let head = head(&self.answer);
        let body = match (self.request.route(&head), &self.request.sink) {
            (Route::Sink, Some(sink)) => self.sink(&head, sink, Bytes::new()).await?,
            (Route::PeekThenSink { limit }, Some(sink)) => self.peek(&head, sink, limit).await?,
            (Route::Buffer { limit } | Route::PeekThenSink { limit }, _) => Received::Buffered(self.collect(limit).await?),
            (Route::Sink, None) => Received::Buffered(self.collect(self.request.max_answer).await?),
        };
        Ok(Response { head, body })
    }

    async fn next(&mut self) -> Result<Option<Bytes>, TransportError> {
        let chunk = self.answer.chunk().await.map_err(|error| self.peer.cut(&error));
        self.pulse.beat();
        chunk
    }

    async fn collect(&mut self, limit: u64) -> Result<Bytes, TransportError> {
        match self.gather(limit).await? {
            (body, true) => Ok(body),
            (_, false) => Err(self.peer.too_large(limit)),
        }
    }

    async fn peek(&mut self, head: &Head, sink: &Arc<dyn Sink>, limit: u64) -> Result<Received, TransportError> {
        let (begin, is_whole) = self.gather(limit).await?;
        if is_whole && larkspur_core::is_error_envelope(&begin) {
            return Ok(Received::Buffered(begin));
        }
        self.sink(head, sink, begin).await
    }

    /// Collects until the end or until there is more than `limit`, and says whether it was the end.
    async fn gather(&mut self, limit: u64) -> Result<(Bytes, bool), TransportError> {
        if self.answer.content_length().is_some_and(|length| length > limit) {
            return Ok((Bytes::new(), false));
        }
        let Some(first) = self.next().await? else { return Ok((Bytes::new(), true)) };
        if first.len() as u64 > limit {
            return Ok((first, false));
        }
        // Most answers are one chunk, and cost no copy.
        let Some(second) = self.next().await? else { return Ok((first, true)) };
        let length = self.answer.content_length().and_then(|length| usize::try_from(length).ok());
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

    async fn sink(&mut self, head: &Head, sink: &Arc<dyn Sink>, begin: Bytes) -> Result<Received, TransportError> {
        let offset = self.offset(head)?;
        sink.start(head, offset).map_err(refused)?;
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

fn head(answer: &reqwest::Response) -> Head {
    let fields = answer.headers().iter();
    let headers: Headers = fields.map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()))).collect();
    Head { status: answer.status().as_u16(), headers }
}

fn refused(reason: String) -> TransportError {
    TransportError::sent(TransportKind::Sink, format!("the download's target {reason}"))
}
