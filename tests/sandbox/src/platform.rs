//! One request, from its head to its answer: operation, app, log, script or fault, token, arguments, and the operation itself.

use std::sync::Arc;

use hyper::body::Incoming;
use hyper::{Request, Response};
use serde_json::{Value, json};

use crate::answer::{Answer, Refusal, Reply};
use crate::app::App;
use crate::catalog::{Catalog, Operation};
use crate::clock::{Millis, http_date};
use crate::fault::Shape;
use crate::outgoing::{Outgoing, Severed, send};
use crate::received::Received;
use crate::router::Params;
use crate::serve::Link;
use crate::tokens::kind_by_prefix;
use crate::world::{State, World};
use crate::{auth, check, contact, control, drive, files, hook, im, oauth, project, sample};

/// A request whose operation is known, with all that its handler may touch.
pub(crate) struct Call<'a> {
    pub(crate) operation: &'a Operation,
    pub(crate) request: &'a Received,
    pub(crate) params: Params,
    pub(crate) app: &'a mut App,
    pub(crate) now: Millis,
}

/// What an operation with a memory does.
pub(crate) type Handler = fn(&mut Call) -> Reply;

impl Call<'_> {
    /// The current token of `kind` for `key`, with the seconds it has left.
    pub(crate) fn issue(&mut self, kind: &'static str, key: &str) -> (String, u64) {
        let life = self.app.settings.expire * 1000;
        self.app.tokens.issue(&self.app.id, kind, key, life, self.now)
    }
}

/// The operations that have a memory, or rules beyond the catalogue's; all others answer with samples.
pub(crate) fn handler(id: &str) -> Option<Handler> {
    Some(match id {
        "auth.v3.tenantAccessToken.internal" => auth::tenant_internal,
        "auth.v3.appAccessToken.internal" => auth::app_internal,
        "auth.v3.appAccessToken.create" => auth::app_by_ticket,
        "auth.v3.tenantAccessToken.create" => auth::tenant_by_app,
        "auth.v3.appTicket.resend" => auth::resend_ticket,
        "authen.v2.oauth.token" => oauth::token,
        "authen.v1.userInfo.get" => oauth::user_info,
        "jssdk.v1.ticket.get" => auth::js_ticket,
        "im.v1.message.create" => im::create,
        "im.v1.message.reply" => im::reply,
        "im.v1.message.get" => im::get,
        "im.v1.message.list" => im::list,
        "im.v1.message.update" => im::update,
        "im.v1.message.patch" => im::patch,
        "im.v1.message.delete" => im::delete,
        "im.v1.chat.create" => im::create_chat,
        "im.v1.chat.get" => im::get_chat,
        "im.v1.chat.list" => im::list_chats,
        "im.v1.image.create" => files::create_image,
        "im.v1.image.get" => files::get_image,
        "im.v1.file.create" => files::create_file,
        "im.v1.file.get" => files::get_file,
        "im.v1.messageResource.get" => files::get_resource,
        "drive.v1.file.uploadAll" | "drive.v1.media.uploadAll" => drive::upload_all,
        "drive.v1.file.download" | "drive.v1.media.download" => drive::download,
        "contact.v3.user.get" => contact::get_user,
        "contact.v3.user.batch" => contact::batch_users,
        "contact.v3.user.batchGetId" => contact::batch_get_id,
        "contact.v3.user.findByDepartment" => contact::find_by_department,
        "contact.v3.user.list" => contact::list_users,
        "contact.v3.department.get" => contact::get_department,
        "contact.v3.department.batch" => contact::batch_departments,
        "contact.v3.department.children" => contact::children,
        "contact.v3.department.list" => contact::list_departments,
        "contact.v3.department.parent" => contact::parents,
        id => return project::handler(id),
    })
}

/// Answers one request.
pub(crate) async fn answer(world: Arc<World>, link: Link, request: Request<Incoming>) -> Result<Response<Outgoing>, Severed> {
    let Ok(request) = Received::read(request, link.number).await else {
        let msg = "the body does not end, or is no form";
        return send(Refusal::new(9499, msg).into_answer("0"), None, &link).await;
    };
    if let Some(rest) = request.path.strip_prefix("/__sandbox/") {
        return send(control::answer(&world, &request, rest), None, &link).await;
    }
    let (answer, shape) = decide(&world, &request);
    send(answer, shape, &link).await
}

/// What the answer is, and what happens to it on the way.
fn decide(world: &World, request: &Received) -> (Answer, Option<Shape>) {
    let found = find(request);
    let operation = found.as_ref().map(|(operation, _)| *operation);
    let mut state = world.lock();
    let app_id = attribute(&state, operation, request);
    let now = world.now(state.app(&app_id).ahead + state.ahead);
    let State { apps, faults, log, .. } = &mut *state;
    let app = apps.entry(app_id.clone()).or_insert_with(|| App::new(&app_id));
    let seq = log.add(app, operation, request, now);
    let log_id = log_id(now, seq);
    let scripted = app.scripted(operation.is_some_and(Operation::issues_tokens));
    let shape = scripted.or_else(|| faults.iter_mut().find_map(|rule| rule.meet(&app_id, operation, request)));
    let answer = decide_for(shape.as_ref(), app, found, request, now, &log_id);
    log.answered(seq, json!(answer.status));
    if let Some(push) = app.push.take() {
        tokio::spawn(push.send());
    }
    state.own_tokens(&app_id);
    let answer = answer.with("x-tt-logid", log_id).with("date", http_date(now));
    (shape.as_ref().map_or_else(Default::default, Shape::headers).into_iter().fold(answer, Answer::over), shape)
}

fn find(request: &Received) -> Option<(&'static Operation, Params)> {
    let catalog = Catalog::get();
    let (index, params) = catalog.router.find(&request.method, &request.path)?;
    Some((catalog.operations.get(index)?, params))
}

/// The app that a request belongs to: named by a header, by the request for a token, or by the token it was given.
fn attribute(state: &State, operation: Option<&Operation>, request: &Received) -> String {
    let claimed = if operation.is_some_and(Operation::issues_tokens) { request.text("app_id") } else { "" };
    let plugin = if operation.is_some_and(Operation::is_project) { request.text("plugin_id") } else { "" };
    let client = if request.path == oauth::TOKEN_V3 || operation.is_some_and(|it| it.id == "authen.v2.oauth.token") {
        request.text("client_id")
    } else {
        ""
    };
    let visited = if [oauth::PAGE, oauth::DEVICE_PAGE].contains(&&*request.path) { request.query("client_id") } else { None };
    let visited = visited.or_else(|| request.form("client_id")).or_else(|| request.path.strip_prefix(hook::HOOK)).unwrap_or_default();
    let named = [request.header("x-sandbox-app"), claimed, plugin, client, visited].into_iter().find(|id| !id.is_empty());
    let token = auth::presented(request).unwrap_or(request.text("app_access_token"));
    named.or_else(|| state.owner(token)).unwrap_or_default().to_owned()
}

/// The answer of a script, of a fault, or of the operation.
fn decide_for(
    shape: Option<&Shape>,
    app: &mut App,
    found: Option<(&Operation, Params)>,
    request: &Received,
    now: Millis,
    log_id: &str,
) -> Answer {
    if let Some(shape) = shape {
        if shape.expire_tokens {
            app.tokens.expire_all(now);
        }
        if let Some(answer) = shape.answer() {
            learn_tokens(app, &answer, now);
            return answer;
        }
    }
    let refuses_token = shape.is_some_and(|shape| shape.refuse_token);
    if let Some((operation, params)) = found.as_ref().filter(|(operation, _)| operation.is_project()) {
        let mut call = Call { operation, request, params: params.clone(), app, now };
        return if refuses_token { project::refuse_token(&call, log_id) } else { project::answer(&mut call, log_id) };
    }
    if refuses_token {
        return auth::refuse(request).into_answer(log_id);
    }
    if let Some(answer) = beside(app, request, now) {
        return answer.unwrap_or_else(|refusal| refusal.into_answer(log_id));
    }
    let Some((operation, params)) = found else { return Answer::not_found() };
    let mut call = Call { operation, request, params, app, now };
    perform(&mut call, log_id).unwrap_or_else(|refusal| refusal.into_answer(log_id))
}

/// What stands in no catalogue: the host where users sign in, which is this one too, and custom bots.
fn beside(app: &mut App, request: &Received, now: Millis) -> Option<Reply> {
    Some(match (request.method.as_str(), request.path.as_str()) {
        ("GET", oauth::PAGE) => Ok(oauth::page(app, request, now)),
        ("GET", oauth::DEVICE_PAGE) => Ok(oauth::device_page(app, request)),
        ("POST", oauth::DEVICE) => oauth::device(app, request, now, request.header("host")),
        ("POST", oauth::TOKEN_V3) => oauth::token_v3(app, request, now),
        ("POST", oauth::REVOKE) => oauth::revoke(app, request, now),
        ("POST", path) if path.starts_with(hook::HOOK) => hook::send(app, request, now),
        _ => return None,
    })
}

fn perform(call: &mut Call, log_id: &str) -> Reply {
    auth::check(call.app, call.operation, call.request, call.now)?;
    if let Err(limited) = call.app.limits.take(&call.operation.id, call.now) {
        let answer = limited.refusal.into_answer(log_id);
        return Ok(answer
            .with("x-ogw-ratelimit-limit", limited.limit.to_string())
            .with("x-ogw-ratelimit-reset", limited.reset.to_string()));
    }
    match call.operation.handler {
        Some(handler) => check::present(call).and_then(|()| handler(call)),
        None => check::present(call).and_then(|()| check::types(call)).map(|()| sample::answer(call)),
    }
}

/// A token that a script hands out is a token of the app from then on.
fn learn_tokens(app: &mut App, answer: &Answer, now: Millis) {
    let Some(body) = answer.json_body() else { return };
    let tokens =
        [("tenant", "tenant_access_token", "expire"), ("app", "app_access_token", "expire"), ("user", "access_token", "expires_in")];
    for (kind, member, expire) in tokens {
        learn_token(app, &body, (kind, member, expire), now);
    }
    // A token of Feishu Project says its kind in its first letter.
    if let Some(data) = body.get("data") {
        let kind = data.get("token").and_then(Value::as_str).map_or("unknown", kind_by_prefix);
        learn_token(app, data, (kind, "token", "expire_time"), now);
    }
}

fn learn_token(app: &mut App, body: &Value, (kind, member, expire): (&'static str, &str, &str), now: Millis) {
    let life = body.get(expire).and_then(Value::as_u64).unwrap_or(app.settings.expire) * 1000;
    if let Some(token) = body.get(member).and_then(Value::as_str).filter(|token| app.tokens.get(token).is_none()) {
        app.tokens.add(token.to_owned(), kind, now + life);
    }
}

fn log_id(now: Millis, seq: u64) -> String {
    format!("{now:014}{seq:018X}")
}
