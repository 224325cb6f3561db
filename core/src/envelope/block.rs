//! The `error` block of a refusal. Two shapes are in use (`logid` and `log_id`, `scope` and `subject`, …); both are read.

use std::ops::Range;

use super::scopes;
use crate::error::{Answer, FieldViolation, Help, PermissionViolation};
use crate::json;

/// Reads what the block says into the answer.
pub(super) fn read(block: &[u8], answer: &mut Answer) {
    let all = 0..block.len();
    let own = |name| text(block, &all, name);
    answer.log_id = own("log_id").or_else(|| own("logid")).or_else(|| answer.log_id.take());
    answer.troubleshooter = own("troubleshooter").and_then(|text| scopes::urls(&text).next().map(str::to_owned));
    answer.field_violations = each(block, "field_violations", field_violation);
    answer.permission_violations = each(block, "permission_violations", permission_violation);
    answer.helps = each(block, "helps", help);
    answer.details = each(block, "details", detail);
    answer.details.extend(own("message").map(|message| ("message".to_owned(), message)));
}

/// What is made of each object in the list of that name.
fn each<T>(block: &[u8], name: &str, read: impl Fn(&dyn Fn(&str) -> String) -> T) -> Vec<T> {
    let Some(list) = json::find(block, &(0..block.len()), name) else { return Vec::new() };
    let objects = json::children(block, &list).map(|child| child.value.range).filter(|range| block.get(range.start) == Some(&b'{'));
    objects.map(|object| read(&|name| text(block, &object, name).unwrap_or_default())).collect()
}

fn text(block: &[u8], object: &Range<usize>, name: &str) -> Option<String> {
    json::text(block.get(json::find(block, object, name)?)?).filter(|text| !text.is_empty())
}

fn field_violation(own: &dyn Fn(&str) -> String) -> FieldViolation {
    FieldViolation { field: own("field"), value: own("value"), description: own("description") }
}

fn permission_violation(own: &dyn Fn(&str) -> String) -> PermissionViolation {
    let scope = Some(own("scope")).filter(|scope| !scope.is_empty()).unwrap_or_else(|| own("subject"));
    PermissionViolation { kind: own("type"), scope, description: own("description"), url: own("url") }
}

fn help(own: &dyn Fn(&str) -> String) -> Help {
    Help { url: own("url"), description: own("description") }
}

fn detail(own: &dyn Fn(&str) -> String) -> (String, String) {
    (own("key"), own("value"))
}
