//! What the platform answers: an envelope, plain text or a file, before any fault is applied to it.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::blob::Slice;

/// The head and the body of an answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) content: Content,
}

/// The body of an answer.
pub(crate) enum Content {
    /// JSON, written out when the answer is sent.
    Json(Value),
    /// Bytes as they are.
    Raw(Bytes),
    /// A file or a part of one, made while it is sent.
    File(Slice),
}

/// An error of the platform. It becomes an [`Answer`] at the edge, so that handlers can use `?`.
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: i64,
    pub(crate) msg: String,
    pub(crate) error: Option<Value>,
}

/// What a handler returns.
pub(crate) type Reply = Result<Answer, Refusal>;

impl Answer {
    /// HTTP 200 with `data` in the usual envelope.
    pub(crate) fn data(data: Value) -> Answer {
        Answer::json(200, json!({"code": 0, "msg": "success", "data": data}))
    }

    /// HTTP 200 with the members of `root` beside code and msg.
    pub(crate) fn root(root: Value) -> Answer {
        let mut whole = Map::from_iter([("code".to_owned(), json!(0)), ("msg".to_owned(), json!("ok"))]);
        if let Value::Object(members) = root {
            whole.extend(members);
        }
        Answer::json(200, Value::Object(whole))
    }

    /// JSON with any status.
    pub(crate) fn json(status: u16, value: Value) -> Answer {
        let headers = vec![("content-type".to_owned(), "application/json; charset=utf-8".to_owned())];
        Answer { status, headers, content: Content::Json(value) }
    }

    /// Text of any type with any status.
    pub(crate) fn text(status: u16, kind: &str, text: impl Into<Bytes>) -> Answer {
        Answer { status, headers: vec![("content-type".to_owned(), kind.to_owned())], content: Content::Raw(text.into()) }
    }

    /// What the gateway says for a path or a method that it does not know.
    pub(crate) fn not_found() -> Answer {
        Answer::text(404, "text/plain; charset=utf-8", "404 page not found")
    }

    /// The same answer with one more header, or another value of one it has.
    pub(crate) fn with(self, name: &str, value: impl Into<String>) -> Answer {
        self.over((name.to_owned(), vec![value.into()]))
    }

    /// The same answer with these values of a header, in place of any it has.
    pub(crate) fn over(mut self, (name, values): (String, Vec<String>)) -> Answer {
        self.headers.retain(|(have, _)| !have.eq_ignore_ascii_case(&name));
        self.headers.extend(values.into_iter().map(|value| (name.clone(), value)));
        self
    }

    /// The body as JSON, when it is JSON.
    pub(crate) fn json_body(&self) -> Option<Value> {
        match &self.content {
            Content::Json(value) => Some(value.clone()),
            Content::Raw(bytes) => serde_json::from_slice(bytes).ok(),
            Content::File(_) => None,
        }
    }
}

impl Refusal {
    /// HTTP 400 with `code`, as most refusals of the platform are.
    pub(crate) fn new(code: i64, msg: impl Into<String>) -> Refusal {
        Refusal { status: 400, code, msg: msg.into(), error: None }
    }

    /// The same refusal with another HTTP status.
    pub(crate) fn status(self, status: u16) -> Refusal {
        Refusal { status, ..self }
    }

    /// The same refusal with an `error` block.
    pub(crate) fn error(self, error: Value) -> Refusal {
        Refusal { error: Some(error), ..self }
    }

    /// A parameter that is missing or wrong, named in `error.field_violations`.
    pub(crate) fn field(field: &str, value: &str, description: impl Into<String>) -> Refusal {
        let violation = json!({"field": field, "value": value, "description": description.into()});
        Refusal::fields(vec![violation])
    }

    /// Several parameters that are missing or wrong.
    pub(crate) fn fields(violations: Vec<Value>) -> Refusal {
        Refusal::new(99992402, "field validation failed").error(json!({"field_violations": violations}))
    }

    /// The answer, with the log id in the error block where there is one.
    pub(crate) fn into_answer(self, log_id: &str) -> Answer {
        // The standard's own shape (RFC 8628 §3.5), which knows no numbers.
        if let (0, Some(error)) = (self.code, &self.error) {
            return Answer::json(self.status, json!({"error": error, "error_description": self.msg}));
        }
        let mut whole = json!({"code": self.code, "msg": self.msg});
        if let (Some(mut error), Value::Object(members)) = (self.error, &mut whole) {
            if let Value::Object(block) = &mut error {
                block.insert("log_id".to_owned(), json!(log_id));
                let link = format!("https://open.feishu.cn/search?from=openapi&log_id={log_id}&code={}", self.code);
                block.insert("troubleshooter".to_owned(), json!(format!("排查建议查看(Troubleshooting suggestions): {link}")));
            }
            members.insert("error".to_owned(), error);
        } else if let Value::Object(members) = &mut whole {
            members.insert("data".to_owned(), json!({}));
        }
        Answer::json(self.status, whole)
    }
}
