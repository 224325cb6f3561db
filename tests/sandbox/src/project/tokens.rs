//! Plugin tokens, real and virtual; users' tokens, which a code buys and which rotate; and the check of both.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::envelope::{done, refusal};
use crate::answer::{Refusal, Reply};
use crate::app::App;
use crate::catalog::Operation;
use crate::clock::Millis;
use crate::platform::Call;
use crate::received::Received;
use crate::tokens::token_text;

/// How long a code holds.
const CODE: Millis = 5 * 60 * 1000;

/// How long a refresh token holds, in seconds, unless it is set.
const REFRESH: u64 = 1_209_600;

/// Who has signed in to a plugin.
#[derive(Default)]
pub(super) struct Users {
    /// Codes and refresh tokens, each with what it is good for until it is spent.
    open: HashMap<String, Open>,
    /// The users of access tokens.
    owners: HashMap<String, String>,
    counter: usize,
}

struct Open {
    user: String,
    expires: Millis,
    is_refresh: bool,
}

impl Users {
    /// Whose token it is, if a user's.
    pub(super) fn of(&self, token: &str) -> Option<&str> {
        self.owners.get(token).map(String::as_str)
    }

    /// Takes all refresh tokens back.
    pub(super) fn revoke(&mut self) {
        self.open.retain(|_, open| !open.is_refresh);
    }

    fn spend(&mut self, text: &str, is_refresh: bool, now: Millis) -> Option<String> {
        let is_good = |open: &&Open| open.is_refresh == is_refresh && open.expires > now;
        self.open.get(text).filter(is_good)?;
        self.open.remove(text).map(|open| open.user)
    }
}

/// The token of a request of this family.
pub(crate) fn presented(request: &Received) -> Option<&str> {
    Some(request.header("x-plugin-token")).filter(|token| !token.is_empty())
}

/// `POST /open_api/authen/plugin_token`.
pub(super) fn plugin(call: &mut Call) -> Reply {
    let (id, secret) = (call.request.text("plugin_id"), call.request.text("plugin_secret"));
    let is_right = call.app.settings.secret.as_ref().map_or(!secret.is_empty() && secret != "wrong", |known| secret == known);
    if id.is_empty() || !is_right {
        return Err(refusal(20006, "Invalid Param: plugin_id or plugin_secret"));
    }
    let kind = match call.request.json.get("type").and_then(Value::as_u64).unwrap_or(0) {
        0 => "plugin",
        1 => "virtual",
        _ => return Err(refusal(20006, "Invalid Param: type")),
    };
    let (token, life) = call.issue(kind, kind);
    Ok(done(call, json!({"token": token, "expire_time": life}), Value::Null))
}

/// `POST /open_api/authen/auth_code`: what the front end asks for, with the session's cookie `user=KEY`.
pub(super) fn code(call: &mut Call) -> Reply {
    let cookie = call.request.header("cookie").split("; ").find_map(|pair| pair.strip_prefix("user="));
    let user = cookie.filter(|user| !user.is_empty()).ok_or_else(|| refusal(10021, "no session"))?.to_owned();
    let code = fresh(call, "code");
    call.app.project.users.open.insert(code.clone(), Open { user, expires: call.now + CODE, is_refresh: false });
    Ok(done(call, json!({"code": code}), Value::Null))
}

/// `POST /open_api/authen/user_plugin_token`.
pub(super) fn exchange(call: &mut Call) -> Reply {
    if call.request.text("grant_type") != "authorization_code" {
        return Err(refusal(20006, "Invalid Param: grant_type"));
    }
    let user = call.app.project.users.spend(call.request.text("code"), false, call.now);
    let user = user.ok_or_else(|| refusal(10210, "the code is not valid"))?;
    let mut pair = grant(call, &user);
    if let Value::Object(members) = &mut pair {
        members.insert("user_key".to_owned(), json!(user));
        members.insert("saas_tenant_key".to_owned(), json!("tenant_1"));
    }
    Ok(done(call, pair, Value::Null))
}

/// `POST /open_api/authen/refresh_token`: each refresh token buys the next pair, once.
pub(super) fn refresh(call: &mut Call) -> Reply {
    let user = call.app.project.users.spend(call.request.text("refresh_token"), true, call.now);
    let user = user.ok_or_else(|| refusal(10211, "the refresh token cannot be decoded"))?;
    let pair = grant(call, &user);
    Ok(done(call, pair, Value::Null))
}

/// The token must be there, known, alive, and of a kind that the operation takes.
pub(super) fn check(app: &App, operation: &Operation, request: &Received, now: Millis) -> Result<(), Refusal> {
    if operation.is_open() {
        return Ok(());
    }
    let text = presented(request).ok_or_else(|| refusal(10021, "Token Not Exist"))?;
    let token = app.tokens.get(text).filter(|token| token.expires > now).ok_or_else(rejected)?;
    let kind = if token.kind == "virtual" { "plugin" } else { token.kind };
    if operation.accepts(kind) { Ok(()) } else { Err(refusal(10211, format!("a {kind} token is not accepted here"))) }
}

/// Whoever calls with a plugin's token says for whom: a key of digits.
pub(super) fn check_user(call: &Call) -> Result<(), Refusal> {
    let is_users = presented(call.request).is_some_and(|token| call.app.tokens.get(token).is_some_and(|token| token.kind == "user"));
    let key = call.request.header("x-user-key");
    match key {
        _ if is_users || !call.operation.accepts("user") || call.operation.is_open() => Ok(()),
        "" => Err(refusal(20039, "X-USER-KEY is missing")),
        key if key.bytes().all(|byte| byte.is_ascii_digit()) => Ok(()),
        _ => Err(refusal(20042, "X-USER-KEY is wrong")),
    }
}

/// An unknown or expired token.
pub(super) fn rejected() -> Refusal {
    refusal(10022, "Check Token Failed")
}

fn grant(call: &mut Call, user: &str) -> Value {
    let (life, refresh_life) = (call.app.settings.expire, call.app.settings.refresh_expire.unwrap_or(REFRESH));
    let access = token_text(&call.app.id, "user", call.app.tokens.count("user") + 1);
    call.app.tokens.add(access.clone(), "user", call.now + life * 1000);
    let refresh = fresh(call, "refresh");
    let open = Open { user: user.to_owned(), expires: call.now + refresh_life * 1000, is_refresh: true };
    call.app.project.users.open.insert(refresh.clone(), open);
    call.app.project.users.owners.insert(access.clone(), user.to_owned());
    json!({"token": access, "expire_time": life, "refresh_token": refresh, "refresh_token_expire_time": refresh_life})
}

fn fresh(call: &mut Call, kind: &str) -> String {
    call.app.project.users.counter += 1;
    token_text(&call.app.id, &format!("project-{kind}"), call.app.project.users.counter)
}
