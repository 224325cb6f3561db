//! Store apps: tickets, the app's token, and a token for each tenant, step by step.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::disallowed_methods, missing_docs)]

mod steps;

use std::time::Duration;

use larkspur_core::catalog::Style;
use larkspur_core::http::{Headers, Request};
use larkspur_core::{Answer, AppType, Ask, CallOptions, Client, Entropy, Error, Invocation, Options, PathCall, Secret, Target};
use serde_json::{Value, json};

use steps::shelf::Shelf;
use steps::{Platform, Stage, body, path};

/// What the platform takes, and what lies in the store.
struct Grants {
    ticket: &'static str,
    shelf: Shelf,
}

impl Platform for Grants {
    fn answer(&mut self, request: &Request) -> Value {
        honest(self, request)
    }

    fn asked(&mut self, ask: Ask) -> Answer {
        self.shelf.answer(ask)
    }
}

fn client(has_token_store: bool) -> Client {
    let app_type = AppType::Store;
    let options = Options { app_id: "cli_1".into(), app_secret: Secret::new("s3cret"), app_type, has_token_store, ..Options::default() };
    Client::new(options).unwrap()
}

fn stage() -> Stage<Grants> {
    Stage::new(client(false), Grants { ticket: "ticket-1", shelf: Shelf::default() })
}

fn call(stage: &mut Stage<Grants>, tenant: &str) {
    let call = PathCall { method: "GET".into(), path: format!("/open-apis/{tenant}"), ..PathCall::default() };
    let headers = Headers::from_iter([("X-Tenant", tenant)]);
    let options = CallOptions { headers, ..CallOptions::default() };
    let invocation = Invocation { target: Target::Path(call), options, style: Style::Snake, sink: None, offset: 0 };
    let call = stage.client.for_tenant(tenant).unwrap().call(&invocation, Entropy([7; 32])).unwrap();
    stage.start(call);
}

fn give_ticket(stage: &Stage<Grants>, ticket: &str) {
    stage.client.set_app_ticket(stage.now, Secret::new(ticket)).unwrap();
}

const RESEND: &str = "/open-apis/auth/v3/app_ticket/resend";
const APP: &str = "/open-apis/auth/v3/app_access_token";
const TENANT: &str = "/open-apis/auth/v3/tenant_access_token";

/// Grants what was paid for, and refuses a call with another tenant's token.
fn honest(platform: &Grants, request: &Request) -> Value {
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

#[test]
fn each_tenant_has_a_token_and_the_apps_token_serves_all() {
    let mut stage = stage();
    give_ticket(&stage, "ticket-1");
    for tenant in ["one", "two", "one"] {
        call(&mut stage, tenant);
        stage.run();
    }
    assert_eq!(stage.sent(), [APP, TENANT, "/open-apis/one", TENANT, "/open-apis/two", "/open-apis/one"]);
    assert!(stage.errors().is_empty());
}

#[test]
fn without_a_ticket_one_is_asked_for_and_everybody_waits_for_it() {
    let mut stage = stage();
    call(&mut stage, "one");
    call(&mut stage, "two");
    call(&mut stage, "one");
    stage.run();
    assert_eq!(stage.sent(), [RESEND]);
    stage.pass(20);
    stage.run();
    assert!(stage.sent().is_empty() && stage.ended.is_empty());
    give_ticket(&stage, "ticket-1");
    stage.run();
    assert_eq!((stage.ended.len(), stage.errors()), (3, Vec::new()));
    let sent = stage.sent();
    assert_eq!((sent.iter().filter(|path| *path == APP).count(), sent.iter().filter(|path| *path == TENANT).count()), (1, 2));
    assert!(stage.is_quiet(), "whatever waited has ended");
}

#[test]
fn a_ticket_that_does_not_come_ends_the_call_with_the_reason() {
    let mut stage = stage();
    call(&mut stage, "one");
    stage.run();
    stage.pass(120);
    stage.run();
    let expected = "GET /open-apis/one: no app ticket has come within max_wait (120 s); receive the app_ticket event and pass its ticket to the client";
    assert_eq!(stage.errors(), [expected]);
    give_ticket(&stage, "ticket-1");
    stage.pass(2);
    call(&mut stage, "one");
    stage.run();
    assert!(stage.errors().is_empty());
}

#[test]
fn an_old_ticket_is_replaced_by_a_push() {
    let mut stage = stage();
    give_ticket(&stage, "old");
    call(&mut stage, "one");
    stage.run();
    assert_eq!(stage.sent(), [APP, RESEND]);
    give_ticket(&stage, "ticket-1");
    stage.run();
    assert_eq!(stage.sent(), [APP, TENANT, "/open-apis/one"]);
    assert!(stage.errors().is_empty());
}

#[test]
fn a_ticket_that_stays_old_is_refused_once_more_and_no_oftener() {
    let mut stage = stage();
    give_ticket(&stage, "old");
    call(&mut stage, "one");
    stage.run();
    give_ticket(&stage, "old");
    stage.run();
    assert_eq!(stage.sent(), [APP, RESEND, APP]);
    assert!(stage.errors()[0].contains("app ticket invalid"));
}

#[test]
fn an_app_token_that_the_platform_forgot_is_bought_again() {
    let mut stage = stage();
    give_ticket(&stage, "ticket-1");
    call(&mut stage, "one");
    stage.run();
    stage.sent();
    stage.platform.ticket = "ticket-2";
    give_ticket(&stage, "ticket-2");
    call(&mut stage, "two");
    stage.run();
    assert_eq!(stage.sent(), [TENANT, APP, TENANT, "/open-apis/two"]);
    assert!(stage.errors().is_empty());
}

#[test]
fn tokens_expire_and_tenants_never_mix() {
    let mut stage = stage();
    give_ticket(&stage, "ticket-1");
    let mut seed = 17_u64;
    for _ in 0..2000 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        for place in [33, 40, 47] {
            call(&mut stage, ["one", "two", "three|", "three%7C", "tenant", "app"][(seed >> place) as usize % 6]);
        }
        stage.pass((seed >> 20) % 3000);
        give_ticket(&stage, "ticket-1");
        stage.run();
    }
    assert_eq!((stage.ended.len(), stage.errors().first()), (6000, None));
}

#[test]
fn a_store_app_needs_a_tenant_and_a_self_built_app_has_one() {
    let stage = stage();
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

#[test]
fn a_ticket_serves_all_clients_of_a_store() {
    let mut stage = stage();
    stage.client = client(true);
    give_ticket(&stage, "ticket-1");
    call(&mut stage, "one");
    stage.run();
    stage.sent();
    for _ in 0..3 {
        stage.client = client(true);
        stage.pass(7300);
        call(&mut stage, "one");
        stage.run();
        assert_eq!(stage.sent(), [APP, TENANT, "/open-apis/one"]);
    }
    stage.platform.ticket = "ticket-2";
    stage.client = client(true);
    stage.pass(7300);
    call(&mut stage, "one");
    stage.run();
    assert_eq!(stage.sent(), [APP, RESEND], "one that is old is replaced as ever");
    give_ticket(&stage, "ticket-2");
    stage.run();
    assert_eq!((stage.sent().len(), stage.errors()), (3, Vec::new()));
    assert!(stage.platform.shelf.values.values().any(|kept| kept.value.reveal().contains("ticket-2")));
}
