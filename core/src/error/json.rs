use super::{Answer, Error};
use crate::encode::{Object, quote};
use crate::text::join;
use crate::time::seconds;

impl Error {
    /// All of it as the text of one JSON object, from which a binding makes its exception.
    ///
    /// Always: `class` (see [`Class::name`](super::Class::name)), `message` (the line of `Display`), `operation`, `attempts`, `retryable`,
    /// `retry_after` (seconds). `url`, where the user signs in again, if it is known. `apply_url` and `import_text`, with which one gets a
    /// permission that is missing. If an answer came, also the fields of [`Answer`]:
    /// `headers` with names in lower case and without cookies,
    /// `details` as an object, `data` as raw JSON.
    pub fn to_json(&self) -> String {
        let mut shown = Object::default();
        shown.push_text("class", Some(self.class.name()));
        shown.push_text("message", Some(&self.line()));
        shown.push_text("operation", self.operation.as_deref());
        shown.push("attempts", &self.attempts.to_string());
        shown.push("retryable", if self.retryable { "true" } else { "false" });
        shown.push("retry_after", &self.retry_after.map_or_else(|| "null".to_owned(), seconds));
        #[cfg(feature = "oauth")]
        if let Some(url) = &self.authorize_url {
            shown.push_text("url", Some(url));
        }
        #[cfg(feature = "about")]
        if let Some(application) = &self.application {
            shown.push_text("apply_url", Some(&application.url));
            shown.push_text("import_text", Some(&application.import_text));
        }
        if let Some(answer) = &self.answer {
            push_answer(&mut shown, answer);
        }
        shown.finish()
    }
}

fn push_answer(shown: &mut Object, answer: &Answer) {
    let fields = answer.field_violations.iter();
    let mut fields = fields.map(|known| texts(&[("field", &known.field), ("value", &known.value), ("description", &known.description)]));
    let mut permissions = answer
        .permission_violations
        .iter()
        .map(|known| texts(&[("kind", &known.kind), ("scope", &known.scope), ("description", &known.description), ("url", &known.url)]));
    let mut helps = answer.helps.iter().map(|help| texts(&[("url", &help.url), ("description", &help.description)]));
    shown.push("status", &answer.status.to_string());
    shown.push("code", &answer.code.to_string());
    shown.push_text("msg", Some(&answer.msg));
    shown.push_text("log_id", answer.log_id.as_deref());
    shown.push_text("troubleshooter", answer.troubleshooter.as_deref());
    shown.push("field_violations", &list(&mut fields));
    shown.push("permission_violations", &list(&mut permissions));
    shown.push("missing_scopes", &list(&mut answer.missing_scopes.iter().map(|scope| quote(scope))));
    shown.push("helps", &list(&mut helps));
    shown.push("details", &pairs(&answer.details));
    shown.push("headers", &pairs(&answer.headers.shown()));
    shown.push("data", answer.data.as_deref().unwrap_or("null"));
}

fn list(items: &mut dyn Iterator<Item = String>) -> String {
    let items: Vec<String> = items.collect();
    format!("[{}]", join(&items, ","))
}

fn texts(members: &[(&str, &str)]) -> String {
    let mut object = Object::default();
    members.iter().for_each(|(name, text)| object.push_text(name, Some(text)));
    object.finish()
}

fn pairs(members: &[(String, String)]) -> String {
    let mut object = Object::default();
    members.iter().for_each(|(name, text)| object.push_text(name, Some(text)));
    object.finish()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::{Class, FieldViolation, Help, PermissionViolation};
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
