//! Tokens: issued, kept, expired, refused.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use common::App;
use serde_json::json;

const SEND: &str = "/open-apis/im/v1/messages?receive_id_type=chat_id";
const BOT: &str = "/open-apis/bot/v3/info";

#[test]
fn a_token_is_kept_for_ninety_minutes() {
    let app = App::new();
    let first = app.token();
    app.control("clock", json!({"advance": 5399, "app_id": app.id}));
    let again = app.token_answer("secret");
    assert_eq!(again["tenant_access_token"], json!(first));
    assert!((1800..=1801).contains(&again["expire"].as_i64().unwrap()), "{again}");
    app.control("clock", json!({"advance": 2}));
    let second = app.token();
    assert_ne!(second, first);
    assert_eq!(app.call("GET", BOT, &first, None).code(), 0, "the old one still works");
    app.control("clock", json!({"advance": 1801}));
    let expired = app.call("GET", BOT, &first, None);
    assert_eq!((expired.status, expired.code()), (400, 99991663));
    assert_eq!(app.call("GET", BOT, &second, None).code(), 0);
}

#[test]
fn wrong_credentials() {
    let app = App::new();
    assert_eq!(app.token_answer("wrong")["code"], 10014);
    app.control("apps", json!({"app_id": app.id, "secret": "right", "expire": 60}));
    assert_eq!(app.token_answer("secret")["code"], 10014);
    assert_eq!(app.token_answer("right")["expire"], 60);
    let unknown = json!({"app_id": "nobody", "app_secret": "s"});
    let answer = app.call("POST", "/open-apis/auth/v3/tenant_access_token/internal", "", Some(unknown));
    assert_eq!((answer.status, answer.code()), (200, 10003));
}

#[test]
fn each_kind_of_bad_token_has_its_code() {
    let app = App::new();
    app.token();
    let code = |token: &str| app.call("GET", "/open-apis/im/v1/chats", token, None).code();
    assert_eq!(app.send("GET", BOT, &[], b"").unwrap().code(), 99991661);
    assert_eq!(app.send("GET", BOT, &[("Authorization", "t-1")], b"").unwrap().code(), 99991661);
    assert_eq!([code("t-1"), code("u-1"), code("eyJh"), code("a-1"), code("x")], [99991663, 99991668, 99991668, 99991664, 99991671]);
    let user = app.control("users/token", json!({"app_id": app.id, "expire": 10}))["token"].as_str().unwrap().to_owned();
    assert_eq!(code(&user), 0);
    let refused = app.call("GET", BOT, &user, None);
    assert_eq!(refused.code(), 99991668);
    assert!(refused.text().contains("does not support"), "{}", refused.text());
    app.control("clock", json!({"advance": 10}));
    assert_eq!(code(&user), 99991677);
}

#[test]
fn all_tokens_can_expire() {
    let app = App::new();
    let token = app.token();
    app.control("tokens/expire", json!({"app_id": app.id}));
    assert_eq!(app.call("GET", BOT, &token, None).code(), 99991663);
    assert_ne!(app.token(), token);
}

#[test]
fn a_store_app_needs_its_ticket() {
    let app = App::new();
    let call = |path: &str, body| app.call("POST", &format!("/open-apis/auth/v3/{path}"), "", Some(body)).json();
    let resend = json!({"app_id": app.id, "app_secret": "s"});
    assert_eq!(call("app_ticket/resend", resend.clone())["code"], 10016);
    app.control("apps", json!({"app_id": app.id, "store": true, "ticket": "now"}));
    assert_eq!(call("app_ticket/resend", resend)["code"], 0);
    let ask = |ticket: &str| json!({"app_id": app.id, "app_secret": "s", "app_ticket": ticket});
    assert_eq!(call("app_access_token", ask("old"))["code"], 10012);
    let token = call("app_access_token", ask("now"))["app_access_token"].clone();
    let tenant =
        |key: &str| call("tenant_access_token", json!({"app_access_token": token, "tenant_key": key}))["tenant_access_token"].clone();
    assert_eq!(tenant("a"), tenant("a"));
    assert_ne!(tenant("a"), tenant("b"));
}

#[test]
fn missing_scopes_are_named() {
    let app = App::new();
    let token = app.token();
    app.control("apps", json!({"app_id": app.id, "missing_scopes": ["im:message", "im:message:send", "im:message:send_as_bot"]}));
    let body = json!({"receive_id": "oc_1", "msg_type": "text", "content": "{\"text\":\"a\"}"});
    let refused = app.call("POST", SEND, &token, Some(body));
    assert_eq!((refused.status, refused.code()), (400, 99991672));
    let error = &refused.json()["error"];
    assert_eq!(error["permission_violations"][1]["subject"], "im:message:send");
    assert!(error["helps"][0]["url"].as_str().unwrap().contains("cli_test/auth?q=im:message,"));
    assert_eq!(error["log_id"].as_str(), refused.header("X-Tt-Logid"));
    assert_eq!(app.call("GET", BOT, &token, None).code(), 0, "other scopes are there");
}

#[test]
fn the_log_never_holds_a_credential() {
    let app = App::new();
    let token = app.token();
    app.send(
        "GET",
        BOT,
        &[("Authorization", &format!("Bearer {token}")), ("X-Lark-Helpdesk-Authorization", "MTIzNDU6aHQtc29tZXRva2Vu")],
        b"",
    )
    .unwrap();
    let log = app.log();
    let text = serde_json::to_string(&log).unwrap();
    assert!(!text.contains(&token) && !text.contains("\\\"secret\\\"") && !text.contains("MTIzNDU6"), "{text}");
    assert_eq!(log[1]["headers"]["authorization"], "Bearer tenant#1");
    assert_eq!(log[1]["headers"]["x-lark-helpdesk-authorization"], "12345:***");
    assert_eq!((&log[1]["token"]["kind"], &log[1]["status"]), (&json!("tenant"), &json!(200)));
}
