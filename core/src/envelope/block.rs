//! The `error` block of a refusal. Two shapes are in use (`logid` and `log_id`, `scope` and `subject`, …); both are read.

use super::scopes;
use crate::error::{Answer, FieldViolation, Help, PermissionViolation};
use crate::json::Value;

/// Reads what the block says into the answer.
pub(super) fn read(block: &Value<'_>, answer: &mut Answer) {
    let own = |name| block.text(name);
    answer.log_id = own("log_id").or_else(|| own("logid")).or_else(|| answer.log_id.take());
    answer.troubleshooter = own("troubleshooter").and_then(|text| scopes::urls(&text).next().map(str::to_owned));
    answer.field_violations = objects(block, "field_violations").map(field_violation).collect();
    answer.permission_violations = objects(block, "permission_violations").map(permission_violation).collect();
    answer.helps = objects(block, "helps").map(help).collect();
    answer.details = objects(block, "details").map(detail).collect();
    answer.details.extend(own("message").map(|message| ("message".to_owned(), message)));
}

/// The objects in the list of that name.
fn objects<'a>(block: &Value<'a>, name: &str) -> impl Iterator<Item = Value<'a>> + use<'a> {
    block.get(name).unwrap_or_default().items().filter(|item| item.json().starts_with('{'))
}

fn text(object: &Value<'_>, name: &str) -> String {
    object.text(name).unwrap_or_default()
}

fn field_violation(object: Value<'_>) -> FieldViolation {
    let own = |name| text(&object, name);
    FieldViolation { field: own("field"), value: own("value"), description: own("description") }
}

fn permission_violation(object: Value<'_>) -> PermissionViolation {
    let own = |name| text(&object, name);
    let scope = object.text("scope").unwrap_or_else(|| own("subject"));
    PermissionViolation { kind: own("type"), scope, description: own("description"), url: own("url") }
}

fn help(object: Value<'_>) -> Help {
    Help { url: text(&object, "url"), description: text(&object, "description") }
}

fn detail(object: Value<'_>) -> (String, String) {
    (text(&object, "key"), text(&object, "value"))
}
