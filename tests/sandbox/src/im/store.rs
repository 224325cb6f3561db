//! The chats and messages of one app.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use crate::clock::Millis;

/// A `uuid` names the same message for so long.
const SAME_FOR: Millis = 60 * 60 * 1000;

/// All chats of an app.
#[derive(Default)]
pub(crate) struct Chats {
    /// What `im.v1.chat.create` made, by chat id.
    pub(crate) made: BTreeMap<String, Value>,
    messages: Vec<Message>,
    places: HashMap<String, usize>,
    sent: HashMap<(String, String), (usize, Millis)>,
    chats_by_uuid: HashMap<String, (String, Millis)>,
}

/// One message.
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) chat_id: String,
    pub(crate) parent_id: Option<String>,
    pub(crate) root_id: Option<String>,
    pub(crate) thread_id: Option<String>,
    pub(crate) msg_type: String,
    pub(crate) content: String,
    pub(crate) sender: Value,
    pub(crate) created: Millis,
    pub(crate) updated: Millis,
    pub(crate) edits: u32,
    pub(crate) deleted: bool,
}

impl Chats {
    /// Keeps a message; within an hour `uuid`, unless empty, names it again.
    pub(crate) fn add(&mut self, message: Message, uuid: &str, now: Millis) {
        let place = self.messages.len();
        self.places.insert(message.id.clone(), place);
        if !uuid.is_empty() {
            self.sent.insert((message.chat_id.clone(), uuid.to_owned()), (place, now));
        }
        self.messages.push(message);
    }

    /// The message that was sent to the chat with the same `uuid` within the last hour.
    pub(crate) fn sent_as(&self, chat_id: &str, uuid: &str, now: Millis) -> Option<&Message> {
        let (place, at) = self.sent.get(&(chat_id.to_owned(), uuid.to_owned()))?;
        self.messages.get(*place).filter(|_| now < at + SAME_FOR)
    }

    /// The message called `id`.
    pub(crate) fn message(&self, id: &str) -> Option<&Message> {
        self.messages.get(*self.places.get(id)?)
    }

    /// The message called `id`, to be changed.
    pub(crate) fn message_mut(&mut self, id: &str) -> Option<&mut Message> {
        self.messages.get_mut(*self.places.get(id)?)
    }

    /// The messages of a chat or a thread, oldest first.
    pub(crate) fn messages_in(&self, container: &str) -> impl Iterator<Item = &Message> {
        self.messages.iter().filter(move |it| it.chat_id == container || it.thread_id.as_deref() == Some(container))
    }

    /// The chat that was made with the same `uuid` within the last hour.
    pub(crate) fn made_as(&self, uuid: &str, now: Millis) -> Option<&Value> {
        let (id, at) = self.chats_by_uuid.get(uuid)?;
        self.made.get(id).filter(|_| now < at + SAME_FOR)
    }

    /// Keeps a chat.
    pub(crate) fn make(&mut self, id: String, chat: Value, uuid: &str, now: Millis) {
        if !uuid.is_empty() {
            self.chats_by_uuid.insert(uuid.to_owned(), (id.clone(), now));
        }
        self.made.insert(id, chat);
    }
}

impl Message {
    /// The message as the platform shows it.
    pub(crate) fn to_json(&self) -> Value {
        let mut shown = json!({
            "message_id": self.id, "chat_id": self.chat_id, "msg_type": self.msg_type, "sender": self.sender,
            "create_time": self.created.to_string(), "update_time": self.updated.to_string(),
            "deleted": self.deleted, "updated": self.edits > 0, "body": {"content": self.content},
        });
        for (name, value) in [("parent_id", &self.parent_id), ("root_id", &self.root_id), ("thread_id", &self.thread_id)] {
            if let (Some(value), Value::Object(members)) = (value, &mut shown) {
                members.insert(name.to_owned(), json!(value));
            }
        }
        shown
    }
}
