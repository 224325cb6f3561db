//! One schedule: processes whose machines stand at a step each, and a seed that says which goes on.

use std::pin::Pin;
use std::task::{Context, Waker};

use bytes::Bytes;
use larkspur_core::catalog::Style;
use larkspur_core::http::{Head, Headers, Patience, Received, Request, Response, TransportError, TransportKind};
use larkspur_core::{
    Ask, Call, CallOptions, Client, Entropy, Invocation, Mono, Now, Options, Outcome, PathCall, Refresh, Secret, Step, Target, Ticket,
};

use crate::shelf::{Fault, Shelf};

/// The chances in a hundred.
#[derive(Clone, Copy, Default)]
pub struct Temper {
    pub kills: u64,
    pub faults: u64,
    pub broken: u64,
}

/// What came of a schedule.
#[derive(Default)]
pub struct Fleet {
    pub calls: u32,
    pub answered: u32,
    pub killed: u32,
    pub killed_calls: u32,
    pub token_requests: u32,
    pub complaints: u32,
    pub longest_wait: u64,
}

struct World {
    random: Random,
    temper: Temper,
    now: Now,
    shelf: Shelf,
    machines: Vec<Machine>,
    fleet: Fleet,
}

/// A call or a refresh of a process, with what it waits for.
struct Machine {
    process: usize,
    work: Work,
    pending: Pending,
    began: Mono,
}

enum Work {
    Call(Box<Call>),
    Refresh(Box<Refresh>),
}

enum Pending {
    Start,
    Spawned,
    Answer(Box<Request>, Mono),
    Until(Mono, Option<Ticket>),
    Ask(Ask),
}

impl Fleet {
    /// Plays one schedule to its end.
    pub fn play(seed: u64, temper: Temper) -> Fleet {
        let mut world = World::new(seed, temper);
        for _ in 0..20_000 {
            if world.machines.is_empty() {
                return world.fleet;
            }
            world.step();
        }
        panic!("a call never ends");
    }
}

impl World {
    fn new(seed: u64, temper: Temper) -> Self {
        let now = Now::new(1_760_000_000_000, 9_000_000);
        let fleet = Fleet::default();
        let mut world = Self { random: Random(seed), temper, now, shelf: Shelf::default(), machines: Vec::new(), fleet };
        for process in 0..2 + world.random.below(3) as usize {
            let client = client();
            for _ in 0..1 + world.random.below(3) {
                world.start_call(process, &client);
            }
        }
        world
    }

    fn start_call(&mut self, process: usize, client: &Client) {
        let call = PathCall { method: "GET".into(), path: "/open-apis/x".into(), ..PathCall::default() };
        let options = CallOptions::default();
        let invocation = Invocation { target: Target::Path(call), options, style: Style::Snake, sink: None, offset: 0 };
        let mut entropy = [0; 32];
        entropy.fill_with(|| self.random.next() as u8);
        let call = client.call(&invocation, Entropy(entropy)).unwrap();
        self.fleet.calls += 1;
        self.machines.push(Machine { process, work: Work::Call(Box::new(call)), pending: Pending::Start, began: self.now.mono });
    }

    fn step(&mut self) {
        if self.fleet.killed < 2 && self.random.percent(self.temper.kills) && self.machines.len() > 1 {
            return self.kill();
        }
        let now = self.now.mono;
        let ready: Vec<usize> = (0..self.machines.len()).filter(|index| self.machines[*index].is_ready(now)).collect();
        // A machine that could go on is late now and then, but by less than a lease.
        if ready.is_empty() || self.random.percent(5) {
            return self.move_clock(ready.is_empty());
        }
        let index = ready[self.random.below(ready.len() as u64) as usize];
        let mut machine = self.machines.swap_remove(index);
        let outcome = self.outcome(&mut machine);
        let step = machine.work.resume(self.now, outcome);
        self.go_on(machine, step);
    }

    fn move_clock(&mut self, is_stuck: bool) {
        let next = self.machines.iter().filter_map(|machine| match &machine.pending {
            Pending::Until(until, _) => Some(*until),
            _ => None,
        });
        let span = match next.min() {
            Some(next) if is_stuck => next.since(self.now.mono).as_millis() as u64,
            _ => self.random.below(20),
        };
        self.now = Now::new(self.now.wall.0 + span, self.now.mono.0 + span);
    }

    fn outcome(&mut self, machine: &mut Machine) -> Outcome {
        match std::mem::replace(&mut machine.pending, Pending::Start) {
            Pending::Start => Outcome::Start,
            Pending::Spawned => Outcome::Spawned,
            Pending::Until(..) => Outcome::Waited,
            Pending::Answer(request, limit) if is_token_request(&request) => self.grant(limit),
            Pending::Answer(..) => Outcome::Response(answer(200, r#"{"code":0,"msg":"success","data":{}}"#)),
            Pending::Ask(ask) => {
                let fault = self.fault();
                Outcome::Answered(self.shelf.answer(ask, fault))
            }
        }
    }

    fn grant(&mut self, limit: Mono) -> Outcome {
        if self.now.mono >= limit {
            return Outcome::Failed(TransportError::sent(TransportKind::Timeout, "no answer in time"));
        }
        match self.random.percent(self.temper.faults) {
            true if self.random.percent(50) => Outcome::Response(answer(200, r#"{"code":10014,"msg":"app secret invalid"}"#)),
            true => Outcome::Response(answer(503, "<html>")),
            false => {
                let body = r#"{"code":0,"msg":"ok","tenant_access_token":"t-1","expire":7200}"#;
                Outcome::Response(answer(200, body))
            }
        }
    }

    fn go_on(&mut self, mut machine: Machine, step: Step) {
        self.fleet.complaints += machine.work.complaints();
        machine.pending = match step {
            Step::Send(request) => {
                self.check_single(&request);
                let Patience::Total(limit) = request.limits.answer else { panic!("these calls are no files") };
                Pending::Answer(request, self.now.mono + limit)
            }
            Step::Wait { until, ticket, .. } => Pending::Until(until, ticket),
            Step::Ask(ask) => Pending::Ask(ask),
            Step::Spawn(refresh) => {
                let (work, process) = (Work::Refresh(refresh), machine.process);
                self.machines.push(Machine { process, work, pending: Pending::Start, began: self.now.mono });
                Pending::Spawned
            }
            Step::Done(result) => return self.done(&machine, result.is_ok()),
        };
        self.machines.push(machine);
    }

    /// Nobody asks the platform while another process does, unless that one is late for its lease.
    fn check_single(&mut self, request: &Request) {
        if !is_token_request(request) {
            assert_eq!(request.headers.get("authorization"), Some("Bearer t-1"));
            return;
        }
        self.fleet.token_requests += 1;
        let now = self.now.mono;
        let is_asking =
            |machine: &Machine| matches!(&machine.pending, Pending::Answer(request, limit) if is_token_request(request) && now < *limit);
        assert!(self.temper.broken > 0 || !self.machines.iter().any(is_asking), "two processes ask for the token at once");
    }

    fn done(&mut self, machine: &Machine, is_ok: bool) {
        if let Work::Call(_) = machine.work {
            self.fleet.answered += u32::from(is_ok);
            assert!(is_ok || self.temper.faults > 0, "a call failed");
            self.fleet.longest_wait = self.fleet.longest_wait.max(self.now.mono.since(machine.began).as_millis() as u64);
        }
    }

    /// The process is gone: no destructor runs.
    fn kill(&mut self) {
        let process = self.machines[self.random.below(self.machines.len() as u64) as usize].process;
        let (dead, alive) = std::mem::take(&mut self.machines).into_iter().partition(|machine| machine.process == process);
        self.machines = alive;
        self.fleet.killed += 1;
        self.fleet.killed_calls += dead.iter().filter(|machine: &&Machine| matches!(machine.work, Work::Call(_))).count() as u32;
        std::mem::forget::<Vec<Machine>>(dead);
    }

    fn fault(&mut self) -> Fault {
        const ALL: [Fault; 5] = [Fault::Fails, Fault::LosesTheSwap, Fault::HoldsRubbish, Fault::HoldsALaterFormat, Fault::IsEmptied];
        match self.random.percent(self.temper.broken) {
            true => ALL[self.random.below(ALL.len() as u64) as usize],
            false => Fault::None,
        }
    }
}

impl Machine {
    fn is_ready(&mut self, now: Mono) -> bool {
        match &mut self.pending {
            Pending::Until(until, ticket) => {
                let mut context = Context::from_waker(Waker::noop());
                *until <= now || ticket.as_mut().is_some_and(|ticket| Pin::new(ticket).poll(&mut context).is_ready())
            }
            _ => true,
        }
    }
}

impl Work {
    fn resume(&mut self, now: Now, outcome: Outcome) -> Step {
        match self {
            Work::Call(call) => call.resume(now, outcome),
            Work::Refresh(refresh) => refresh.resume(now, outcome),
        }
    }

    fn complaints(&mut self) -> u32 {
        match self {
            Work::Call(_) => 0,
            Work::Refresh(refresh) => u32::from(refresh.take_complaint().is_some()),
        }
    }
}

fn client() -> Client {
    let options = Options {
        app_id: "cli_1".into(),
        app_secret: Secret::new("secret"),
        base_url: "http://127.0.0.1:7001".into(),
        has_token_store: true,
        ..Options::default()
    };
    Client::new(options).unwrap()
}

fn is_token_request(request: &Request) -> bool {
    request.url.ends_with("/tenant_access_token/internal")
}

fn answer(status: u16, body: &str) -> Response {
    let head = Head { status, headers: Headers::from_iter([("Content-Type", "application/json")]) };
    Response { head, body: Received::Buffered(Bytes::copy_from_slice(body.as_bytes())) }
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }
}
