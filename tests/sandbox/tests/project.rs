//! Feishu Project: tokens, users, envelopes, the four ways of paging, workflows, files, limits and idempotency.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use common::{Answer, App};
use serde_json::{Value, json};

const CREATE: &str = "/open_api/p1/work_item/create";
const FILTER: &str = "/open_api/p1/work_item/filter";

/// A plugin with its token.
struct Plugin {
    app: App,
    token: String,
}

impl Plugin {
    fn new() -> Plugin {
        let app = App::new();
        let token = token(&app, 0);
        Plugin { app, token }
    }

    fn call(&self, method: &str, path: &str, body: Value) -> Answer {
        self.with(method, path, &[], body)
    }

    fn with(&self, method: &str, path: &str, more: &[(&str, &str)], body: Value) -> Answer {
        let own = [("X-PLUGIN-TOKEN", self.token.as_str()), ("X-USER-KEY", "7000001"), ("Content-Type", "application/json")];
        self.app.send(method, path, &[&own[..], more].concat(), body.to_string().as_bytes()).unwrap()
    }

    fn data(&self, method: &str, path: &str, body: Value) -> Value {
        let answer = self.call(method, path, body).json();
        assert_eq!(answer["err_code"], 0, "{answer}");
        answer["data"].clone()
    }

    fn make(&self, kind: &str, name: &str) -> u64 {
        self.data("POST", CREATE, json!({"work_item_type_key": kind, "name": name})).as_u64().unwrap()
    }
}

fn token(app: &App, kind: u8) -> String {
    let body = json!({"plugin_id": app.id, "plugin_secret": "secret", "type": kind});
    let answer = app.send("POST", "/open_api/authen/plugin_token", &[], body.to_string().as_bytes()).unwrap().json();
    let life = answer["data"]["expire_time"].as_i64().unwrap();
    assert!(answer["error"]["code"] == 0 && (7100..=7200).contains(&life), "{answer}");
    answer["data"]["token"].as_str().unwrap().to_owned()
}

fn code(answer: &Answer) -> (u16, i64) {
    let body = answer.json();
    let code = [&body["err_code"], &body["error"]["code"], &body["code"]].into_iter().find_map(Value::as_i64);
    (answer.status, code.unwrap())
}

#[test]
fn tokens_are_real_or_virtual_and_are_refused_by_code() {
    let plugin = Plugin::new();
    assert!(plugin.token.starts_with("p-") && token(&plugin.app, 1).starts_with("v-"));
    assert_eq!(token(&plugin.app, 0), plugin.token, "it is kept");
    let send = |headers: &[(&str, &str)]| code(&plugin.app.send("POST", CREATE, headers, b"{}").unwrap());
    assert_eq!(send(&[]), (401, 10021));
    assert_eq!(send(&[("X-PLUGIN-TOKEN", "p-nobody")]), (401, 10022));
    assert_eq!(send(&[("X-PLUGIN-TOKEN", &plugin.token)]), (400, 20039));
    assert_eq!(send(&[("X-PLUGIN-TOKEN", &plugin.token), ("X-USER-KEY", "ou_1")]), (400, 20042));
    let wrong = json!({"plugin_id": plugin.app.id, "plugin_secret": "wrong"}).to_string();
    assert_eq!(code(&plugin.app.send("POST", "/open_api/authen/plugin_token", &[], wrong.as_bytes()).unwrap()).0, 400);
    plugin.app.control("clock", json!({"advance": 7201}));
    assert_eq!(code(&plugin.call("POST", CREATE, json!({}))), (401, 10022));
}

#[test]
fn a_users_code_serves_once_and_pairs_rotate() {
    let plugin = Plugin::new();
    let auth = |path: &str, body: Value| plugin.with("POST", &format!("/open_api/authen/{path}"), &[("Cookie", "user=7000009")], body);
    let signed = auth("auth_code", json!({"plugin_id": plugin.app.id, "state": "s"})).json()["data"]["code"].clone();
    let exchange = json!({"code": signed, "grant_type": "authorization_code"});
    let pair = auth("user_plugin_token", exchange.clone()).json()["data"].clone();
    assert_eq!((&pair["user_key"], &pair["refresh_token_expire_time"]), (&json!("7000009"), &json!(1_209_600)));
    assert_eq!(code(&auth("user_plugin_token", exchange)), (403, 10210));
    let user = pair["token"].as_str().unwrap();
    let body = json!({"work_item_type_key": "story", "name": "n"}).to_string();
    let created = plugin.app.send("POST", CREATE, &[("X-PLUGIN-TOKEN", user)], body.as_bytes()).unwrap().json();
    let found = plugin.data("POST", FILTER, json!({"work_item_ids": [created["data"]]}));
    assert_eq!(found[0]["created_by"], "7000009", "the token says who it is");
    let refresh = json!({"refresh_token": pair["refresh_token"], "type": 1});
    let next = auth("refresh_token", refresh.clone()).json()["data"].clone();
    assert!(next["token"] != pair["token"] && next["refresh_token"] != pair["refresh_token"]);
    assert_eq!(code(&auth("refresh_token", refresh)), (403, 10211));
}

#[test]
fn fifteen_calls_go_through_in_a_second() {
    let plugin = Plugin::new();
    let codes: Vec<i64> = (0..30)
        .map(|number| code(&plugin.call("POST", CREATE, json!({"work_item_type_key": "story", "name": number.to_string()}))).1)
        .collect();
    // A slow machine may reach the next second; no second has more than fifteen.
    let passed = codes.iter().filter(|code| **code == 0).count();
    assert!((15..30).contains(&passed) && codes.iter().all(|code| [0, 10429].contains(code)), "{codes:?}");
    assert_eq!(code(&plugin.call("POST", FILTER, json!({}))), (200, 0), "another interface has its own");
    plugin.app.control("clock", json!({"advance": 1}));
    assert_eq!(code(&plugin.call("POST", CREATE, json!({"work_item_type_key": "story"}))).1, 0);
}

#[test]
fn thirty_seconds_use_a_minute_up() {
    let plugin = Plugin::new();
    let mut passed = 0;
    for _ in 0..31 {
        passed += (0..15).filter(|_| code(&plugin.call("POST", FILTER, json!({}))).1 == 0).count();
        plugin.app.control("clock", json!({"advance": 1}));
    }
    assert_eq!(passed, 450);
    plugin.app.control("clock", json!({"advance": 40}));
    assert_eq!(code(&plugin.call("POST", FILTER, json!({}))).1, 0);
}

#[test]
fn a_string_serves_once_for_each_interface_also_when_the_answer_is_lost() {
    let plugin = Plugin::new();
    let body = json!({"work_item_type_key": "story", "name": "n"});
    let send = |path: &str, key: &str| plugin.with("POST", path, &[("X-IDEM-UUID", key)], body.clone());
    assert_eq!(code(&send(CREATE, "k1")), (200, 0));
    assert_eq!(code(&send(CREATE, "k1")), (429, 10430));
    assert_eq!(code(&send(FILTER, "k1")), (200, 0), "what only reads is not looked at");
    plugin.app.control("faults", json!({"rules": [{"operation": "work_item.create", "then": {"cut": "rst"}}]}));
    let own = [("X-PLUGIN-TOKEN", plugin.token.as_str()), ("X-USER-KEY", "7000001"), ("X-IDEM-UUID", "k2")];
    assert!(plugin.app.send("POST", CREATE, &own, body.to_string().as_bytes()).is_err());
    assert_eq!(code(&send(CREATE, "k2")), (429, 10430), "it was executed");
    assert_eq!(plugin.data("POST", FILTER, json!({})).as_array().unwrap().len(), 2);
}

#[test]
fn a_failed_call_leaves_its_string() {
    let plugin = Plugin::new();
    let send = |body: Value| code(&plugin.with("POST", CREATE, &[("X-IDEM-UUID", "k")], body));
    assert_eq!(send(json!({"name": "n"})), (400, 20003));
    assert_eq!(send(json!({"name": 7})), (400, 9999));
    assert_eq!(send(json!({"name": "n", "work_item_type_key": "story"})), (200, 0));
}

#[test]
fn pages_by_number_have_sizes_and_ceilings() {
    let plugin = Plugin::new();
    let items = json!({"app_id": plugin.app.id, "project_key": "p1", "work_item_type_key": "story", "count": 5010});
    plugin.app.control("work-items", items);
    let page = plugin.call("POST", FILTER, json!({"page_num": 26, "page_size": 200})).json();
    assert_eq!((page["data"].as_array().unwrap().len(), &page["pagination"]["total"]), (10, &json!(5010)));
    assert_eq!(code(&plugin.call("POST", FILTER, json!({"page_size": 201}))), (400, 20002));
    let across = |page: u64| {
        plugin.call(
            "POST",
            "/open_api/work_items/filter_across_project",
            json!({"work_item_type_key": "story", "page_num": page, "page_size": 50}),
        )
    };
    assert_eq!((code(&across(100)), code(&across(101))), ((200, 0), (400, 20094)));
    let ids: Vec<u64> = (0..51).collect();
    assert_eq!(code(&plugin.call("POST", FILTER, json!({"work_item_ids": ids}))), (400, 20028));
}

#[test]
fn a_search_goes_on_in_its_snapshot() {
    let plugin = Plugin::new();
    let first = [1, 2, 3].map(|number| plugin.make("story", &format!("n{number}")));
    let search = |after: Value| {
        let body = json!({"project_key": "p1", "work_item_type_key": "story", "search_group": {}, "pagination": after});
        plugin.call("POST", "/open_api/view_search/universal_search", body).json()
    };
    let page = search(json!({"page_size": 2}));
    assert_eq!((page["datas"].as_array().unwrap().len(), &page["data"], &page["pagination"]["total"]), (2, &json!(""), &json!(3)));
    plugin.make("story", "later");
    let next = search(json!({"page_size": 2, "search_after": page["pagination"]["search_after"], "pit": page["pagination"]["pit"]}));
    assert_eq!((next["datas"].as_array().unwrap().len(), &next["datas"][0]["id"]), (1, &json!(first[2])));
    let last = search(json!({"page_size": 2, "search_after": next["pagination"]["search_after"], "pit": page["pagination"]["pit"]}));
    assert_eq!((&last["datas"], &last["pagination"]["search_after"]), (&json!([]), &json!("")));
}

#[test]
fn cursors_and_offsets_lead_to_the_end() {
    let plugin = Plugin::new();
    let id = plugin.make("story", "n");
    let comments = format!("/open_api/p1/work_item/story/{id}");
    (0..3).for_each(|number| {
        plugin.data("POST", &format!("{comments}/comment/create"), json!({"content": format!("c{number}")}));
    });
    let page = plugin.call("GET", &format!("{comments}/comments?page_num=2&page_size=2"), Value::Null).json();
    assert_eq!((&page["data"][0]["content"], &page["pagination"]["total"]), (&json!("c2"), &json!(3)));
    let query = |cursor: &str| {
        let object = json!({"work_item_type_key": "story", "work_item_id": id.to_string()});
        plugin.data(
            "POST",
            "/open_api/comment/query",
            json!({"object": object, "project_key": "p1", "paginator": {"cursor": cursor, "page_size": 2}}),
        )
    };
    assert_eq!((&query("")["next_cursor"], &query("2")["next_cursor"]), (&json!("2"), &json!("")));
    let records = plugin.data("POST", "/open_api/op_record/work_item/list", json!({"project_key": "p1", "work_item_ids": [id]}));
    assert_eq!((&records["op_records"][0]["operation_type"], &records["has_more"]), (&json!("create"), &json!(false)));
    let teams = |offset: u64| plugin.call("GET", &format!("/open_api/p1/teams/all?offset={offset}"), Value::Null).json();
    assert_eq!((teams(300)["data"].as_array().unwrap().len(), &teams(300)["has_more"]), (300, &json!(true)));
    assert_eq!((teams(600)["data"].as_array().unwrap().len(), &teams(600)["has_more"]), (50, &json!(false)));
}

#[test]
fn stories_move_from_node_to_node_and_others_from_state_to_state() {
    let plugin = Plugin::new();
    let (story, bug) = (plugin.make("story", "s"), plugin.make("issue", "b"));
    let operate =
        |node: &str, body: Value| code(&plugin.call("POST", &format!("/open_api/p1/workflow/story/{story}/node/{node}/operate"), body)).1;
    assert_eq!(operate("build", json!({"action": "confirm"})), 20016);
    assert_eq!(operate("draft", json!({"action": "confirm"})), 0);
    assert_eq!(operate("draft", json!({"action": "confirm"})), 20017);
    assert_eq!(operate("build", json!({"action": "rollback", "rollback_reason": "r"})), 20037);
    assert_eq!(operate("draft", json!({"action": "rollback", "rollback_reason": "r"})), 0);
    assert_eq!(operate("nowhere", json!({"action": "confirm"})), 30011);
    let flow = |kind: &str, id: u64, flow: u8| {
        plugin.call("POST", &format!("/open_api/p1/work_item/{kind}/{id}/workflow/query"), json!({"flow_type": flow}))
    };
    assert_eq!(flow("story", story, 0).json()["data"]["workflow_nodes"][0]["status"], 2);
    assert_eq!((code(&flow("story", story, 1)).1, code(&flow("issue", bug, 0)).1), (20027, 20026));
    let way = flow("issue", bug, 1).json()["data"]["connections"][0]["transition_id"].clone();
    let change = |way: &Value| {
        code(&plugin.call("POST", &format!("/open_api/p1/workflow/issue/{bug}/node/state_change"), json!({"transition_id": way})))
    };
    assert_eq!((change(&way), change(&way)), ((200, 0), (403, 10002)));
    assert_eq!(plugin.data("POST", FILTER, json!({"work_item_type_keys": ["issue"]}))[0]["work_item_status"]["state_key"], "WORKING");
}

#[test]
fn work_items_change_and_go() {
    let plugin = Plugin::new();
    let id = plugin.make("story", "before");
    let path = format!("/open_api/p1/work_item/story/{id}");
    plugin.data(
        "PUT",
        &path,
        json!({"update_fields": [{"field_key": "name", "field_value": "after"}, {"field_key": "priority", "field_value": "0"}]}),
    );
    let found = plugin.data("POST", "/open_api/p1/work_item/story/query", json!({"work_item_ids": [id, 1]}));
    assert_eq!(
        (found.as_array().unwrap().len(), &found[0]["name"], &found[0]["fields"][0]["field_key"]),
        (1, &json!("after"), &json!("priority"))
    );
    plugin.data("DELETE", &path, Value::Null);
    assert_eq!(code(&plugin.call("DELETE", &path, Value::Null)), (404, 30005));
    let missing = plugin.call("POST", "/open_api/p1/work_item/story/query", json!({})).json();
    assert_eq!((&missing["err_code"], &missing["err"]["msg"]), (&json!(20005), &json!("Missing Param: work_item_ids")));
}

#[test]
fn files_go_up_as_forms_and_as_parts() {
    let plugin = Plugin::new();
    let id = plugin.make("story", "n");
    let upload = |path: &str, fields: &[(&str, &str)]| {
        let headers = [("X-PLUGIN-TOKEN", plugin.token.as_str()), ("X-USER-KEY", "7000001")];
        plugin.app.form(path, &headers, fields, ("file", b"hello"))
    };
    let path = format!("/open_api/p1/work_item/story/{id}/file/upload");
    assert_eq!(code(&upload(&path, &[])), (400, 20025));
    assert_eq!(code(&upload(&path, &[("field_key", "attachment")])), (200, 0));
    let field = plugin.data("POST", FILTER, json!({}))[0]["fields"][0].clone();
    let uuid = &field["field_value"][0]["uuid"];
    let file = plugin.call("POST", &format!("/open_api/p1/work_item/story/{id}/file/download"), json!({"uuid": uuid}));
    assert_eq!((file.status, file.text(), file.header("content-type")), (200, "hello".to_owned(), Some("application/octet-stream")));
    let answer = upload("/open_api/p1/file/stream/resource/CommentAttachment/upload_form", &[("field_map", "{}")]).json();
    assert_eq!((&answer["code"], answer["data"]["file_token"].is_string()), (&json!(0), true));
    let unknown = plugin.call("GET", "/open_api/p1/file/stream/download/none", Value::Null);
    assert_eq!((unknown.json()["code"].as_i64(), unknown.status), (Some(30019), 404));
    let prepared = plugin
        .call("POST", "/open_api/p1/file/resource/CommentAttachment/upload/preprocess", json!({"size": 5_242_881, "file_name": "f"}))
        .json();
    let resource = prepared["data"]["resource_id"].as_str().unwrap();
    assert_eq!(prepared["data"]["multipart"]["need"], json!([0, 1]));
    let own = [("X-PLUGIN-TOKEN", plugin.token.as_str()), ("X-USER-KEY", "7000001")];
    let finish = || plugin.call("POST", &format!("/open_api/p1/file/upload/multipart/finish/{resource}"), json!({}));
    for (number, data) in [(1, b"!".to_vec()), (0, vec![7; 5_242_880])] {
        assert_eq!(code(&finish()).1, 20006, "a part is missing");
        let part = format!("/open_api/p1/file/stream/upload/multipart/{resource}/{number}?md5=x");
        assert_eq!(code(&plugin.app.send("POST", &part, &own, &data).unwrap()), (200, 0));
    }
    let token = finish().json()["data"]["file_token"].as_str().unwrap().to_owned();
    let whole = plugin.call("GET", &format!("/open_api/p1/file/stream/download/{token}"), Value::Null).body;
    assert_eq!((whole.len(), whole.last()), (5_242_881, Some(&b'!')));
}

#[test]
fn a_lower_limit_and_a_refused_token_can_be_asked_for() {
    let plugin = Plugin::new();
    plugin.app.control("limits", json!({"app_id": plugin.app.id, "operation": "work_item.filter", "limit": 1, "window_ms": 60_000}));
    assert_eq!((code(&plugin.call("POST", FILTER, json!({}))).1, code(&plugin.call("POST", FILTER, json!({}))).1), (0, 10429));
    plugin.app.control("faults", json!({"rules": [{"operation": "work_item.create", "then": {"refuse_token": true}}]}));
    assert_eq!(code(&plugin.call("POST", CREATE, json!({}))), (401, 10022));
}

#[test]
fn what_has_no_memory_answers_as_it_declares() {
    let plugin = Plugin::new();
    assert_eq!(plugin.data("POST", "/open_api/projects", json!({"user_key": "7000001"})), json!(["value_1", "value_1"]));
    let members = plugin.call("POST", "/open_api/p1/user_groups/members/page", json!({"user_group_type": "CUSTOMIZE"})).json();
    assert_eq!((&members["err_code"], &members["data"]["pagination"]["has_more"]), (&json!(0), &json!(false)), "{members}");
}

#[test]
fn the_log_never_holds_a_credential() {
    let plugin = Plugin::new();
    plugin.make("story", "n");
    let log = plugin.app.log();
    let text = serde_json::to_string(&log).unwrap();
    assert!(!text.contains(&plugin.token) && !text.contains("\\\"secret\\\""), "{text}");
    assert_eq!((&log[1]["headers"]["x-plugin-token"], &log[1]["token"]["kind"]), (&json!("plugin#1"), &json!("plugin")));
}
