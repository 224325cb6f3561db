//! Calls under way: each can be ended, and tells its end to a JavaScript object.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Poll, Waker};

use larkspur_core::{Call, Error, Reply, drive};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

use super::host::{WebHost, lines};
use super::js::Settle;
use crate::wide;

thread_local! {
    static FLIGHTS: RefCell<Vec<(u32, Rc<Flight>)>> = const { RefCell::new(Vec::new()) };
    static LAST: Cell<u32> = const { Cell::new(0) };
}

#[derive(Default)]
struct Flight {
    ended: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

/// Drives a call to its end on its own; returns its number.
pub fn launch(host: &Arc<WebHost>, call: Call, landed: Box<dyn FnOnce(Result<Reply, Error>)>) -> u32 {
    let number = LAST.with(|last| last.replace(last.get().wrapping_add(1).max(1)));
    let flight = Rc::<Flight>::default();
    FLIGHTS.with_borrow_mut(|flights| flights.push((number, flight.clone())));
    let host = host.clone();
    spawn_local(async move {
        let result = unless_ended(&flight, drive(&host, call)).await;
        FLIGHTS.with_borrow_mut(|flights| flights.retain(|(known, _)| *known != number));
        if let Some(result) = result {
            landed(result);
        }
    });
    number
}

/// Ends a call: what it waits for is let go of, and its end is not told.
#[wasm_bindgen]
pub fn abort(number: u32) {
    let Some(flight) = FLIGHTS.with_borrow(|flights| flights.iter().find(|(known, _)| *known == number).map(|(_, flight)| flight.clone()))
    else {
        return;
    };
    flight.ended.set(true);
    if let Some(waker) = flight.waker.take() {
        waker.wake();
    }
}

/// Tells the error.
pub fn fail(settle: &Settle, error: &Error) {
    settle.failed(&wide::quoted(&error.to_json()));
}

/// Tells the data, or the whole reply.
pub fn succeed(settle: &Settle, reply: &Reply, raw: bool) {
    let data = text(reply, reply.data());
    if raw {
        let log_id = reply.log_id.clone();
        settle.reply(&data, reply.status, reply.code as f64, &reply.msg, log_id, &lines(&reply.headers), reply.attempts);
    } else {
        settle.data(&data);
    }
}

/// A part of the reply's body for JavaScript: integers that a number would round are strings.
pub fn text<'a>(reply: &Reply, part: &'a [u8]) -> std::borrow::Cow<'a, str> {
    let text = String::from_utf8_lossy(part);
    if reply.wide { wide::quoted(&text).into_owned().into() } else { text }
}

async fn unless_ended<T>(flight: &Flight, work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    poll_fn(|context| {
        if flight.ended.get() {
            return Poll::Ready(None);
        }
        *flight.waker.borrow_mut() = Some(context.waker().clone());
        work.as_mut().poll(context).map(Some)
    })
    .await
}
