//! What went over the wire against what was expected.

use std::collections::BTreeMap;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use larkspur_core::http::{Head, Piece, Request};
use serde_json::Value;

use crate::format::{Expect, Part, Strings, bytes};

/// The secret of every client in the vectors that names no other; no error and no Debug output may hold it.
pub const SECRET: &str = "secret-of-the-vectors";
/// The app id of every client in the vectors that names no other.
pub const APP_ID: &str = "cli_vector";

/// Path without query.
pub fn path(request: &Request) -> &str {
    split(request).0
}

pub fn is_for(expect: &Expect, request: &Request) -> bool {
    expect.method == request.method.as_str() && expect.path == path(request)
}

/// What holds for every request, whatever the vector says.
pub fn guard(request: &Request, base: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let agent = request.headers.get("user-agent").unwrap_or_default();
    if !agent.starts_with("larkspur/") {
        faults.push(format!("User-Agent is {agent:?}"));
    }
    if !request.url.starts_with(&format!("{base}/")) {
        faults.push(format!("the request goes to {}, not to {base}", request.url));
    }
    let shown = format!("{request:?}");
    if shown.contains(SECRET) || token(request).is_some_and(|token| shown.contains(token)) {
        faults.push(format!("Debug shows a secret: {shown}"));
    }
    let all = || request.headers.iter().map(|(_, value)| value).chain([request.url.as_str()]);
    if all().any(|text| text.contains(['\r', '\n'])) {
        faults.push("a header or the URL holds a line break".into());
    }
    faults
}

/// The token that a request carries: that of the open platform, or that of Feishu Project.
fn token(request: &Request) -> Option<&str> {
    let bearer = request.headers.get("authorization").map(|value| value.strip_prefix("Bearer ").unwrap_or("(no bearer)"));
    bearer.or_else(|| request.headers.get("x-plugin-token"))
}

/// Compares a request with the one expected; `names` holds the generated values by their `$name`.
pub fn compare(expect: &Expect, request: &Request, names: &mut BTreeMap<String, String>) -> Vec<String> {
    let mut faults = Vec::new();
    let (path, query) = split(request);
    if !is_for(expect, request) {
        faults.push(format!("is {} {path}, not {} {}", request.method, expect.method, expect.path));
    }
    if !text_fits(expect.query.as_deref().unwrap_or_default(), query, names) {
        faults.push(format!("the query is {query:?}"));
    }
    compare_headers(expect, request, names, &mut faults);
    compare_body(expect, request, names, &mut faults);
    let patience = crate::stage::patience(request);
    if expect.timeout.is_some_and(|timeout| timeout != patience) {
        faults.push(format!("the timeout is {patience} ms"));
    }
    faults
}

/// Hands a body to the request's sink, as a host does; gives its length.
pub fn sink(request: &Request, head: &Head, body: &Bytes) -> u64 {
    let sink = request.sink.as_ref().expect("a file goes to a sink");
    let offset = if head.status == 206 { request.offset } else { 0 };
    sink.start(head, offset).expect("the sink of the runner takes everything");
    let written = sink.poll_write(&mut Context::from_waker(Waker::noop()), &mut Some(body.clone()));
    assert!(matches!(written, Poll::Ready(Ok(()))));
    body.len() as u64
}

/// `$uuid` and the like: any value of the kind at first sight, the same value from then on.
pub fn text_fits(expected: &str, actual: &str, names: &mut BTreeMap<String, String>) -> bool {
    let Some(place) = expected.find("$uuid") else { return expected == actual };
    let (before, name) = expected.split_at(place);
    let name_end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '$').unwrap_or(name.len());
    let (name, after) = name.split_at(name_end);
    let Some(value) = actual.strip_prefix(before).and_then(|rest| rest.strip_suffix(after)) else { return false };
    is_uuid(value) && names.entry(name.to_owned()).or_insert_with(|| value.to_owned()) == value
}

/// Compares JSON values; `$app_id`, `$app_secret` and `$uuid` stand for values that the runner or the core made.
pub fn json_fits(expected: &Value, actual: &Value, names: &mut BTreeMap<String, String>) -> bool {
    match (expected, actual) {
        (Value::String(expected), Value::String(actual)) => match expected.as_str() {
            "$app_id" => actual == APP_ID,
            "$app_secret" => actual == SECRET,
            "$timestamp" => actual.len() == 10 && actual.bytes().all(|byte| byte.is_ascii_digit()),
            "$sign" => actual.len() == 44 && actual.ends_with('='),
            _ => text_fits(expected, actual, names),
        },
        (Value::Array(expected), Value::Array(actual)) => {
            expected.len() == actual.len() && expected.iter().zip(actual).all(|(expected, actual)| json_fits(expected, actual, names))
        }
        (Value::Object(expected), Value::Object(actual)) => {
            expected.len() == actual.len()
                && expected.iter().all(|(name, value)| actual.get(name).is_some_and(|actual| json_fits(value, actual, names)))
        }
        _ => expected == actual,
    }
}

/// The part of a URL behind its host.
pub fn behind_host(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    rest.find('/').map(|start| &rest[start..])
}

fn split(request: &Request) -> (&str, &str) {
    let path = behind_host(&request.url).unwrap_or_default();
    path.split_once('?').unwrap_or((path, ""))
}

fn compare_headers(expect: &Expect, request: &Request, names: &mut BTreeMap<String, String>, faults: &mut Vec<String>) {
    let actual = |name: &str| request.headers.get(name).map(str::to_owned);
    if let Some(wanted) = &expect.token
        && wanted.as_deref() != token(request)
    {
        faults.push(format!("the token is {:?}, not {wanted:?}", token(request)));
    }
    for (name, wanted) in &expect.headers {
        let found = actual(name);
        let fits = match (wanted, &found) {
            (Some(wanted), Some(found)) => match wanted.strip_suffix('*') {
                Some(start) => found.starts_with(start),
                None => text_fits(wanted, found, names),
            },
            (wanted, found) => wanted.is_none() && found.is_none(),
        };
        if !fits {
            faults.push(format!("{name} is {found:?}, not {wanted:?}"));
        }
        let fields = request.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name)).count();
        if fields > 1 {
            faults.push(format!("{name} is sent {fields} times"));
        }
    }
}

fn compare_body(expect: &Expect, request: &Request, names: &mut BTreeMap<String, String>, faults: &mut Vec<String>) {
    let body = collect(request);
    if request.content_length() != Some(body.len() as u64) {
        faults.push(format!("the body has {} bytes and says {:?}", body.len(), request.content_length()));
    }
    let kind = request.headers.get("content-type");
    let shown = String::from_utf8_lossy(&body);
    match (&expect.json, &expect.text, &expect.form) {
        (Some(expected), ..) => {
            let actual = serde_json::from_slice(&body).unwrap_or(Value::Null);
            if !json_fits(expected, &actual, names) || kind != Some("application/json; charset=utf-8") {
                faults.push(format!("the body ({kind:?}) is {shown}"));
            }
        }
        (_, Some(expected), _) => {
            let boundary = kind.and_then(boundary).unwrap_or_default();
            if expected.replace("$boundary", &boundary) != shown {
                faults.push(format!("the body ({kind:?}) is {shown:?}"));
            }
        }
        _ if expect.fields.is_some() => {
            let fields = fields(&shown);
            let wanted = expect.fields.clone().map(|wanted| wanted.into_iter().map(|(name, value)| (name, own(value))).collect());
            if fields != wanted || kind != Some("application/x-www-form-urlencoded") {
                faults.push(format!("the form ({kind:?}) is {fields:?}"));
            }
        }
        (.., Some(expected)) => match kind.and_then(boundary).and_then(|boundary| parts(&body, &boundary)) {
            Some(actual) if forms_fit(expected, &actual) => {}
            actual => faults.push(format!("the form ({kind:?}) is {actual:?}")),
        },
        _ if !body.is_empty() || kind.is_some() => faults.push(format!("has a body ({kind:?}): {shown}")),
        _ => {}
    }
}

/// A URL-encoded form, read strictly: each name once.
fn fields(text: &str) -> Option<Strings> {
    let mut fields = Strings::new();
    for pair in text.split('&') {
        let (name, value) = pair.split_once('=')?;
        fields.insert(name.to_owned(), decoded(value)?).is_none().then_some(())?;
    }
    Some(fields)
}

fn decoded(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(part.get(..2)?, 16).ok()?);
        bytes.extend(&part.as_bytes()[2..]);
    }
    String::from_utf8(bytes).ok()
}

/// The runner's own app id and secret.
fn own(text: String) -> String {
    match text.as_str() {
        "$app_id" => APP_ID.into(),
        "$app_secret" => SECRET.into(),
        _ => text,
    }
}

fn forms_fit(expected: &[Part], actual: &[Part]) -> bool {
    let fits = |(expected, actual): (&Part, &Part)| {
        expected.name == actual.name
            && bytes(&expected.text, &expected.hex) == bytes(&actual.text, &actual.hex)
            && expected.file_name == actual.file_name
            && expected.kind == actual.kind
    };
    expected.len() == actual.len() && expected.iter().zip(actual).all(fits)
}

fn collect(request: &Request) -> Vec<u8> {
    let mut all = Vec::new();
    let mut context = Context::from_waker(Waker::noop());
    for piece in &request.body {
        match piece {
            Piece::Bytes(bytes) => all.extend_from_slice(bytes),
            Piece::Source(source) => {
                let mut chunks = source.open().expect("the source opens");
                while let Poll::Ready(Some(chunk)) = chunks.poll_chunk(&mut context) {
                    all.extend_from_slice(&chunk.expect("the source can be read"));
                }
            }
        }
    }
    all
}

fn boundary(kind: &str) -> Option<String> {
    kind.strip_prefix("multipart/form-data; boundary=").map(str::to_owned)
}

/// The parts of a multipart form, read strictly; one character stands for one byte until a part is taken out.
fn parts(body: &[u8], boundary: &str) -> Option<Vec<Part>> {
    let body: String = body.iter().map(|byte| char::from(*byte)).collect();
    let body = body.strip_prefix(&format!("--{boundary}\r\n"))?.strip_suffix(&format!("\r\n--{boundary}--\r\n"))?;
    body.split(&format!("\r\n--{boundary}\r\n")).map(part).collect()
}

fn part(text: &str) -> Option<Part> {
    let (head, content) = text.split_once("\r\n\r\n")?;
    let mut lines = head.split("\r\n");
    let disposition = lines.next()?.strip_prefix("Content-Disposition: form-data; name=\"")?;
    let (name, rest) = disposition.split_once('"')?;
    let file_name = rest.strip_prefix("; filename=\"").and_then(|rest| rest.strip_suffix('"'));
    let kind = lines.next().map(|line| line.strip_prefix("Content-Type: ").unwrap_or(line));
    let content = bytes_of(content);
    let hex = content.iter().map(|byte| format!("{byte:02x}")).collect();
    let text = String::from_utf8(content).ok();
    Some(Part { name: utf8(name), hex: text.is_none().then_some(hex), text, file_name: file_name.map(utf8), kind: kind.map(utf8) })
}

fn utf8(text: &str) -> String {
    String::from_utf8_lossy(&bytes_of(text)).into_owned()
}

fn bytes_of(text: &str) -> Vec<u8> {
    text.chars().map(|c| c as u8).collect()
}

fn is_uuid(text: &str) -> bool {
    let is_digit = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && text.chars().all(|c| c == '-' || is_digit(c)) && text.as_bytes()[14] == b'4'
}
