//! Faults, scripts, limits, and the log under them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use std::io::Read;
use std::time::{Duration, Instant};

use common::{Answer, App, write_request};
use serde_json::{Value, json};

const BOT: &str = "/open-apis/bot/v3/info";

fn with_fault(then: Value) -> (App, String) {
    let app = App::new();
    let token = app.token();
    app.control("faults", json!({"rules": [{"operation": "bot.v3.bot.info", "then": then}]}));
    (app, token)
}

fn call(app: &App, token: &str) -> std::io::Result<Answer> {
    app.send("GET", BOT, &[("Authorization", &format!("Bearer {token}"))], b"")
}

#[test]
fn a_fault_meets_what_it_names_and_no_more() {
    let app = App::new();
    let token = app.token();
    app.control(
        "faults",
        json!({"rules": [
        {"path": "/open-apis/:service/v3/info", "method": "GET", "skip": 1, "times": 2, "then": {"html": 502}},
        {"app_id": "cli_other", "times": 0, "then": {"status": 500}}]}),
    );
    let statuses: Vec<u16> = (0..5).map(|_| call(&app, &token).unwrap().status).collect();
    assert_eq!(statuses, [200, 502, 502, 200, 200]);
    assert_eq!(app.log().iter().map(|entry| entry["status"].as_u64().unwrap()).collect::<Vec<_>>(), [200, 200, 502, 502, 200, 200]);
}

#[test]
fn answers_can_be_anything() {
    let (app, token) =
        with_fault(json!({"status": 429, "code": 99991400, "headers": {"x-ogw-ratelimit-reset": "2", "set-cookie": ["a", "b"]}}));
    let answer = call(&app, &token).unwrap();
    assert_eq!((answer.status, answer.code(), answer.header("x-ogw-ratelimit-reset")), (429, 99991400, Some("2")));
    assert_eq!(answer.head.matches("Set-Cookie").count(), 2);
    let (app, token) = with_fault(json!({"body": "", "headers": {"x-tt-logid": [], "content-type": []}}));
    let bare = call(&app, &token).unwrap();
    assert_eq!((bare.header("x-tt-logid"), bare.header("content-type"), bare.header("content-length")), (None, None, Some("0")));
    let (app, token) = with_fault(json!({"body_base64": "/w=="}));
    assert_eq!(call(&app, &token).unwrap().body, [0xff]);
    let (app, token) = with_fault(json!({"body_size": 5_000_000}));
    assert_eq!(call(&app, &token).unwrap().body.len(), 5_000_000);
    let (app, token) = with_fault(json!({"refuse_token": true}));
    assert_eq!(call(&app, &token).unwrap().code(), 99991663);
    assert_eq!(app.token(), token, "the platform still hands the same one out");
    let (app, token) = with_fault(json!({"expire_tokens": true}));
    assert_eq!(call(&app, &token).unwrap().code(), 99991663);
    assert_ne!(app.token(), token);
}

#[test]
fn connections_are_cut() {
    let (app, token) = with_fault(json!({"cut": "fin"}));
    assert_eq!(call(&app, &token).err().unwrap().kind(), std::io::ErrorKind::UnexpectedEof);
    let (app, token) = with_fault(json!({"cut": "rst"}));
    assert_eq!(call(&app, &token).err().unwrap().kind(), std::io::ErrorKind::ConnectionReset);
    let (app, token) = with_fault(json!({"cut": "fin", "after_bytes": 10}));
    let answer = call(&app, &token).unwrap();
    assert_eq!(answer.body.len(), 10);
    assert!(answer.header("content-length").unwrap().parse::<usize>().unwrap() > 10);
    let (app, token) = with_fault(json!({"cut": "rst", "after_bytes": 10}));
    assert_eq!(call(&app, &token).err().unwrap().kind(), std::io::ErrorKind::ConnectionReset);
}

#[test]
fn answers_are_slow_or_never_end() {
    let started = Instant::now();
    let (app, token) = with_fault(json!({"delay_ms": 100}));
    assert_eq!(call(&app, &token).unwrap().status, 200);
    let (app, token) = with_fault(json!({"drip": {"bytes": 10, "every_ms": 10}}));
    assert!(call(&app, &token).unwrap().body.len() > 50);
    assert!(started.elapsed() > Duration::from_millis(150));
    for (stall, head) in [("head", false), ("body", true)] {
        let (app, token) = with_fault(json!({"stall": stall}));
        let mut stream = app.connect();
        stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
        write_request(&mut stream, "GET", BOT, &[("Authorization", &format!("Bearer {token}"))], b"", "close").unwrap();
        let mut bytes = Vec::new();
        assert_eq!(stream.read_to_end(&mut bytes).unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
        assert_eq!(bytes.starts_with(b"HTTP/1.1 200"), head);
    }
}

#[test]
fn an_idle_connection_is_closed_without_a_word() {
    let (app, token) = with_fault(json!({"close_idle_ms": 100}));
    let mut stream = app.connect();
    write_request(&mut stream, "GET", BOT, &[("Authorization", &format!("Bearer {token}"))], b"", "keep-alive").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert!(text.starts_with("HTTP/1.1 200") && !text.to_lowercase().contains("connection: close"), "{text}");
}

#[test]
fn a_script_is_served_in_order() {
    let app = App::new();
    let token = app.token();
    app.control("script", json!({"app_id": app.id, "answers": [{"status": 503, "body": "busy"}, {"body": {"code": 0}}, {}]}));
    let first = call(&app, &token).unwrap();
    assert_eq!((first.status, first.text()), (503, "busy".to_owned()));
    assert_eq!(app.token(), token, "token requests are served as usual");
    let stranger = app.send("POST", "/any/where", &[("X-Sandbox-App", app.id)], b"{}").unwrap();
    assert_eq!(stranger.text(), r#"{"code":0}"#);
    assert_eq!(app.send("GET", &format!("/__sandbox/script?app_id={}", app.id), &[], b"").unwrap().json()["pending"], 1);
    assert_eq!(call(&app, &token).unwrap().json()["bot"]["open_id"], "open_id_1", "an empty shape is the platform's own answer");
    let dry = call(&app, &token).unwrap();
    assert!(dry.status == 599 && dry.text().contains("run dry"));
    assert!(app.log().iter().all(|entry| entry["app_id"] == app.id && entry["headers"].get("x-sandbox-app").is_none()));
    app.control("reset", json!({"app_id": app.id}));
    assert_eq!((app.log().len(), call(&app, &token).unwrap().code()), (0, 99991663));
}

#[test]
fn a_scripted_token_belongs_to_its_app() {
    let app = App::new();
    let answers = json!([{"body": {"code": 0, "tenant_access_token": "t-1", "expire": 7200}}, {"body": {"code": 0, "data": {"n": 1}}}]);
    app.control("script", json!({"app_id": app.id, "answers": answers, "tokens": true}));
    assert_eq!(app.token(), "t-1");
    assert_eq!(call(&app, "t-1").unwrap().json()["data"]["n"], 1);
    assert_eq!(app.log()[1]["headers"]["authorization"], "Bearer tenant#1");
}

#[test]
fn limits_say_when_to_come_back() {
    let app = App::new();
    let token = app.token();
    app.control("limits", json!({"app_id": app.id, "operation": "bot.v3.bot.info", "limit": 2, "window_ms": 60_000}));
    let answers: Vec<Answer> = (0..3).map(|_| call(&app, &token).unwrap()).collect();
    assert_eq!((answers[1].status, answers[2].status, answers[2].code()), (200, 429, 99991400));
    assert_eq!((answers[2].header("x-ogw-ratelimit-limit"), answers[2].header("x-ogw-ratelimit-reset")), (Some("2"), Some("60")));
    app.control("clock", json!({"advance": 60}));
    assert_eq!(call(&app, &token).unwrap().status, 200);
}

#[test]
fn mistakes_at_the_doors_are_explained() {
    let app = App::new();
    let post = |door: &str, body: Value| app.send("POST", &format!("/__sandbox/{door}"), &[], body.to_string().as_bytes()).unwrap();
    for (door, body) in [
        ("faults", json!({"rules": [{"then": {"delay": 1}}]})),
        ("faults", json!({"rules": [{"then": {"status": 42}}]})),
        ("faults", json!({"rules": [{"operation": "im.v1.mesage.create", "then": {}}]})),
        ("script", json!({"app_id": "a", "answers": [{"headers": {"a b": "c"}}]})),
        ("clock", json!({"advance": -1})),
        ("limits", json!({"app_id": "a", "operation": "no.such", "limit": 1})),
        ("files", json!({"app_id": "a", "kind": "song", "size": 1})),
        ("nothing", json!({})),
    ] {
        let answer = post(door, body);
        assert!(answer.status == 400 && answer.json()["error"].as_str().unwrap().len() > 10, "{door}: {}", answer.text());
    }
}

#[test]
fn each_token_endpoint_has_its_faults() {
    let app = App::new();
    for path in [
        "/open-apis/auth/v3/tenant_access_token/internal",
        "/open-apis/auth/v3/app_access_token/internal",
        "/open-apis/auth/v3/tenant_access_token",
        "/open-apis/auth/v3/app_access_token",
        "/open-apis/auth/v3/app_ticket/resend",
        "/open-apis/authen/v2/oauth/token",
        "/open-apis/jssdk/ticket/get",
        "/oauth/v3/token",
        "/oauth/v1/revoke",
        "/oauth/v1/device_authorization",
        "/open-apis/bot/v2/hook/cli_test",
        "/open_api/authen/plugin_token",
        "/open_api/authen/user_plugin_token",
        "/open_api/authen/refresh_token",
    ] {
        app.control(
            "faults",
            json!({"rules": [{"path": path, "then": {"code": 7, "msg": "fault"}}, {"path": path, "then": {"html": 502}}]}),
        );
        let meet = || app.call("POST", path, "", Some(json!({"app_id": app.id})));
        assert_eq!(meet().code(), 7, "{path}");
        assert_eq!(meet().status, 502, "{path}");
        assert!(meet().status < 500, "{path}: the third request is served");
    }
}
