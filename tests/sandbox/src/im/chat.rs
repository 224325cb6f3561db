//! Group chats.

use serde_json::{Map, Value, json};

use crate::answer::{Answer, Refusal, Reply};
use crate::paging::page;
use crate::platform::Call;

pub(crate) fn create_chat(call: &mut Call) -> Reply {
    let uuid = call.request.query("uuid").unwrap_or_default().to_owned();
    if let Some(earlier) = call.app.chats.made_as(&uuid, call.now) {
        return Ok(Answer::data(earlier.clone()));
    }
    let id = call.app.new_id("oc_");
    let chat = new_chat(call, &id);
    call.app.chats.make(id, chat.clone(), &uuid, call.now);
    Ok(Answer::data(chat))
}

pub(crate) fn get_chat(call: &mut Call) -> Reply {
    let chat = call.app.chats.made.get(call.params.get("chat_id"));
    chat.map(|chat| Answer::data(chat.clone())).ok_or_else(|| Refusal::new(232006, "the chat id is invalid"))
}

pub(crate) fn list_chats(call: &mut Call) -> Reply {
    let all: Vec<&Value> = call.app.chats.made.values().collect();
    let page = page(call, all.len(), 20, 232001)?;
    let items = all.get(page.start..page.end).unwrap_or_default();
    Ok(Answer::data(json!({"items": items, "has_more": page.has_more, "page_token": page.page_token})))
}

fn new_chat(call: &Call, id: &str) -> Value {
    let mut chat = Map::from_iter([
        ("name".to_owned(), json!("")),
        ("description".to_owned(), json!("")),
        ("chat_mode".to_owned(), json!("group")),
        ("chat_type".to_owned(), json!("private")),
        ("external".to_owned(), json!(false)),
    ]);
    let given = call.request.json.as_object().into_iter().flatten();
    chat.extend(given.filter(|(name, _)| !name.ends_with("_list")).map(|(name, value)| (name.clone(), value.clone())));
    chat.insert("chat_id".to_owned(), json!(id));
    chat.insert("tenant_key".to_owned(), json!("sandbox"));
    chat.insert("chat_status".to_owned(), json!("normal"));
    Value::Object(chat)
}
