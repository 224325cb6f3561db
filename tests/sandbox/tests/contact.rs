//! Users and departments.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use std::collections::HashSet;

use common::App;
use serde_json::{Value, json};

fn get(app: &App, token: &str, path: &str) -> Value {
    app.call("GET", &format!("/open-apis/contact/v3/{path}"), token, None).json()
}

fn all(app: &App, token: &str, path: &str) -> Vec<Value> {
    let (mut items, mut page_token) = (Vec::new(), String::new());
    loop {
        let page = get(app, token, &format!("{path}page_size=50&page_token={page_token}"));
        items.extend(page["data"]["items"].as_array().unwrap_or_else(|| panic!("{page}")).clone());
        if page["data"]["has_more"] == false {
            return items;
        }
        page_token = page["data"]["page_token"].as_str().unwrap().to_owned();
    }
}

#[test]
fn ten_thousand_users_over_pages() {
    let app = App::new();
    let token = app.token();
    let users = all(&app, &token, "users?");
    let ids: HashSet<&str> = users.iter().map(|user| user["open_id"].as_str().unwrap()).collect();
    assert_eq!((users.len(), ids.len()), (10_000, 10_000));
    let departments = all(&app, &token, "departments/0/children?fetch_child=true&");
    assert_eq!(departments.len(), 110);
    let team = departments.iter().find(|it| it["name"] == "Team 3.7").unwrap();
    let members = all(&app, &token, &format!("users/find_by_department?department_id={}&", team["open_department_id"].as_str().unwrap()));
    assert_eq!(members.len(), 80);
    let parents = all(&app, &token, "departments/parent?department_id=d0307&department_id_type=department_id&");
    assert_eq!(parents[0]["name"], "Division 3");
}

#[test]
fn a_user_is_found_by_each_kind_of_id() {
    let app = App::new();
    let token = app.token();
    let user = get(&app, &token, "users/find_by_department?department_id=0&page_size=1")["data"]["items"][0].clone();
    for kind in ["open_id", "union_id", "user_id"] {
        let id = user[kind].as_str().unwrap();
        assert_eq!(get(&app, &token, &format!("users/{id}?user_id_type={kind}"))["data"]["user"], user);
    }
    let wrong_kind = format!("users/{}?user_id_type=union_id", user["open_id"].as_str().unwrap());
    assert_eq!(get(&app, &token, &wrong_kind)["code"], 99992363);
    assert_eq!(get(&app, &token, "users/ou_none")["code"], 99992351);
    let (first, second) = (user["open_id"].as_str().unwrap(), user["email"].as_str().unwrap());
    assert_eq!(get(&app, &token, &format!("users/batch?user_ids={first}&user_ids={first}"))["data"]["items"].as_array().unwrap().len(), 2);
    let body = json!({"emails": [second, "nobody@example.com"]});
    let found = app.call("POST", "/open-apis/contact/v3/users/batch_get_id", &token, Some(body)).json();
    assert_eq!(found["data"]["user_list"], json!([{"email": second, "user_id": first}, {"email": "nobody@example.com"}]));
}

#[test]
fn pages_have_limits() {
    let app = App::new();
    let token = app.token();
    assert_eq!(get(&app, &token, "users?page_size=51")["code"], 99992402);
    assert_eq!(get(&app, &token, "users?page_size=ten")["code"], 99992402);
    assert_eq!(get(&app, &token, "users?page_token=made-up")["code"], 40012);
    assert_eq!(get(&app, &token, "users/find_by_department")["error"]["field_violations"][0]["field"], "department_id");
}
