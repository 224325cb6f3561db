//! One thread that drives calls and refreshes, and a platform that answers at once.

pub mod shelf;

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Waker};

use bytes::Bytes;
use larkspur_core::http::{Head, Headers, Piece, Received, Request, Response};
use larkspur_core::{Answer, Ask, Call, Client, Error, Mono, Now, Outcome, Refresh, Reply, Step, Ticket};
use serde_json::Value;

/// What answers requests.
pub trait Platform {
    fn answer(&mut self, request: &Request) -> Value;

    /// Answers for the token store.
    fn asked(&mut self, ask: Ask) -> Answer {
        panic!("nobody is there to be asked {ask:?}")
    }
}

/// One client, its calls and its platform.
pub struct Stage<P> {
    pub client: Client,
    pub now: Now,
    pub platform: P,
    pub ended: Vec<(usize, Result<Reply, Error>)>,
    machines: VecDeque<(Work, Pending)>,
    sent: Vec<String>,
    calls: usize,
}

enum Work {
    Call(usize, Box<Call>),
    Refresh(Box<Refresh>),
}

enum Pending {
    Resume(Outcome),
    Until(Mono, Option<Ticket>),
}

impl<P: Platform> Stage<P> {
    pub fn new(client: Client, platform: P) -> Self {
        let now = Now::new(1_760_000_000_000, 9_000_000);
        Self { client, now, platform, ended: Vec::new(), machines: VecDeque::new(), sent: Vec::new(), calls: 0 }
    }

    pub fn start(&mut self, call: Call) {
        self.machines.push_back((Work::Call(self.calls, Box::new(call)), Pending::Resume(Outcome::Start)));
        self.calls += 1;
    }

    /// Goes on until everybody waits.
    pub fn run(&mut self) {
        let mut idle = 0;
        while idle < self.machines.len() {
            let Some((mut work, pending)) = self.machines.pop_front() else { return };
            match self.ready(pending) {
                Ok(outcome) => {
                    idle = 0;
                    let step = work.resume(self.now, outcome);
                    self.go_on(work, step);
                }
                Err(pending) => {
                    idle += 1;
                    self.machines.push_back((work, pending));
                }
            }
        }
    }

    fn ready(&self, pending: Pending) -> Result<Outcome, Pending> {
        match pending {
            Pending::Resume(outcome) => Ok(outcome),
            Pending::Until(until, _) if until <= self.now.mono => Ok(Outcome::Waited),
            Pending::Until(until, Some(mut ticket)) => {
                let is_woken = Pin::new(&mut ticket).poll(&mut Context::from_waker(Waker::noop())).is_ready();
                if is_woken { Ok(Outcome::Waited) } else { Err(Pending::Until(until, Some(ticket))) }
            }
            pending @ Pending::Until(..) => Err(pending),
        }
    }

    fn go_on(&mut self, work: Work, step: Step) {
        let pending = match step {
            Step::Send(request) => Pending::Resume(self.answer(&request)),
            Step::Wait { until, ticket, .. } => Pending::Until(until, ticket),
            Step::Spawn(refresh) => {
                self.machines.push_back((Work::Refresh(refresh), Pending::Resume(Outcome::Start)));
                Pending::Resume(Outcome::Spawned)
            }
            Step::Ask(ask) => Pending::Resume(Outcome::Answered(self.platform.asked(ask))),
            Step::Done(result) => {
                if let Work::Call(number, _) = work {
                    self.ended.push((number, result));
                }
                return;
            }
        };
        self.machines.push_back((work, pending));
    }

    fn answer(&mut self, request: &Request) -> Outcome {
        let body = self.platform.answer(request);
        self.sent.push(path(request).to_owned());
        let head = Head { status: 200, headers: Headers::from_iter([("Content-Type", "application/json")]) };
        Outcome::Response(Response { head, body: Received::Buffered(Bytes::from(body.to_string())) })
    }

    pub fn is_quiet(&self) -> bool {
        self.machines.is_empty()
    }

    pub fn pass(&mut self, seconds: u64) {
        self.now = Now::new(self.now.wall.0 + seconds * 1000, self.now.mono.0 + seconds * 1000);
    }

    /// The paths of the requests since the last time.
    pub fn sent(&mut self) -> Vec<String> {
        std::mem::take(&mut self.sent)
    }

    pub fn errors(&mut self) -> Vec<String> {
        std::mem::take(&mut self.ended).into_iter().filter_map(|(_, result)| result.err()).map(|error| error.to_string()).collect()
    }
}

impl Work {
    fn resume(&mut self, now: Now, outcome: Outcome) -> Step {
        match self {
            Work::Call(_, call) => call.resume(now, outcome),
            Work::Refresh(refresh) => refresh.resume(now, outcome),
        }
    }
}

pub fn path(request: &Request) -> &str {
    request.url.strip_prefix("https://open.feishu.cn").unwrap()
}

pub fn body(request: &Request) -> Value {
    match request.body.first() {
        Some(Piece::Bytes(bytes)) => serde_json::from_slice(bytes).unwrap(),
        _ => Value::Null,
    }
}
