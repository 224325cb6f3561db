//! The body of a request, read by JavaScript piece by piece.

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;

use bytes::Bytes;
use js_sys::{Promise, Uint8Array};
use larkspur_core::http::{Chunks, Piece, Request};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

/// What is still to be sent.
#[wasm_bindgen]
pub struct Body {
    length: Option<u64>,
    left: Rc<RefCell<Left>>,
}

struct Left {
    pieces: std::vec::IntoIter<Piece>,
    reading: Option<Box<dyn Chunks>>,
}

#[wasm_bindgen]
impl Body {
    /// The length of the whole in bytes, if it is known.
    #[wasm_bindgen(getter)]
    pub fn length(&self) -> Option<f64> {
        self.length.map(|length| length as f64)
    }

    /// The whole, if all of it is at hand; it can be taken once.
    pub fn whole(&self) -> Option<Uint8Array> {
        let mut left = self.left.borrow_mut();
        let at_hand: Vec<&Bytes> = left.pieces.as_slice().iter().map_while(bytes).collect();
        if at_hand.len() < left.pieces.len() {
            return None;
        }
        let whole = match at_hand.as_slice() {
            [only] => Uint8Array::from(only.as_ref()),
            several => Uint8Array::from(several.iter().flat_map(|bytes| bytes.iter().copied()).collect::<Vec<u8>>().as_slice()),
        };
        left.pieces = Vec::new().into_iter();
        Some(whole)
    }

    /// A promise of the next bytes, or of undefined at the end; rejected with a text.
    pub fn next(&self) -> Promise {
        let left = self.left.clone();
        future_to_promise(async move {
            let chunk = poll_fn(|context| left.borrow_mut().poll_chunk(context)).await;
            match chunk {
                Some(Ok(chunk)) => Ok(Uint8Array::from(chunk.as_ref()).into()),
                Some(Err(reason)) => Err(JsValue::from_str(&reason)),
                None => Ok(JsValue::UNDEFINED),
            }
        })
    }
}

impl Body {
    /// The body of a request, if it has one.
    pub fn of(request: &Request) -> Option<Self> {
        let left = Left { pieces: request.body.clone().into_iter(), reading: None };
        (!request.body.is_empty()).then(|| Self { length: request.content_length(), left: Rc::new(RefCell::new(left)) })
    }
}

impl Left {
    fn poll_chunk(&mut self, context: &mut std::task::Context<'_>) -> std::task::Poll<Option<Result<Bytes, String>>> {
        use std::task::Poll;
        loop {
            if let Some(reading) = &mut self.reading {
                match reading.poll_chunk(context) {
                    Poll::Ready(None) => self.reading = None,
                    other => return other,
                }
            }
            match self.pieces.next() {
                None => return Poll::Ready(None),
                Some(Piece::Bytes(bytes)) => return Poll::Ready(Some(Ok(bytes))),
                Some(Piece::Source(source)) => match source.open() {
                    Ok(reading) => self.reading = Some(reading),
                    Err(reason) => return Poll::Ready(Some(Err(reason))),
                },
            }
        }
    }
}

fn bytes(piece: &Piece) -> Option<&Bytes> {
    match piece {
        Piece::Bytes(bytes) => Some(bytes),
        Piece::Source(_) => None,
    }
}
