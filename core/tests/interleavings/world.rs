//! What the machines see of the outside: a host whose every answer waits until the schedule gives it.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use larkspur_core::http::{Patience, Request, TransportError, TransportKind};
use larkspur_core::{Answer, Ask, BoxFuture, Event, Host, Mono, Now, Trace, Why};

use crate::platform::{Outcome, Platform};

pub type TaskId = usize;

pub struct World(Mutex<State>);

pub struct State {
    pub now: Now,
    pub platform: Platform,
    /// Whose future is being polled.
    pub current: TaskId,
    pub sends: Vec<Pending>,
    pub sleeps: Vec<(usize, Mono, Option<Waker>)>,
    pub spawned: Vec<BoxFuture<()>>,
    /// The calls that wait for somebody else's refresh.
    pub waiting: HashSet<TaskId>,
    /// The token that a refresh's last request brought.
    pub brought: HashMap<TaskId, usize>,
    pub counts: Counts,
    next: usize,
}

/// A request that has no answer yet.
pub struct Pending {
    pub id: usize,
    pub task: TaskId,
    pub is_token_request: bool,
    pub token: String,
    pub asked: Now,
    pub deadline: Mono,
    pub outcome: Option<Outcome>,
    pub waker: Option<Waker>,
}

/// How often what happened.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    pub calls: u64,
    pub answered: u64,
    pub failed_for_the_token: u64,
    pub refused: u64,
    pub out_of_time: u64,
    pub cancelled: u64,
    pub refreshes: u64,
    pub refreshes_dropped: u64,
    pub refreshes_lost: u64,
    pub takeovers: u64,
    pub shared_waits: u64,
    pub clock_jumps: u64,
}

impl World {
    pub fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(State {
            now: Now::new(1_760_000_000_000, 9_000_000),
            platform: Platform::default(),
            current: 0,
            sends: Vec::new(),
            sleeps: Vec::new(),
            spawned: Vec::new(),
            waiting: HashSet::new(),
            brought: HashMap::new(),
            counts: Counts::default(),
            next: 0,
        })))
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn number(&mut self) -> usize {
        self.next += 1;
        self.next
    }

    /// The next moment at which a clock ends something.
    pub fn next_event(&self) -> Option<Mono> {
        let sleeps = self.sleeps.iter().map(|(_, until, _)| *until);
        let limits = self.sends.iter().filter(|send| send.outcome.is_none()).map(|send| send.deadline);
        sleeps.chain(limits).min()
    }

    /// Ends what is due; gives the wakers to be woken once the lock is free.
    pub fn end_what_is_due(&mut self) -> Vec<Waker> {
        let now = self.now.mono;
        let mut wakers: Vec<Waker> =
            self.sleeps.iter_mut().filter(|(_, until, _)| *until <= now).filter_map(|(.., waker)| waker.take()).collect();
        for send in self.sends.iter_mut().filter(|send| send.outcome.is_none() && send.deadline <= now) {
            send.outcome = Some(Err(TransportError::sent(TransportKind::Timeout, "no answer in time")));
            wakers.extend(send.waker.take());
        }
        wakers
    }
}

impl Host for World {
    fn now(&self) -> Now {
        self.state().now
    }

    async fn send(&self, request: Request) -> Outcome {
        let id = self.begin(&request);
        let guard = Removed { world: self, id };
        std::future::poll_fn(|context| self.poll_send(guard.id, context)).await
    }

    async fn sleep(&self, until: Mono) {
        let id = {
            let mut state = self.state();
            let id = state.number();
            state.sleeps.push((id, until, None));
            id
        };
        let guard = Removed { world: self, id };
        std::future::poll_fn(|context| self.poll_sleep(guard.id, context)).await;
    }

    async fn ask(&self, _: Ask) -> Answer {
        panic!("there is no token provider");
    }

    fn spawn(&self, task: BoxFuture<()>) {
        self.state().spawned.push(task);
    }

    fn trace(&self, trace: &Trace<'_>) {
        let mut state = self.state();
        let current = state.current;
        if let Event::Waiting { why: Why::Token, .. } = trace.event {
            state.waiting.insert(current);
            state.counts.shared_waits += 1;
        } else {
            state.waiting.remove(&current);
        }
    }
}

impl World {
    fn begin(&self, request: &Request) -> usize {
        let Patience::Total(limit) = request.limits.answer else { panic!("these calls are no files") };
        let token = request.headers.get("authorization").and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default().to_owned();
        let mut state = self.state();
        let id = state.number();
        let (task, asked) = (state.current, state.now);
        let is_token_request = Platform::is_token_request(request);
        let deadline = asked.mono + limit;
        state.sends.push(Pending { id, task, is_token_request, token, asked, deadline, outcome: None, waker: None });
        id
    }

    fn poll_send(&self, id: usize, context: &mut Context<'_>) -> Poll<Outcome> {
        let mut state = self.state();
        let send = state.sends.iter_mut().find(|send| send.id == id).expect("the request is in the air");
        match send.outcome.take() {
            Some(outcome) => Poll::Ready(outcome),
            None => {
                send.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }

    fn poll_sleep(&self, id: usize, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.state();
        let now = state.now.mono;
        let (_, until, waker) = state.sleeps.iter_mut().find(|(number, ..)| *number == id).expect("the sleep goes on");
        if *until <= now {
            return Poll::Ready(());
        }
        *waker = Some(context.waker().clone());
        Poll::Pending
    }
}

/// Takes a request or a sleep off the lists when its future is dropped.
struct Removed<'w> {
    world: &'w World,
    id: usize,
}

impl Drop for Removed<'_> {
    fn drop(&mut self) {
        let mut state = self.world.state();
        state.sends.retain(|send| send.id != self.id);
        state.sleeps.retain(|(id, ..)| *id != self.id);
    }
}

impl Counts {
    pub fn add(&mut self, other: &Counts) {
        for (total, more) in self.each_mut().into_iter().zip(other.to_owned().each_mut()) {
            *total += *more;
        }
    }

    /// A schedule that never reaches a case proves nothing about it.
    pub fn assert_everything_happened(mut self) {
        let shown = format!("{self:?}");
        assert!(self.each_mut().iter().all(|count| **count > 100), "too few of some kind: {shown}");
    }

    fn each_mut(&mut self) -> [&mut u64; 12] {
        [
            &mut self.calls,
            &mut self.answered,
            &mut self.failed_for_the_token,
            &mut self.refused,
            &mut self.out_of_time,
            &mut self.cancelled,
            &mut self.refreshes,
            &mut self.refreshes_dropped,
            &mut self.refreshes_lost,
            &mut self.takeovers,
            &mut self.shared_waits,
            &mut self.clock_jumps,
        ]
    }
}
