//! The bare machine on a stage: no runtime, no socket; the clock is moved by hand and every step is looked at.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use larkspur_core::http::{Head, Headers, Patience, Received, Request, Response, Route, TransportError, TransportKind};
use larkspur_core::{Answer, Ask, Client, Error, Now, Outcome, Refresh, Secret, Step, Ticket, TokenWanted, Why, is_error_envelope};

use crate::caller::Caller;
use crate::format::{AnswerPart, Failure, Order, Turn, Vector, WaitPart};
use crate::store::Store;
use crate::wire;

pub const START: Now = Now::new(1_760_000_000_000, 5_000_000);

/// Plays one vector; gives what was not as the vector says.
pub fn play(vector: &Vector, client: &Client) -> Vec<String> {
    let mut stage = Stage {
        vector,
        client,
        now: START,
        elapsed: 0,
        used: vec![false; vector.exchange.len()],
        tasks: Vec::new(),
        started: 0,
        jumped: 0,
        signed: 0,
        waits: Vec::new(),
        store: vector.store.as_ref().map(|part| Store::new(part, client.base_url(), START.wall.0)),
        names: BTreeMap::new(),
        problems: Vec::new(),
    };
    stage.run();
    stage.check();
    stage.problems
}

struct Stage<'v> {
    vector: &'v Vector,
    client: &'v Client,
    now: Now,
    elapsed: u64,
    used: Vec<bool>,
    tasks: Vec<Task<'v>>,
    started: usize,
    jumped: usize,
    signed: usize,
    waits: Vec<Waiting>,
    store: Option<Store<'v>>,
    names: BTreeMap<String, String>,
    problems: Vec<String>,
}

struct Task<'v> {
    machine: Machine<'v>,
    state: State,
}

/// A wait that has begun.
struct Waiting {
    why: Why,
    since: u64,
    span: u64,
    of_refresh: bool,
}

enum Machine<'v> {
    Caller(Box<Caller<'v>>),
    Refresh(Box<Refresh>),
}

enum State {
    Ready(Outcome),
    Sending { until: u64, outcome: Outcome },
    Waiting { until: u64, ticket: Option<Ticket>, number: usize },
    Over,
}

impl<'v> Stage<'v> {
    fn run(&mut self) {
        for _ in 0..10_000 {
            self.start_calls();
            if let Some(index) = self.tasks.iter().position(|task| matches!(task.state, State::Ready(_))) {
                self.resume(index);
            } else if !self.wake_tickets() && !self.move_clock() {
                return;
            }
        }
        self.problems.push("the machines never end".into());
    }

    /// A call without a time begins when the one before it has ended.
    fn start_calls(&mut self) {
        while let Some(part) = self.vector.calls.get(self.started) {
            let is_due = part.at.map_or_else(|| self.is_idle(), |at| at <= self.elapsed);
            if !is_due {
                return;
            }
            let caller = Caller::new(self.client, part, self.started, self.now);
            let state = if caller.is_over() { State::Over } else { State::Ready(Outcome::Start) };
            self.tasks.push(Task { machine: Machine::Caller(Box::new(caller)), state });
            self.started += 1;
        }
    }

    fn is_idle(&self) -> bool {
        self.tasks.iter().all(|task| matches!(task.state, State::Over) || matches!(task.machine, Machine::Refresh(_)))
    }

    fn resume(&mut self, index: usize) {
        let now = self.now;
        let task = &mut self.tasks[index];
        let State::Ready(outcome) = std::mem::replace(&mut task.state, State::Over) else { return };
        let step = match &mut task.machine {
            Machine::Caller(caller) => caller.resume(now, outcome),
            Machine::Refresh(refresh) => refresh.resume(now, outcome),
        };
        self.tasks[index].state = match step {
            Step::Send(request) => self.send(&request),
            Step::Wait { until, ticket, why } => {
                let span = until.since(now.mono).as_millis() as u64;
                let of_refresh = matches!(self.tasks[index].machine, Machine::Refresh(_));
                self.waits.push(Waiting { why, since: self.elapsed, span, of_refresh });
                State::Waiting { until: self.elapsed + span, ticket, number: self.waits.len() - 1 }
            }
            Step::Spawn(refresh) => {
                self.tasks.push(Task { machine: Machine::Refresh(refresh), state: State::Ready(Outcome::Start) });
                State::Ready(Outcome::Spawned)
            }
            Step::Ask(Ask::Token(wanted)) if wanted.audience.is_some() => State::Ready(Outcome::Answered(self.sign(&wanted))),
            Step::Ask(ask @ (Ask::Load { .. } | Ask::Swap { .. })) if self.store.is_some() => {
                let store = self.store.as_mut().expect("there is one");
                State::Ready(Outcome::Answered(store.answer(ask)))
            }
            Step::Ask(ask) => {
                self.problems.push(format!("asked {ask:?}, though there is no provider"));
                State::Over
            }
            Step::Done(result) => self.done(index, result),
        };
    }

    /// Does what the signer of an app without a secret does.
    fn sign(&mut self, wanted: &TokenWanted) -> Answer {
        let host = self.client.base_url().split_once("://").map(|(_, host)| host);
        if wanted.audience.as_deref() != host || wanted.kind != "client_assertion" {
            self.problems.push(format!("asked for {wanted:?}"));
        }
        let next = self.vector.client.assertions.as_ref().and_then(|all| all.get(self.signed));
        self.signed += 1;
        match next {
            Some(assertion) => Answer::Token { token: Secret::new(assertion.clone()), expires_at: None },
            None => Answer::Failed("no more".into()),
        }
    }

    fn done(&mut self, index: usize, result: Result<larkspur_core::Reply, Error>) -> State {
        let Machine::Caller(caller) = &mut self.tasks[index].machine else { return State::Over };
        if caller.ended(self.now, result) { State::Over } else { State::Ready(Outcome::Start) }
    }

    fn send(&mut self, request: &Request) -> State {
        let faults = wire::guard(request, self.client.base_url());
        self.problems.extend(faults);
        let Some(number) = self.turn_for(request) else {
            self.problems.push(format!("unexpected request {} {}", request.method, wire::path(request)));
            return State::Over;
        };
        self.used[number] = true;
        let turn = &self.vector.exchange[number];
        let expect = turn.expect.as_ref().expect("turns are spelled out");
        let faults = wire::compare(expect, request, &mut self.names);
        self.problems.extend(faults.into_iter().map(|fault| format!("request {}: {fault}", number + 1)));
        let longest = patience(request);
        if turn.takes >= longest {
            let failed = TransportError::sent(TransportKind::Timeout, "no answer in time");
            return State::Sending { until: self.elapsed + longest, outcome: Outcome::Failed(failed) };
        }
        let answer = turn.answer.as_ref().expect("turns are spelled out");
        State::Sending { until: self.elapsed + turn.takes, outcome: outcome(answer, request) }
    }

    /// The first turn that is left; in free order the first one with the same method and path.
    fn turn_for(&self, request: &Request) -> Option<usize> {
        let mut left = self.vector.exchange.iter().enumerate().filter(|(number, _)| !self.used[*number]);
        let fits = |turn: &Turn| turn.expect.as_ref().is_some_and(|expect| wire::is_for(expect, request));
        match self.vector.order {
            Order::Strict => left.next().filter(|(_, turn)| fits(turn)),
            Order::Free => left.find(|(_, turn)| fits(turn)),
        }
        .map(|(number, _)| number)
    }

    fn wake_tickets(&mut self) -> bool {
        let mut context = Context::from_waker(Waker::noop());
        let mut woken = false;
        for task in &mut self.tasks {
            if let State::Waiting { ticket: Some(ticket), number, .. } = &mut task.state
                && Pin::new(ticket).poll(&mut context).is_ready()
            {
                let wait = &mut self.waits[*number];
                wait.span = self.elapsed - wait.since;
                task.state = State::Ready(Outcome::Waited);
                woken = true;
            }
        }
        woken
    }

    /// Moves to the next moment at which something happens; says whether there is one.
    fn move_clock(&mut self) -> bool {
        let ends = self.tasks.iter().filter_map(|task| match &task.state {
            State::Sending { until, .. } | State::Waiting { until, .. } => Some(*until),
            _ => None,
        });
        let starts = self.vector.calls.get(self.started).and_then(|call| call.at);
        let jumps = self.vector.jumps.get(self.jumped).map(|jump| jump.at);
        let others = self.store.as_ref().and_then(Store::next);
        let Some(next) = ends.chain(starts).chain(jumps).chain(others).min() else { return false };
        let span = Duration::from_millis(next.saturating_sub(self.elapsed));
        self.now = Now { wall: self.now.wall + span, mono: self.now.mono + span };
        self.elapsed = self.elapsed.max(next);
        self.jump();
        let faults = self.store.as_mut().map(|store| store.meanwhile(next)).unwrap_or_default();
        self.problems.extend(faults);
        self.end_waits();
        true
    }

    fn jump(&mut self) {
        while let Some(jump) = self.vector.jumps.get(self.jumped).filter(|jump| jump.at <= self.elapsed) {
            self.now.wall.0 = self.now.wall.0.saturating_add_signed(jump.by);
            self.jumped += 1;
        }
    }

    fn end_waits(&mut self) {
        let elapsed = self.elapsed;
        for task in &mut self.tasks {
            let is_due = matches!(&task.state, State::Sending { until, .. } | State::Waiting { until, .. } if *until <= elapsed);
            if !is_due {
                continue;
            }
            task.state = match std::mem::replace(&mut task.state, State::Over) {
                State::Sending { outcome, .. } => State::Ready(outcome),
                State::Waiting { number, .. } => {
                    let wait = &mut self.waits[number];
                    wait.span = elapsed - wait.since;
                    State::Ready(Outcome::Waited)
                }
                other => other,
            };
        }
    }

    fn check(&mut self) {
        for (number, _) in self.used.iter().enumerate().filter(|(_, used)| !**used) {
            self.problems.push(format!("request {} was never sent", number + 1));
        }
        self.check_waits();
        self.problems.extend(self.store.iter().flat_map(Store::end));
        for task in &mut self.tasks {
            if let Machine::Caller(caller) = &mut task.machine {
                self.problems.extend(caller.faults(&self.names));
            }
        }
        if self.started < self.vector.calls.len() {
            self.problems.push(format!("only {} calls began", self.started));
        }
    }

    fn check_waits(&mut self) {
        // A token that comes at once is nothing that a caller waits for.
        let counts = |wait: &&Waiting| wait.why != Why::Token || wait.span > 0;
        let seen: Vec<_> = self.waits.iter().filter(counts).map(|wait| (word(wait.why), wait.span, wait.of_refresh)).collect();
        let expected = &self.vector.waits;
        let fits = |(wait, (why, span, of_refresh)): (&WaitPart, &(&str, u64, bool))| {
            wait.why == *why && wait.ms.hold(*span) && wait.of_refresh == *of_refresh
        };
        if seen.len() != expected.len() || !expected.iter().zip(&seen).all(fits) {
            self.problems.push(format!("it waited {seen:?}"));
        }
    }
}

fn word(why: Why) -> &'static str {
    match why {
        Why::Backoff { .. } => "backoff",
        Why::RateLimit { .. } => "rate_limit",
        Why::Token => "token",
        Why::Pacing => "pacing",
        #[cfg(feature = "store")]
        Why::Lease => "lease",
    }
}

pub fn patience(request: &Request) -> u64 {
    let span = match request.limits.answer {
        Patience::Total(span) => span,
        Patience::Idle { idle, total } => total.unwrap_or(idle).min(idle),
    };
    span.as_millis() as u64
}

fn outcome(answer: &AnswerPart, request: &Request) -> Outcome {
    let failed = match answer.fails {
        Some(Failure::Connect) => TransportError::unsent(TransportKind::Connect, "connection refused"),
        Some(Failure::Unsent) => TransportError::unsent(TransportKind::Broken, "the pooled connection had died"),
        Some(Failure::Tls) => TransportError::unsent(TransportKind::Tls, "the certificate is not trusted"),
        Some(Failure::Broken) => TransportError::sent(TransportKind::Broken, "the connection broke"),
        None => return received(answer, request).map_or_else(Outcome::Failed, Outcome::Response),
    };
    Outcome::Failed(failed)
}

fn received(answer: &AnswerPart, request: &Request) -> Result<Response, TransportError> {
    let head = Head { status: answer.status, headers: headers(answer) };
    let mut body = Bytes::from(answer.body());
    body.truncate(answer.breaks.unwrap_or(usize::MAX));
    let route = request.route(&head);
    let is_file = match route {
        Route::Buffer { .. } => false,
        Route::Sink => true,
        Route::PeekThenSink { .. } => !is_error_envelope(&body),
    };
    if is_file {
        let length = wire::sink(request, &head, &body);
        if answer.breaks.is_some() {
            return Err(TransportError { received: length, ..TransportError::sent(TransportKind::Broken, "the connection broke") });
        }
        return Ok(Response { head, body: Received::Sunk { length } });
    }
    if answer.breaks.is_some() {
        return Err(TransportError::sent(TransportKind::Broken, "the connection broke"));
    }
    if body.len() as u64 > request.max_answer {
        return Err(TransportError::sent(TransportKind::TooLarge, "the answer is too large"));
    }
    Ok(Response { head, body: Received::Buffered(body) })
}

fn headers(answer: &AnswerPart) -> Headers {
    let mut headers = Headers::from_iter(answer.headers.clone());
    if headers.get("content-type").is_none() && (answer.data.is_some() || answer.json.is_some() || answer.text.is_some()) {
        headers.push("Content-Type", "application/json; charset=utf-8");
    }
    headers
}

/// A sink that keeps what it is given.
#[derive(Default)]
pub struct Kept(std::sync::Mutex<Vec<u8>>);

impl Kept {
    pub fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().clone()
    }

    pub fn new() -> Arc<Self> {
        Arc::default()
    }
}

impl larkspur_core::http::Sink for Kept {
    fn start(&self, _: &Head, offset: u64) -> Result<(), String> {
        self.0.lock().unwrap().resize(offset as usize, b'?');
        Ok(())
    }

    fn poll_write(&self, _: &mut Context<'_>, chunk: &mut Option<Bytes>) -> Poll<Result<(), String>> {
        self.0.lock().unwrap().extend(chunk.take().unwrap_or_default());
        Poll::Ready(Ok(()))
    }
}
