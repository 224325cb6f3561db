//! Feishu Project, the second API family: its tokens, its limits and idempotency, its envelopes, and work items with a memory.

mod comments;
mod envelope;
mod files;
mod items;
mod pace;
mod pages;
mod tokens;
mod workflow;

use std::collections::{HashMap, HashSet};

use bytes::Bytes;
use serde_json::{Value, json};

use crate::answer::{Answer, Content, Refusal, Reply};
use crate::catalog::Paging;
use crate::check;
use crate::clock::Millis;
use crate::platform::{Call, Handler};
use crate::sample;

use envelope::{done, refusal, refused};
use pace::Paces;
use tokens::Users;

pub(crate) use items::Work;
pub(crate) use tokens::presented;

/// What one plugin has done here.
#[derive(Default)]
pub(crate) struct Project {
    pub(crate) work: Work,
    users: Users,
    paces: Paces,
    /// The idempotency strings that were used, each under its token and interface.
    keys: HashSet<String>,
    /// The parts of files that are on their way, by resource and number.
    parts: HashMap<String, Vec<Option<Bytes>>>,
}

impl Project {
    /// Takes all refresh tokens back.
    pub(crate) fn revoke(&mut self) {
        self.users.revoke();
    }
}

/// The operations that have a memory; all others of this family answer with samples.
pub(crate) fn handler(id: &str) -> Option<Handler> {
    Some(match id {
        "auth.pluginToken" => tokens::plugin,
        "auth.authCode" => tokens::code,
        "auth.userPluginToken" => tokens::exchange,
        "auth.refreshToken" => tokens::refresh,
        "work_item.create" => items::create,
        "work_item.query" => items::query,
        "work_item.filter" => items::filter,
        "work_item.filterAcrossProject" => items::filter_across,
        "work_item.update" => items::update,
        "work_item.delete" => items::delete,
        "work_item.listOpRecords" => items::records,
        "search.universal" => items::search,
        "workflow.query" => workflow::query,
        "workflow.operateNode" => workflow::operate,
        "workflow.changeState" => workflow::change,
        "work_item_comment.create" => comments::create,
        "work_item_comment.list" => comments::list,
        "comment.query" => comments::query,
        "space.listTeams" => comments::teams,
        "attachment.upload" => files::attach,
        "attachment.download" => files::attachment,
        "file.uploadForm" => files::upload,
        "file.download" => files::download,
        "file.multipartPrepare" => files::prepare,
        "file.multipartUploadPart" => files::part,
        "file.multipartFinish" => files::finish,
        _ => return None,
    })
}

/// Answers a call of this family.
pub(crate) fn answer(call: &mut Call, log_id: &str) -> Answer {
    let operation = call.operation;
    perform(call).unwrap_or_else(|refusal| refused(operation, refusal, log_id))
}

/// The refusal of a token that is as good as any other, for the fault `refuse_token`.
pub(crate) fn refuse_token(call: &Call, log_id: &str) -> Answer {
    refused(call.operation, tokens::rejected(), log_id)
}

fn perform(call: &mut Call) -> Reply {
    tokens::check(call.app, call.operation, call.request, call.now)?;
    keep_pace(call)?;
    tokens::check_user(call)?;
    let key = idempotency(call)?;
    check_arguments(call)?;
    let answer = match call.operation.handler {
        Some(handler) => handler(call)?,
        None => sampled(call),
    };
    // Only what was executed uses a string up.
    call.app.project.keys.extend(key);
    Ok(answer)
}

/// The platform counts the calls of one token on one interface: those it has let through.
fn keep_pace(call: &mut Call) -> Result<(), Refusal> {
    let lane = lane(call);
    let is_fast = call.app.limits.take(&call.operation.id, call.now).is_err();
    if is_fast || !call.app.project.paces.take(lane, call.operation.rate(), call.now) {
        return Err(refusal(10429, "API Request Frequency Limit"));
    }
    Ok(())
}

/// The string that the call uses up, if it is a write that carries one.
fn idempotency(call: &Call) -> Result<Option<String>, Refusal> {
    let text = call.request.header("x-idem-uuid");
    if text.is_empty() || !call.operation.is_write() {
        return Ok(None);
    }
    let key = format!("{} {text}", lane(call));
    if call.app.project.keys.contains(&key) {
        return Err(refusal(10430, "API Request Idempotent Limit"));
    }
    Ok(Some(key))
}

fn lane(call: &Call) -> String {
    let token = presented(call.request).unwrap_or_default();
    format!("{token} {} {}", call.operation.method, call.operation.path)
}

fn check_arguments(call: &Call) -> Result<(), Refusal> {
    if call.operation.kind == "bytes" {
        return Ok(());
    }
    let wrong = |found: Refusal| match found.code {
        9499 => refusal(9999, found.msg),
        _ => refusal(20005, format!("Missing Param: {}", named(&found))),
    };
    check::present(call).and_then(|()| check::types(call)).map_err(wrong)
}

/// The first argument that a refusal of the other family names.
fn named(refusal: &Refusal) -> String {
    let first = refusal.error.as_ref().and_then(|error| error.pointer("/field_violations/0/field"));
    first.and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn sampled(call: &Call) -> Answer {
    if call.operation.kind == "download" {
        return sample::file_of(call);
    }
    let beside = call.operation.beside.iter().map(|field| (field.name.clone(), sample::of_field(call, field))).collect();
    let data = call.operation.answer.as_ref().map_or(Value::Null, |kind| sample::of_kind(call, kind));
    let mut answer = done(call, data, Value::Object(beside));
    if let (Content::Json(whole), Some(paging)) = (&mut answer.content, &call.operation.paging) {
        end(whole, paging);
    }
    answer
}

/// A sampled page is the last one.
fn end(whole: &mut Value, paging: &Paging) {
    let size = paging.total.rsplit_once('.').map_or_else(|| "page_size".to_owned(), |(parent, _)| format!("{parent}.page_size"));
    sample::set(whole, &paging.total, json!(2));
    sample::set(whole, &size, json!(2));
    sample::set(whole, &paging.token, json!(""));
    sample::set(whole, &paging.more, json!(false));
}

/// A member of an object; null where there is none.
fn at<'a>(value: &'a Value, name: &str) -> &'a Value {
    value.get(name).unwrap_or(&Value::Null)
}

/// A member of a JSON body as a number, also where it is text.
fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

/// The id of the work item in the path.
fn item_id(call: &Call) -> u64 {
    call.params.get("work_item_id").parse().unwrap_or_default()
}

/// Whom a call acts for.
fn acting(call: &Call) -> String {
    let own = presented(call.request).and_then(|token| call.app.project.users.of(token));
    own.unwrap_or_else(|| call.request.header("x-user-key")).to_owned()
}

/// Milliseconds since 1970 as the platform writes them.
fn moment(now: Millis) -> Value {
    json!(now)
}
