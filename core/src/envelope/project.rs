//! The envelopes of Feishu Project: the code is `err_code`, `error.code` or `code`, and an answer without any of them is no success.

use bytes::Bytes;

use super::members::{self, Code, Members};
use super::{Expected, Refusal, foreign, refusal, reply};
use crate::codes::{Action, project as codes};
use crate::error::{Answer, Error};
use crate::http::Head;
use crate::json;
use crate::paging::{self, Asked};
use crate::step::Reply;

/// Members that are no data where rows stand beside the code.
const ENVELOPE: [&str; 5] = ["err_code", "err_msg", "err", "error", "code"];

impl Expected {
    /// An answer of Feishu Project.
    pub(crate) fn of_project(root: bool, paging: Option<(crate::catalog::Paging, Asked)>) -> Self {
        Self { root, paging: paging.map(|(paging, _)| paging), project: Some(paging.map(|(_, asked)| asked).unwrap_or_default()) }
    }
}

/// Reads an answer whose JSON is valid.
pub(super) fn read(head: Head, body: &Bytes, members: &Members<'_>, expected: &Expected, asked: &Asked) -> Result<Reply, Box<Refusal>> {
    match (code(members), head.status) {
        (Code::Known(0), ..400) => Ok(success(head, body, members, expected, asked)),
        (Code::Known(0) | Code::Absent, 400..) => Err(foreign::http(head, &text(members).unwrap_or_else(|| foreign::snippet(body)))),
        (Code::Known(code), _) => Err(refused(head, members, code)),
        (Code::Absent | Code::Unreadable, _) => Err(foreign::unreadable(head, body, members::Flaw::Code)),
    }
}

fn code(members: &Members<'_>) -> Code {
    let each = [members.code_in("err_code"), inner(members, "error", "code").map_or(Code::Absent, members::code), members.code_in("code")];
    each.into_iter().find(|code| *code != Code::Absent).unwrap_or(Code::Absent)
}

/// The JSON text of a member of a member.
fn inner<'a>(members: &Members<'a>, name: &str, path: &str) -> Option<&'a [u8]> {
    let text = members.slice(&members.get(name)?.range);
    text.get(json::find(text, &(0..text.len()), path)?)
}

fn success(head: Head, body: &Bytes, members: &Members<'_>, expected: &Expected, asked: &Asked) -> Reply {
    let is_envelope = |name: &[u8]| ENVELOPE.iter().any(|known| json::is_name(name, known));
    let (body, data, wide) = match (expected.root, members.get("data")) {
        (true, _) => members.rebuilt_without(is_envelope).unwrap_or_else(|| (body.clone(), 0..0, false)),
        (false, Some(span)) if members.slice(&span.range) != b"null" => (body.clone(), span.range.clone(), span.wide),
        (false, _) => (body.clone(), 0..0, false),
    };
    let page = expected.paging.map(|paging| paging::project::page(&body, &paging, asked));
    Reply { msg: text(members).unwrap_or_default(), body, data, page, wide, ..reply(head) }
}

fn text(members: &Members<'_>) -> Option<String> {
    let first = members.text("err_msg").or_else(|| inner(members, "error", "msg").and_then(json::text));
    first.or_else(|| members.text("message")).or_else(|| members.text("msg")).filter(|text| !text.is_empty())
}

fn refused(head: Head, members: &Members<'_>, code: i64) -> Box<Refusal> {
    let answer = answer(head, members, code);
    let detail = answer.details.iter().find(|(key, _)| key == "detail_code").and_then(|(_, code)| code.parse().ok());
    let said: Vec<&str> = answer.details.iter().map(|(_, text)| text.as_str()).chain([answer.msg.as_str()]).collect();
    let action = match (codes::action(code, answer.status, &said.join(" ")), detail) {
        // 50006 says nothing by itself; what stands beside it may.
        (Action::Other, Some(detail)) if detail != code => codes::action(detail, 400, ""),
        (action, _) => action,
    };
    let mut error = Error::new(action.class(), refusal::reason(&answer));
    let parts = error.parts_mut();
    parts.retryable = action.is_retryable();
    parts.remedy = codes::remedy(code).or_else(|| codes::remedy(detail?)).map(str::to_owned);
    parts.answer = Some(answer);
    Box::new(Refusal { error, action: Some(action) })
}

fn answer(head: Head, members: &Members<'_>, code: i64) -> Answer {
    let of_err = |path| inner(members, "err", path).and_then(json::text).filter(|text| !text.is_empty());
    let details = [("detail_code", of_err("code")), ("message", of_err("msg"))];
    let details = details.into_iter().filter_map(|(key, text)| Some((key.to_owned(), text?))).collect();
    let log_id = head.headers.log_id().map(str::to_owned).or_else(|| of_err("log_id"));
    let msg = text(members).unwrap_or_default();
    Answer { status: head.status, headers: head.headers, code, msg, log_id, details, ..Answer::default() }
}
