//! Clocks that jump and machines that sleep, in random orders: no call fails that a fresh token would have saved.
//!
//! The platform has a clock of its own, which never jumps. The client's wall clock is set an hour forward or back, and its other clock may stand
//! still while the machine sleeps; no timer fires then.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::disallowed_methods, missing_docs)]

#[allow(dead_code, reason = "the other tests with this stage use the rest")]
mod steps;

use larkspur_core::catalog::Style;
use larkspur_core::http::Request;
use larkspur_core::{Answer, Ask, CallOptions, Client, Entropy, Invocation, Now, Options, PathCall, Secret, Target};
use serde_json::{Value, json};

use steps::shelf::Shelf;
use steps::{Platform, Stage, path};

const SCHEDULES: u64 = 1_000;
const CALLS: u64 = 40;
const HOUR: u64 = 3600;
const LIFE: u64 = 2 * HOUR;

/// Grants tokens that live two hours by its own clock, and keeps what clients store.
#[derive(Default)]
struct Strict {
    now: u64,
    granted: Vec<u64>,
    refused: u32,
    shelf: Shelf,
}

impl Platform for Strict {
    fn answer(&mut self, request: &Request) -> Value {
        if path(request).contains("tenant_access_token") {
            self.granted.push(self.now + LIFE);
            return json!({ "code": 0, "msg": "ok", "tenant_access_token": format!("t-{}", self.granted.len()), "expire": LIFE });
        }
        let number: usize = request.headers.get("authorization").unwrap().strip_prefix("Bearer t-").unwrap().parse().unwrap();
        if self.granted[number - 1] > self.now {
            return json!({ "code": 0, "msg": "ok", "data": {} });
        }
        self.refused += 1;
        json!({ "code": 99_991_663, "msg": "invalid access token" })
    }

    fn asked(&mut self, ask: Ask) -> Answer {
        self.shelf.answer(ask)
    }
}

/// What came of all schedules.
#[derive(Default)]
struct Totals {
    calls: usize,
    tokens: usize,
    refused: u32,
}

#[test]
fn no_call_fails_when_clocks_jump_and_machines_sleep() {
    let totals = play_all(false);
    assert!(totals.refused > 100, "only {} tokens were taken for good after they had died", totals.refused);
}

#[test]
fn no_call_fails_either_where_two_clients_share_a_store() {
    let totals = play_all(true);
    assert!(totals.refused > 100, "only {} tokens were taken for good after they had died", totals.refused);
}

fn play_all(has_store: bool) -> Totals {
    let mut totals = Totals::default();
    (0..SCHEDULES).for_each(|seed| play(seed, has_store, &mut totals));
    println!("{} calls, {} tokens, {} refusals", totals.calls, totals.tokens, totals.refused);
    assert_eq!(totals.calls as u64, SCHEDULES * CALLS);
    totals
}

fn play(seed: u64, has_store: bool, totals: &mut Totals) {
    let (mut random, clients) = (Random(seed), [client(has_store), client(has_store)]);
    let mut stage = Stage::new(clients[0].clone(), Strict::default());
    for number in 0..CALLS {
        disturb(&mut stage, &mut random);
        let client = &clients[random.below(if has_store { 2 } else { 1 }) as usize];
        stage.start(client.call(&invocation(), Entropy([(seed ^ number) as u8; 32])).unwrap());
        // What waits goes on by the clock of durations, whatever the other one does.
        for _ in 0..60 {
            stage.run();
            if stage.is_quiet() {
                break;
            }
            let platform = stage.platform.now;
            stage.pass(1);
            stage.platform.now = platform + 1;
        }
        assert!(stage.is_quiet(), "seed {seed}: call {number} never ends");
    }
    totals.calls += stage.ended.len();
    totals.tokens += stage.platform.granted.len();
    totals.refused += stage.platform.refused;
    let errors = stage.errors();
    assert!(errors.is_empty(), "seed {seed}: {errors:?}");
}

/// Time passes, the wall clock is set, or the machine sleeps with its other clock.
fn disturb(stage: &mut Stage<Strict>, random: &mut Random) {
    let (Now { wall, mono }, span) = (stage.now, random.below(LIFE));
    let (wall, mono, passed) = match random.below(4) {
        0 => (wall.0 + HOUR * 1000, mono.0, 0),
        1 => (wall.0 - HOUR * 1000, mono.0, 0),
        2 => (wall.0 + span * 1000, mono.0, span),
        _ => (wall.0 + span * 1000, mono.0 + span * 1000, span),
    };
    // Between two calls there is at least the minute in which a second refusal renews nothing.
    stage.now = Now::new(wall + 61_000, mono + 61_000);
    stage.platform.now += passed + 61;
}

fn client(has_token_store: bool) -> Client {
    let (app_id, app_secret) = ("cli_1".into(), Secret::new("secret"));
    Client::new(Options { app_id, app_secret, has_token_store, ..Options::default() }).unwrap()
}

fn invocation() -> Invocation {
    let call = PathCall { method: "GET".into(), path: "/open-apis/x".into(), ..PathCall::default() };
    Invocation { target: Target::Path(call), options: CallOptions::default(), style: Style::Snake, sink: None, offset: 0 }
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % limit
    }
}
