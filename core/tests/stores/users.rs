//! Clients that die while they spend a user's refresh token: the next tries once more, and nobody after that.

use bytes::Bytes;
use larkspur_core::catalog::Style;
use larkspur_core::http::{Head, Headers, Piece, Received, Request, Response};
use larkspur_core::{
    Answer, Ask, CallOptions, Class, Client, Entropy, Error, Exchange, Invocation, Now, Options, Outcome, PathCall, Secret, Step, Target,
};
use serde_json::{Value, json};

use crate::shelf::{Fault, Shelf};

/// Longer than a lease.
const LATER: u64 = 9000;

struct World {
    shelf: Shelf,
    now: Now,
    calls: u8,
    granted: u32,
    /// The refresh tokens that were sent.
    spent: Vec<String>,
}

/// What becomes of a client that sends a refresh token.
#[derive(Clone, Copy, PartialEq)]
enum Fate {
    Dies,
    IsTurnedAway,
    Lives,
}

impl World {
    /// A store with a user whose token has expired.
    fn new() -> Self {
        let mut world =
            Self { shelf: Shelf::default(), now: Now::new(1_760_000_000_000, 9_000_000), calls: 0, granted: 0, spent: Vec::new() };
        let exchange = Exchange { code: Secret::new("code"), ..Exchange::default() };
        let call = client().exchange(exchange, &CallOptions::default(), Entropy([0; 32])).unwrap();
        world.play(call, Fate::Lives).unwrap().unwrap();
        world.pass(7_300_000);
        world
    }

    /// A new client calls for the user; `None` if it died.
    fn call(&mut self, fate: Fate) -> Option<Result<(), Error>> {
        let call = PathCall { method: "GET".into(), path: "/open-apis/x".into(), ..PathCall::default() };
        let options = CallOptions { max_retries: Some(0), ..CallOptions::default() };
        let invocation = Invocation { target: Target::Path(call), options, style: Style::Snake, sink: None, offset: 0 };
        let view = client().as_known_user("ou_1").unwrap();
        self.calls += 1;
        self.play(view.call(&invocation, Entropy([self.calls; 32])).unwrap(), fate)
    }

    /// A call, the refresh that it begins, and the end of both.
    fn play(&mut self, mut call: larkspur_core::Call, fate: Fate) -> Option<Result<(), Error>> {
        let mut outcome = Outcome::Start;
        loop {
            match call.resume(self.now, outcome) {
                Step::Spawn(mut refresh) => {
                    if !self.refresh(|now, outcome| refresh.resume(now, outcome), fate) {
                        std::mem::forget(refresh);
                        return None;
                    }
                    outcome = Outcome::Spawned;
                }
                Step::Send(_) => outcome = answer(200, &json!({ "code": 0, "msg": "ok", "data": {} })),
                Step::Done(result) => return Some(result.map(drop)),
                _ => panic!("a call in the background of whose refresh nothing else happens"),
            }
        }
    }

    /// Says whether the refresh lived to its end.
    fn refresh(&mut self, mut resume: impl FnMut(Now, Outcome) -> Step, fate: Fate) -> bool {
        let mut outcome = Outcome::Start;
        loop {
            outcome = match resume(self.now, outcome) {
                Step::Ask(ask) => Outcome::Answered(self.ask(ask)),
                Step::Wait { until, .. } => {
                    self.pass(until.since(self.now.mono).as_millis() as u64);
                    Outcome::Waited
                }
                Step::Send(request) if self.is_spent(&request) && fate == Fate::Dies => return false,
                Step::Send(_) if fate == Fate::IsTurnedAway => answer(503, &json!({ "code": 20050, "error": "server_error" })),
                Step::Send(_) => self.grant(),
                Step::Done(_) => return true,
                Step::Spawn(_) => panic!("it is the refresh"),
            };
        }
    }

    fn is_spent(&mut self, request: &Request) -> bool {
        let Some(Piece::Bytes(body)) = request.body.first() else { return false };
        let body: Value = serde_json::from_slice(body).unwrap();
        self.spent.extend(body["refresh_token"].as_str().map(str::to_owned));
        true
    }

    fn ask(&mut self, ask: Ask) -> Answer {
        self.shelf.answer(ask, Fault::None)
    }

    /// Grants a pair, and says whose it is.
    fn grant(&mut self) -> Outcome {
        self.granted += 1;
        let refresh = format!("ur-{}", self.granted);
        answer(
            200,
            &json!({
                "code": 0, "access_token": "u-1", "expires_in": 7200, "refresh_token": refresh, "refresh_token_expires_in": 604_800,
                "scope": "", "data": { "open_id": "ou_1" },
            }),
        )
    }

    fn pass(&mut self, millis: u64) {
        self.now = Now::new(self.now.wall.0 + millis, self.now.mono.0 + millis);
    }

    /// How often the refresh token of the sign-in was sent.
    fn times_spent(&self) -> usize {
        let first = self.spent.first();
        self.spent.iter().filter(|token| Some(*token) == first).count()
    }
}

fn client() -> Client {
    let options = Options { app_id: "cli_1".into(), app_secret: Secret::new("s3cret"), has_token_store: true, ..Options::default() };
    Client::new(options).unwrap()
}

fn answer(status: u16, body: &Value) -> Outcome {
    let head = Head { status, headers: Headers::from_iter([("Content-Type", "application/json")]) };
    Outcome::Response(Response { head, body: Received::Buffered(Bytes::from(body.to_string())) })
}

fn class(result: Option<Result<(), Error>>) -> Option<Class> {
    result.unwrap().err().map(|error| error.class())
}

#[test]
fn who_comes_after_one_that_died_tries_once_more() {
    let mut world = World::new();
    assert!(world.call(Fate::Dies).is_none());
    assert_eq!(class(world.call(Fate::Lives)), None);
    assert_eq!(world.times_spent(), 2);
    for _ in 0..3 {
        world.pass(7_300_000);
        assert!(world.call(Fate::Dies).is_none(), "the next pair begins anew");
        assert_eq!(class(world.call(Fate::Lives)), None);
    }
}

#[test]
fn nobody_sends_it_a_third_time() {
    let mut world = World::new();
    assert!(world.call(Fate::Dies).is_none());
    assert!(world.call(Fate::Dies).is_none());
    for _ in 0..3 {
        world.pass(LATER);
        assert_eq!(class(world.call(Fate::Lives)), Some(Class::ReauthorizationRequired));
    }
    assert_eq!(world.times_spent(), 2);
}

#[test]
fn who_lives_to_say_that_it_failed_ends_no_sign_in() {
    let mut world = World::new();
    for _ in 0..5 {
        assert_eq!(class(world.call(Fate::IsTurnedAway)), Some(Class::Unavailable));
        world.pass(LATER);
    }
    assert!(world.call(Fate::Dies).is_none());
    assert_eq!(class(world.call(Fate::IsTurnedAway)), Some(Class::Unavailable));
    world.pass(LATER);
    assert_eq!(class(world.call(Fate::Lives)), None);
}
