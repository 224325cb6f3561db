//! One schedule: an executor that polls only what was woken, and the choices of a seed.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use larkspur_core::catalog::Style;
use larkspur_core::{BoxFuture, CallOptions, Class, Client, Entropy, Error, Invocation, Mono, Options, PathCall, Secret, Target, drive};

use crate::platform::Temper;
use crate::random::Random;
use crate::world::{Counts, TaskId, World};

/// Choices before the schedule is left to run to its end.
const CHOICES: usize = 120;
/// More steps than any schedule needs.
const PLENTY: usize = 20_000;

pub fn run(seed: u64) {
    println!("{:?}", play(seed));
}

/// Plays one schedule; panics when a promise is broken.
pub fn play(seed: u64) -> Counts {
    let mut schedule = Schedule::new(seed);
    for _ in 0..CHOICES {
        schedule.choose();
    }
    schedule.run_to_the_end();
    schedule.counts()
}

struct Schedule {
    world: Arc<World>,
    client: Client,
    flight_time: Duration,
    temper: Temper,
    random: Random,
    tasks: Vec<Task>,
    calls_left: usize,
    /// The token that the client holds by our own reckoning, and the refresh that brought it.
    held: Option<(usize, TaskId)>,
    /// How late the clock has made things in all.
    lag: Duration,
}

struct Task {
    future: Option<Pin<Box<dyn Future<Output = Option<Error>> + Send>>>,
    flag: Arc<Flag>,
    kind: Kind,
}

enum Kind {
    Call { began: Mono, max_wait: Duration },
    Refresh { began: Mono, is_freed: bool },
}

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl Schedule {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let temper = Temper {
            refusal: random.pick(&[0, 10, 40]).unwrap(),
            token_fault: random.pick(&[0, 0, 20, 60, 100]).unwrap(),
            call_fault: random.pick(&[0, 10, 40]).unwrap(),
            same_token: random.pick(&[0, 30]).unwrap(),
            life: random.pick(&[1, 20, 7200, 7200]).unwrap(),
        };
        let max_wait = random.pick(&[None, Some(Duration::from_secs(5))]).unwrap();
        let options = Options {
            app_id: "cli_1".into(),
            app_secret: Secret::new("secret"),
            base_url: "http://127.0.0.1:7001".into(),
            call: CallOptions { max_wait, ..CallOptions::default() },
            ..Options::default()
        };
        Self {
            world: World::new(),
            client: Client::new(options).unwrap(),
            flight_time: max_wait.unwrap_or(Duration::from_secs(120)),
            temper,
            calls_left: 1 + random.below(7),
            random,
            tasks: Vec::new(),
            held: None,
            lag: Duration::ZERO,
        }
    }

    fn choose(&mut self) {
        match self.random.below(20) {
            0..=2 => self.start_call(),
            3..=9 => self.poll_one(),
            10..=15 => self.complete_one(),
            16 => self.move_clock(),
            17 => self.cancel_call(),
            18 => self.drop_refresh(),
            _ => self.jump(),
        }
    }

    /// No more surprises: everything is polled, answered and waited for.
    fn run_to_the_end(&mut self) {
        while self.calls_left > 0 {
            self.start_call();
        }
        for _ in 0..PLENTY {
            if self.tasks.iter().all(|task| task.future.is_none()) {
                return;
            }
            if self.is_anybody_awake() {
                self.poll_one();
            } else if self.random.percent(80) && self.has_unanswered() {
                self.complete_one();
            } else {
                assert!(self.world.state().next_event().is_some(), "somebody waits for nothing");
                self.move_clock();
            }
        }
        panic!("a call never ends");
    }

    fn start_call(&mut self) {
        if self.calls_left == 0 {
            return;
        }
        self.calls_left -= 1;
        let own = self.random.pick(&[None, None, None, None, None, Some(300), Some(3000)]).unwrap().map(Duration::from_millis);
        let options = CallOptions { max_wait: own, ..CallOptions::default() };
        let call = PathCall { method: "GET".into(), path: "/open-apis/x".into(), ..PathCall::default() };
        let invocation = Invocation { target: Target::Path(call), options, style: Style::Snake, sink: None, offset: 0 };
        let entropy = Entropy([self.random.next() as u8; 32]);
        let call = self.client.call(&invocation, entropy).unwrap();
        let world = self.world.clone();
        let future = Box::pin(async move { drive(&world, call).await.err() });
        let began = self.now();
        self.world.state().counts.calls += 1;
        self.add(future, Kind::Call { began, max_wait: own.unwrap_or(self.flight_time) });
    }

    fn add(&mut self, future: Pin<Box<dyn Future<Output = Option<Error>> + Send>>, kind: Kind) {
        self.tasks.push(Task { future: Some(future), flag: Arc::new(Flag(AtomicBool::new(true))), kind });
    }

    fn poll_one(&mut self) {
        let awake: Vec<TaskId> = self.which(|task| task.future.is_some() && task.flag.0.load(Ordering::SeqCst));
        let Some(id) = self.random.pick(&awake) else { return };
        self.world.state().current = id;
        let task = &mut self.tasks[id];
        task.flag.0.store(false, Ordering::SeqCst);
        let waker = Waker::from(task.flag.clone());
        let Some(future) = &mut task.future else { return };
        let polled = future.as_mut().poll(&mut Context::from_waker(&waker));
        drop(waker);
        self.take_spawned();
        if let Poll::Ready(error) = polled {
            self.end(id, error);
        }
        self.check_sends(id);
    }

    /// A call that has ended is checked, a refresh that has ended is noted.
    fn end(&mut self, id: TaskId, error: Option<Error>) {
        self.forget(id);
        match self.tasks[id].kind {
            Kind::Call { began, max_wait } => self.check_end(began, max_wait, error),
            Kind::Refresh { .. } => self.refreshed(id),
        }
    }

    fn check_end(&mut self, began: Mono, max_wait: Duration, error: Option<Error>) {
        let took = self.now().since(began);
        assert!(took <= max_wait + self.lag, "a call took {took:?}, its max_wait is {max_wait:?}, the clock was late by {:?}", self.lag);
        let now = self.world.state().now;
        let Some(error) = error else {
            self.world.state().counts.answered += 1;
            return;
        };
        let line = error.to_string();
        let mut state = self.world.state();
        if line.contains("no tenant access token") || line.contains("holds no token") {
            state.counts.failed_for_the_token += 1;
            let held = self.held.map(|(index, _)| state.platform.granted[index].clone());
            assert!(held.is_none_or(|token| !token.holds(now)), "a call failed for want of a token that the client has: {line}");
        }
        if line.contains("no token after") {
            assert!(state.counts.refreshes_dropped > 0 || self.temper.life == 1, "{line}");
        }
        state.counts.refused += u64::from(error.class() == Class::Auth && error.attempts > 0);
        state.counts.out_of_time += u64::from(error.class() == Class::Timeout);
    }

    fn refreshed(&mut self, id: TaskId) {
        let brought = self.world.state().brought.remove(&id);
        if let Some(index) = brought {
            let is_newer = self.held.is_none_or(|(held, from)| from <= id || self.world.state().platform.granted[held].refused);
            if is_newer {
                self.held = Some((index, id));
            }
            for task in &mut self.tasks {
                if let Kind::Refresh { is_freed, .. } = &mut task.kind {
                    *is_freed = true;
                }
            }
        }
        self.check_woken();
    }

    fn check_woken(&self) {
        for id in &self.world.state().waiting {
            let task = &self.tasks[*id];
            assert!(
                task.future.is_none() || task.flag.0.load(Ordering::SeqCst),
                "a refresh ended and a call that waits for it was not woken"
            );
        }
    }

    /// Drops a task's future; nothing may keep its waker.
    fn forget(&mut self, id: TaskId) {
        self.tasks[id].future = None;
        self.world.state().waiting.remove(&id);
        assert_eq!(Arc::strong_count(&self.tasks[id].flag), 1, "somebody keeps the waker of a task that is over");
    }

    fn take_spawned(&mut self) {
        let spawned: Vec<BoxFuture<()>> = std::mem::take(&mut self.world.state().spawned);
        for task in spawned {
            self.check_single_flight();
            self.world.state().counts.refreshes += 1;
            match self.random.below(40) {
                0 => {
                    self.world.state().counts.refreshes_dropped += 1;
                    drop(task);
                    self.check_woken();
                }
                // As in a forked child or a worker that was stopped: no destructor runs.
                1 => {
                    self.world.state().counts.refreshes_lost += 1;
                    std::mem::forget(task);
                }
                _ => self.add_refresh(task),
            }
        }
    }

    fn add_refresh(&mut self, task: BoxFuture<()>) {
        let kind = Kind::Refresh { began: self.now(), is_freed: false };
        self.add(
            Box::pin(async move {
                task.await;
                None
            }),
            kind,
        );
    }

    fn check_single_flight(&mut self) {
        let now = self.now();
        for task in self.tasks.iter().filter(|task| task.future.is_some()) {
            let Kind::Refresh { began, is_freed } = task.kind else { continue };
            let has_expired = now >= began + self.flight_time;
            assert!(has_expired || is_freed, "two refreshes are in the air");
            self.world.state().counts.takeovers += u64::from(has_expired);
        }
    }

    /// What the call has just sent carries a token that its client may believe in.
    fn check_sends(&self, id: TaskId) {
        let state = self.world.state();
        for send in state.sends.iter().filter(|send| send.task == id && !send.is_token_request) {
            let holds = |granted: &crate::platform::Granted| {
                granted.name == send.token && crate::platform::Granted { refused: false, ..granted.clone() }.holds(send.asked)
            };
            assert!(state.platform.granted.iter().any(holds), "{:?} was never granted, or has expired", send.token);
        }
    }

    fn complete_one(&mut self) {
        let world = self.world.clone();
        let mut state = world.state();
        let open: Vec<usize> = (0..state.sends.len()).filter(|index| state.sends[*index].outcome.is_none()).collect();
        let Some(index) = self.random.pick(&open) else { return };
        let (task, asked, token, is_token_request) = {
            let send = &state.sends[index];
            (send.task, send.asked, send.token.clone(), send.is_token_request)
        };
        let outcome = if is_token_request {
            let (outcome, granted) = state.platform.grant(asked, &self.temper, &mut self.random);
            if let Some(granted) = granted {
                state.brought.insert(task, granted);
            }
            outcome
        } else {
            state.platform.call(&token, &self.temper, &mut self.random)
        };
        let send = &mut state.sends[index];
        send.outcome = Some(outcome);
        let waker = send.waker.take();
        drop(state);
        waker.into_iter().for_each(Waker::wake);
    }

    /// To the next moment that matters, or a little past it.
    fn move_clock(&mut self) {
        let late = Duration::from_millis(self.random.pick(&[0, 0, 1, 40]).unwrap());
        let is_busy = self.is_anybody_awake();
        let mut state = self.world.state();
        let Some(next) = state.next_event() else { return };
        let span = next.since(state.now.mono);
        self.lag += if is_busy { span + late } else { late };
        state.now.wall = state.now.wall + span + late;
        state.now.mono = state.now.mono + span + late;
        let wakers = state.end_what_is_due();
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
    }

    fn jump(&mut self) {
        if self.random.percent(90) {
            return;
        }
        let mut state = self.world.state();
        let hour = 3_600_000;
        state.now.wall.0 = if self.random.percent(50) { state.now.wall.0 + hour } else { state.now.wall.0 - hour };
        state.counts.clock_jumps += 1;
    }

    fn cancel_call(&mut self) {
        let calls = self.which(|task| task.future.is_some() && matches!(task.kind, Kind::Call { .. }));
        if let Some(id) = self.random.pick(&calls).filter(|_| self.random.percent(15)) {
            self.world.state().counts.cancelled += 1;
            self.forget(id);
        }
    }

    fn drop_refresh(&mut self) {
        let refreshes = self.which(|task| task.future.is_some() && matches!(task.kind, Kind::Refresh { .. }));
        if let Some(id) = self.random.pick(&refreshes).filter(|_| self.random.percent(40)) {
            self.world.state().counts.refreshes_dropped += 1;
            self.forget(id);
            self.check_woken();
        }
    }

    fn is_anybody_awake(&self) -> bool {
        self.tasks.iter().any(|task| task.future.is_some() && task.flag.0.load(Ordering::SeqCst))
    }

    fn has_unanswered(&self) -> bool {
        self.world.state().sends.iter().any(|send| send.outcome.is_none())
    }

    fn which(&self, is_wanted: impl Fn(&Task) -> bool) -> Vec<TaskId> {
        (0..self.tasks.len()).filter(|id| is_wanted(&self.tasks[*id])).collect()
    }

    fn now(&self) -> Mono {
        self.world.state().now.mono
    }

    fn counts(&self) -> Counts {
        self.world.state().counts
    }
}
