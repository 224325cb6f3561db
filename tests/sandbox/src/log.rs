//! The request log: what came, with every credential replaced by a label.

use std::collections::VecDeque;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::catalog::Operation;
use crate::received::{Part, Payload, Received};

/// The newest requests that are kept.
const KEPT: usize = 20_000;
/// Texts beyond this length are given as length and hash.
const TEXT: usize = 256 << 10;
/// Members of a body that hold a credential.
const SECRETS: [&str; 9] = [
    "app_secret",
    "client_secret",
    "plugin_secret",
    "app_access_token",
    "app_ticket",
    "refresh_token",
    "client_assertion",
    "code_verifier",
    "device_code",
];

/// The newest requests, numbered from 1.
#[derive(Default)]
pub(crate) struct Log {
    entries: VecDeque<Entry>,
    last: u64,
}

struct Entry {
    seq: u64,
    app_id: String,
    /// JSON text, which takes a fifth of the memory of a tree.
    request: Box<str>,
    status: Value,
}

impl Log {
    /// Adds a request and returns its number.
    pub(crate) fn add(&mut self, app: &mut App, operation: Option<&Operation>, request: &Received, at: u64) -> u64 {
        self.last += 1;
        if self.entries.len() == KEPT {
            self.entries.pop_front();
        }
        let described = describe(app, operation, request, at).to_string().into();
        self.entries.push_back(Entry { seq: self.last, app_id: app.id.clone(), request: described, status: Value::Null });
        self.last
    }

    /// Notes how request number `seq` was answered.
    pub(crate) fn answered(&mut self, seq: u64, status: Value) {
        let place = self.entries.binary_search_by_key(&seq, |entry| entry.seq);
        if let Some(entry) = place.ok().and_then(|index| self.entries.get_mut(index)) {
            entry.status = status;
        }
    }

    /// The requests after number `since`, of one app or of all.
    pub(crate) fn since(&self, since: u64, app_id: Option<&str>) -> Value {
        let wanted = |entry: &&Entry| entry.seq > since && app_id.is_none_or(|id| entry.app_id == id);
        let requests: Vec<Value> = self.entries.iter().filter(wanted).map(Entry::to_json).collect();
        json!({"requests": requests, "last": self.last})
    }

    /// Forgets the requests of one app or of all. Numbers go on.
    pub(crate) fn clear(&mut self, app_id: Option<&str>) {
        self.entries.retain(|entry| app_id.is_some_and(|id| entry.app_id != id));
    }
}

impl Entry {
    fn to_json(&self) -> Value {
        let mut whole = serde_json::from_str(&self.request).unwrap_or_default();
        if let Value::Object(members) = &mut whole {
            members.insert("seq".to_owned(), json!(self.seq));
            members.insert("app_id".to_owned(), json!(self.app_id));
            members.insert("status".to_owned(), self.status.clone());
        }
        whole
    }
}

fn describe(app: &mut App, operation: Option<&Operation>, request: &Received, at: u64) -> Value {
    let token = crate::auth::presented(request).map(|text| app.tokens.describe(text));
    json!({
        "operation": operation.map(|operation| &operation.id),
        "method": request.method,
        "path": request.path,
        "raw_query": request.raw_query,
        "query": request.query,
        "headers": headers(request, token.as_ref()),
        "token": token,
        "refresh_token": app.sign_ins.refresh_number(request.text("refresh_token")),
        "body": body(request),
        "connection": request.connection,
        "http": request.version,
        "time_ms": at,
    })
}

fn headers(request: &Received, token: Option<&Value>) -> Value {
    let mut shown = Map::new();
    for (name, value) in &request.headers {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        let value = match name.as_str() {
            "x-sandbox-app" => continue,
            "authorization" => {
                let scheme = if value.starts_with("Basic ") { "Basic ***" } else { "***" };
                token.and_then(|token| token.get("label")?.as_str()).map_or(scheme.to_owned(), |label| format!("Bearer {label}"))
            }
            "x-plugin-token" => token.and_then(|token| token.get("label")?.as_str()).unwrap_or("***").to_owned(),
            "x-lark-helpdesk-authorization" => helpdesk(&value),
            "cookie" | "proxy-authorization" | "dpop" => "***".to_owned(),
            _ => value,
        };
        match shown.get_mut(name.as_str()).and_then(|have| have.as_str().map(|have| format!("{have}, {value}"))) {
            Some(joined) => shown.insert(name.to_string(), json!(joined)),
            None => shown.insert(name.to_string(), json!(value)),
        };
    }
    Value::Object(shown)
}

fn helpdesk(value: &str) -> String {
    let pair = BASE64_STANDARD.decode(value).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    pair.and_then(|pair| pair.split_once(':').map(|(id, _)| format!("{id}:***"))).unwrap_or("***".to_owned())
}

fn body(request: &Received) -> Value {
    match &request.body {
        Payload::None => Value::Null,
        Payload::Form(parts) => json!({"parts": parts.iter().map(part).collect::<Vec<_>>()}),
        Payload::Data(blob) => match request.body.text().filter(|text| text.len() <= TEXT) {
            Some(text) if !request.form.is_empty() => json!({"text": fields(text)}),
            Some(text) => json!({"text": without_secrets(text, &request.json)}),
            None => json!({"length": blob.length, "sha256": blob.sha256}),
        },
    }
}

fn part(part: &Part) -> Value {
    let mut shown = json!({"name": part.name, "file_name": part.file_name, "type": part.kind,
        "size": part.blob.length, "sha256": part.blob.sha256});
    if let (Some(text), Value::Object(members)) = (part.text().filter(|text| text.len() <= 4096), &mut shown) {
        members.insert("text".to_owned(), json!(text));
    }
    shown
}

/// A URL-encoded form without the credentials in it.
fn fields(text: &str) -> String {
    let field = |pair: &str| match pair.split_once('=') {
        Some((name, _)) if name == "token" || SECRETS.contains(&name) => format!("{name}=***"),
        _ => pair.to_owned(),
    };
    text.split('&').map(field).collect::<Vec<_>>().join("&")
}

/// The text of a body without the credentials that stand at its top, otherwise byte for byte.
fn without_secrets(text: &str, json: &Value) -> String {
    // A code of a sign-in is worth as much as the tokens that it buys; elsewhere `code` is any argument.
    let code = json.get("grant_type").map(|_| "code");
    let secret = |name: &&str| json.get(*name).and_then(Value::as_str).filter(|value| !value.is_empty());
    if json.is_null() && SECRETS.iter().any(|name| text.contains(name)) {
        return "***".to_owned();
    }
    SECRETS.iter().copied().chain(code).filter_map(|name| secret(&name)).fold(text.to_owned(), |text, value| {
        let quoted = json!(value).to_string();
        if text.contains(&quoted) { text.replace(&quoted, "\"***\"") } else { "***".to_owned() }
    })
}

#[cfg(test)]
mod tests {
    use super::{fields, without_secrets};

    #[test]
    fn secrets_are_covered_and_the_rest_is_kept() {
        let text = r#"{ "app_id":"cli_a","app_secret": "s\"3" }"#;
        let json = serde_json::from_str(text).unwrap();
        assert_eq!(without_secrets(text, &json), r#"{ "app_id":"cli_a","app_secret": "***" }"#);
        assert_eq!(
            fields("client_id=cli%5Fa&client_secret=s3&token=ur-1&scope=a"),
            "client_id=cli%5Fa&client_secret=***&token=***&scope=a"
        );
        assert_eq!(without_secrets("app_secret=s3", &serde_json::Value::Null), "***");
        let sign_in = r#"{"grant_type":"authorization_code","code":"c-1"}"#;
        assert_eq!(
            without_secrets(sign_in, &serde_json::from_str(sign_in).unwrap()),
            r#"{"grant_type":"authorization_code","code":"***"}"#
        );
        let escaped = r#"{"app_secret":"\u0073"}"#;
        assert_eq!(without_secrets(escaped, &serde_json::from_str(escaped).unwrap()), "***");
    }
}
