//! Parts of a text message.

/// A mention of one person, by open id, user id or union id; the name is shown where the person cannot be found.
pub fn mention(user_id: &str, name: &str) -> String {
    format!("<at user_id=\"{}\">{}</at>", attribute(user_id), escape(name))
}

/// A mention of everybody in the chat.
pub fn mention_all() -> String {
    "<at user_id=\"all\"></at>".into()
}

/// Text of unknown origin, so that nothing in it is taken for a tag.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn attribute(text: &str) -> String {
    escape(text).replace('"', "&quot;")
}
