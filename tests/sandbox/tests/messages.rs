//! Messages and chats.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use common::{Answer, App};
use serde_json::{Value, json};

const MESSAGES: &str = "/open-apis/im/v1/messages";

struct Chat {
    app: App,
    token: String,
}

impl Chat {
    fn new() -> Chat {
        let app = App::new();
        Chat { token: app.token(), app }
    }

    fn send(&self, msg_type: &str, content: Value, uuid: &str) -> Answer {
        let body = json!({"receive_id": "oc_1", "msg_type": msg_type, "content": content, "uuid": uuid});
        self.call("POST", "?receive_id_type=chat_id", Some(body))
    }

    fn text(&self, text: &str) -> String {
        let sent = self.send("text", json!(json!({"text": text}).to_string()), "").json();
        sent["data"]["message_id"].as_str().unwrap_or_else(|| panic!("{sent}")).to_owned()
    }

    fn call(&self, method: &str, rest: &str, body: Option<Value>) -> Answer {
        self.app.call(method, &format!("{MESSAGES}{rest}"), &self.token, body)
    }
}

#[test]
fn a_message_lives_from_sending_to_recall() {
    let chat = Chat::new();
    let id = chat.text("one");
    let new = json!({"msg_type": "text", "content": "{\"text\":\"two\"}"});
    assert_eq!(chat.call("PUT", &format!("/{id}"), Some(new.clone())).code(), 0);
    let got = chat.call("GET", &format!("/{id}"), None).json();
    assert_eq!((&got["data"]["items"][0]["body"]["content"], &got["data"]["items"][0]["updated"]), (&new["content"], &json!(true)));
    assert_eq!(chat.call("DELETE", &format!("/{id}"), None).code(), 0);
    assert_eq!(chat.call("GET", &format!("/{id}"), None).json()["data"]["items"][0]["deleted"], true);
    assert_eq!(chat.call("DELETE", &format!("/{id}"), None).code(), 230011);
    assert_eq!(chat.call("PUT", &format!("/{id}"), Some(new)).code(), 230011);
    assert_eq!(chat.call("GET", "/om_none", None).code(), 99992354);
}

#[test]
fn a_uuid_names_the_same_message_for_an_hour() {
    let chat = Chat::new();
    let send = |uuid| chat.send("text", json!("{\"text\":\"a\"}"), uuid).json()["data"]["message_id"].clone();
    let first = send("u1");
    assert_eq!(send("u1"), first);
    assert_ne!(send("u2"), first);
    chat.app.control("clock", json!({"advance": 3600}));
    assert_ne!(send("u1"), first);
}

#[test]
fn content_is_checked() {
    let chat = Chat::new();
    assert_eq!(chat.send("text", json!({"text": "a"}), "").code(), 230001);
    assert_eq!(chat.send("image", json!("{\"text\":\"a\"}"), "").code(), 230001);
    assert_eq!(chat.send("text", json!(json!({"text": "a".repeat(160_000)}).to_string()), "").code(), 230025);
    let wrong = json!({"receive_id": "ou_1", "msg_type": "text", "content": "{\"text\":\"a\"}"});
    assert_eq!(chat.call("POST", "?receive_id_type=chat_id", Some(wrong.clone())).code(), 230034);
    assert_eq!(chat.call("POST", "?receive_id_type=open_id", Some(wrong)).code(), 0);
    let missing = chat.call("POST", "", Some(json!({"receive_id": "oc_1", "msg_type": "text"})));
    assert_eq!((missing.status, missing.code()), (400, 99992402));
    let fields = missing.json()["error"]["field_violations"].clone();
    assert_eq!([&fields[0]["field"], &fields[1]["field"]], ["receive_id_type", "content"]);
}

#[test]
fn replies_and_cards() {
    let chat = Chat::new();
    let id = chat.text("root");
    let body = json!({"msg_type": "text", "content": "{\"text\":\"re\"}", "reply_in_thread": true});
    let reply = chat.call("POST", &format!("/{id}/reply"), Some(body)).json()["data"].clone();
    assert_eq!((&reply["parent_id"], &reply["root_id"], &reply["chat_id"]), (&json!(id), &json!(id), &json!("oc_1")));
    let thread = chat.call("GET", &format!("?container_id_type=thread&container_id={}", reply["thread_id"].as_str().unwrap()), None);
    assert_eq!(thread.json()["data"]["items"].as_array().unwrap().len(), 1);
    let card = chat.send("interactive", json!("{\"elements\":[]}"), "").json()["data"]["message_id"].as_str().unwrap().to_owned();
    let new = Some(json!({"content": "{\"elements\":[{\"tag\":\"hr\"}]}"}));
    assert_eq!(chat.call("PATCH", &format!("/{card}"), new.clone()).code(), 0);
    assert_eq!(chat.call("PATCH", &format!("/{id}"), new).code(), 230001, "a text is no card");
}

#[test]
fn a_chat_is_read_page_by_page() {
    let chat = Chat::new();
    let sent: Vec<String> = (0..7).map(|number| chat.text(&number.to_string())).collect();
    let mut read = Vec::new();
    let mut token = String::new();
    loop {
        let page = chat.call("GET", &format!("?container_id_type=chat&container_id=oc_1&page_size=3&page_token={token}"), None).json();
        read.extend(page["data"]["items"].as_array().unwrap().iter().map(|item| item["message_id"].as_str().unwrap().to_owned()));
        if page["data"]["has_more"] == false {
            break;
        }
        token = page["data"]["page_token"].as_str().unwrap().to_owned();
    }
    assert_eq!(read, sent);
    let other = chat.call("GET", &format!("?container_id_type=chat&container_id=oc_2&page_token={token}"), None);
    assert_eq!(other.code(), 230001, "a token only fits its own request");
}

#[test]
fn chats_are_made_and_listed() {
    let chat = Chat::new();
    let call = |method: &str, rest: &str, body| chat.app.call(method, &format!("/open-apis/im/v1/chats{rest}"), &chat.token, body).json();
    let made = call("POST", "?uuid=c1", Some(json!({"name": "Team"})))["data"]["chat_id"].as_str().unwrap().to_owned();
    assert_eq!(call("POST", "?uuid=c1", Some(json!({"name": "Team"})))["data"]["chat_id"], json!(made));
    assert_eq!(call("GET", &format!("/{made}"), None)["data"]["name"], "Team");
    assert_eq!(call("GET", "", None)["data"]["items"].as_array().unwrap().len(), 1);
    assert_eq!(call("GET", "/oc_none", None)["code"], 232006);
}
