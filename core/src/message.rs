//! Messages: what `content` and `msg_type` of a message hold, built and read for every language.

mod build;
mod check;
mod parse;
#[cfg(test)]
mod tests;
mod text;

pub use build::{build, kinds};
pub use parse::parse;
pub use text::{escape, mention, mention_all};

/// A message to send: its type, and its content as the platform wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// `text`, `post`, `image`, `interactive`, …
    pub msg_type: String,
    /// The content as JSON text.
    pub content: String,
}
