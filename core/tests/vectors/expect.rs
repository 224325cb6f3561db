//! What came of a call against what was expected.

use std::collections::BTreeMap;

use larkspur_core::catalog::Operation;
use larkspur_core::catalog::scopes::Least;
use larkspur_core::{Error, Reply};
use serde_json::{Value, json};
use sha1::{Digest, Sha1};

use crate::caller::Got;
use crate::format::{DownloadedPart, ErrorPart, ReplyPart, ResultPart, SignedPart, Strings, UserPart, bytes};
use crate::invoke::compact;
use crate::stage::START;
use crate::store::spelled_out;
use crate::wire::{self, APP_ID, SECRET, json_fits};

/// What is not as the vector says.
pub fn faults(expected: &ResultPart, got: &Got, names: &mut BTreeMap<String, String>) -> Vec<String> {
    let mut faults = Faults(Vec::new());
    match (&expected.error, &got.error) {
        (Some(expected), Some(error)) => faults.error(expected, error, &got.name, names),
        (Some(expected), None) => faults.0.push(format!("succeeded instead of failing with {}", expected.class)),
        (None, Some(error)) => faults.0.push(format!("failed: {error:?}")),
        (None, None) => {}
    }
    if let Some(items) = &expected.items {
        faults.same("items", items, &got.items);
    }
    if let Some(pages) = &expected.pages {
        faults.same("pages", pages, &got.pages);
    }
    if let Some(least) = &got.least {
        faults.least(expected, least);
    }
    if expected.device.is_some() {
        faults.same("device", &expected.device, &got.device);
    }
    if let Some(exported) = &expected.exported {
        faults.same("exported", &Some(spelled_out(exported, &got.base, START.wall.0)), &got.exported);
    }
    if expected.imported.is_some() {
        faults.same("imported", &expected.imported, &got.imported);
    }
    if let Some(reply) = &got.reply {
        faults.success(expected, reply, names);
    }
    if let Some(file) = &expected.file {
        faults.file(file, got);
    }
    faults.0
}

/// What is not as the vector says of a client that cannot be made.
pub fn error_faults(expected: &ErrorPart, error: &Error) -> Vec<String> {
    let mut faults = Faults(Vec::new());
    faults.error(expected, error, "", &mut BTreeMap::new());
    faults.0
}

struct Faults(Vec<String>);

impl Faults {
    fn success(&mut self, expected: &ResultPart, reply: &Reply, names: &mut BTreeMap<String, String>) {
        if let Some(data) = &expected.data {
            self.data(data.get(), reply, names);
        }
        if let Some(token) = &expected.token {
            let answer: Value = serde_json::from_slice(reply.data()).unwrap_or_default();
            self.same("token", &Some(token.as_str()), &answer["token"].as_str());
        }
        if let Some(signed) = &expected.signed {
            self.signed(signed, reply);
        }
        if let Some(user) = &expected.user {
            self.same("user", &Some(user), &signed_in(reply).as_ref());
        }
        if let Some(attempts) = expected.attempts {
            self.same("attempts", &attempts, &reply.attempts);
        }
        if let Some(part) = &expected.reply {
            self.reply(part, reply);
        }
    }

    fn signed(&mut self, expected: &SignedPart, reply: &Reply) {
        let told: Value = serde_json::from_slice(reply.data()).unwrap_or_default();
        let (nonce, time) = (told["nonceStr"].as_str().unwrap_or_default(), &told["timestamp"]);
        let text = format!("jsapi_ticket={}&noncestr={nonce}&timestamp={time}&url={}", expected.ticket, expected.url);
        let signature: String = Sha1::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
        let wanted = json!({"appId": APP_ID, "timestamp": time, "nonceStr": nonce, "signature": signature});
        self.same("what the page is told", &wanted, &told);
        self.same("the length of the nonce", &32, &nonce.len());
        self.same("the time in milliseconds", &true, &time.as_u64().is_some_and(|time| time >= START.wall.0));
    }

    fn least(&mut self, expected: &ResultPart, least: &Least) {
        let wanted = expected.data.as_ref().map(|data| compact(data.get()));
        self.same("scopes", &wanted, &Some(least.scopes.to_json()));
        let ids = |operations: &[Operation]| operations.iter().map(|operation| operation.id()).collect::<Vec<_>>();
        self.same("undocumented", &expected.undocumented, &ids(&least.undocumented));
        self.same("conditional", &expected.conditional, &ids(&least.conditional));
    }

    /// The text must be the same too, white space apart: equal values may still differ in the digits of a large integer.
    fn data(&mut self, expected: &str, reply: &Reply, names: &mut BTreeMap<String, String>) {
        let text = std::str::from_utf8(reply.data()).unwrap_or("(no UTF-8)");
        let text = if text.is_empty() { "null" } else { text };
        let wanted: Value = serde_json::from_str(expected).expect("the vector's data is JSON");
        let fits = serde_json::from_str(text).is_ok_and(|actual| json_fits(&wanted, &actual, names));
        let has_same_digits = text.contains('\\') || expected.contains(['\\', '$']) || compact(text) == compact(expected);
        if !fits || !has_same_digits {
            self.0.push(format!("data is {text}"));
        }
    }

    fn reply(&mut self, expected: &ReplyPart, reply: &Reply) {
        self.given("status", &expected.status, &reply.status);
        self.given("code", &expected.code, &reply.code);
        self.given("msg", &expected.msg, &reply.msg);
        self.given("log_id", &expected.log_id, &reply.log_id);
        self.given("wide", &expected.wide, &reply.wide);
        for (name, value) in &expected.headers {
            self.same(name, &Some(value.as_str()), &reply.headers.get(name));
        }
    }

    fn file(&mut self, expected: &DownloadedPart, got: &Got) {
        let content = bytes(&expected.text, &expected.hex);
        self.same("file", &Some(&content), &got.file.as_ref());
        let Some(reply) = &got.reply else { return };
        if let Some(name) = &expected.name {
            self.same("file name", name, &crate::invoke::file_name(reply));
        }
        self.given("size", &expected.size.map(Some), &reply.sunk);
    }

    fn error(&mut self, expected: &ErrorPart, error: &Error, operation: &str, names: &mut BTreeMap<String, String>) {
        self.same("class", &expected.class.as_str(), &error.class().name());
        self.line(expected, error, operation);
        let url = error.authorize_url.as_deref().map(|url| url.replace(APP_ID, "$app_id"));
        self.given("url", &expected.url.as_deref(), &url.as_deref().and_then(wire::behind_host).unwrap_or_default());
        let application = error.application.as_ref();
        let apply_url = application.map(|it| it.url.replace(APP_ID, "$app_id"));
        self.given("apply_url", &expected.apply_url.as_deref(), &apply_url.as_deref().and_then(wire::behind_host).unwrap_or_default());
        let import_text = application.map(|it| it.import_text.as_str()).unwrap_or_default();
        self.given("import_text", &expected.import_text.as_deref(), &import_text);
        self.given("attempts", &expected.attempts, &error.attempts);
        self.given("retryable", &expected.retryable, &error.retryable);
        self.given("retry_after", &expected.retry_after, &error.retry_after.map(|span| span.as_millis() as u64));
        let answer = error.answer.clone().unwrap_or_default();
        self.given("code", &expected.code, &answer.code);
        self.given("status", &expected.status, &answer.status);
        self.given("msg", &expected.msg, &answer.msg);
        self.given("log_id", &expected.log_id, &answer.log_id);
        self.given("missing_scopes", &expected.missing_scopes, &answer.missing_scopes);
        self.given("troubleshooter", &expected.troubleshooter.clone().map(Some), &answer.troubleshooter);
        let fields = answer
            .field_violations
            .iter()
            .map(|violation| strings(&[("field", &violation.field), ("value", &violation.value), ("description", &violation.description)]));
        self.given("field_violations", &expected.field_violations, &fields.collect());
        let permissions = answer.permission_violations.iter().map(|violation| {
            let parts =
                [("kind", &violation.kind), ("scope", &violation.scope), ("description", &violation.description), ("url", &violation.url)];
            strings(&parts)
        });
        self.given("permission_violations", &expected.permission_violations, &permissions.collect());
        let helps = answer.helps.iter().map(|help| strings(&[("url", &help.url), ("description", &help.description)]));
        self.given("helps", &expected.helps, &helps.collect());
        self.given("details", &expected.details, &answer.details.into_iter().collect());
        if let Some(data) = &expected.data {
            let actual = answer.data.as_deref().map_or(json!(null), |data| serde_json::from_str(data).unwrap_or_default());
            if !json_fits(data, &actual, names) {
                self.0.push(format!("the error's data is {actual}"));
            }
        }
    }

    fn line(&mut self, expected: &ErrorPart, error: &Error, operation: &str) {
        let line = error.to_string();
        let rest = line.strip_prefix(operation).and_then(|rest| rest.strip_prefix(": ")).unwrap_or(&line);
        self.given("message", &expected.message.as_deref(), &rest);
        for part in expected.contains.iter().filter(|part| !line.contains(part.as_str())) {
            self.0.push(format!("the message {line:?} does not hold {part:?}"));
        }
        if line.contains('\n') || format!("{line}{error:?}{:?}", **error).contains(SECRET) {
            self.0.push(format!("the error holds a secret or a line break: {line}"));
        }
    }

    fn given<T: PartialEq + std::fmt::Debug>(&mut self, what: &str, expected: &Option<T>, actual: &T) {
        if let Some(expected) = expected {
            self.same(what, expected, actual);
        }
    }

    fn same<T: PartialEq + std::fmt::Debug + ?Sized>(&mut self, what: &str, expected: &T, actual: &T) {
        if expected != actual {
            self.0.push(format!("{what} is {actual:?}, not {expected:?}"));
        }
    }
}

/// The user whom a sign-in gave; moments count from the beginning.
fn signed_in(reply: &Reply) -> Option<UserPart> {
    let user: Value = serde_json::from_slice(reply.data()).ok()?;
    let text = |name: &str| user[name].as_str().map(str::to_owned);
    let scopes = user["scopes"].as_array().into_iter().flatten().filter_map(|scope| scope.as_str().map(str::to_owned));
    Some(UserPart {
        key: text("key")?,
        open_id: text("open_id"),
        expires_in: user["expires_at"].as_u64()? - START.wall.0,
        refresh_expires_in: user["refresh_expires_at"].as_u64().map(|moment| moment - START.wall.0),
        scopes: scopes.collect(),
    })
}

/// Members that are empty are left out.
fn strings(members: &[(&str, &String)]) -> Strings {
    members.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| ((*name).to_owned(), (*value).clone())).collect()
}
