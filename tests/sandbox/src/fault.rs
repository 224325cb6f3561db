//! Faults and canned answers: which requests they meet, and what they do to the answer.

use std::collections::HashMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use hyper::header::HeaderName;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::{Answer, Content};
use crate::app::Answers;
use crate::catalog::{Catalog, Operation};
use crate::received::Received;
use crate::router;

/// A fault and the requests that it meets.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    pub(crate) app_id: Option<String>,
    operation: Option<String>,
    method: Option<String>,
    path: Option<String>,
    /// Requests that match but are let through first.
    #[serde(default)]
    skip: u64,
    /// How often the fault happens; 0 is for ever.
    #[serde(default = "once")]
    times: u64,
    then: Shape,
    #[serde(skip)]
    met: u64,
}

/// Canned answers, served strictly in order.
pub(crate) struct Script {
    pub(crate) answers: Answers,
    /// Whether token requests are answered from the script too.
    pub(crate) tokens: bool,
}

/// What happens to one answer. With nothing set the platform's own answer goes out as it is.
#[derive(Deserialize, Clone, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Shape {
    status: Option<u16>,
    headers: HashMap<String, HeaderValues>,
    /// Text as it is, or JSON that is written out.
    body: Option<Value>,
    body_base64: Option<String>,
    /// A success whose data fills the body up to so many bytes.
    body_size: Option<usize>,
    /// An error of the platform: `{"code", "msg"}` with status 400 unless another is given.
    code: Option<i64>,
    msg: Option<String>,
    /// A gateway's page with this status.
    html: Option<u16>,
    /// Refuses the token, whatever it is.
    pub(crate) refuse_token: bool,
    /// Lets all tokens of the app expire before the request is looked at.
    pub(crate) expire_tokens: bool,
    /// Waits before the head of the answer.
    pub(crate) delay_ms: u64,
    /// Cuts the connection.
    pub(crate) cut: Option<Cut>,
    /// Where `cut` happens: after so many bytes of the body; before the head when absent.
    pub(crate) after_bytes: Option<u64>,
    /// Stops for ever.
    pub(crate) stall: Option<Stall>,
    /// Sends the body in small pieces.
    pub(crate) drip: Option<Drip>,
    /// Closes the kept connection without a word so long after the answer.
    pub(crate) close_idle_ms: Option<u64>,
}

/// How a connection ends.
#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Cut {
    /// In order, as when a program ends.
    Fin,
    /// By a reset.
    Rst,
}

/// Where an answer stops.
#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Stall {
    /// Before its head.
    Head,
    /// In the middle of its body.
    Body,
}

/// The pace of a slow body.
#[derive(Deserialize, Clone, Copy)]
#[serde(deny_unknown_fields)]
pub(crate) struct Drip {
    pub(crate) bytes: usize,
    pub(crate) every_ms: u64,
}

#[derive(Deserialize, Clone)]
#[serde(untagged)]
enum HeaderValues {
    One(String),
    Many(Vec<String>),
}

impl Rule {
    /// What happens to `request`, if the rule meets it.
    pub(crate) fn meet(&mut self, app_id: &str, operation: Option<&Operation>, request: &Received) -> Option<Shape> {
        if !self.matches(app_id, operation, request) {
            return None;
        }
        self.met += 1;
        let happens = self.met > self.skip && !self.is_spent_before(self.met);
        happens.then(|| self.then.clone())
    }

    /// What is wrong with the rule, if anything.
    pub(crate) fn flaw(&self) -> Option<String> {
        let unknown = self.operation.as_ref().filter(|id| Catalog::get().operation(id).is_none());
        unknown.map(|id| format!("there is no operation {id}")).or_else(|| self.then.flaw())
    }

    fn matches(&self, app_id: &str, operation: Option<&Operation>, request: &Received) -> bool {
        self.app_id.as_ref().is_none_or(|id| id == app_id)
            && self.operation.as_ref().is_none_or(|id| operation.is_some_and(|operation| operation.id == *id))
            && self.method.as_ref().is_none_or(|method| *method == request.method)
            && self.path.as_ref().is_none_or(|path| router::fits(path, &request.path))
    }

    fn is_spent_before(&self, met: u64) -> bool {
        self.times != 0 && met > self.skip + self.times
    }
}

impl Shape {
    /// The answer that the shape gives in place of the platform's, if it gives one.
    pub(crate) fn answer(&self) -> Option<Answer> {
        let answer = self.canned()?;
        let status = self.status.unwrap_or(answer.status);
        Some(Answer { status, ..answer })
    }

    /// The headers that the shape sets, one by one.
    pub(crate) fn headers(&self) -> Vec<(String, Vec<String>)> {
        let values = |values: &HeaderValues| match values {
            HeaderValues::One(value) => vec![value.clone()],
            HeaderValues::Many(values) => values.clone(),
        };
        self.headers.iter().map(|(name, set)| (name.clone(), values(set))).collect()
    }

    /// What a request gets that no canned answer is left for.
    pub(crate) fn dry(app_id: &str) -> Shape {
        let text = format!("the script of app {app_id} has run dry: this request was not expected");
        let headers = HashMap::from([("content-type".to_owned(), HeaderValues::One("text/plain".to_owned()))]);
        Shape { status: Some(599), body: Some(json!(text)), headers, ..Shape::default() }
    }

    /// What is wrong with the shape, if anything.
    pub(crate) fn flaw(&self) -> Option<String> {
        if self.body_base64.as_ref().is_some_and(|text| BASE64_STANDARD.decode(text).is_err()) {
            return Some("body_base64 is not base64".to_owned());
        }
        if let Some(name) = self.headers.keys().find(|name| HeaderName::try_from(name.as_str()).is_err()) {
            return Some(format!("{name} is no name of a header"));
        }
        let status = self.status.or(self.html).filter(|status| !(200..=999).contains(status));
        status.map(|status| format!("status {status} is out of range; use 200 to 999"))
    }

    fn canned(&self) -> Option<Answer> {
        let json = "application/json; charset=utf-8";
        if let Some(status) = self.html {
            let title = format!("{status} Bad Gateway");
            let page = format!("<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<h1>{title}</h1>\r\n</body>\r\n</html>\r\n");
            return Some(Answer::text(status, "text/html", page));
        }
        if let Some(code) = self.code {
            let msg = self.msg.clone().unwrap_or_else(|| format!("sandbox fault {code}"));
            return Some(Answer::json(400, json!({"code": code, "msg": msg})));
        }
        if let Some(size) = self.body_size {
            return Some(Answer::text(200, json, filled(size)));
        }
        if let Some(text) = &self.body_base64 {
            return Some(Answer::text(200, json, BASE64_STANDARD.decode(text).unwrap_or_default()));
        }
        match &self.body {
            Some(Value::String(text)) => Some(Answer::text(200, json, text.clone())),
            Some(value) => {
                Some(Answer { status: 200, headers: vec![("content-type".into(), json.into())], content: Content::Json(value.clone()) })
            }
            None => self.status.map(|status| Answer { status, headers: Vec::new(), content: Content::Raw(Bytes::new()) }),
        }
    }
}

fn once() -> u64 {
    1
}

fn filled(size: usize) -> Bytes {
    let (head, tail) = (r#"{"code":0,"msg":"success","data":{"fill":""#, r#""}}"#);
    let fill = size.saturating_sub(head.len() + tail.len());
    let mut body = Vec::with_capacity(head.len() + fill + tail.len());
    body.extend_from_slice(head.as_bytes());
    body.resize(head.len() + fill, b'x');
    body.extend_from_slice(tail.as_bytes());
    body.into()
}

#[cfg(test)]
mod tests {
    use super::{Shape, filled};

    #[test]
    fn a_filled_body_is_json_of_that_size() {
        let body = filled(1000);
        assert_eq!(body.len(), 1000);
        assert!(serde_json::from_slice::<serde_json::Value>(&body).unwrap()["data"]["fill"].is_string());
    }

    #[test]
    fn a_shape_without_an_answer_passes() {
        let shape: Shape = serde_json::from_str(r#"{"delay_ms":5}"#).unwrap();
        assert!(shape.answer().is_none());
        let shape: Shape = serde_json::from_str(r#"{"status":429,"code":99991400}"#).unwrap();
        assert_eq!(shape.answer().unwrap().status, 429);
        assert!(serde_json::from_str::<Shape>(r#"{"delay":5}"#).is_err());
    }
}
