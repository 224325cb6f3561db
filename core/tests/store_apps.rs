//! Store apps: tickets, the app's token, and a token for each tenant, step by step.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::disallowed_methods, missing_docs)]

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Waker};
use std::time::Duration;

use bytes::Bytes;
use larkspur_core::catalog::Style;
use larkspur_core::http::{Head, Headers, Piece, Received, Request, Response};
use larkspur_core::{
    AppType, Call, CallOptions, Client, Entropy, Error, Invocation, Mono, Now, Options, Outcome, PathCall, Refresh, Reply, Secret, Step,
    Target, Ticket,
};
use serde_json::{Value, json};

/// One thread that drives calls and refreshes, and a platform that answers at once.
struct Stage {
    client: Client,
    now: Now,
    machines: VecDeque<(Work, Pending)>,
    platform: fn(&Platform, &Request) -> Value,
    state: Platform,
    ended: Vec<(usize, Result<Reply, Error>)>,
    calls: usize,
}

/// What the platform knows, and what it was asked.
#[derive(Default)]
struct Platform {
    ticket: &'static str,
    sent: Vec<String>,
}

enum Work {
    Call(usize, Box<Call>),
    Refresh(Box<Refresh>),
}

enum Pending {
    Resume(Outcome),
    Until(Mono, Option<Ticket>),
}

impl Stage {
    fn new() -> Self {
        let options = Options { app_id: "cli_1".into(), app_secret: Secret::new("s3cret"), app_type: AppType::Store, ..Options::default() };
        let state = Platform { ticket: "ticket-1", ..Platform::default() };
        let now = Now::new(1_760_000_000_000, 9_000_000);
        let client = Client::new(options).unwrap();
        Self { client, now, machines: VecDeque::new(), platform: honest, state, ended: Vec::new(), calls: 0 }
    }

    fn call(&mut self, tenant: &str) {
        let call = PathCall { method: "GET".into(), path: format!("/open-apis/{tenant}"), ..PathCall::default() };
        let headers = Headers::from_iter([("X-Tenant", tenant)]);
        let options = CallOptions { headers, ..CallOptions::default() };
        let invocation = Invocation { target: Target::Path(call), options, style: Style::Snake, sink: None, offset: 0 };
        let call = self.client.for_tenant(tenant).unwrap().call(&invocation, Entropy([7; 32])).unwrap();
        self.machines.push_back((Work::Call(self.calls, Box::new(call)), Pending::Resume(Outcome::Start)));
        self.calls += 1;
    }

    fn give_ticket(&self, ticket: &str) {
        self.client.set_app_ticket(self.now, Secret::new(ticket)).unwrap();
    }

    /// Goes on until everybody waits.
    fn run(&mut self) {
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
            Step::Ask(ask) => panic!("nobody is there to be asked {ask:?}"),
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
        let body = (self.platform)(&self.state, request);
        self.state.sent.push(path(request).to_owned());
        let head = Head { status: 200, headers: Headers::from_iter([("Content-Type", "application/json")]) };
        Outcome::Response(Response { head, body: Received::Buffered(Bytes::from(body.to_string())) })
    }

    fn pass(&mut self, seconds: u64) {
        self.now = Now::new(self.now.wall.0 + seconds * 1000, self.now.mono.0 + seconds * 1000);
    }

    fn sent(&mut self) -> Vec<String> {
        std::mem::take(&mut self.state.sent)
    }

    fn errors(&mut self) -> Vec<String> {
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

const RESEND: &str = "/open-apis/auth/v3/app_ticket/resend";
const APP: &str = "/open-apis/auth/v3/app_access_token";
const TENANT: &str = "/open-apis/auth/v3/tenant_access_token";

/// Grants what was paid for, and refuses a call with another tenant's token.
fn honest(platform: &Platform, request: &Request) -> Value {
    let body = body(request);
    match path(request) {
        RESEND => json!({ "code": 0, "msg": "ok" }),
        APP if body["app_ticket"] != platform.ticket => json!({ "code": 10012, "msg": "app ticket invalid" }),
        APP => json!({ "code": 0, "msg": "ok", "app_access_token": format!("a-{}", platform.ticket), "expire": 7200 }),
        TENANT if body["app_access_token"] != format!("a-{}", platform.ticket) => {
            json!({ "code": 20014, "msg": "app access token invalid" })
        }
        TENANT => {
            json!({ "code": 0, "msg": "ok", "tenant_access_token": format!("t-{}", body["tenant_key"].as_str().unwrap()), "expire": 7200 })
        }
        _ => {
            let tenant = request.headers.get("x-tenant").unwrap();
            assert_eq!(request.headers.get("authorization"), Some(&*format!("Bearer t-{tenant}")));
            json!({ "code": 0, "msg": "ok", "data": {} })
        }
    }
}

fn path(request: &Request) -> &str {
    request.url.strip_prefix("https://open.feishu.cn").unwrap()
}

fn body(request: &Request) -> Value {
    match request.body.first() {
        Some(Piece::Bytes(bytes)) => serde_json::from_slice(bytes).unwrap(),
        _ => Value::Null,
    }
}

#[test]
fn each_tenant_has_a_token_and_the_apps_token_serves_all() {
    let mut stage = Stage::new();
    stage.give_ticket("ticket-1");
    for tenant in ["one", "two", "one"] {
        stage.call(tenant);
        stage.run();
    }
    assert_eq!(stage.sent(), [APP, TENANT, "/open-apis/one", TENANT, "/open-apis/two", "/open-apis/one"]);
    assert!(stage.errors().is_empty());
}

#[test]
fn without_a_ticket_one_is_asked_for_and_everybody_waits_for_it() {
    let mut stage = Stage::new();
    stage.call("one");
    stage.call("two");
    stage.call("one");
    stage.run();
    assert_eq!(stage.sent(), [RESEND]);
    stage.pass(20);
    stage.run();
    assert!(stage.sent().is_empty() && stage.ended.is_empty());
    stage.give_ticket("ticket-1");
    stage.run();
    assert_eq!((stage.ended.len(), stage.errors()), (3, Vec::new()));
    let sent = stage.sent();
    assert_eq!((sent.iter().filter(|path| *path == APP).count(), sent.iter().filter(|path| *path == TENANT).count()), (1, 2));
    assert!(stage.machines.is_empty(), "whatever waited has ended");
}

#[test]
fn a_ticket_that_does_not_come_ends_the_call_with_the_reason() {
    let mut stage = Stage::new();
    stage.call("one");
    stage.run();
    stage.pass(120);
    stage.run();
    let expected = "GET /open-apis/one: no app ticket has come within max_wait (120 s); receive the app_ticket event and pass its ticket to the client";
    assert_eq!(stage.errors(), [expected]);
    stage.give_ticket("ticket-1");
    stage.pass(2);
    stage.call("one");
    stage.run();
    assert!(stage.errors().is_empty());
}

#[test]
fn an_old_ticket_is_replaced_by_a_push() {
    let mut stage = Stage::new();
    stage.give_ticket("old");
    stage.call("one");
    stage.run();
    assert_eq!(stage.sent(), [APP, RESEND]);
    stage.give_ticket("ticket-1");
    stage.run();
    assert_eq!(stage.sent(), [APP, TENANT, "/open-apis/one"]);
    assert!(stage.errors().is_empty());
}

#[test]
fn a_ticket_that_stays_old_is_refused_once_more_and_no_oftener() {
    let mut stage = Stage::new();
    stage.give_ticket("old");
    stage.call("one");
    stage.run();
    stage.give_ticket("old");
    stage.run();
    assert_eq!(stage.sent(), [APP, RESEND, APP]);
    assert!(stage.errors()[0].contains("app ticket invalid"));
}

#[test]
fn an_app_token_that_the_platform_forgot_is_bought_again() {
    let mut stage = Stage::new();
    stage.give_ticket("ticket-1");
    stage.call("one");
    stage.run();
    stage.sent();
    stage.state.ticket = "ticket-2";
    stage.give_ticket("ticket-2");
    stage.call("two");
    stage.run();
    assert_eq!(stage.sent(), [TENANT, APP, TENANT, "/open-apis/two"]);
    assert!(stage.errors().is_empty());
}

#[test]
fn tokens_expire_and_tenants_never_mix() {
    let mut stage = Stage::new();
    stage.give_ticket("ticket-1");
    let mut seed = 17_u64;
    for _ in 0..2000 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        for place in [33, 40, 47] {
            stage.call(["one", "two", "three|", "three%7C", "tenant", "app"][(seed >> place) as usize % 6]);
        }
        stage.pass((seed >> 20) % 3000);
        stage.give_ticket("ticket-1");
        stage.run();
    }
    assert_eq!((stage.ended.len(), stage.errors().first()), (6000, None));
}

#[test]
fn a_store_app_needs_a_tenant_and_a_self_built_app_has_one() {
    let stage = Stage::new();
    let line = |error: Error| error.to_string();
    let call = PathCall { method: "GET".into(), path: "/open-apis/x".into(), ..PathCall::default() };
    let options = CallOptions { timeout: Some(Duration::from_secs(1)), ..CallOptions::default() };
    let invocation = Invocation { target: Target::Path(call), options, style: Style::Camel, sink: None, offset: 0 };
    let refused = stage.client.call(&invocation, Entropy([7; 32])).map(|_| ()).map_err(line);
    assert_eq!(refused.unwrap_err(), "GET /open-apis/x: needs a tenant; client.forTenant(…)");
    assert_eq!(
        stage.client.for_tenant(" ").map_err(line).unwrap_err(),
        "tenant_key is empty; pass the tenant_key of an event, or of an answer"
    );
    let options = Options { app_id: "cli_1".into(), app_secret: Secret::new("s3cret"), ..Options::default() };
    let own = Client::new(options).unwrap();
    assert!(line(own.for_tenant("one").unwrap_err()).starts_with("a self-built app has one tenant only; make the client"));
    assert!(line(own.set_app_ticket(stage.now, Secret::new("x")).unwrap_err()).starts_with("a self-built app has no ticket"));
    assert!("isv".parse::<AppType>().is_err());
    assert_eq!(stage.client.for_tenant("one").unwrap().identity(), "tenant");
}
