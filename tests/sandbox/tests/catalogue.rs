//! Every operation of the catalogue: checked, and answered with what it declares.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use common::App;
use serde_json::{Map, Value, json};

/// Operations whose stateful side refuses made-up arguments; their own tests cover them.
const STATEFUL: [&str; 15] = [
    "auth.v3.",
    "authen.v2.oauth.",
    "im.v1.message.",
    "im.v1.messageResource.",
    "im.v1.chat.create",
    "im.v1.chat.get",
    "im.v1.chat.list",
    "im.v1.image.",
    "im.v1.file.",
    "drive.v1.file.uploadAll",
    "drive.v1.file.download",
    "drive.v1.media.uploadAll",
    "drive.v1.media.download",
    "contact.v3.user.",
    "contact.v3.department.",
];

fn services() -> Vec<Value> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../core/catalog");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let json = files.filter(|path| path.extension().is_some_and(|ext| ext == "json") && !path.ends_with("schema.json"));
    json.map(|path| serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()).collect()
}

fn value(types: &Value, kind: &str) -> Value {
    match kind {
        "string" => json!("x"),
        "int" | "number" | "float" => json!(1),
        "bool" => json!(false),
        "any" | "file" => json!({}),
        _ if kind.starts_with("[]") => json!([value(types, &kind[2..])]),
        _ if kind.starts_with("{}") => json!({"k": value(types, &kind[2..])}),
        name => Value::Object(required(types, name)),
    }
}

fn required(types: &Value, name: &str) -> Map<String, Value> {
    let fields = types[name]["fields"].as_array().unwrap().iter().filter(|field| field["required"] == true);
    fields.map(|field| (field["name"].as_str().unwrap().to_owned(), value(types, field["type"].as_str().unwrap()))).collect()
}

fn list<'a>(operation: &'a Value, name: &str) -> &'a [Value] {
    operation[name].as_array().map_or(&[], Vec::as_slice)
}

struct Tokens {
    tenant: String,
    user: String,
    app: String,
}

impl Tokens {
    fn for_operation(&self, operation: &Value) -> &str {
        match operation["tokens"][0].as_str() {
            Some("user") => &self.user,
            Some("app") => &self.app,
            _ => &self.tenant,
        }
    }
}

#[test]
fn every_operation_answers_and_checks() {
    let app = App::new();
    let body = json!({"app_id": app.id, "app_secret": "s"});
    let issued = app.call("POST", "/open-apis/auth/v3/app_access_token/internal", "", Some(body)).json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let user = text(&app.control("users/token", json!({"app_id": app.id}))["token"]);
    let tokens = Tokens { tenant: text(&issued["tenant_access_token"]), user, app: text(&issued["app_access_token"]) };
    let mut seen = 0;
    for service in services() {
        for operation in list(&service, "operations") {
            seen += 1;
            answers(&app, &tokens, &service["types"], operation);
            refuses(&app, &tokens, &service["types"], operation);
        }
    }
    assert!(seen > 1700, "{seen}");
}

fn path(operation: &Value, with_query: bool) -> String {
    let path: Vec<&str> =
        operation["path"].as_str().unwrap().split('/').map(|segment| if segment.starts_with(':') { "p" } else { segment }).collect();
    let sample = |kind: &str| {
        if kind.trim_start_matches("[]") == "string" {
            "x"
        } else if kind.ends_with("bool") {
            "true"
        } else {
            "1"
        }
    };
    let needed = list(operation, "query").iter().filter(|field| with_query && field["required"] == true);
    let query: Vec<String> =
        needed.map(|field| format!("{}={}", field["name"].as_str().unwrap(), sample(field["type"].as_str().unwrap()))).collect();
    format!("{}?{}", path.join("/"), query.join("&"))
}

fn answers(app: &App, tokens: &Tokens, types: &Value, operation: &Value) {
    let id = operation["id"].as_str().unwrap();
    if STATEFUL.iter().any(|prefix| id.starts_with(prefix)) {
        return;
    }
    let token = tokens.for_operation(operation);
    let (method, path) = (operation["method"].as_str().unwrap(), path(operation, true));
    let body = operation["body"].as_str().map(|name| required(types, name)).unwrap_or_default();
    let answer = if operation["kind"] == "upload" {
        let fields: Vec<(String, String)> = body.iter().map(|(name, _)| (name.clone(), "1".to_owned())).collect();
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        if method != "POST" {
            return;
        }
        app.upload(&path, token, &fields, ("file", b"x"))
    } else {
        app.call(method, &path, token, (!body.is_empty()).then_some(Value::Object(body)))
    };
    assert_eq!(answer.status, 200, "{id} {method} {path}: {}", answer.text());
    if operation["kind"] == "download" {
        assert!(answer.body.len() > 100 && answer.header("content-disposition").is_some(), "{id}");
        return;
    }
    let whole = answer.json();
    assert_eq!(whole["code"], 0, "{id}");
    let data = if operation["envelope"] == "root" { &whole } else { &whole["data"] };
    for field in operation["answer"].as_str().map_or(&[][..], |name| list(&types[name], "fields")) {
        assert!(data.get(field["name"].as_str().unwrap()).is_some(), "{id} lacks {}", field["name"]);
    }
    if let Some(items) = operation["paging"]["items"].as_str() {
        let at = items.split('.').try_fold(data, |at, name| at.get(name));
        assert!(at.is_some_and(|at| at.as_array().is_none_or(|items| !items.is_empty())), "{id}: {items}");
    }
}

fn refuses(app: &App, tokens: &Tokens, types: &Value, operation: &Value) {
    let id = operation["id"].as_str().unwrap();
    let (method, bare) = (operation["method"].as_str().unwrap(), path(operation, false));
    let kinds = list(operation, "tokens");
    if kinds.iter().all(|kind| kind == "tenant") && !kinds.is_empty() {
        assert_eq!(app.call(method, &bare, &tokens.user, None).code(), 99991668, "{id} takes no user token");
    }
    let needs_query =
        list(operation, "query").iter().any(|field| field["required"] == true && !field["name"].as_str().unwrap().ends_with("page_token"));
    let needs_body = operation["body"].as_str().is_some_and(|name| !required(types, name).is_empty());
    if needs_query || needs_body {
        let answer = app.call(method, &bare, tokens.for_operation(operation), None);
        assert_eq!((answer.status, answer.code()), (400, 99992402), "{id}: {}", answer.text());
        assert!(!answer.json()["error"]["field_violations"].as_array().unwrap().is_empty(), "{id}");
    }
}

#[test]
fn types_and_paths_are_checked() {
    let app = App::new();
    let token = app.token();
    let wrong = app.call("POST", "/open-apis/bitable/v1/apps", &token, Some(json!({"name": {"a": 1}})));
    assert_eq!((wrong.status, wrong.code()), (400, 9499));
    assert!(wrong.text().contains("type in json: name"), "{}", wrong.text());
    let broken = app.send("POST", "/open-apis/bitable/v1/apps", &[("Authorization", &format!("Bearer {token}"))], b"{\"name\":").unwrap();
    assert_eq!(broken.code(), 9499);
    for path in ["/open-apis/none", "/open-apis/bot/v3/info/", "/open-apis/hire/v1/talent_pools"] {
        let answer = app.call("GET", path, &token, None);
        assert_eq!((answer.status, answer.text().as_str()), (404, "404 page not found"), "{path}");
    }
    assert_eq!(app.call("GET", "/open-apis/hire/v1/talent_pools/", &token, None).code(), 0);
    assert_eq!(app.call("POST", "/open-apis/bot/v3/info", &token, None).status, 404);
}
