//! Who asks: the token endpoints, and the check of the token on every other request.

use serde_json::{Value, json};

use crate::answer::{Answer, Refusal, Reply};
use crate::app::App;
use crate::catalog::Operation;
use crate::clock::Millis;
use crate::platform::Call;
use crate::push::Push;
use crate::received::Received;
use crate::tokens::{Token, kind_by_prefix};

/// The bearer token of a request.
pub(crate) fn bearer(request: &Received) -> Option<&str> {
    request.header("authorization").strip_prefix("Bearer ").filter(|token| !token.is_empty())
}

/// The token of a request of either family.
pub(crate) fn presented(request: &Received) -> Option<&str> {
    bearer(request).or_else(|| crate::project::presented(request))
}

/// `POST /open-apis/auth/v3/tenant_access_token/internal`.
pub(crate) fn tenant_internal(call: &mut Call) -> Reply {
    check_secret(call)?;
    let (token, expire) = call.issue("tenant", "tenant");
    Ok(Answer::root(json!({"tenant_access_token": token, "expire": expire})))
}

/// `POST /open-apis/auth/v3/app_access_token/internal`.
pub(crate) fn app_internal(call: &mut Call) -> Reply {
    check_secret(call)?;
    let (app, expire) = call.issue("app", "app");
    let (tenant, _) = call.issue("tenant", "tenant");
    Ok(Answer::root(json!({"app_access_token": app, "tenant_access_token": tenant, "expire": expire})))
}

/// `POST /open-apis/auth/v3/app_access_token`, of store apps.
pub(crate) fn app_by_ticket(call: &mut Call) -> Reply {
    check_secret(call)?;
    if call.request.text("app_ticket") != call.app.settings.ticket {
        return Err(token_refusal(10012, "app ticket invalid"));
    }
    let (token, expire) = call.issue("app", "app");
    Ok(Answer::root(json!({"app_access_token": token, "expire": expire})))
}

/// `POST /open-apis/auth/v3/tenant_access_token`, of store apps.
pub(crate) fn tenant_by_app(call: &mut Call) -> Reply {
    let valid = |token: &Token| token.kind == "app" && token.expires > call.now;
    if !call.app.tokens.get(call.request.text("app_access_token")).is_some_and(valid) {
        return Err(token_refusal(20014, "app access token invalid"));
    }
    let key = format!("tenant:{}", call.request.text("tenant_key"));
    let (token, expire) = call.issue("tenant", &key);
    Ok(Answer::root(json!({"tenant_access_token": token, "expire": expire})))
}

/// `POST /open-apis/jssdk/ticket/get`: each request brings another ticket.
pub(crate) fn js_ticket(call: &mut Call) -> Reply {
    let ticket = call.app.new_id("ticket");
    Ok(Answer::data(json!({"ticket": ticket, "expire_in": call.app.settings.expire})))
}

/// `POST /open-apis/auth/v3/app_ticket/resend`.
pub(crate) fn resend_ticket(call: &mut Call) -> Reply {
    check_secret(call)?;
    if !call.app.settings.store {
        return Err(token_refusal(10016, "resend app ticket failed: not a store app"));
    }
    call.app.push = Push::ticket(call.app, call.now);
    Ok(Answer::root(Value::Null))
}

/// Checks that the request may call `operation`: token present, valid, of a kind the operation takes, and with its scopes.
pub(crate) fn check(app: &App, operation: &Operation, request: &Received, now: Millis) -> Result<(), Refusal> {
    if operation.is_open() {
        return Ok(());
    }
    let missing = "Missing access token for authorization. Please make a request with token attached.";
    let text = bearer(request).ok_or_else(|| Refusal::new(99991661, missing))?;
    let token = app.tokens.get(text).ok_or_else(|| unknown(text))?;
    if token.expires <= now {
        return Err(expired(token.kind));
    }
    if !operation.accepts(token.kind) {
        let kinds = operation.tokens.as_deref().unwrap_or_default().join(", ");
        let msg = format!("this operation does not support a {} access token; it accepts: {kinds}", token.kind);
        return Err(Refusal::new(invalid_code(token.kind), msg));
    }
    check_scopes(app, operation, token)
}

/// The refusal of a token that is as good as any other, for the fault `refuse_token`.
pub(crate) fn refuse(request: &Received) -> Refusal {
    unknown(bearer(request).unwrap_or_default())
}

fn check_secret(call: &Call) -> Result<(), Refusal> {
    let (id, secret) = (call.request.text("app_id"), call.request.text("app_secret"));
    if !id.starts_with("cli_") || secret.is_empty() {
        return Err(token_refusal(10003, "invalid param"));
    }
    let right = call.app.settings.secret.as_ref().map_or(secret != "wrong", |known| secret == known);
    right.then_some(()).ok_or_else(|| token_refusal(10014, "app secret invalid"))
}

fn token_refusal(code: i64, msg: &str) -> Refusal {
    Refusal::new(code, msg).status(200)
}

fn unknown(text: &str) -> Refusal {
    match kind_by_prefix(text) {
        "unknown" => Refusal::new(99991671, "Invalid access token for authorization: it must begin with t- or u-."),
        kind => Refusal::new(invalid_code(kind), "Invalid access token for authorization. Please make a request with token attached."),
    }
}

fn expired(kind: &str) -> Refusal {
    match kind {
        "user" => Refusal::new(99991677, "Authentication token expired"),
        kind => Refusal::new(invalid_code(kind), "Invalid access token for authorization: it has expired."),
    }
}

fn invalid_code(kind: &str) -> i64 {
    match kind {
        "user" => 99991668,
        "app" => 99991664,
        _ => 99991663,
    }
}

fn check_scopes(app: &App, operation: &Operation, token: &Token) -> Result<(), Refusal> {
    let needed = operation.scopes.as_deref().unwrap_or_default();
    let lacks = |missing: &[String]| !needed.is_empty() && needed.iter().all(|scope| missing.contains(scope));
    if lacks(&app.settings.missing_scopes) {
        let reason = "Access denied. One of the following scopes is required";
        return Err(scope_refusal(99991672, "action_scope_required", reason, &app.id, needed, token.kind));
    }
    if lacks(&token.missing_scopes) {
        let reason = "Unauthorized. The user has not granted one of the following scopes";
        return Err(scope_refusal(99991679, "action_privilege_required", reason, &app.id, needed, token.kind));
    }
    Ok(())
}

fn scope_refusal(code: i64, kind: &str, reason: &str, app_id: &str, scopes: &[String], token: &str) -> Refusal {
    let violations: Vec<Value> = scopes.iter().map(|scope| json!({"type": kind, "subject": scope})).collect();
    let url = format!("https://open.feishu.cn/app/{app_id}/auth?q={}&op_from=openapi&token_type={token}", scopes.join(","));
    let help = json!({"url": url, "description": "apply for the scope in the developer console"});
    Refusal::new(code, format!("{reason}: [{}]", scopes.join(", "))).error(json!({"permission_violations": violations, "helps": [help]}))
}
