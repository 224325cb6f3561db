//! Messages and chats: what is sent can be read, edited and recalled.

mod chat;
mod content;
mod store;

use serde_json::{Value, json};

pub(crate) use chat::{create_chat, get_chat, list_chats};
pub(crate) use store::{Chats, Message};

use crate::answer::{Answer, Refusal, Reply};
use crate::paging::page;
use crate::platform::Call;

/// A message may be edited so often.
const MOST_EDITS: u32 = 20;

pub(crate) fn create(call: &mut Call) -> Reply {
    let chat_id = receiver(call)?;
    send(call, chat_id, None)
}

pub(crate) fn reply(call: &mut Call) -> Reply {
    let parent = standing(call)?;
    let (chat_id, root) = (parent.chat_id.clone(), parent.root_id.clone().unwrap_or_else(|| parent.id.clone()));
    let threaded = call.request.json.get("reply_in_thread").and_then(Value::as_bool).unwrap_or_default();
    send(call, chat_id, Some(Origin { parent: call.params.get("message_id").to_owned(), root, threaded }))
}

pub(crate) fn get(call: &mut Call) -> Reply {
    let message = find(call)?;
    Ok(Answer::data(json!({"items": [message.to_json()]})))
}

pub(crate) fn list(call: &mut Call) -> Reply {
    let kind = call.request.query("container_id_type").unwrap_or_default();
    let container = call.request.query("container_id").unwrap_or_default();
    if !matches!((kind, container.get(..3)), ("chat", Some("oc_")) | ("thread", Some("omt"))) {
        return Err(Refusal::new(230001, "container_id does not fit container_id_type"));
    }
    let (start, end) = (seconds(call, "start_time")?.unwrap_or(0), seconds(call, "end_time")?.unwrap_or(u64::MAX));
    let in_time = |message: &&Message| (start..=end).contains(&(message.created / 1000));
    let mut found: Vec<&Message> = call.app.chats.messages_in(container).filter(in_time).collect();
    if call.request.query("sort_type") == Some("ByCreateTimeDesc") {
        found.reverse();
    }
    let page = page(call, found.len(), 20, 230001)?;
    let items: Vec<Value> = found.get(page.start..page.end).unwrap_or_default().iter().map(|message| message.to_json()).collect();
    Ok(Answer::data(json!({"items": items, "has_more": page.has_more, "page_token": page.page_token})))
}

pub(crate) fn update(call: &mut Call) -> Reply {
    let kind = call.request.text("msg_type").to_owned();
    let content = content::check(&kind, call.request.json.get("content"))?;
    if !matches!(kind.as_str(), "text" | "post") || standing(call)?.msg_type != kind {
        return Err(Refusal::new(230054, "this type of message cannot be edited"));
    }
    edit(call, content)
}

pub(crate) fn patch(call: &mut Call) -> Reply {
    let content = content::check("interactive", call.request.json.get("content"))?;
    if standing(call)?.msg_type != "interactive" {
        return Err(Refusal::new(230001, "the message is not a card"));
    }
    edit(call, content)?;
    Ok(Answer::data(json!({})))
}

pub(crate) fn delete(call: &mut Call) -> Reply {
    standing(call)?;
    let message = call.app.chats.message_mut(call.params.get("message_id")).ok_or_else(absent)?;
    message.deleted = true;
    message.content = "This message was recalled".to_owned();
    Ok(Answer::data(json!({})))
}

/// What a reply answers to.
struct Origin {
    parent: String,
    root: String,
    threaded: bool,
}

fn send(call: &mut Call, chat_id: String, origin: Option<Origin>) -> Reply {
    let msg_type = call.request.text("msg_type").to_owned();
    let content = content::check(&msg_type, call.request.json.get("content"))?;
    let uuid = uuid(call)?;
    if let Some(earlier) = call.app.chats.sent_as(&chat_id, &uuid, call.now) {
        return Ok(Answer::data(earlier.to_json()));
    }
    let id = call.app.new_id("om_");
    let thread = |it: &Origin| it.threaded.then(|| crate::directory::id("omt_", &it.root));
    let message = Message {
        thread_id: origin.as_ref().and_then(thread),
        parent_id: origin.as_ref().map(|it| it.parent.clone()),
        root_id: origin.map(|it| it.root),
        sender: sender(call),
        created: call.now,
        updated: call.now,
        edits: 0,
        deleted: false,
        id,
        chat_id,
        msg_type,
        content,
    };
    let shown = message.to_json();
    call.app.chats.add(message, &uuid, call.now);
    Ok(Answer::data(shown))
}

fn edit(call: &mut Call, content: String) -> Reply {
    let now = call.now;
    let message = call.app.chats.message_mut(call.params.get("message_id")).ok_or_else(absent)?;
    if message.edits == MOST_EDITS {
        return Err(Refusal::new(230072, "the message has been edited 20 times"));
    }
    message.content = content;
    message.updated = now;
    message.edits += 1;
    Ok(Answer::data(message.to_json()))
}

/// The chat that a message goes to; a chat of two for anything but a chat id.
fn receiver(call: &Call) -> Result<String, Refusal> {
    let kind = call.request.query("receive_id_type").unwrap_or_default();
    let id = call.request.text("receive_id");
    let fits = match kind {
        "chat_id" => id.starts_with("oc_"),
        "open_id" => id.starts_with("ou_"),
        "union_id" => id.starts_with("on_"),
        "email" => id.contains('@'),
        "user_id" => !id.is_empty(),
        _ => {
            return Err(Refusal::field(
                "receive_id_type",
                kind,
                "receive_id_type is not one of open_id, user_id, union_id, email, chat_id",
            ));
        }
    };
    match (fits, kind) {
        (false, _) => Err(Refusal::new(230034, "receive_id does not fit receive_id_type")),
        (true, "chat_id") => Ok(id.to_owned()),
        (true, _) => Ok(crate::directory::id("oc_", &format!("{} {id}", call.app.id))),
    }
}

fn uuid(call: &Call) -> Result<String, Refusal> {
    let uuid = call.request.text("uuid");
    let fits = uuid.chars().count() <= 50;
    fits.then(|| uuid.to_owned()).ok_or_else(|| Refusal::field("uuid", uuid, "uuid is longer than 50 characters"))
}

fn sender(call: &Call) -> Value {
    let token = crate::auth::bearer(call.request).and_then(|text| call.app.tokens.get(text));
    if token.is_some_and(|token| token.kind == "user") {
        return json!({"id": crate::directory::Directory::get().users.first().map(|user| &user.open_id), "id_type": "open_id",
            "sender_type": "user", "tenant_key": "sandbox"});
    }
    json!({"id": call.app.id, "id_type": "app_id", "sender_type": "app", "tenant_key": "sandbox"})
}

fn seconds(call: &Call, name: &str) -> Result<Option<u64>, Refusal> {
    let text = call.request.query(name).filter(|text| !text.is_empty());
    text.map(|text| text.parse().map_err(|_| Refusal::new(230001, format!("{name} is no time in seconds")))).transpose()
}

fn find<'a>(call: &'a Call) -> Result<&'a Message, Refusal> {
    call.app.chats.message(call.params.get("message_id")).ok_or_else(absent)
}

/// The message of the path, unless it has been recalled.
fn standing<'a>(call: &'a Call) -> Result<&'a Message, Refusal> {
    let message = find(call)?;
    if message.deleted { Err(Refusal::new(230011, "the message has been recalled")) } else { Ok(message) }
}

fn absent() -> Refusal {
    Refusal::new(99992354, "the message id does not exist")
}
