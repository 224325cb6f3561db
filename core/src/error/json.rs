use super::{Answer, Error};
use crate::encode::{object, quote};
use crate::http::Headers;
use crate::time::seconds;

impl Error {
    /// All of it as the text of one JSON object, from which a binding makes its exception.
    ///
    /// Always: `class` (see [`Class::name`](super::Class::name)), `message` (the line of `Display`), `operation`, `attempts`, `retryable`,
    /// `retry_after` (seconds). If an answer came, also the fields of [`Answer`]: `headers` with names in lower case and without cookies,
    /// `details` as an object, `data` as raw JSON.
    pub fn to_json(&self) -> String {
        let mut members = vec![
            ("class", quote(self.class.name())),
            ("message", quote(&self.line())),
            ("operation", or_null(self.operation.as_deref())),
            ("attempts", self.attempts.to_string()),
            ("retryable", self.retryable.to_string()),
            ("retry_after", self.retry_after.map_or_else(|| "null".to_owned(), seconds)),
        ];
        if let Some(answer) = &self.answer {
            push_answer(&mut members, answer);
        }
        object(members)
    }
}

fn push_answer(members: &mut Vec<(&str, String)>, answer: &Answer) {
    let fields = answer
        .field_violations
        .iter()
        .map(|known| strings([("field", &known.field), ("value", &known.value), ("description", &known.description)]));
    let permissions = answer
        .permission_violations
        .iter()
        .map(|known| strings([("kind", &known.kind), ("scope", &known.scope), ("description", &known.description), ("url", &known.url)]));
    let helps = answer.helps.iter().map(|help| strings([("url", &help.url), ("description", &help.description)]));
    members.extend([
        ("status", answer.status.to_string()),
        ("code", answer.code.to_string()),
        ("msg", quote(&answer.msg)),
        ("log_id", or_null(answer.log_id.as_deref())),
        ("troubleshooter", or_null(answer.troubleshooter.as_deref())),
        ("field_violations", list(fields)),
        ("permission_violations", list(permissions)),
        ("missing_scopes", list(answer.missing_scopes.iter().map(|scope| quote(scope)))),
        ("helps", list(helps)),
        ("details", strings(answer.details.iter().map(|(key, value)| (key.as_str(), value)))),
        ("headers", headers(&answer.headers)),
        ("data", answer.data.clone().unwrap_or_else(|| "null".to_owned())),
    ]);
}

fn or_null(text: Option<&str>) -> String {
    text.map_or_else(|| "null".to_owned(), quote)
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}

fn strings<'a>(members: impl IntoIterator<Item = (&'a str, &'a String)>) -> String {
    object(members.into_iter().map(|(name, value)| (name, quote(value))))
}

/// Fields of one name are joined by commas; cookies are secret.
fn headers(headers: &Headers) -> String {
    let mut shown: Vec<(String, String)> = Vec::new();
    for (name, value) in headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("set-cookie")) {
        match shown.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            Some((_, joined)) => joined.extend([", ", value]),
            None => shown.push((name.to_ascii_lowercase(), value.to_owned())),
        }
    }
    strings(shown.iter().map(|(name, value)| (name.as_str(), value)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::{Class, FieldViolation, Help, PermissionViolation};
    use super::*;

    #[test]
    fn an_error_without_an_answer() {
        let error = Error::config("app_secret is empty").with_remedy("pass it").of_operation("im.v1.message.get");
        assert_eq!(
            error.to_json(),
            r#"{"class":"ConfigError","message":"im.v1.message.get: app_secret is empty; pass it","operation":"im.v1.message.get","attempts":0,"retryable":false,"retry_after":null}"#
        );
    }

    #[test]
    fn an_error_with_every_field() {
        let mut error = Error::new(Class::RateLimited, "slow \"down\"");
        let parts = error.parts_mut();
        (parts.attempts, parts.retryable, parts.retry_after) = (3, true, Some(Duration::from_millis(1500)));
        parts.answer = Some(Answer {
            status: 429,
            headers: Headers::from_iter([("X-A", "1"), ("x-a", "2"), ("Set-Cookie", "session=s3cret")]),
            code: 99_991_400,
            msg: "slow \"down\"".into(),
            log_id: Some("L1".into()),
            troubleshooter: Some("https://t".into()),
            field_violations: vec![FieldViolation { field: "f".into(), value: "v".into(), description: "d".into() }],
            permission_violations: vec![PermissionViolation { kind: "k".into(), scope: "a:b".into(), ..Default::default() }],
            missing_scopes: vec!["a:b".into()],
            helps: vec![Help { url: "https://h".into(), description: "d".into() }],
            details: vec![("k".into(), "v".into())],
            data: Some(r#"{"id":7389012345678901234}"#.into()),
        });
        let expected = concat!(
            r#"{"class":"RateLimited","message":"slow \"down\" (code 99991400) [log id L1]","operation":null,"attempts":3,"retryable":true,"retry_after":1.5,"#,
            r#""status":429,"code":99991400,"msg":"slow \"down\"","log_id":"L1","troubleshooter":"https://t","#,
            r#""field_violations":[{"field":"f","value":"v","description":"d"}],"#,
            r#""permission_violations":[{"kind":"k","scope":"a:b","description":"","url":""}],"missing_scopes":["a:b"],"#,
            r#""helps":[{"url":"https://h","description":"d"}],"details":{"k":"v"},"headers":{"x-a":"1, 2"},"#,
            r#""data":{"id":7389012345678901234}}"#,
        );
        assert_eq!(error.to_json(), expected);
    }
}
