//! Users who sign in: codes, pairs that rotate, expire and are revoked, devices, and tokens that are taken back.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use common::{Answer, App};
use serde_json::{Value, json};

const BACK: &str = "https://app/cb";
const CHATS: &str = "/open-apis/im/v1/chats";

/// A user's code, as the page gives it.
fn code(app: &App) -> String {
    let page =
        format!("/open-apis/authen/v1/authorize?response_type=code&client_id={}&redirect_uri={BACK}&state=s&scope=offline_access", app.id);
    let answer = app.send("GET", &page, &[], b"").unwrap();
    let back = answer.header("location").unwrap();
    back.strip_prefix(&format!("{BACK}?code=")).unwrap().strip_suffix("&state=s").unwrap().to_owned()
}

fn buy(app: &App, with: Value) -> Answer {
    let mut body = json!({"client_id": app.id, "client_secret": "secret"});
    body.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
    app.call("POST", "/open-apis/authen/v2/oauth/token", "", Some(body))
}

fn exchange(app: &App, code: &str) -> Answer {
    buy(app, json!({"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}))
}

fn sign_in(app: &App) -> Value {
    exchange(app, &code(app)).json()
}

fn rotate(app: &App, pair: &Value) -> Answer {
    buy(app, json!({"grant_type": "refresh_token", "refresh_token": pair["refresh_token"]}))
}

fn call(app: &App, pair: &Value) -> i64 {
    app.call("GET", CHATS, pair["access_token"].as_str().unwrap(), None).code()
}

#[test]
fn a_code_serves_once_and_for_five_minutes() {
    let app = App::new();
    let first = code(&app);
    assert_eq!(exchange(&app, &first).code(), 0);
    assert_eq!(exchange(&app, &first).code(), 20065);
    let late = code(&app);
    app.control("clock", json!({"advance": 301, "app_id": app.id}));
    assert_eq!(exchange(&app, &late).code(), 20004);
    assert_eq!(exchange(&app, "no-code").code(), 20003);
    let elsewhere = json!({"grant_type": "authorization_code", "code": code(&app), "redirect_uri": "https://other"});
    assert_eq!(buy(&app, elsewhere).code(), 20071);
    assert_eq!(buy(&app, json!({"grant_type": "refresh_token", "client_secret": "wrong"})).code(), 20002);
}

#[test]
fn a_pair_rotates_expires_and_is_revoked() {
    let app = App::new();
    app.control("apps", json!({"app_id": app.id, "expire": 60, "refresh_expire": 600}));
    let first = sign_in(&app);
    assert_eq!((&first["expires_in"], &first["refresh_token_expires_in"]), (&json!(60), &json!(600)));
    let second = rotate(&app, &first).json();
    assert!(second["refresh_token"] != first["refresh_token"] && second["access_token"] != first["access_token"]);
    assert_eq!(rotate(&app, &first).code(), 20073, "it was spent");
    app.control("clock", json!({"advance": 61, "app_id": app.id}));
    assert_eq!(call(&app, &second), 99991677);
    let third = rotate(&app, &second).json();
    assert_eq!(call(&app, &third), 0);
    app.control("clock", json!({"advance": 601, "app_id": app.id}));
    assert_eq!(rotate(&app, &third).code(), 20037);
    let fourth = sign_in(&app);
    app.control("users/revoke", json!({"app_id": app.id}));
    assert_eq!(rotate(&app, &fourth).code(), 20064);
    assert_eq!(rotate(&app, &json!({"refresh_token": "ur-none"})).code(), 20026);
}

#[test]
fn tokens_are_taken_back() {
    let app = App::new();
    let (one, other) = (sign_in(&app), sign_in(&app));
    let revoke = |token: &Value, secret: &str| {
        let form = format!("client_id={}&client_secret={secret}&token={}", app.id, token.as_str().unwrap());
        let kind = ("Content-Type", "application/x-www-form-urlencoded");
        app.send("POST", "/oauth/v1/revoke", &[kind], form.as_bytes()).unwrap().code()
    };
    assert_eq!(revoke(&one["access_token"], "wrong"), 20002);
    assert_eq!(revoke(&one["access_token"], "secret"), 0);
    assert_eq!((call(&app, &one), call(&app, &other)), (99991677, 0));
    assert_eq!(revoke(&one["refresh_token"], "secret"), 0);
    assert_eq!(call(&app, &other), 99991677, "it is the same user's");
    assert_eq!(rotate(&app, &one).code(), 20064);
}

#[test]
fn a_device_waits_for_its_user() {
    let app = App::new();
    let begin = || {
        let (form, pair) = (("Content-Type", "application/x-www-form-urlencoded"), ("Authorization", "Basic Y2xpX3Rlc3Q6c2VjcmV0"));
        app.send("POST", "/oauth/v1/device_authorization", &[form, pair], b"client_id=cli_test&scope=offline_access").unwrap().json()
    };
    let ask = |begun: &Value| {
        let grant = "urn:ietf:params:oauth:grant-type:device_code";
        app.control("clock", json!({"advance": 1, "app_id": app.id}));
        buy(&app, json!({"grant_type": grant, "device_code": begun["device_code"]})).json()
    };
    let visit = |begun: &Value, more: &str| {
        let page = begun["verification_uri_complete"].as_str().unwrap().split_once("sandbox").unwrap().1;
        assert_eq!(app.send("GET", &format!("{page}{more}"), &[], b"").unwrap().status, 200);
    };
    let first = begin();
    assert_eq!(ask(&first)["error"], "authorization_pending");
    visit(&first, "&sandbox_user=ou_9");
    assert!(ask(&first)["access_token"].is_string());
    assert_eq!(ask(&first)["code"], 20065);
    let second = begin();
    visit(&second, "&sandbox_refuse=1");
    assert_eq!(ask(&second)["error"], "access_denied");
    let third = begin();
    app.control("clock", json!({"advance": 241, "app_id": app.id}));
    assert_eq!(ask(&third)["code"], 20004);
}
