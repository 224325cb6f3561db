use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::RawValue;

use super::{Answer, Error, FieldViolation, Help, PermissionViolation};

/// An error as a binding gets it.
#[derive(Serialize)]
struct Shown<'a> {
    class: &'static str,
    message: String,
    operation: Option<&'a str>,
    attempts: u32,
    retryable: bool,
    retry_after: Option<f64>,
    #[cfg(feature = "oauth")]
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    #[serde(flatten)]
    answer: Option<ShownAnswer<'a>>,
}

#[derive(Serialize)]
struct ShownAnswer<'a> {
    status: u16,
    code: i64,
    msg: &'a str,
    log_id: Option<&'a str>,
    troubleshooter: Option<&'a str>,
    field_violations: &'a [FieldViolation],
    permission_violations: &'a [PermissionViolation],
    missing_scopes: &'a [String],
    helps: &'a [Help],
    details: BTreeMap<&'a str, &'a str>,
    headers: BTreeMap<String, String>,
    data: Option<&'a RawValue>,
}

impl Error {
    /// All of it as the text of one JSON object, from which a binding makes its exception.
    ///
    /// Always: `class` (see [`Class::name`](super::Class::name)), `message` (the line of `Display`), `operation`, `attempts`, `retryable`,
    /// `retry_after` (seconds). `url` where the user signs in again. If an answer came, also the fields of [`Answer`]: `headers` with names in lower case and without cookies,
    /// `details` as an object, `data` as raw JSON.
    pub fn to_json(&self) -> String {
        let shown = Shown {
            class: self.class.name(),
            message: self.to_string(),
            operation: self.operation.as_deref(),
            attempts: self.attempts,
            retryable: self.retryable,
            retry_after: self.retry_after.map(|span| span.as_secs_f64()),
            #[cfg(feature = "oauth")]
            url: self.authorize_url.as_deref(),
            answer: self.answer.as_ref().map(shown),
        };
        // Nothing here fails to be written: the keys are text, the floats finite.
        serde_json::to_string(&shown).unwrap_or_default()
    }
}

fn shown(answer: &Answer) -> ShownAnswer<'_> {
    ShownAnswer {
        status: answer.status,
        code: answer.code,
        msg: &answer.msg,
        log_id: answer.log_id.as_deref(),
        troubleshooter: answer.troubleshooter.as_deref(),
        field_violations: &answer.field_violations,
        permission_violations: &answer.permission_violations,
        missing_scopes: &answer.missing_scopes,
        helps: &answer.helps,
        details: answer.details.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect(),
        headers: answer.headers.shown(),
        data: answer.data.as_deref().and_then(|data| serde_json::from_str(data).ok()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::Class;
    use super::*;
    use crate::http::Headers;

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
