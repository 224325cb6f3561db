//! Processes with callers, the store that they may share, and a platform that counts: all by a clock that is moved by hand.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::ops::Range;

use bytes::Bytes;
use larkspur_core::http::{Head, Headers, Received, Response};
use larkspur_core::{Answer, Ask, Call, Client, Entropy, Error, Invocation, Now, Options, Outcome, Secret, Step, Stored, Wall};

use crate::random::Random;

/// The store's clock at the beginning; those of the processes are others.
const STORE: u64 = 1_760_000_000_000;

/// What a test sets.
#[derive(Clone)]
pub struct Setting {
    pub seed: u64,
    pub processes: usize,
    /// In each process.
    pub callers: usize,
    /// In all.
    pub calls: usize,
    pub options: Options,
    pub invocation: Invocation,
    /// What the platform lets through: so many in so many milliseconds, wherever they begin.
    pub limits: Vec<(usize, u64)>,
    /// How far a request may be under way, how late a timer may be, and how long the store may take for one direction.
    pub jitter: u64,
    pub late: u64,
    pub store: u64,
    /// When the store answers nobody.
    pub outage: Range<u64>,
    /// In a hundred calls so many are given up while they wait.
    pub cancelled: u64,
    /// When the last process dies.
    pub death: Option<u64>,
}

/// A world and what has happened in it.
pub struct World {
    setting: Setting,
    pub now: u64,
    random: Random,
    events: BTreeMap<(u64, u64), (usize, u64, Event)>,
    next_event: u64,
    clients: Vec<(Client, u64)>,
    callers: Vec<Caller>,
    left: usize,
    values: HashMap<String, Stored>,
    windows: Vec<VecDeque<u64>>,
    /// When requests came that the platform let through.
    pub arrivals: Vec<u64>,
    pub refused: Vec<u64>,
    /// By process.
    pub answered: Vec<usize>,
    /// When calls failed, and with what.
    pub failed: Vec<(u64, Error)>,
    pub given_up: usize,
    pub asked: u64,
    pub swaps: u64,
    pub lost_swaps: u64,
}

struct Caller {
    process: usize,
    call: Option<Box<Call>>,
    /// Counts its calls, so that what comes for an earlier one is known.
    number: u64,
}

enum Event {
    Begin,
    Resume(Outcome),
    /// A question reaches the store.
    Ask(Ask),
    /// A request reaches the platform.
    Arrive,
    GiveUp,
    Die,
}

impl World {
    /// Plays until every call has come to its end.
    pub fn play(setting: Setting) -> Self {
        let mut world = Self::new(setting);
        while let Some(((now, _), (caller, number, event))) = world.events.pop_first() {
            world.now = now;
            if matches!(event, Event::Die) {
                world.die();
            } else if world.callers[caller].number == number {
                world.happens(caller, event);
            }
        }
        world
    }

    /// From the first request to the last.
    pub fn took(&self) -> f64 {
        (self.arrivals.last().unwrap() - self.arrivals[0]) as f64
    }

    fn new(setting: Setting) -> Self {
        let client = |process: u64| (Client::new(setting.options.clone()).unwrap(), 1_000_000 * (process + 1) + 317 * process);
        let caller = |number| Caller { process: number % setting.processes, call: None, number: 0 };
        let mut world = Self {
            now: 0,
            random: Random::new(setting.seed),
            events: BTreeMap::new(),
            next_event: 0,
            clients: (0..setting.processes as u64).map(client).collect(),
            callers: (0..setting.processes * setting.callers).map(caller).collect(),
            left: setting.calls,
            values: HashMap::new(),
            windows: vec![VecDeque::new(); setting.limits.len()],
            arrivals: Vec::new(),
            refused: Vec::new(),
            answered: vec![0; setting.processes],
            failed: Vec::new(),
            given_up: 0,
            asked: 0,
            swaps: 0,
            lost_swaps: 0,
            setting,
        };
        (0..world.callers.len()).for_each(|caller| world.later(caller, 0, Event::Begin));
        if let Some(death) = world.setting.death {
            world.later(0, death, Event::Die);
        }
        world
    }

    fn later(&mut self, caller: usize, after: u64, event: Event) {
        self.next_event += 1;
        let number = self.callers[caller].number;
        self.events.insert((self.now + after, self.next_event), (caller, number, event));
    }

    fn up_to(&mut self, most: u64) -> u64 {
        self.random.below(most as usize + 1) as u64
    }

    fn happens(&mut self, caller: usize, event: Event) {
        match event {
            Event::Begin => self.begin(caller),
            Event::Resume(outcome) => self.resume(caller, outcome),
            Event::Ask(ask) => {
                let (answer, after) = (self.store(ask), self.up_to(self.setting.store));
                self.later(caller, after, Event::Resume(Outcome::Answered(answer)));
            }
            Event::Arrive => {
                let response = self.platform();
                self.later(caller, 20, Event::Resume(Outcome::Response(response)));
            }
            Event::GiveUp => {
                self.given_up += 1;
                self.next(caller);
            }
            Event::Die => {}
        }
    }

    fn begin(&mut self, caller: usize) {
        if self.left == 0 {
            return;
        }
        self.left -= 1;
        let (client, _) = &self.clients[self.callers[caller].process];
        let entropy = Entropy([self.next_event as u8; 32]);
        self.callers[caller].call = Some(Box::new(client.call(&self.setting.invocation, entropy).unwrap()));
        if self.up_to(99) < self.setting.cancelled {
            let after = self.up_to(3000);
            self.later(caller, after, Event::GiveUp);
        }
        self.resume(caller, Outcome::Start);
    }

    /// The call has ended or is dropped; its caller makes the next one.
    fn next(&mut self, caller: usize) {
        self.callers[caller].call = None;
        self.callers[caller].number += 1;
        self.later(caller, 0, Event::Begin);
    }

    fn resume(&mut self, caller: usize, mut outcome: Outcome) {
        let process = self.callers[caller].process;
        let now = self.now + self.clients[process].1;
        loop {
            let now = Now::new(now, now);
            let Some(call) = &mut self.callers[caller].call else { return };
            match call.resume(now, outcome) {
                Step::Send(_) => {
                    let after = self.up_to(self.setting.jitter);
                    return self.later(caller, after, Event::Arrive);
                }
                Step::Wait { until, .. } => {
                    let after = until.since(now.mono).as_millis() as u64 + self.up_to(self.setting.late);
                    return self.later(caller, after, Event::Resume(Outcome::Waited));
                }
                Step::Ask(ask) => {
                    let after = self.up_to(self.setting.store);
                    return self.later(caller, after, Event::Ask(ask));
                }
                Step::Spawn(mut refresh) => {
                    assert!(matches!(refresh.resume(now, Outcome::Start), Step::Send(_)));
                    assert!(matches!(refresh.resume(now, Outcome::Response(token())), Step::Done(_)));
                    outcome = Outcome::Spawned;
                }
                Step::Done(result) => {
                    match result {
                        Ok(_) => self.answered[process] += 1,
                        Err(error) => self.failed.push((self.now, error)),
                    }
                    return self.next(caller);
                }
            }
        }
    }

    fn store(&mut self, ask: Ask) -> Answer {
        if self.setting.outage.contains(&self.now) {
            return Answer::Failed("it is away".into());
        }
        match ask {
            Ask::LoadPace { key } => {
                self.asked += 1;
                Answer::LoadedPace { found: self.values.get(&key).cloned(), time: Wall(STORE + self.now) }
            }
            Ask::SwapPace { key, expected, value, .. } => {
                assert!(!key.contains("t-1") && !value.reveal().contains("t-1"), "a token lies in the store: {key}");
                let is_expected = self.values.get(&key).map(|stored| stored.version.clone()) == expected;
                if is_expected {
                    self.swaps += 1;
                    self.values.insert(key, Stored { value: Secret::new(value.reveal()), version: self.swaps.to_string() });
                }
                self.lost_swaps += u64::from(!is_expected);
                Answer::Swapped(is_expected)
            }
            ask => panic!("nobody is there to be asked {ask:?}"),
        }
    }

    fn platform(&mut self) -> Response {
        for (window, (_, span)) in self.windows.iter_mut().zip(&self.setting.limits) {
            while window.front().is_some_and(|first| first + span <= self.now) {
                window.pop_front();
            }
        }
        if self.windows.iter().zip(&self.setting.limits).any(|(window, (most, _))| window.len() >= *most) {
            self.refused.push(self.now);
            let code = if self.setting.options.project.is_some() {
                r#""err_code":10429,"err_msg":"slow""#
            } else {
                r#""code":99991400,"msg":"slow""#
            };
            return response(429, &format!("{{{code}}}"));
        }
        self.windows.iter_mut().for_each(|window| window.push_back(self.now));
        self.arrivals.push(self.now);
        response(200, r#"{"err_code":0,"code":0,"data":[]}"#)
    }

    /// The last process dies: what it has is lost, and its calls are never made.
    fn die(&mut self) {
        let last = self.setting.processes - 1;
        for caller in self.callers.iter_mut().filter(|caller| caller.process == last) {
            (caller.call, caller.number) = (None, caller.number + 1);
        }
    }
}

fn token() -> Response {
    response(200, r#"{"code":0,"tenant_access_token":"t-1","expire":7200,"data":{"token":"t-1","expire_time":7200},"error":{"code":0}}"#)
}

fn response(status: u16, text: &str) -> Response {
    let head = Head { status, headers: Headers::from_iter([("Content-Type", "application/json")]) };
    Response { head, body: Received::Buffered(Bytes::copy_from_slice(text.as_bytes())) }
}
