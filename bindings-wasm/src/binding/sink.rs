//! Where the bytes of a download go.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use js_sys::Uint8Array;
use larkspur_core::download::file_name;
use larkspur_core::http::{Head, Sink};
use wasm_bindgen_futures::JsFuture;

use super::host::lines;
use super::js::JsSink;

/// Hands chunks to JavaScript and waits while it has no room.
pub struct Streaming {
    to: JsSink,
    room: RefCell<Option<JsFuture>>,
}

impl Streaming {
    /// A sink that leads to JavaScript.
    pub fn new(to: JsSink) -> Self {
        Self { to, room: RefCell::default() }
    }
}

impl Sink for Streaming {
    fn start(&self, head: &Head, offset: u64) -> Result<(), String> {
        let name = head.headers.get("content-disposition").and_then(file_name);
        self.to.start(head.status, &lines(&head.headers), name, offset as f64);
        Ok(())
    }

    fn poll_write(&self, context: &mut Context<'_>, chunk: &mut Option<Bytes>) -> Poll<Result<(), String>> {
        let mut room = self.room.borrow_mut();
        if let Some(waiting) = room.as_mut() {
            let made = std::task::ready!(Pin::new(waiting).poll(context));
            *room = None;
            if made.is_err() {
                return Poll::Ready(Err("the download was closed".into()));
            }
        }
        if let Some(bytes) = chunk.take() {
            *room = self.to.write(Uint8Array::from(bytes.as_ref())).map(JsFuture::from);
        }
        Poll::Ready(Ok(()))
    }
}
