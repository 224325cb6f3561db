//! Files up and down.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use common::{Answer, App};
use serde_json::json;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\npixels";

fn fetch(app: &App, token: &str, path: &str, range: &str) -> Answer {
    app.send("GET", path, &[("Authorization", &format!("Bearer {token}")), ("Range", range)], b"").unwrap()
}

#[test]
fn an_image_comes_back() {
    let app = App::new();
    let token = app.token();
    let upload = |kind: &str, data: &[u8]| app.upload("/open-apis/im/v1/images", &token, &[("image_type", kind)], ("image", data));
    let key = upload("message", PNG).json()["data"]["image_key"].as_str().unwrap().to_owned();
    let answer = fetch(&app, &token, &format!("/open-apis/im/v1/images/{key}"), "");
    assert_eq!((answer.body.as_slice(), answer.header("content-type")), (PNG, Some("image/png")));
    assert_eq!([upload("message", b"").code(), upload("message", b"plain").code(), upload("photo", PNG).code()], [234010, 234011, 234001]);
    assert_eq!(upload("message", &[PNG, &vec![0; 10 << 20]].concat()).code(), 234006);
    let parts = app.log()[1]["body"]["parts"].clone();
    assert_eq!((&parts[0]["text"], &parts[1]["size"], &parts[1]["file_name"]), (&json!("message"), &json!(PNG.len()), &json!("f")));
}

#[test]
fn a_file_is_fetched_from_its_message_only() {
    let app = App::new();
    let token = app.token();
    let fields = [("file_type", "stream"), ("file_name", "报告 \"1\".txt")];
    let key =
        app.upload("/open-apis/im/v1/files", &token, &fields, ("file", b"abc")).json()["data"]["file_key"].as_str().unwrap().to_owned();
    let body = json!({"receive_id": "oc_1", "msg_type": "file", "content": json!({"file_key": key}).to_string()});
    let sent = app.call("POST", "/open-apis/im/v1/messages?receive_id_type=chat_id", &token, Some(body)).json();
    let path = format!("/open-apis/im/v1/messages/{}/resources", sent["data"]["message_id"].as_str().unwrap());
    let answer = fetch(&app, &token, &format!("{path}/{key}?type=file"), "");
    assert_eq!(answer.body, b"abc");
    assert!(
        answer.header("content-disposition").unwrap().contains("filename*=UTF-8''%E6%8A%A5%E5%91%8A%20%221%22%2Etxt"),
        "{}",
        answer.head
    );
    assert_eq!(fetch(&app, &token, &format!("{path}/file_v3_other?type=file"), "").code(), 234003);
}

#[test]
fn the_drive_gives_parts() {
    let app = App::new();
    let token = app.token();
    let upload = |size: &str, checksum: &str| {
        let fields = [("file_name", "a.bin"), ("parent_type", "explorer"), ("parent_node", "n"), ("size", size), ("checksum", checksum)];
        app.upload("/open-apis/drive/v1/files/upload_all", &token, &fields, ("file", b"Wikipedia"))
    };
    assert_eq!([upload("8", "").code(), upload("9", "1").code()], [1062009, 1062008]);
    let file = upload("9", "300286872").json()["data"]["file_token"].as_str().unwrap().to_owned();
    let path = format!("/open-apis/drive/v1/files/{file}/download");
    let part = fetch(&app, &token, &path, "bytes=2-4");
    assert_eq!((part.status, part.body.as_slice(), part.header("content-range")), (206, &b"kip"[..], Some("bytes 2-4/9")));
    assert_eq!(fetch(&app, &token, &path, "bytes=7-").body, b"ia");
    assert_eq!(fetch(&app, &token, &path, "bytes=-3").body, b"dia");
    assert_eq!(fetch(&app, &token, &path, "bytes=9-").status, 416);
    assert_eq!(fetch(&app, &token, "/open-apis/drive/v1/files/none/download", "").status, 404);
}

#[test]
fn placed_files_and_the_blob_are_the_same_bytes() {
    let app = App::new();
    let token = app.token();
    let key = app.control("files", json!({"app_id": app.id, "kind": "drive", "size": 200_000}))["key"].as_str().unwrap().to_owned();
    let placed = fetch(&app, &token, &format!("/open-apis/drive/v1/medias/{key}/download"), "bytes=65000-66000");
    let blob = fetch(&app, "", "/__sandbox/blob/200000", "bytes=65000-66000");
    assert_eq!((placed.body.len(), placed.body), (1001, blob.body));
}

#[test]
fn a_large_file_is_hashed_and_only_its_pattern_comes_back() {
    let app = App::new();
    let token = app.token();
    app.control("apps", json!({"app_id": app.id, "upload_limit": 1 << 30}));
    let data = fetch(&app, "", &format!("/__sandbox/blob/{}", 40 << 20), "").body;
    let fields = [("file_type", "stream"), ("file_name", "big")];
    let up = |data: &[u8]| {
        app.upload("/open-apis/im/v1/files", &token, &fields, ("file", data)).json()["data"]["file_key"].as_str().unwrap().to_owned()
    };
    let down = |key: &str| fetch(&app, &token, &format!("/open-apis/im/v1/files/{key}"), "");
    assert!(down(&up(&data)).body == data);
    assert_eq!(down(&up(&vec![1; 40 << 20])).status, 500);
}
