//! Machines under way: calls, and the refreshes that they start.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use larkspur_core::http::{Head, Headers, Patience, Piece, Request, Route, Source};
use larkspur_core::json::Object;
use larkspur_core::{Ask, Call, Error, Mono, Now, Outcome, Reply, Step, Ticket, Why, download};

use crate::entries::{Entry, make_ready, waker};
use crate::files::Sources;
use crate::machine::Machine;
use crate::memory::{Cell, Kind, Output};
use crate::state::Core;

/// A machine and what JavaScript does for it.
pub struct Flight {
    machine: Machine,
    landing: Landing,
    sources: Sources,
    request: Option<Box<Request>>,
    ticket: Option<Ticket>,
    /// What it is resumed with when it goes on without an outcome of its own.
    next: Outcome,
}

/// What JavaScript is told of a reply.
#[derive(Clone, Copy)]
pub enum Landing {
    /// The data.
    Data,
    /// All of it.
    Whole,
    /// The page, or its items, of the walk with this number.
    Page(u32),
    /// What to show a user who signs in elsewhere, which was asked for at this time.
    #[cfg(feature = "tokens")]
    Device(Now),
}

impl Flight {
    /// A call that is to begin.
    pub fn call(call: Call, landing: Landing, sources: Sources) -> Box<Self> {
        Self::of(Machine::Call(call), landing, sources)
    }

    fn of(machine: Machine, landing: Landing, sources: Sources) -> Box<Self> {
        Box::new(Self { machine, landing, sources, request: None, ticket: None, next: Outcome::Start })
    }

    /// What becomes of the body of a download's answer.
    pub fn route(&self, head: &Head) -> Option<Route> {
        self.request.as_ref().map(|request| request.route(head))
    }

    /// What hooks are told of a call; refreshes are none of their business.
    pub fn told(&self) -> Option<String> {
        match &self.machine {
            Machine::Call(call) => Some(lines(&[call.name(), call.method(), call.template(), &call.attempts().to_string()])),
            Machine::Refresh(_) => None,
        }
    }

    /// The first byte of a file that the request asked for.
    pub fn offset(&self) -> u64 {
        self.request.as_ref().map_or(0, |request| request.offset)
    }

    /// The piece of the request's body at a place: bytes, or the position of a file.
    pub fn piece(&self, place: u32) -> Option<Result<&Bytes, usize>> {
        match self.request.as_ref()?.body.get(place as usize)? {
            Piece::Bytes(bytes) => Some(Ok(bytes)),
            Piece::Source(source) => {
                self.sources.iter().position(|known| known.as_ref().is_some_and(|known| is_same(known, source))).map(Err)
            }
        }
    }
}

fn is_same(one: &Arc<dyn Source>, other: &Arc<dyn Source>) -> bool {
    std::ptr::addr_eq(Arc::as_ptr(one), Arc::as_ptr(other))
}

impl Core {
    /// Begins a flight.
    pub fn launch(&mut self, flight: Box<Flight>, now: Now) -> Kind {
        let number = self.add(Entry::Empty);
        self.output.set(Cell::Made, number.into());
        self.advance(number, flight, now, None)
    }

    /// Goes on with a flight: with an outcome, or because its time has come.
    pub fn resume(&mut self, number: u32, now: Now, outcome: Option<Outcome>) -> Kind {
        match self.take(number) {
            Entry::Flight(flight) => self.advance(number, flight, now, outcome),
            other => {
                self.put(number, other);
                Kind::Nothing
            }
        }
    }

    fn advance(&mut self, number: u32, mut flight: Box<Flight>, now: Now, outcome: Option<Outcome>) -> Kind {
        flight.ticket = None;
        let mut outcome = outcome.unwrap_or_else(|| std::mem::replace(&mut flight.next, Outcome::Waited));
        flight.next = Outcome::Waited;
        let kind = loop {
            let step = flight.machine.resume(now, outcome);
            #[cfg(feature = "tokens")]
            self.complaints.extend(flight.machine.complaint());
            match step {
                Step::Send(request) => break self.send(&mut flight, request),
                Step::Wait { until, ticket, why } => match ticket.map(|ticket| watched(ticket, number)) {
                    Some(None) => outcome = Outcome::Waited,
                    ticket => {
                        flight.ticket = ticket.flatten();
                        break self.wait(&flight.machine, now, until, why);
                    }
                },
                Step::Ask(ask) => match asked(&ask) {
                    Some(question) => {
                        self.output.tell(question);
                        break Kind::Ask;
                    }
                    None => outcome = Outcome::Answered(larkspur_core::Answer::Failed("this package has no token store".into())),
                },
                Step::Spawn(refresh) => {
                    let refresh = Flight::of(Machine::Refresh(refresh), Landing::Data, Vec::new());
                    make_ready(self.add(Entry::Flight(refresh)));
                    outcome = Outcome::Spawned;
                }
                Step::Done(result) => {
                    let kind = self.land(flight.landing, result);
                    drop(flight);
                    self.forget(number);
                    return kind;
                }
            }
        };
        self.put(number, Entry::Flight(flight));
        kind
    }

    fn send(&mut self, flight: &mut Flight, mut request: Box<Request>) -> Kind {
        let out = &mut self.output;
        out.tell(wire(&request));
        join(&mut request.body);
        let (body, length) = match request.body.as_slice() {
            [] => (0.0, 0.0),
            [Piece::Bytes(bytes)] => (bytes.as_ptr() as usize as f64, bytes.len() as f64),
            _ => (-1.0, request.content_length().map_or(-1.0, |length| length as f64)),
        };
        let (timeout, idle, total) = match request.limits.answer {
            Patience::Total(span) => (span, 0.0, None),
            Patience::Idle { idle, total } => (idle, 1.0, total),
        };
        let collect = if request.sink.is_some() { -1.0 } else { request.max_answer as f64 };
        for (cell, number) in [
            (Cell::Body, body),
            (Cell::BodyLength, length),
            (Cell::Connect, milliseconds(request.limits.connect)),
            (Cell::Timeout, milliseconds(timeout)),
            (Cell::Idle, idle),
            (Cell::Total, total.map_or(-1.0, milliseconds)),
            (Cell::Collect, collect),
            (Cell::Attempt, if let Machine::Call(call) = &flight.machine { call.attempts().into() } else { 0.0 }),
        ] {
            out.set(cell, number);
        }
        flight.request = Some(request);
        Kind::Send
    }

    fn wait(&mut self, machine: &Machine, now: Now, until: Mono, why: Why) -> Kind {
        let (attempt, is_limit) = match why {
            Why::Backoff { attempt } => (attempt, 0.0),
            Why::RateLimit { attempt } => (attempt, 1.0),
            // Also what only another package of the workspace may switch on.
            _ => (0, 0.0),
        };
        // The pauses of a refresh are nobody's.
        let attempt = if matches!(machine, Machine::Call(_)) { attempt } else { 0 };
        #[cfg(feature = "server")]
        self.output.set(Cell::Whole, milliseconds(machine.whole_wait(now, until, why)));
        self.output.set(Cell::Span, milliseconds(until.since(now.mono)));
        self.output.set(Cell::Attempt, attempt.into());
        self.output.set(Cell::RateLimit, is_limit);
        Kind::Wait
    }

    fn land(&mut self, landing: Landing, result: Result<Reply, Error>) -> Kind {
        let reply = match result {
            Ok(reply) => reply,
            Err(error) => return self.output.fail(&error),
        };
        match landing {
            Landing::Data => self.output.tell_part(&reply.body, reply.data, reply.wide),
            Landing::Whole => {
                let whole = whole(&reply);
                self.output.tell(if reply.wide { crate::wide::quoted(&whole).into_owned() } else { whole })
            }
            Landing::Page(walk) => match self.walk(walk).map(|walk| walk.part(&reply)) {
                Some(Ok(part)) => tell_page(&mut self.output, &reply, part),
                Some(Err(error)) => self.output.fail(&error),
                None => Kind::Nothing,
            },
            #[cfg(feature = "tokens")]
            Landing::Device(asked) => self.keep_device(&reply, asked),
        }
    }
}

fn tell_page(output: &mut Output, reply: &Reply, part: std::ops::Range<usize>) -> Kind {
    if part.is_empty() { output.tell("null") } else { output.tell_part(&reply.body, part, reply.wide) }
}

/// Method, URL, and name and value of each header.
fn wire(request: &Request) -> String {
    lines(&[request.method.as_str(), &request.url, request.headers.lines()])
}

/// A line each.
pub fn lines(parts: &[&str]) -> String {
    let length: usize = parts.iter().map(|part| part.len() + 1).sum();
    let mut text = String::with_capacity(length.saturating_sub(1));
    for (place, part) in parts.iter().enumerate() {
        text.push_str(if place == 0 { "" } else { "\n" });
        text.push_str(part);
    }
    text
}

/// Makes one piece of several that are all at hand.
fn join(body: &mut Vec<Piece>) {
    let mut whole = Vec::new();
    for piece in body.iter() {
        match piece {
            Piece::Bytes(bytes) if body.len() > 1 => whole.extend_from_slice(bytes),
            _ => return,
        }
    }
    if !body.is_empty() {
        *body = vec![Piece::Bytes(whole.into())];
    }
}

/// The reply as JSON; `data` is missing where the answer has none.
fn whole(reply: &Reply) -> String {
    let mut shown = Object::default();
    shown.push("status", &reply.status.to_string());
    shown.push("code", &reply.code.to_string());
    shown.push_text("msg", Some(&reply.msg));
    shown.push_text("log_id", reply.log_id.as_deref());
    shown.push("headers", &shown_headers(&reply.headers));
    shown.push("attempts", &reply.attempts.to_string());
    if !reply.data().is_empty() {
        shown.push("data", &String::from_utf8_lossy(reply.data()));
    }
    shown.finish()
}

/// What is known of a file before its bytes come, as JSON.
pub fn file(head: &Head) -> String {
    let file_name = head.headers.get("content-disposition").and_then(download::file_name);
    let mut shown = Object::default();
    shown.push_text("file_name", file_name.as_deref());
    shown.push_text("log_id", head.headers.log_id());
    shown.push("headers", &shown_headers(&head.headers));
    shown.finish()
}

fn shown_headers(headers: &Headers) -> String {
    let mut shown = Object::default();
    headers.shown().iter().for_each(|(name, value)| shown.push_text(name, Some(value)));
    shown.finish()
}

/// What the token provider or the token store is asked, as JSON; nothing for another question.
fn asked(ask: &Ask) -> Option<String> {
    #[cfg(feature = "tokens")]
    if let Some(question) = crate::tokens::asked(ask) {
        return Some(question);
    }
    #[allow(irrefutable_let_patterns, reason = "token stores may be switched off")]
    let Ask::Token(wanted) = ask else { return None };
    let mut question = Object::default();
    question.push_text("kind", Some(wanted.kind));
    question.push_text("reason", Some(wanted.reason));
    Some(question.finish())
}

/// The ticket with the machine on its list; `None` if there is nothing to wait for any more.
fn watched(mut ticket: Ticket, number: u32) -> Option<Ticket> {
    match Pin::new(&mut ticket).poll(&mut Context::from_waker(&waker(number))) {
        Poll::Pending => Some(ticket),
        Poll::Ready(()) => None,
    }
}

fn milliseconds(span: Duration) -> f64 {
    (span.as_secs() * 1000 + u64::from(span.subsec_millis())) as f64
}
