//! The packed table against the JSON it was made from, and look-ups in every spelling.

use super::*;
use crate::http::Method;
use serde_json::Value;
use std::path::Path;

/// Every service file of the catalogue.
fn services() -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("catalog");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let services = files.filter(|file| file.extension().is_some_and(|end| end == "json") && !file.ends_with("schema.json"));
    services.map(|file| serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()).collect()
}

/// Calls the test with each operation, its JSON, and the types of its service.
fn each(mut test: impl FnMut(Operation, &Value, &Value)) {
    let mut count = 0;
    for service in services() {
        for json in service["operations"].as_array().unwrap() {
            let id = json["id"].as_str().unwrap();
            test(Operation::find(id).unwrap_or_else(|_| panic!("{id} is not found")), json, &service["types"]);
            count += 1;
        }
    }
    assert_eq!(count, Operation::count());
}

fn list<'a>(json: &'a Value, key: &str) -> &'a [Value] {
    json[key].as_array().map_or(&[], Vec::as_slice)
}

fn strings(json: &Value) -> Vec<&str> {
    json.as_array().into_iter().flatten().map(|item| item.as_str().unwrap()).collect()
}

/// A type expression as a shape, written for the test.
fn shape_of(field: &Value) -> Shape {
    let (kind, digits) = (field["type"].as_str().unwrap(), field["fmt"] == "int");
    let item = |kind: &str| match kind {
        "string" if digits => Item::IntString,
        "string" => Item::String,
        "int" => Item::Int,
        "bool" => Item::Bool,
        "float" => Item::Float,
        "number" => Item::Number,
        "any" => Item::Any,
        _ if kind.starts_with("[]") => Item::List,
        _ => Item::Object,
    };
    match kind {
        "string" if digits => Shape::IntString,
        "string" => Shape::String,
        "int" => Shape::Int,
        "bool" => Shape::Bool,
        "float" => Shape::Float,
        "number" => Shape::Number,
        "any" => Shape::Any,
        "file" => Shape::File,
        _ if kind.starts_with("{}") => Shape::Map,
        _ => kind.strip_prefix("[]").map_or(Shape::Object, |kind| Shape::List(item(kind))),
    }
}

/// The parameters that the JSON declares, as `(name, wire, place, shape, required, idempotency)`.
fn declared(json: &Value, types: &Value) -> Vec<(String, String, Place, Shape, bool, bool)> {
    let mut all = Vec::new();
    let mut take = |field: &Value, place: Place, required: bool| {
        let name = field["name"].as_str().unwrap().to_owned();
        let idempotency = json["idempotency"] == name.as_str();
        all.push((name.clone(), name, place, shape_of(field), required, idempotency));
    };
    let required = |field: &Value| field["required"] == true;
    list(json, "path_params").iter().for_each(|field| take(field, Place::Path, true));
    list(json, "query").iter().for_each(|field| take(field, Place::Query, required(field)));
    for field in list(&types[json["body"].as_str().unwrap_or_default()], "fields") {
        let place = match (json["kind"] == "upload", field["type"] == "file") {
            (true, true) => Place::File,
            (true, false) => Place::Form,
            _ => Place::Body,
        };
        take(field, place, required(field));
    }
    for header in list(json, "headers") {
        let (name, wire) = (header["name"].as_str().unwrap().to_owned(), header["wire"].as_str().unwrap().to_owned());
        all.push((name, wire, Place::Header, Shape::String, required(header), false));
    }
    all
}

#[test]
fn every_operation_reads_back_as_it_was_written() {
    each(|operation, json, _| {
        assert_eq!(operation.id(), json["id"].as_str().unwrap());
        assert_eq!(format!("{operation:?}"), operation.id());
        assert_eq!(format!("{:?}", operation.method()).to_uppercase(), json["method"].as_str().unwrap());
        assert_eq!(operation.path(), json["path"].as_str().unwrap());
        let kind = format!("{:?}", operation.kind()).to_lowercase();
        assert_eq!(kind, json["kind"].as_str().unwrap());
        assert_eq!(operation.has_root_envelope(), json["envelope"] == "root", "{operation:?}");
        assert_eq!(operation.reads_only(), json["write"] == false || operation.method() == Method::Get, "{operation:?}");
        assert_eq!(operation.takes_body(), json["body"].is_string(), "{operation:?}");
        assert_eq!(operation.needs_helpdesk(), json["helpdesk"] == true, "{operation:?}");
        assert_eq!(operation.streams(), json["stream"] == true, "{operation:?}");
    });
}

#[test]
fn every_token_reads_back() {
    each(|operation, json, _| {
        let (tokens, names) = (operation.tokens(), strings(&json["tokens"]));
        assert_eq!(tokens.accepts_tenant(), names.contains(&"tenant"), "{operation:?}");
        assert_eq!(tokens.accepts_user(), names.contains(&"user"), "{operation:?}");
        assert_eq!(tokens.accepts_app(), names.contains(&"app"), "{operation:?}");
        assert_eq!(tokens.is_unknown(), json["tokens"].is_null(), "{operation:?}");
        assert_eq!(tokens.needs_none(), json["tokens"].is_array() && names.is_empty(), "{operation:?}");
    });
}

#[test]
fn every_parameter_reads_back() {
    let mut count = 0;
    each(|operation, json, types| {
        let read =
            |found: Parameter| (found.name.to_owned(), found.wire.to_owned(), found.place, found.shape, found.required, found.idempotency);
        let parameters: Vec<_> = operation.parameters().map(read).collect();
        assert_eq!(parameters, declared(json, types), "{operation:?}");
        assert_eq!(operation.parameters().len(), parameters.len());
        assert!(operation.parameters().all(|parameter| operation.parameter(parameter.name).is_some()));
        count += parameters.len();
    });
    assert!(count > 8_000, "only {count} parameters");
}

#[test]
fn every_paging_reads_back() {
    each(|operation, json, _| {
        let Some(paging) = operation.paging() else { return assert!(json["paging"].is_null(), "{operation:?}") };
        let expected = &json["paging"];
        let read = [("items", paging.items), ("token", paging.token), ("more", paging.more), ("param", paging.param)];
        for (key, value) in read {
            assert_eq!(value, expected[key].as_str().unwrap_or(""), "{operation:?} {key}");
        }
        assert_eq!(paging.several, expected["arrays"].is_array(), "{operation:?}");
        assert_eq!(paging.place == Place::Body, expected["in"] == "body", "{operation:?}");
    });
}

#[test]
fn every_spelling_finds_the_operation() {
    for operation in Operation::all() {
        let (camel, snake) = (operation.name(Style::Camel), operation.name(Style::Snake));
        let bare: String = snake.replace('_', "");
        let spellings = [operation.id(), camel.clone(), snake.clone(), camel.to_uppercase(), bare, format!("{snake}_")];
        for spelling in spellings {
            assert_eq!(Operation::find(&spelling), Ok(operation), "{spelling}");
        }
        assert!(!camel.contains('_') && !snake.contains(|letter: char| letter.is_ascii_uppercase()), "{operation:?}");
    }
}

#[test]
fn the_tree_leads_to_every_operation_once() {
    fn walk(node: Node, style: Style, path: &str, found: &mut Vec<String>) {
        for (name, below) in children(node, style) {
            assert_eq!(child(node, &name, style), Ok(below), "{path}{name}");
            match below {
                Child::Node(node) => walk(node, style, &format!("{path}{name}."), found),
                Child::Operation(operation) => {
                    assert_eq!(operation.name(style), format!("{path}{name}"));
                    found.push(operation.id());
                }
            }
        }
    }
    for style in [Style::Camel, Style::Snake] {
        let mut found = Vec::new();
        walk(Node::ROOT, style, "", &mut found);
        assert_eq!(found, Operation::all().map(Operation::id).collect::<Vec<_>>());
    }
}

#[test]
fn an_unknown_id_names_the_nearest() {
    let nearest = |id: &str| Operation::find(id).unwrap_err().nearest;
    assert_eq!(nearest("im.v1.message.craete").as_deref(), Some("im.v1.message.create"));
    assert_eq!(nearest("im.message.create").as_deref(), Some("im.v1.message.create"));
    assert_eq!(nearest("contact.v3.user.find_by_departments").as_deref(), Some("contact.v3.user.find_by_department"));
    assert_eq!(nearest("documentAi.v1.bankCard.recognise").as_deref(), Some("document_ai.v1.bankCard.recognize"));
    assert_eq!(nearest("zebra"), None);
    for partial in ["", ".", "im", "im.v1.message", "im.v1.message.create.raw", "im..message.create", "你好"] {
        assert_eq!(Operation::find(partial).unwrap_err().name, partial);
    }
}

#[test]
fn an_unknown_part_names_the_nearest_here_or_elsewhere() {
    let node = |id: &str| {
        id.split('.').filter(|part| !part.is_empty()).fold(Node::ROOT, |node, part| match child(node, part, Style::Snake) {
            Ok(Child::Node(node)) => node,
            other => panic!("{part} is {other:?}"),
        })
    };
    let nearest = |at: &str, name: &str, style| child(node(at), name, style).unwrap_err().nearest;
    assert_eq!(nearest("", "contacts", Style::Snake).as_deref(), Some("contact"));
    assert_eq!(nearest("", "documentAl", Style::Camel).as_deref(), Some("documentAi"));
    assert_eq!(nearest("contact.v3.user", "batchGetIds", Style::Camel).as_deref(), Some("batchGetId"));
    assert_eq!(nearest("im", "message", Style::Snake).as_deref(), Some("v1.message"));
    assert_eq!(nearest("contact.v3.department", "find_by_department", Style::Snake).as_deref(), Some("contact.v3.user.find_by_department"));
    assert_eq!(nearest("", "find_by_department", Style::Camel).as_deref(), Some("contact.v3.user.findByDepartment"));
    assert_eq!(nearest("im.v1.message", "zzzzzz", Style::Snake), None);
}

#[test]
fn a_name_that_begins_with_an_underscore_leads_nowhere() {
    for name in ["_im", "__im__", "_", "__"] {
        assert!(child(Node::ROOT, name, Style::Snake).is_err(), "{name}");
    }
    assert!(child(Node::ROOT, "im_", Style::Snake).is_ok());
}

#[test]
fn an_argument_may_end_in_an_underscore() {
    let search = Operation::find("mail.v1.userMailboxMessage.list").unwrap();
    assert_eq!(search.parameter("page_size_").map(|found| found.name), Some("page_size"));
    assert_eq!(search.parameter("page_sizes"), None);
}

#[test]
fn tokens_print_as_words_of_a_message() {
    let tokens = |id: &str| Operation::find(id).unwrap().tokens().to_string();
    assert_eq!(tokens("im.v1.message.create"), "tenant or user access token");
    assert_eq!(tokens("bot.v4.bot.search"), "user access token");
    assert_eq!(tokens("auth.v3.tenantAccessToken.internal"), "no access token");
}

#[cfg(feature = "about")]
#[test]
fn everything_about_an_operation_reads_back() {
    each(|operation, json, types| {
        let about = operation.about();
        assert_eq!(about.scopes().map(<[_]>::to_vec), json["scopes"].is_array().then(|| strings(&json["scopes"])), "{operation:?}");
        assert_eq!(about.scopes_need_all(), strings(&json["scopes_all"]));
        assert_eq!(about.field_scopes(), strings(&json["field_scopes"]));
        assert_eq!(about.scopes_are_conditional(), json["scopes_cond"] == true);
        assert_eq!(about.rate().map(|rate| rate.text), json["rate"].as_str());
        assert_eq!(about.doc_url().as_deref().and_then(|url| url.strip_prefix("https://open.feishu.cn/document")), json["doc"].as_str());
        assert_eq!(about.is_historic(), json["historic"] == true);
        assert_eq!(about.successor().map(Operation::id).as_deref(), json["successor"].as_str());
        assert_eq!(about.allows_store(), strings(&json["app_types"]) != ["custom"]);
        assert_eq!(about.allows_self_built(), strings(&json["app_types"]) != ["isv"]);
        let body = list(&types[json["body"].as_str().unwrap_or_default()], "fields");
        let mut seen = std::collections::HashSet::new();
        for field in list(json, "path_params").iter().chain(list(json, "query")).chain(body) {
            let name = field["name"].as_str().unwrap();
            if seen.insert(name) {
                assert_eq!(about.enum_values(name), strings(&field["enum"]), "{operation:?} {name}");
            }
        }
    });
}

#[cfg(feature = "about")]
#[test]
fn a_rate_is_read_as_figures() {
    use std::time::Duration;
    let rate = |id: &str| Operation::find(id).unwrap().about().rate().unwrap();
    let (minute, second) = (Duration::from_secs(60), Duration::from_secs(1));
    let expected = [Times { calls: 1000, period: minute }, Times { calls: 50, period: second }];
    assert_eq!(rate("im.v1.message.create").limits, expected);
    assert_eq!(rate("docs.v1.content.get").limits, [Times { calls: 5, period: second }]);
    let special = Operation::all().filter_map(|operation| operation.about().rate()).find(|rate| rate.text == "special");
    assert_eq!(special.unwrap().limits, []);
}
