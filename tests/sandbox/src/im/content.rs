//! The content of a message: JSON text of the shape that its type asks for, within the limits of size.

use serde_json::Value;

use crate::answer::Refusal;

const TEXT_LIMIT: usize = 150 << 10;
const CARD_LIMIT: usize = 30 << 10;

/// The content as it will be kept.
pub(crate) fn check(msg_type: &str, content: Option<&Value>) -> Result<String, Refusal> {
    let text = content.and_then(Value::as_str).ok_or_else(|| wrong("content is not a string; it must be JSON text"))?;
    let value: Value = serde_json::from_str(text).map_err(|_| wrong("content is not a string in json format"))?;
    let limit = if msg_type == "text" { TEXT_LIMIT } else { CARD_LIMIT };
    if text.len() > limit {
        return Err(Refusal::new(230025, format!("the length of the message content reaches its limit of {limit} bytes")));
    }
    flaw(msg_type, &value).map_or(Ok(text.to_owned()), |flaw| Err(wrong(&flaw)))
}

fn wrong(reason: &str) -> Refusal {
    Refusal::new(230001, format!("Your request contains an invalid request parameter, ext={reason}"))
}

fn flaw(msg_type: &str, content: &Value) -> Option<String> {
    if !content.is_object() {
        return Some("content is not an object".to_owned());
    }
    match msg_type {
        "text" => lacks(content, &["text"]),
        "image" => lacks(content, &["image_key"]),
        "file" | "audio" | "media" | "sticker" => lacks(content, &["file_key"]),
        "share_chat" => lacks(content, &["chat_id"]),
        "share_user" => lacks(content, &["user_id"]),
        "system" => lacks(content, &["type"]),
        "post" => post_flaw(content),
        "interactive" => card_flaw(content),
        other => Some(format!("invalid msg_type {other}")),
    }
}

fn lacks(content: &Value, members: &[&str]) -> Option<String> {
    let missing = members.iter().find(|name| !content.get(**name).is_some_and(Value::is_string))?;
    Some(format!("content has no {missing}"))
}

/// A post is a map of locales at its top, each a title and lines of nodes.
fn post_flaw(content: &Value) -> Option<String> {
    let locales = content.as_object()?;
    if locales.is_empty() || locales.contains_key("post") {
        return Some("post content must have locales such as zh_cn at its top".to_owned());
    }
    let has_lines = |post: &Value| post.get("content").and_then(Value::as_array).is_some_and(|lines| lines.iter().all(is_line));
    let (bad, _) = locales.iter().find(|(_, post)| !has_lines(post))?;
    Some(format!("post content of {bad} must be a list of lines, each a list of nodes with a tag"))
}

fn is_line(line: &Value) -> bool {
    line.as_array().is_some_and(|nodes| nodes.iter().all(|node| node.get("tag").is_some_and(Value::is_string)))
}

fn card_flaw(card: &Value) -> Option<String> {
    let known = ["elements", "i18n_elements", "body", "header", "config", "card_link"];
    let by_reference = matches!(card.get("type").and_then(Value::as_str), Some("template" | "card")) && card.get("data").is_some();
    (!by_reference && !known.iter().any(|name| card.get(*name).is_some())).then(|| "the card has neither elements nor a body".to_owned())
}

#[cfg(test)]
mod tests {
    use super::check;
    use serde_json::json;

    fn code(msg_type: &str, content: serde_json::Value) -> i64 {
        check(msg_type, Some(&content)).map_or_else(|refusal| refusal.code, |_| 0)
    }

    #[test]
    fn content_fits_its_type() {
        assert_eq!(code("text", json!(r#"{"text":"hi"}"#)), 0);
        assert_eq!(code("text", json!({"text": "hi"})), 230001, "an object is no JSON text");
        assert_eq!(code("text", json!("hi")), 230001);
        assert_eq!(code("image", json!(r#"{"text":"hi"}"#)), 230001);
        assert_eq!(code("nothing", json!("{}")), 230001);
        assert_eq!(code("post", json!(r#"{"zh_cn":{"title":"T","content":[[{"tag":"text","text":"a"}]]}}"#)), 0);
        assert_eq!(code("post", json!(r#"{"post":{"zh_cn":{"content":[]}}}"#)), 230001, "no wrapper");
        assert_eq!(code("interactive", json!(r#"{"type":"card","data":{"card_id":"1"}}"#)), 0);
        assert_eq!(code("interactive", json!("{}")), 230001);
    }

    #[test]
    fn content_has_limits() {
        let text = |length: usize| json!(json!({"text": "x".repeat(length)}).to_string());
        assert_eq!((code("text", text(150_000)), code("text", text(154_000))), (0, 230025));
        let card = |length: usize| json!(json!({"elements": ["x".repeat(length)]}).to_string());
        assert_eq!((code("interactive", card(30_000)), code("interactive", card(31_000))), (0, 230025));
    }
}
