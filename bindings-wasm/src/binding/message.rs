//! Messages, built and read by the core.

use larkspur_core::message;
use wasm_bindgen::prelude::*;

use super::catalog::json;

/// The content of a message of a kind, from its arguments as JSON.
///
/// # Errors
/// The error as JSON.
#[wasm_bindgen(js_name = "buildMessage")]
pub fn build(kind: &str, arguments: &str) -> Result<String, JsValue> {
    message::build(kind, arguments).map(|message| message.content).map_err(|error| json(&error))
}

/// The text of a received message.
///
/// # Errors
/// The error as JSON.
#[wasm_bindgen(js_name = "parseMessage")]
pub fn parse(text: &str) -> Result<String, JsValue> {
    message::parse(text).map_err(|error| json(&error))
}

/// A mention of one person.
#[wasm_bindgen]
pub fn mention(user_id: &str, name: &str) -> String {
    message::mention(user_id, name)
}

/// A mention of everybody in the chat.
#[wasm_bindgen(js_name = "mentionAll")]
pub fn mention_all() -> String {
    message::mention_all()
}

/// Text of unknown origin, so that nothing in it is taken for a tag.
#[wasm_bindgen]
pub fn escape(text: &str) -> String {
    message::escape(text)
}
