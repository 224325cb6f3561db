//! Answers of operations without a memory: data of the declared shape, the same in every run.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::blob::Blob;
use crate::catalog::{Field, Types};
use crate::outgoing::file;
use crate::platform::Call;

/// Objects within objects beyond this depth are empty.
const DEPTH: usize = 5;

/// The answer to a call that has been checked.
pub(crate) fn answer(call: &Call) -> Answer {
    if call.operation.kind == "download" {
        return file_of(call);
    }
    let Some(name) = &call.operation.answer else { return Answer::data(json!({})) };
    let mut data = object(call.operation.types, name, DEPTH);
    if let Some(paging) = &call.operation.paging {
        set(&mut data, &paging.token, json!(""));
        set(&mut data, &paging.more, json!(false));
    }
    if call.operation.envelope == "root" { Answer::root(data) } else { Answer::data(data) }
}

/// The file that an operation without a memory sends.
pub(crate) fn file_of(call: &Call) -> Answer {
    let content = format!("sample of {}\n", call.operation.id).repeat(40);
    file(&Blob::kept(Bytes::from(content)), "sample.bin", "application/octet-stream", call.request.header("range"))
}

/// A value of any type of the operation's service.
pub(crate) fn of_kind(call: &Call, kind: &str) -> Value {
    of_field(call, &Field { name: "value".to_owned(), kind: kind.to_owned(), ..Field::default() })
}

/// A value of a field.
pub(crate) fn of_field(call: &Call, field: &Field) -> Value {
    member(call.operation.types, field, DEPTH)
}

fn object(types: &Types, name: &str, depth: usize) -> Value {
    let fields = types.fields(name).filter(|_| depth > 0).unwrap_or_default();
    let members = fields.iter().map(|field| (field.name.clone(), member(types, field, depth)));
    Value::Object(Map::from_iter(members))
}

fn member(types: &Types, field: &Field, depth: usize) -> Value {
    value(types, &field.kind, field, depth)
}

fn value(types: &Types, kind: &str, field: &Field, depth: usize) -> Value {
    if let Some(inner) = kind.strip_prefix("[]") {
        return json!([value(types, inner, field, depth), value(types, inner, field, depth)]);
    }
    if let Some(inner) = kind.strip_prefix("{}") {
        return json!({"key": value(types, inner, field, depth)});
    }
    match kind {
        "string" => json!(text(field)),
        "int" | "number" => json!(1),
        "float" => json!(1.5),
        "bool" => json!(true),
        "any" => json!({}),
        name => object(types, name, depth - 1),
    }
}

fn text(field: &Field) -> String {
    match field.values.first() {
        Some(first) => first.clone(),
        None if field.fmt == "int" => "1700000000".to_owned(),
        None => format!("{}_1", field.name),
    }
}

/// Sets the member at a dotted path, where the objects on the way are there.
pub(crate) fn set(data: &mut Value, path: &str, to: Value) {
    let (parents, last) = path.rsplit_once('.').unwrap_or(("", path));
    let parent = parents.split('.').filter(|name| !name.is_empty()).try_fold(data, |at, name| at.get_mut(name));
    if let Some(Value::Object(members)) = parent.filter(|_| !last.is_empty()) {
        members.insert(last.to_owned(), to);
    }
}
