//! `/__sandbox/…`: how a test sets the scene and reads what happened. README.md describes each door.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::blob::Blob;
use crate::catalog::Catalog;
use crate::fault::{Rule, Script, Shape};
use crate::files;
use crate::oauth;
use crate::outgoing::file;
use crate::received::Received;
use crate::tokens::token_text;
use crate::world::World;

/// The answer, or what is wrong with the request.
type Outcome = Result<Answer, String>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OneApp {
    app_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Faults {
    rules: Vec<Rule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewScript {
    app_id: String,
    answers: Vec<Shape>,
    #[serde(default)]
    tokens: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    app_id: Option<String>,
    advance: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UserToken {
    app_id: String,
    token: Option<String>,
    #[serde(default = "two_hours")]
    expire: u64,
    #[serde(default)]
    missing_scopes: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewCode {
    app_id: String,
    #[serde(default = "someone")]
    user: String,
    #[serde(default)]
    scope: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AppSettings {
    app_id: String,
    secret: Option<String>,
    store: Option<bool>,
    ticket: Option<String>,
    ticket_url: Option<String>,
    expire: Option<u64>,
    refresh_expire: Option<u64>,
    missing_scopes: Option<Vec<String>>,
    upload_limit: Option<u64>,
    bot_secret: Option<String>,
    bot_keyword: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewLimit {
    app_id: String,
    operation: String,
    limit: u64,
    #[serde(default = "one_second")]
    window_ms: u64,
    #[serde(default = "too_many")]
    status: u16,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewItems {
    app_id: String,
    project_key: String,
    work_item_type_key: String,
    count: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewFile {
    app_id: String,
    kind: String,
    size: u64,
    #[serde(default)]
    name: String,
}

/// Answers a request whose path goes on with `rest`.
pub(crate) fn answer(world: &World, request: &Received, rest: &str) -> Answer {
    let outcome = match (request.method.as_str(), rest) {
        ("GET", "") => Ok(about()),
        ("GET", "requests") => requests(world, request),
        ("GET", blob) if blob.starts_with("blob/") => generated(blob, request),
        ("POST", "reset") => read::<OneApp>(request).map(|it| reset(world, it)),
        ("POST", "faults") => read(request).and_then(|it| add_faults(world, it)),
        ("POST", "script") => read(request).and_then(|it| set_script(world, it)),
        ("GET", "script") => pending(world, request),
        ("POST", "clock") => read(request).and_then(|it| advance(world, &it)),
        ("POST", "users/token") => read(request).map(|it| make_user_token(world, it)),
        ("POST", "users/code") => read(request).map(|it| make_code(world, it)),
        ("POST", "users/revoke") => read(request).map(|it| revoke_users(world, &it)),
        ("POST", "apps") => read(request).map(|it| set_app(world, it)),
        ("POST", "limits") => read(request).and_then(|it| set_limit(world, &it)),
        ("POST", "tokens/expire") => read(request).map(|it| expire_tokens(world, &it)),
        ("POST", "work-items") => read(request).map(|it| make_items(world, &it)),
        ("POST", "files") => read(request).and_then(|it| place_file(world, &it)),
        (method, _) => Err(format!("the sandbox has no {method} /__sandbox/{rest}; its README lists what it has")),
    };
    outcome.unwrap_or_else(|error| Answer::json(400, json!({"error": error})))
}

fn read<T: DeserializeOwned>(request: &Received) -> Result<T, String> {
    let text = request.body.text().unwrap_or("{}");
    serde_json::from_str(text).map_err(|error| format!("the body is wrong: {error}"))
}

fn done(more: Value) -> Answer {
    Answer::json(200, more)
}

fn about() -> Answer {
    done(json!({"name": "larkspur-sandbox", "version": env!("CARGO_PKG_VERSION"), "operations": Catalog::get().operations.len()}))
}

fn requests(world: &World, request: &Received) -> Outcome {
    let since = request.query("since").unwrap_or("0");
    let since = since.parse().map_err(|_| format!("since is {since}; give the number of a request"))?;
    Ok(done(world.lock().log.since(since, request.query("app_id"))))
}

fn generated(path: &str, request: &Received) -> Outcome {
    let size = path.trim_start_matches("blob/");
    let size = size.parse().map_err(|_| format!("the size is {size}; give a number of bytes"))?;
    Ok(file(&Blob::pattern(size), "blob.bin", "application/octet-stream", request.header("range")))
}

fn reset(world: &World, it: OneApp) -> Answer {
    world.lock().reset(it.app_id.as_deref());
    done(json!({}))
}

fn add_faults(world: &World, it: Faults) -> Outcome {
    it.rules.iter().find_map(Rule::flaw).map_or(Ok(()), Err)?;
    world.lock().faults.extend(it.rules);
    Ok(done(json!({})))
}

fn set_script(world: &World, it: NewScript) -> Outcome {
    it.answers.iter().find_map(Shape::flaw).map_or(Ok(()), Err)?;
    world.lock().app(&it.app_id).script = Some(Script { answers: it.answers.into(), tokens: it.tokens });
    Ok(done(json!({})))
}

fn pending(world: &World, request: &Received) -> Outcome {
    let id = request.query("app_id").ok_or("app_id is missing; name the app in the query")?;
    let pending = world.lock().app(id).pending();
    Ok(done(json!({"pending": pending})))
}

fn advance(world: &World, it: &Advance) -> Outcome {
    if !(0.0..=1e10).contains(&it.advance) {
        return Err(format!("advance is {}; give seconds, the clock never goes back", it.advance));
    }
    let span = (it.advance * 1000.0) as u64;
    let mut state = world.lock();
    match &it.app_id {
        Some(id) => state.app(id).ahead += span,
        None => state.ahead += span,
    }
    Ok(done(json!({})))
}

fn make_code(world: &World, it: NewCode) -> Answer {
    let mut state = world.lock();
    let ahead = state.ahead;
    let app = state.app(&it.app_id);
    let now = world.now(ahead + app.ahead);
    done(json!({"code": oauth::code_in_client(app, it.user, it.scope, now)}))
}

fn make_user_token(world: &World, it: UserToken) -> Answer {
    let mut state = world.lock();
    let ahead = state.ahead;
    let app = state.app(&it.app_id);
    let now = world.now(ahead + app.ahead);
    let text = it.token.unwrap_or_else(|| token_text(&it.app_id, "user", app.tokens.count("user") + 1));
    let token = app.tokens.add(text.clone(), "user", now + it.expire * 1000);
    token.missing_scopes = it.missing_scopes;
    let label = token.label.clone();
    state.own_tokens(&it.app_id);
    done(json!({"token": text, "label": label, "expire": it.expire}))
}

fn revoke_users(world: &World, it: &OneApp) -> Answer {
    let mut state = world.lock();
    state.apps.values_mut().filter(|app| it.app_id.as_ref().is_none_or(|id| *id == app.id)).for_each(|app| {
        app.sign_ins.revoke();
        app.project.revoke();
    });
    done(json!({}))
}

fn set_app(world: &World, it: AppSettings) -> Answer {
    let mut state = world.lock();
    let app = state.app(&it.app_id);
    app.bot.secret = it.bot_secret.or(app.bot.secret.take());
    app.bot.keyword = it.bot_keyword.or(app.bot.keyword.take());
    let settings = &mut app.settings;
    settings.secret = it.secret.or(settings.secret.take());
    settings.store = it.store.unwrap_or(settings.store);
    settings.ticket = it.ticket.unwrap_or_else(|| std::mem::take(&mut settings.ticket));
    settings.ticket_url = it.ticket_url.or(settings.ticket_url.take());
    settings.expire = it.expire.unwrap_or(settings.expire);
    settings.refresh_expire = it.refresh_expire.or(settings.refresh_expire);
    settings.missing_scopes = it.missing_scopes.unwrap_or_else(|| std::mem::take(&mut settings.missing_scopes));
    settings.upload_limit = it.upload_limit.or(settings.upload_limit);
    done(json!({}))
}

fn set_limit(world: &World, it: &NewLimit) -> Outcome {
    Catalog::get().operation(&it.operation).ok_or_else(|| format!("there is no operation {}", it.operation))?;
    world.lock().app(&it.app_id).limits.set(&it.operation, it.limit, it.window_ms, it.status);
    Ok(done(json!({})))
}

fn expire_tokens(world: &World, it: &OneApp) -> Answer {
    let mut state = world.lock();
    let ahead = state.ahead;
    for app in state.apps.values_mut().filter(|app| it.app_id.as_ref().is_none_or(|id| *id == app.id)) {
        app.tokens.expire_all(world.now(ahead + app.ahead));
    }
    done(json!({}))
}

fn make_items(world: &World, it: &NewItems) -> Answer {
    let now = world.now(0);
    let mut state = world.lock();
    let work = &mut state.app(&it.app_id).project.work;
    let ids = (1..=it.count).map(|item| work.add(&it.project_key, &it.work_item_type_key, &format!("item {item}"), "7000001", now));
    done(json!({"ids": ids.collect::<Vec<_>>()}))
}

fn place_file(world: &World, it: &NewFile) -> Outcome {
    let name = if it.name.is_empty() { "blob.bin" } else { &it.name };
    let placed = files::place(world.lock().app(&it.app_id), &it.kind, it.size, name);
    placed.map(done).ok_or_else(|| format!("kind is {}; give image, file or drive", it.kind))
}

fn two_hours() -> u64 {
    7200
}

fn someone() -> String {
    "ou_sandbox".into()
}

fn one_second() -> u64 {
    1000
}

fn too_many() -> u16 {
    429
}
