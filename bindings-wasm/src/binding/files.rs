//! Files that the caller gave.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use js_sys::Uint8Array;
use larkspur_core::FileArgument;
use larkspur_core::http::{Chunks, Piece, Source};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

use super::js::{JsFile, JsReader, text};

/// The file as the core takes it.
pub fn argument(file: JsFile) -> FileArgument {
    let (name, file_name) = (file.name(), file.file_name());
    let content = match file.bytes() {
        Some(bytes) => Piece::Bytes(bytes.to_vec().into()),
        // One thread: the count need not be atomic, but the core asks for an `Arc`.
        #[allow(clippy::arc_with_non_send_sync)]
        None => Piece::Source(Arc::new(Streamed(file))),
    };
    FileArgument { name, content, file_name }
}

struct Streamed(JsFile);

impl Source for Streamed {
    fn length(&self) -> Option<u64> {
        self.0.length().map(|length| length as u64)
    }

    fn is_repeatable(&self) -> bool {
        self.0.repeatable()
    }

    fn open(&self) -> Result<Box<dyn Chunks>, String> {
        let reader = self.0.open().map_err(|thrown| text(&thrown))?;
        Ok(Box::new(Reading { reader, next: None }))
    }
}

struct Reading {
    reader: JsReader,
    next: Option<JsFuture>,
}

impl Chunks for Reading {
    fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, String>>> {
        let next = self.next.get_or_insert_with(|| JsFuture::from(self.reader.next()));
        let chunk = std::task::ready!(Pin::new(next).poll(context));
        self.next = None;
        Poll::Ready(match chunk {
            Ok(chunk) if chunk.is_undefined() => None,
            Ok(chunk) => Some(Ok(chunk.unchecked_into::<Uint8Array>().to_vec().into())),
            Err(thrown) => Some(Err(text(&thrown))),
        })
    }
}
