//! The body of a request, read while it is sent.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use larkspur_core::http::{Chunks, Piece, Request};

use crate::pulse::Pulse;

/// Why a caller's source failed, kept for the error: hyper says only that the body did.
pub(crate) type Fault = Arc<OnceLock<String>>;

/// The body in the form that hyper sends.
pub(crate) enum Outgoing {
    /// Bytes at hand; `None` once they are sent.
    Bytes(Option<Bytes>),
    /// Read while it is sent.
    Upload(Box<Upload>),
}

impl Outgoing {
    pub(crate) fn of(request: &Request, pulse: &Arc<Pulse>, fault: &Fault) -> Self {
        match request.body.as_slice() {
            [] => Self::Bytes(None),
            [Piece::Bytes(bytes)] => Self::Bytes(Some(bytes.clone()).filter(|bytes| !bytes.is_empty())),
            pieces => Self::Upload(Box::new(Upload {
                pieces: pieces.iter().cloned().collect(),
                open: None,
                left: request.content_length(),
                pulse: pulse.clone(),
                fault: fault.clone(),
            })),
        }
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = String;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, String>>> {
        match self.get_mut() {
            Self::Bytes(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Upload(upload) => upload.poll_frame(context),
        }
    }

    // An upload's bytes come to their end exactly when nothing is left; hyper then closes the request without asking again.
    fn is_end_stream(&self) -> bool {
        match self {
            Self::Bytes(bytes) => bytes.is_none(),
            Self::Upload(upload) => upload.left == Some(0),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Bytes(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, Bytes::len) as u64),
            Self::Upload(upload) => upload.left.map_or_else(SizeHint::default, SizeHint::with_exact),
        }
    }
}

pub(crate) struct Upload {
    pieces: VecDeque<Piece>,
    /// Locked by no one: a mutex makes it `Sync`.
    open: Option<Mutex<Box<dyn Chunks>>>,
    left: Option<u64>,
    pulse: Arc<Pulse>,
    fault: Fault,
}

impl Upload {
    fn poll_frame(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, String>>> {
        let next = ready!(self.poll_bytes(context));
        let next = next.map(|chunk| chunk.and_then(|bytes| self.count(bytes)));
        self.pulse.beat();
        Poll::Ready(match next {
            Some(Ok(bytes)) => Some(Ok(Frame::data(bytes))),
            Some(Err(reason)) => Some(Err(self.fail(reason))),
            None if self.left.is_some_and(|left| left > 0) => Some(Err(self.fail("ended before the length that it had said".into()))),
            None => None,
        })
    }

    fn poll_bytes(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, String>>> {
        loop {
            if let Some(open) = &mut self.open {
                let chunks = open.get_mut().unwrap_or_else(PoisonError::into_inner);
                let polled = chunks.poll_chunk(context);
                self.pulse.hold(polled.is_pending());
                match ready!(polled) {
                    Some(Ok(bytes)) if bytes.is_empty() => continue,
                    Some(chunk) => return Poll::Ready(Some(chunk)),
                    None => self.open = None,
                }
            }
            match self.pieces.pop_front() {
                Some(Piece::Bytes(bytes)) if bytes.is_empty() => {}
                Some(Piece::Bytes(bytes)) => return Poll::Ready(Some(Ok(bytes))),
                Some(Piece::Source(source)) => match source.open() {
                    Ok(chunks) => self.open = Some(Mutex::new(chunks)),
                    Err(reason) => return Poll::Ready(Some(Err(reason))),
                },
                None => return Poll::Ready(None),
            }
        }
    }

    fn count(&mut self, bytes: Bytes) -> Result<Bytes, String> {
        if let Some(left) = &mut self.left {
            *left = left.checked_sub(bytes.len() as u64).ok_or("gave more bytes than it had said")?;
        }
        Ok(bytes)
    }

    fn fail(&mut self, reason: String) -> String {
        self.pieces.clear();
        self.open = None;
        self.fault.get_or_init(|| format!("the upload's source {reason}")).clone()
    }
}
