//! Users: signing in, pairs that rotate, the end of a sign-in; and nobody's token in another's request.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::disallowed_methods, missing_docs)]

mod steps;

use std::collections::HashMap;

use larkspur_core::catalog::Style;
use larkspur_core::http::{Headers, Request};
use larkspur_core::{
    Answer, AppType, Ask, CallOptions, Class, Client, Entropy, Exchange, Invocation, Now, Options, PathCall, Secret, Target,
};
use serde_json::{Value, json};

use steps::shelf::Shelf;
use steps::{Platform, Stage, body, path};

const TOKEN: &str = "/open-apis/authen/v2/oauth/token";
const WHO: &str = "/open-apis/authen/v1/user_info";
const APP: &str = "/open-apis/auth/v3/app_access_token";
const TENANT: &str = "/open-apis/auth/v3/tenant_access_token";

/// Grants by rotation: a refresh token works once. A code is a user's name.
#[derive(Default)]
struct Accounts {
    tokens: HashMap<String, String>,
    refresh: HashMap<String, String>,
    granted: usize,
    are_tokens_forgotten: bool,
    shelf: Shelf,
}

impl Platform for Accounts {
    fn answer(&mut self, request: &Request) -> Value {
        let body = body(request);
        let bearer = request.headers.get("authorization").and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
        match (path(request), body["grant_type"].as_str()) {
            (TOKEN, Some("authorization_code")) => self.grant(body["code"].as_str().unwrap()),
            (TOKEN, _) => match self.refresh.remove(body["refresh_token"].as_str().unwrap()) {
                Some(user) => self.grant(&user),
                None => json!({ "code": 20073, "error": "invalid_grant", "error_description": "the refresh token has been used" }),
            },
            (WHO, _) => json!({ "code": 0, "msg": "ok", "data": { "open_id": self.tokens[bearer] } }),
            (APP, _) => json!({ "code": 0, "msg": "ok", "app_access_token": "a-1", "expire": 7200 }),
            (TENANT, _) => self.grant_tenant(&body),
            (path, _) if path.contains("tenant_access_token") => {
                json!({ "code": 0, "msg": "ok", "tenant_access_token": "t-app", "expire": 7200 })
            }
            _ => self.serve(request.headers.get("x-user").unwrap(), bearer),
        }
    }

    fn asked(&mut self, ask: Ask) -> Answer {
        self.shelf.answer(ask)
    }
}

impl Accounts {
    fn grant(&mut self, user: &str) -> Value {
        self.granted += 1;
        let (token, refresh) = (format!("u-{}", self.granted), format!("ur-{}", self.granted));
        self.tokens.insert(token.clone(), user.to_owned());
        self.refresh.insert(refresh.clone(), user.to_owned());
        json!({
            "code": 0, "access_token": token, "expires_in": 7200, "refresh_token": refresh, "refresh_token_expires_in": 604_800,
            "token_type": "Bearer", "scope": "a:b offline_access",
        })
    }

    /// A tenant's token, for the app's.
    fn grant_tenant(&mut self, body: &Value) -> Value {
        assert_eq!(body["app_access_token"], "a-1");
        self.granted += 1;
        let token = format!("t-{}", self.granted);
        self.tokens.insert(token.clone(), format!("tenant:{}", body["tenant_key"].as_str().unwrap()));
        json!({ "code": 0, "msg": "ok", "tenant_access_token": token, "expire": 7200 })
    }

    /// Whoever calls has the token of the one who is meant.
    fn serve(&mut self, user: &str, bearer: &str) -> Value {
        if std::mem::take(&mut self.are_tokens_forgotten) {
            return json!({ "code": 99_991_668, "msg": "Invalid access token for authorization." });
        }
        let owner = self.tokens.get(bearer).map_or("app", String::as_str);
        assert_eq!((owner, owner == "app"), (user, bearer == "t-app"), "a token of another");
        json!({ "code": 0, "msg": "ok", "data": {} })
    }
}

fn client() -> Client {
    let options = Options { app_id: "cli_1".into(), app_secret: Secret::new("s3cret"), ..Options::default() };
    Client::new(options).unwrap()
}

/// A client of the same store app; with a store it finds what others have left there.
fn store_client(has_token_store: bool) -> Client {
    let app_type = AppType::Store;
    let options = Options { app_id: "cli_1".into(), app_secret: Secret::new("s3cret"), app_type, has_token_store, ..Options::default() };
    Client::new(options).unwrap()
}

fn stage() -> Stage<Accounts> {
    Stage::new(client(), Accounts::default())
}

fn sign_in(stage: &mut Stage<Accounts>, user: &str, number: u8) -> Value {
    let redirect_uri = "https://app/cb".into();
    let exchange = Exchange { code: Secret::new(user), redirect_uri, code_verifier: Some(Secret::new("verifier")) };
    let call = stage.client.exchange(exchange, &CallOptions::default(), Entropy([number; 32])).unwrap();
    stage.start(call);
    stage.run();
    let (_, result) = stage.ended.pop().unwrap();
    serde_json::from_slice(result.unwrap().data()).unwrap()
}

fn call(stage: &mut Stage<Accounts>, user: &str) {
    let view = match user {
        "app" => stage.client.as_app(),
        user => match user.strip_prefix("tenant:") {
            Some(tenant) => stage.client.for_tenant(tenant).unwrap(),
            None => stage.client.as_known_user(user).unwrap(),
        },
    };
    let call = PathCall { method: "GET".into(), path: "/open-apis/x".into(), ..PathCall::default() };
    let headers = Headers::from_iter([("X-User", user)]);
    let options = CallOptions { headers, ..CallOptions::default() };
    let invocation = Invocation { target: Target::Path(call), options, style: Style::Snake, sink: None, offset: 0 };
    stage.start(view.call(&invocation, Entropy([7; 32])).unwrap());
}

#[test]
fn a_code_buys_a_user_who_then_calls() {
    let mut stage = stage();
    let user = sign_in(&mut stage, "ou_1", 1);
    let expected = json!({
        "key": "ou_1", "open_id": "ou_1", "scopes": ["a:b", "offline_access"],
        "expires_at": 1_760_007_200_000_u64, "refresh_expires_at": 1_760_604_800_000_u64,
    });
    assert_eq!(user, expected);
    call(&mut stage, "ou_1");
    stage.run();
    assert_eq!(stage.sent(), [TOKEN, WHO, "/open-apis/x"]);
    assert!(stage.errors().is_empty() && stage.is_quiet());
}

#[test]
fn a_pair_rotates_whenever_the_token_expires_or_is_refused() {
    let mut stage = stage();
    sign_in(&mut stage, "ou_1", 1);
    for _ in 0..50 {
        stage.pass(7300);
        (0..3).for_each(|_| call(&mut stage, "ou_1"));
        stage.run();
    }
    assert_eq!(stage.platform.granted, 51);
    stage.platform.are_tokens_forgotten = true;
    call(&mut stage, "ou_1");
    stage.run();
    assert_eq!((stage.platform.granted, stage.errors()), (52, Vec::new()));
}

#[test]
fn a_sign_in_that_has_ended_says_where_to_begin_again_and_asks_nobody() {
    let mut stage = stage();
    sign_in(&mut stage, "ou_1", 1);
    stage.platform.refresh.clear();
    for sends in [1, 0, 0] {
        stage.pass(7300);
        stage.sent();
        call(&mut stage, "ou_1");
        stage.run();
        let (_, result) = stage.ended.pop().unwrap();
        let error = result.unwrap_err();
        assert_eq!(error.class(), Class::ReauthorizationRequired);
        let page = "https://accounts.feishu.cn/open-apis/authen/v1/authorize?response_type=code&client_id=cli_1";
        let url = format!("{page}&redirect_uri=https%3A%2F%2Fapp%2Fcb&scope=a%3Ab%20offline_access");
        assert_eq!(error.authorize_url.as_deref(), Some(&*url));
        assert_eq!(stage.sent().len(), sends, "what the platform has refused is not sent again");
    }
    sign_in(&mut stage, "ou_1", 2);
    call(&mut stage, "ou_1");
    stage.run();
    assert!(stage.errors().is_empty());
}

#[test]
fn a_refresh_token_that_has_expired_is_not_sent() {
    let mut stage = stage();
    sign_in(&mut stage, "ou_1", 1);
    stage.sent();
    stage.pass(604_800 + 3601);
    call(&mut stage, "ou_1");
    stage.run();
    assert!(stage.sent().is_empty());
    assert_eq!(stage.errors(), ["GET /open-apis/x: the user's sign-in has ended; send the user to the authorization page again"]);
}

#[test]
fn a_clock_that_is_an_hour_wrong_ends_no_sign_in() {
    for fast in [3_600_000, -3_600_000] {
        let mut stage = stage();
        sign_in(&mut stage, "ou_1", 1);
        stage.pass(604_000);
        stage.now = Now::new(stage.now.wall.0.checked_add_signed(fast).unwrap(), stage.now.mono.0);
        call(&mut stage, "ou_1");
        stage.run();
        assert_eq!((stage.platform.granted, stage.errors()), (2, Vec::new()));
    }
}

#[test]
fn who_never_signed_in_is_told_so() {
    let mut stage = stage();
    call(&mut stage, "ou_1");
    stage.run();
    assert_eq!(stage.errors(), ["GET /open-apis/x: the user has not signed in; send the user to the authorization page again"]);
    assert!(stage.sent().is_empty(), "least of all with the app's authority");
}

#[test]
fn an_export_takes_users_along() {
    let mut stage = stage();
    sign_in(&mut stage, "ou_1", 1);
    let exported = stage.client.export_tokens(stage.now);
    stage.client = client();
    assert_eq!(stage.client.import_tokens(stage.now, &exported).unwrap(), 1);
    stage.pass(7300);
    call(&mut stage, "ou_1");
    stage.run();
    assert!(stage.errors().is_empty());
}

#[test]
fn nobodys_token_reaches_anothers_request() {
    let users = ["ou_1", "ou_2", "ou|3", "ou%7C3", "tenant"];
    let mut stage = stage();
    let mut seed = 17_u64;
    for round in 0..1000 {
        for (number, user) in users.iter().enumerate().filter(|_| round % 70 == 0) {
            sign_in(&mut stage, user, number as u8);
        }
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        for place in [33, 40, 47] {
            call(&mut stage, ["app", "ou_1", "ou_2", "ou|3", "ou%7C3", "tenant"][(seed >> place) as usize % 6]);
        }
        stage.pass((seed >> 20) % 8000);
        stage.run();
    }
    assert_eq!((stage.ended.len(), stage.errors().first()), (3000, None));
}

#[test]
fn tenants_and_users_of_a_store_app_never_mix() {
    let all = ["tenant:one", "tenant:ou_1", "ou_1", "tenant:two|", "two|", "tenant:user", "user"];
    for has_token_store in [false, true] {
        let mut stage = stage();
        stage.client = store_client(has_token_store);
        let mut seed = 17_u64;
        for round in 0..1000 {
            if has_token_store && round % 30 == 0 {
                stage.client = store_client(true);
            }
            stage.client.set_app_ticket(stage.now, Secret::new("ticket")).unwrap();
            for (number, user) in ["ou_1", "two|", "user"].iter().enumerate().filter(|_| round % 70 == 0) {
                sign_in(&mut stage, user, number as u8);
            }
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            for place in [33, 40, 47] {
                call(&mut stage, all[(seed >> place) as usize % 7]);
            }
            stage.pass((seed >> 20) % 8000);
            stage.run();
        }
        assert_eq!((stage.ended.len(), stage.errors().first()), (3000, None), "{has_token_store}");
    }
}
