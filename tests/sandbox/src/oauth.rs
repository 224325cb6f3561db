//! Users who sign in: the authorization page, which consents at once, and pairs of tokens that rotate.

use std::collections::{HashMap, HashSet};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::answer::{Answer, Refusal, Reply};
use crate::app::App;
use crate::auth::bearer;
use crate::clock::Millis;
use crate::platform::Call;
use crate::received::Received;
use crate::sample;
use crate::tokens::token_text;

/// The page to which users are sent.
pub(crate) const PAGE: &str = "/open-apis/authen/v1/authorize";

/// The page to which users with a device's code are sent.
pub(crate) const DEVICE_PAGE: &str = "/oauth/v1/device";

/// Where a device's code comes from.
pub(crate) const DEVICE: &str = "/oauth/v1/device_authorization";

/// Where tokens are taken back.
pub(crate) const REVOKE: &str = "/oauth/v1/revoke";

/// Where tokens of any kind come from, also for apps without a secret.
pub(crate) const TOKEN_V3: &str = "/oauth/v3/token";

/// How long a device's code holds, in seconds, and how often it may be asked for.
const DEVICE_LIFE: u64 = 240;
const DEVICE_INTERVAL: u64 = 1;

/// How long a code holds.
const CODE: Millis = 5 * 60 * 1000;

/// Who has signed in to an app.
#[derive(Default)]
pub(crate) struct SignIns {
    codes: HashMap<String, Code>,
    refresh: HashMap<String, Refresh>,
    devices: HashMap<String, Device>,
    /// The assertions that were used.
    assertions: HashSet<String>,
    /// The users of access tokens.
    users: HashMap<String, String>,
    counter: usize,
}

struct Code {
    user: String,
    scope: String,
    redirect_uri: String,
    challenge: Option<String>,
    expires: Millis,
    is_used: bool,
}

struct Device {
    user_code: String,
    scope: String,
    expires: Millis,
    asked: Option<Millis>,
    consent: Consent,
}

enum Consent {
    Open,
    Given(String),
    Refused,
    Spent,
}

struct Refresh {
    number: usize,
    user: String,
    scope: String,
    expires: Millis,
    state: State,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Good,
    Used,
    Revoked,
}

/// `GET /open-apis/authen/v1/authorize`: sends the browser back with a code, for `ou_sandbox` or the user named by `sandbox_user`.
pub(crate) fn page(app: &mut App, request: &Received, now: Millis) -> Answer {
    let query = |name: &str| request.query(name).unwrap_or_default();
    if query("response_type") != "code" || query("redirect_uri").is_empty() {
        return Answer::text(400, "text/html", "<html>20029: redirect_uri or response_type is wrong</html>");
    }
    let entry = Code {
        user: request.query("sandbox_user").unwrap_or("ou_sandbox").to_owned(),
        scope: query("scope").to_owned(),
        redirect_uri: query("redirect_uri").to_owned(),
        challenge: request.query("code_challenge").map(str::to_owned),
        expires: now + CODE,
        is_used: false,
    };
    let code = new_code(app, entry);
    let back = format!("{}{}code={code}&state={}", query("redirect_uri"), if query("redirect_uri").contains('?') { '&' } else { '?' }, {
        utf8_percent_encode(query("state"), NON_ALPHANUMERIC)
    });
    Answer::text(302, "text/html", "").with("location", back)
}

/// A code as the platform's own client gives it to a page inside of it: no page was visited, so it comes back to none.
pub(crate) fn code_in_client(app: &mut App, user: String, scope: String, now: Millis) -> String {
    new_code(app, Code { user, scope, redirect_uri: String::new(), challenge: None, expires: now + CODE, is_used: false })
}

fn new_code(app: &mut App, entry: Code) -> String {
    let number = app.sign_ins.next();
    let code = token_text(&app.id, "code", number);
    app.sign_ins.codes.insert(code.clone(), entry);
    code
}

/// `POST /oauth/v1/device_authorization`, with the app's pair as `Basic`.
pub(crate) fn device(app: &mut App, request: &Received, now: Millis, host: &str) -> Reply {
    let pair = request.header("authorization").strip_prefix("Basic ").and_then(|pair| STANDARD.decode(pair).ok()).unwrap_or_default();
    let pair = String::from_utf8(pair).unwrap_or_default();
    check_secret(app, pair.split_once(':').map_or("", |(_, secret)| secret))?;
    let number = app.sign_ins.next();
    let (code, user_code) = (token_text(&app.id, "device", number), format!("CODE-{number:04}"));
    let scope = request.form("scope").unwrap_or_default().to_owned();
    let entry = Device { user_code: user_code.clone(), scope, expires: now + DEVICE_LIFE * 1000, asked: None, consent: Consent::Open };
    app.sign_ins.devices.insert(code.clone(), entry);
    let page = format!("http://{host}{DEVICE_PAGE}?client_id={}", app.id);
    Ok(Answer::json(
        200,
        json!({"device_code": code, "user_code": user_code, "verification_uri": page,
            "verification_uri_complete": format!("{page}&user_code={user_code}"),
            "expires_in": DEVICE_LIFE, "interval": DEVICE_INTERVAL}),
    ))
}

/// `GET /oauth/v1/device`: consents at once, for `ou_sandbox` or the user named by `sandbox_user`; `sandbox_refuse` refuses.
pub(crate) fn device_page(app: &mut App, request: &Received) -> Answer {
    let user_code = request.query("user_code").unwrap_or_default();
    let Some(device) = app.sign_ins.devices.values_mut().find(|device| device.user_code == user_code) else {
        return Answer::text(404, "text/html", "<html>nobody waits for this code</html>");
    };
    device.consent = match request.query("sandbox_refuse") {
        Some(_) => Consent::Refused,
        None => Consent::Given(request.query("sandbox_user").unwrap_or("ou_sandbox").to_owned()),
    };
    Answer::text(200, "text/html", "<html>go back to your program</html>")
}

/// `POST /oauth/v1/revoke`: takes a refresh token, and with it the user's access tokens, or one access token back.
pub(crate) fn revoke(app: &mut App, request: &Received, now: Millis) -> Reply {
    let field = |name| request.form(name).unwrap_or_default();
    check_proof(app, field("client_secret"), field("client_assertion"), request, now)?;
    let token = request.form("token").unwrap_or_default();
    let user = match app.sign_ins.refresh.get_mut(token) {
        Some(refresh) => {
            refresh.state = State::Revoked;
            Some(refresh.user.clone())
        }
        None => None,
    };
    let of_user = |(access, owner): (&String, &String)| (user.as_ref() == Some(owner) || access == token).then(|| access.clone());
    let taken: Vec<String> = app.sign_ins.users.iter().filter_map(of_user).collect();
    taken.iter().for_each(|access| app.tokens.expire(access, now));
    Ok(Answer::json(200, json!({"code": 0})))
}

/// `POST /open-apis/authen/v2/oauth/token`.
pub(crate) fn token(call: &mut Call) -> Reply {
    check_secret(call.app, call.request.text("client_secret"))?;
    grant_for(call.app, call.request, call.now)
}

/// `POST /oauth/v3/token`, for apps with a secret and for those that prove themselves with an assertion.
pub(crate) fn token_v3(app: &mut App, request: &Received, now: Millis) -> Reply {
    check_proof(app, request.text("client_secret"), request.text("client_assertion"), request, now)?;
    if request.text("grant_type") != "client_credentials" {
        return grant_for(app, request, now);
    }
    let life = app.settings.expire;
    let (token, left) = app.tokens.issue(&app.id, "tenant", "tenant", life * 1000, now);
    Ok(Answer::json(200, json!({"access_token": token, "token_type": "Bearer", "expires_in": left})))
}

fn grant_for(app: &mut App, request: &Received, now: Millis) -> Reply {
    let (user, scope) = match request.text("grant_type") {
        "authorization_code" => spend_code(app, request, now)?,
        "refresh_token" => spend_refresh(app, request, now)?,
        "urn:ietf:params:oauth:grant-type:device_code" => spend_device(app, request, now)?,
        _ => return Err(refusal(20036, "unsupported_grant_type", "the grant_type is not supported")),
    };
    Ok(grant(app, user, scope, now))
}

/// `GET /open-apis/authen/v1/user_info`.
pub(crate) fn user_info(call: &mut Call) -> Reply {
    match call.app.sign_ins.users.get(bearer(call.request).unwrap_or_default()) {
        Some(user) => Ok(Answer::data(json!({"open_id": user, "union_id": format!("on_{user}"), "name": user, "tenant_key": "tenant_1"}))),
        None => Ok(sample::answer(call)),
    }
}

impl SignIns {
    /// The platform forgets all refresh tokens, as when users withdraw their consent.
    pub(crate) fn revoke(&mut self) {
        self.refresh.values_mut().for_each(|refresh| refresh.state = State::Revoked);
    }

    /// Which refresh token of the app it is, in the order in which they were granted.
    pub(crate) fn refresh_number(&self, token: &str) -> Option<usize> {
        self.refresh.get(token).map(|refresh| refresh.number)
    }

    fn next(&mut self) -> usize {
        self.counter += 1;
        self.counter
    }
}

fn spend_code(app: &mut App, request: &Received, now: Millis) -> Result<(String, String), Refusal> {
    let bad = |code, text| refusal(code, "invalid_grant", text);
    let Some(code) = app.sign_ins.codes.get_mut(request.text("code")) else { return Err(bad(20003, "the code is invalid")) };
    let proof = Some(URL_SAFE_NO_PAD.encode(Sha256::digest(request.text("code_verifier"))));
    match code {
        _ if code.is_used => Err(bad(20065, "the code has been used")),
        _ if code.expires <= now => Err(bad(20004, "the code has expired")),
        _ if code.redirect_uri != request.text("redirect_uri") => Err(bad(20071, "the redirect_uri is another")),
        _ if code.challenge.is_some() && code.challenge != proof => Err(bad(20049, "the code_verifier is wrong")),
        _ => {
            code.is_used = true;
            Ok((code.user.clone(), code.scope.clone()))
        }
    }
}

fn spend_device(app: &mut App, request: &Received, now: Millis) -> Result<(String, String), Refusal> {
    let code = request.text("device_code");
    let Some(device) = app.sign_ins.devices.get_mut(code) else {
        return Err(refusal(20003, "invalid_grant", "the device code is invalid"));
    };
    let before = device.asked.replace(now);
    if device.expires <= now {
        return Err(refusal(20004, "expired_token", "the device code has expired"));
    }
    // Timers of clients are a little early now and then.
    if before.is_some_and(|before| now < before + DEVICE_INTERVAL * 900) {
        return Err(refusal(0, "slow_down", "asked too often"));
    }
    match std::mem::replace(&mut device.consent, Consent::Spent) {
        Consent::Given(user) => Ok((user, device.scope.clone())),
        Consent::Refused => Err(refusal(0, "access_denied", "the user has refused")),
        Consent::Spent => Err(refusal(20065, "invalid_grant", "the device code has been used")),
        Consent::Open => {
            device.consent = Consent::Open;
            Err(refusal(0, "authorization_pending", "the user has not signed in yet"))
        }
    }
}

/// A secret or an assertion, not both; an assertion is a JWT for this app and this host, and serves once. Its signature is not looked at.
fn check_proof(app: &mut App, secret: &str, assertion: &str, request: &Received, now: Millis) -> Result<(), Refusal> {
    if assertion.is_empty() {
        return check_secret(app, secret);
    }
    if !secret.is_empty() {
        return Err(refusal(20070, "invalid_request", "two client authentications"));
    }
    let claims = assertion.split('.').nth(1).and_then(|claims| URL_SAFE_NO_PAD.decode(claims).ok());
    let claims: Value = claims.and_then(|claims| serde_json::from_slice(&claims).ok()).unwrap_or_default();
    let is = |name: &str, text: &str| claims.get(name).and_then(Value::as_str) == Some(text);
    let is_young = claims.get("exp").and_then(Value::as_u64).is_some_and(|end| end * 1000 > now);
    let is_good = is("aud", request.header("host")) && is("sub", &app.id) && is_young;
    if is_good && app.sign_ins.assertions.insert(assertion.to_owned()) {
        return Ok(());
    }
    Err(refusal(20002, "invalid_client", "the assertion is invalid"))
}

fn check_secret(app: &App, secret: &str) -> Result<(), Refusal> {
    let is_wrong = app.settings.secret.as_ref().map_or(secret.is_empty() || secret == "wrong", |known| secret != known);
    if is_wrong { Err(refusal(20002, "invalid_client", "the client secret is invalid")) } else { Ok(()) }
}

fn spend_refresh(app: &mut App, request: &Received, now: Millis) -> Result<(String, String), Refusal> {
    let bad = |code, text| refusal(code, "invalid_grant", text);
    let token = request.text("refresh_token");
    let Some(refresh) = app.sign_ins.refresh.get_mut(token) else { return Err(bad(20026, "the refresh token is invalid")) };
    match refresh.state {
        State::Used => Err(bad(20073, "the refresh token has been used")),
        State::Revoked => Err(bad(20064, "the refresh token has been revoked")),
        State::Good if refresh.expires <= now => Err(bad(20037, "the refresh token has expired")),
        State::Good => {
            refresh.state = State::Used;
            Ok((refresh.user.clone(), refresh.scope.clone()))
        }
    }
}

fn grant(app: &mut App, user: String, scope: String, now: Millis) -> Answer {
    let (life, refresh_life) = (app.settings.expire, app.settings.refresh_expire.unwrap_or(604_800));
    let access = token_text(&app.id, "user", app.tokens.count("user") + 1);
    app.tokens.add(access.clone(), "user", now + life * 1000);
    let mut whole = json!({"access_token": access, "expires_in": life, "token_type": "Bearer", "scope": scope});
    if let Value::Object(members) = &mut whole
        && scope.split(' ').any(|scope| scope == "offline_access")
    {
        let number = app.sign_ins.next();
        let refresh = format!("ur-{}", token_text(&app.id, "refresh", number));
        members.insert("refresh_token".to_owned(), json!(refresh));
        members.insert("refresh_token_expires_in".to_owned(), json!(refresh_life));
        let entry = Refresh { number, user: user.clone(), scope, expires: now + refresh_life * 1000, state: State::Good };
        app.sign_ins.refresh.insert(refresh, entry);
    }
    app.sign_ins.users.insert(access, user);
    Answer::root(whole)
}

fn refusal(code: i64, kind: &str, msg: &str) -> Refusal {
    Refusal::new(code, msg).error(json!(kind))
}
