//! A small catalogue that breaks no rule, for tests that break one.

use super::source::Service;
use serde_json::{Value, json};

/// The sample as it stands.
pub fn service() -> Service {
    serde_json::from_value(json()).unwrap()
}

/// The sample with one member set.
pub fn with(pointer: &str, value: Value) -> Value {
    let mut service = json();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = service.pointer_mut(parent).unwrap();
    match parent.as_array_mut() {
        Some(list) => list[key.parse::<usize>().unwrap()] = value,
        None => parent[key] = value,
    }
    service
}

/// The sample with one member left out.
pub fn without(pointer: &str, key: &str) -> Value {
    let mut service = json();
    service.pointer_mut(pointer).unwrap().as_object_mut().unwrap().remove(key).unwrap();
    service
}

/// What a rule finds in a service.
pub fn found(rule: fn(&[Service]) -> Vec<String>, service: Value) -> Vec<String> {
    rule(&[serde_json::from_value(service).unwrap()])
}

fn json() -> Value {
    json!({
        "service": "im",
        "operations": [
            {
                "id": "im.v1.message.create", "method": "POST", "path": "/open-apis/im/v1/messages", "tokens": ["tenant", "user"],
                "kind": "json", "scopes": ["im:message"], "rate": "1000/min,50/s", "doc": "/im/create", "idempotency": "uuid",
                "query": [{"name": "receive_id_type", "type": "string", "required": true, "enum": ["open_id", "chat_id"]}],
                "body": "v1.Body", "answer": "v1.Message"
            },
            {
                "id": "im.v1.message.list", "method": "GET", "path": "/open-apis/im/v1/messages/:container_id", "tokens": null,
                "kind": "json", "scopes": null,
                "paging": {"items": "items", "token": "page_token", "more": "has_more", "param": "page_token"},
                "path_params": [{"name": "container_id", "type": "string"}],
                "query": [{"name": "page_token", "type": "string"}, {"name": "page_size", "type": "int"}],
                "answer": "v1.Page"
            }
        ],
        "types": {
            "v1.Body": {"fields": [
                {"name": "content", "type": "string", "required": true},
                {"name": "uuid", "type": "string"},
                {"name": "size", "type": "int"}
            ]},
            "v1.Message": {"fields": [{"name": "message_id", "type": "string"}, {"name": "create_time", "type": "string", "fmt": "int"}]},
            "v1.Page": {"fields": [
                {"name": "items", "type": "[]v1.Message"},
                {"name": "page_token", "type": "string"},
                {"name": "has_more", "type": "bool"}
            ]}
        }
    })
}
