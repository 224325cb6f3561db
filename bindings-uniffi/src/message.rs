//! Messages, built and read by the core.

use larkspur_core::message;

use crate::error::FfiError;

/// A message to send; given as the argument `content` it fills `msg_type` too.
#[derive(uniffi::Record)]
pub struct Message {
    /// `text`, `post`, `image`, `interactive`, …
    pub msg_type: String,
    /// The content as JSON text.
    pub content: String,
}

/// Builds a message of a kind (`text`, `post`, `image`, `file`, `audio`, `media`, `sticker`, `interactive`, `share_chat`, `share_user`, `system`)
/// from its arguments, a JSON object.
///
/// # Errors
/// For an unknown kind or argument, and for a content that the platform would refuse for its size or shape.
#[uniffi::export]
pub fn build_message(kind: String, arguments: String) -> Result<Message, FfiError> {
    let message::Message { msg_type, content } = message::build(&kind, &arguments)?;
    Ok(Message { msg_type, content })
}

/// The text of a received message, given as JSON, with its mentions resolved.
///
/// # Errors
/// For what is no message.
#[uniffi::export]
pub fn parse_message(received: String) -> Result<String, FfiError> {
    Ok(message::parse(&received)?)
}

/// A mention of one person, for the text of a message.
#[uniffi::export]
pub fn mention(user_id: String, name: String) -> String {
    message::mention(&user_id, &name)
}

/// A mention of everybody in the chat.
#[uniffi::export]
pub fn mention_all() -> String {
    message::mention_all()
}

/// Text of unknown origin, so that nothing in it is taken for a tag.
#[uniffi::export]
pub fn escape_text(text: String) -> String {
    message::escape(&text)
}
