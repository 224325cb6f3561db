//! The three envelopes of this family, and the HTTP status that goes with a code.

use serde_json::{Map, Value, json};

use crate::answer::{Answer, Refusal};
use crate::catalog::Operation;
use crate::platform::Call;

/// A success with `data`, and with the members of `beside` next to it.
pub(super) fn done(call: &Call, data: Value, beside: Value) -> Answer {
    let mut whole = match call.operation.envelope.as_str() {
        "error" => json!({"data": data, "error": {"code": 0, "msg": "success"}}),
        "code" => json!({"code": 0, "message": "", "data": data}),
        _ => json!({"err_code": 0, "err_msg": "", "err": {}, "data": data}),
    };
    if let (Value::Object(whole), Value::Object(beside)) = (&mut whole, beside) {
        whole.extend(beside);
    }
    Answer::json(200, whole)
}

/// A refusal with the status that the code's class has.
pub(super) fn refusal(code: i64, msg: impl Into<String>) -> Refusal {
    let status = match code {
        10021 | 10022 | 10301 | 10302 => 401,
        10001 | 10002 | 10004 | 10210 | 10211 | 10404 => 403,
        13001 | 30000..=30099 => 404,
        10429 | 10430 => 429,
        50006 => 500,
        _ => 400,
    };
    Refusal::new(code, msg).status(status)
}

/// The answer that says so. The gateway, which looks at tokens and counts calls, has one form for all but tokens.
pub(super) fn refused(operation: &Operation, refusal: Refusal, log_id: &str) -> Answer {
    let Refusal { status, code, msg, .. } = refusal;
    let is_gateway = matches!(code, 10021 | 10022 | 10211 | 10429 | 10430 | 20039 | 20042);
    let whole = match operation.envelope.as_str() {
        "error" => json!({"data": {}, "error": {"code": code, "msg": msg}}),
        "code" if !is_gateway => json!({"code": code, "message": msg, "data": null}),
        _ => Value::Object(Map::from_iter([
            ("err_code".to_owned(), json!(code)),
            ("err_msg".to_owned(), json!(msg)),
            ("err".to_owned(), json!({"code": code, "msg": msg, "log_id": log_id})),
            ("data".to_owned(), Value::Null),
        ])),
    };
    Answer::json(status, whole)
}
