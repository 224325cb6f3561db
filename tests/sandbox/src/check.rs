//! The arguments of a request against the catalogue: what must be there, and of which type.

use serde_json::{Map, Value, json};

use crate::answer::Refusal;
use crate::catalog::{Field, Types};
use crate::platform::Call;

/// Refuses a request that lacks a required argument, or whose body or query cannot be read.
pub(crate) fn present(call: &Call) -> Result<(), Refusal> {
    if call.request.is_broken() {
        return Err(Refusal::new(9499, "Bad Request: the body is not JSON").error(json!({})));
    }
    let mut violations: Vec<Value> = call.operation.query.iter().filter_map(|field| query_violation(call, field)).collect();
    violations.extend(body_fields(call).iter().filter(|field| field.required && !has(call, field)).map(missing));
    if violations.is_empty() { Ok(()) } else { Err(Refusal::fields(violations)) }
}

/// Refuses a JSON body with a member of a wrong type, at any depth.
pub(crate) fn types(call: &Call) -> Result<(), Refusal> {
    let (Some(body), Value::Object(members)) = (&call.operation.body, &call.request.json) else { return Ok(()) };
    match wrong_member(call.operation.types, body, members, "") {
        None => Ok(()),
        Some(path) => {
            let msg = format!("Invalid parameter type in json: {path}. Please check and modify accordingly.");
            Err(Refusal::new(9499, msg).error(json!({})))
        }
    }
}

fn body_fields<'a>(call: &'a Call) -> &'a [Field] {
    call.operation.body.as_ref().and_then(|name| call.operation.types.fields(name)).unwrap_or_default()
}

fn has(call: &Call, field: &Field) -> bool {
    call.request.part(&field.name).is_some() || call.request.json.get(&field.name).is_some_and(|value| !value.is_null())
}

fn missing(field: &Field) -> Value {
    json!({"field": field.name, "value": "", "description": format!("{} is required", field.name)})
}

fn query_violation(call: &Call, field: &Field) -> Option<Value> {
    let values: Vec<&str> = call.request.query.iter().filter(|(name, _)| *name == field.name).map(|(_, value)| value.as_str()).collect();
    // A first page is asked for with an empty page_token.
    let paging = field.name.ends_with("page_token");
    if field.required && values.iter().all(|value| value.is_empty() && !paging) {
        return Some(missing(field));
    }
    let wrong = values.iter().find(|value| !value.is_empty() && !is_query_value(&field.kind, value))?;
    Some(json!({"field": field.name, "value": wrong, "description": format!("{} must be of type {}", field.name, field.kind)}))
}

fn is_query_value(kind: &str, value: &str) -> bool {
    match kind.trim_start_matches("[]") {
        "int" => value.parse::<i64>().is_ok(),
        "float" | "number" => value.parse::<f64>().is_ok(),
        "bool" => value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false"),
        _ => true,
    }
}

fn wrong_member(types: &Types, name: &str, members: &Map<String, Value>, path: &str) -> Option<String> {
    types.fields(name)?.iter().find_map(|field| wrong(types, &field.kind, members.get(&field.name)?, &format!("{path}{}", field.name)))
}

/// The path of the first value that is not of the type `kind`.
fn wrong(types: &Types, kind: &str, value: &Value, path: &str) -> Option<String> {
    let fits = match (kind, value) {
        (_, Value::Null) | ("any" | "file", _) => true,
        ("string", value) => value.is_string(),
        ("int", value) => value.is_i64() || value.is_u64(),
        ("float" | "number", value) => value.is_number(),
        ("bool", value) => value.is_boolean(),
        (kind, Value::Array(items)) if kind.starts_with("[]") => {
            let inner = kind.get(2..).unwrap_or_default();
            return items.iter().enumerate().find_map(|(index, item)| wrong(types, inner, item, &format!("{path}[{index}]")));
        }
        (kind, Value::Object(members)) if kind.starts_with("{}") => {
            let inner = kind.get(2..).unwrap_or_default();
            return members.iter().find_map(|(key, item)| wrong(types, inner, item, &format!("{path}.{key}")));
        }
        (kind, Value::Object(members)) => return wrong_member(types, kind, members, &format!("{path}.")),
        _ => false,
    };
    (!fits).then(|| path.to_owned())
}
