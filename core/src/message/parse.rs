//! The text of a received message.

use crate::arguments::check_json;
use crate::error::Error;
use crate::json::Value;
use crate::text::join;

/// The text of a received message: `event.message` of the event, or an item of the message list.
///
/// Mentions are resolved to `@name`. A post becomes its lines. What has no text becomes a word in brackets: `[image]`, `[file report.pdf]`.
///
/// # Errors
/// [`Class::Argument`](crate::Class::Argument) when it is no message: no JSON object, or without type or content.
pub fn parse(message_json: &str) -> Result<String, Error> {
    check_json("message", message_json)?;
    let message = Value::of(message_json);
    let kind = message.text("message_type").or_else(|| message.text("msg_type"));
    let content = message.text("content").or_else(|| message.get("body")?.text("content"));
    let (Some(kind), Some(content)) = (kind, content) else {
        return Err(Error::argument("message has no type or no content").with_remedy("pass event.message of a received message"));
    };
    check_json("content", &content)?;
    let text = readable(&kind, &Value::of(&content));
    Ok(resolve(text, &message))
}

/// The elements of the list at the path.
fn items<'a>(value: &Value<'a>, path: &str) -> impl Iterator<Item = Value<'a>> + use<'a> {
    elements(&value.get(path).unwrap_or_default())
}

/// The elements of a list; none of anything else.
fn elements<'a>(list: &Value<'a>) -> impl Iterator<Item = Value<'a>> + use<'a> {
    if list.json().starts_with('[') { list.items() } else { Value::default().items() }
}

fn readable(kind: &str, content: &Value<'_>) -> String {
    let named = |word: &str, path: &str| content.text(path).map_or_else(|| format!("[{word}]"), |name| format!("[{word} {name}]"));
    match kind {
        "text" => content.text("text").unwrap_or_default(),
        "post" => post(content),
        "file" | "folder" => named(kind, "file_name"),
        "media" | "video" => named("video", "file_name"),
        "interactive" => card(content),
        "share_chat" => named("chat", "chat_id"),
        "share_user" => named("user", "user_id"),
        "location" => named(kind, "name"),
        "todo" | "calendar" | "share_calendar_event" | "general_calendar" => named(kind, "summary"),
        "vote" | "video_chat" => named(kind, "topic"),
        "hongbao" => "[red packet]".into(),
        "merge_forward" => "[forwarded messages]".into(),
        "system" => content.text("template").or_else(|| content.text("params.divider_text.text")).unwrap_or_else(|| "[system]".into()),
        _ => format!("[{kind}]"),
    }
}

/// Title and paragraphs, one a line; a post that still has its locales is read in the first.
fn post(content: &Value<'_>) -> String {
    if content.get("content").is_none()
        && let Some(first) = content.items().next()
    {
        return lines(&first);
    }
    lines(content)
}

fn lines(post: &Value<'_>) -> String {
    let paragraphs = items(post, "content").map(|paragraph| nodes(&paragraph));
    let mut lines: Vec<String> = post.text("title").into_iter().collect();
    lines.extend(paragraphs);
    join(&lines, "\n")
}

fn nodes(paragraph: &Value<'_>) -> String {
    elements(paragraph).map(|node| node_text(&node)).collect()
}

fn node_text(node: &Value<'_>) -> String {
    let text = |path| node.text(path).unwrap_or_default();
    match text("tag").as_str() {
        "a" => match (node.text("text"), node.text("href")) {
            (Some(text), Some(href)) if text != href => format!("{text} ({href})"),
            (text, href) => text.or(href).unwrap_or_default(),
        },
        // A received post names the placeholder, which is resolved later, or the person.
        "at" => match (text("user_id"), node.text("user_name")) {
            (id, _) if id.starts_with("@_") => id,
            (id, None) if id == "all" => "@all".into(),
            (id, name) => format!("@{}", name.unwrap_or(id)),
        },
        "img" => "[image]".into(),
        "media" => "[video]".into(),
        "emotion" => format!("[{}]", text("emoji_type")),
        "hr" => "---".into(),
        _ => text("text"),
    }
}

/// The texts of a card, which the platform hands out reduced.
fn card(content: &Value<'_>) -> String {
    let title = content.text("title").or_else(|| content.text("header.title.content"));
    let rows = items(content, "elements").map(|row| nodes(&row)).filter(|row| !row.is_empty());
    let mut lines: Vec<String> = title.into_iter().collect();
    lines.extend(rows);
    if lines.is_empty() { "[card]".into() } else { join(&lines, "\n") }
}

/// Puts names in the place of the placeholders `@_user_1`, the longest first, since `@_user_1` begins `@_user_10`.
fn resolve(text: String, message: &Value<'_>) -> String {
    let mentions = items(message, "mentions").filter_map(|mention| Some((mention.text("key")?, mention.text("name")?)));
    let mut mentions: Vec<(String, String)> = mentions.filter(|(key, _)| key.starts_with('@')).collect();
    mentions.push(("@_all".into(), "all".into()));
    replace_once_through(&text, &mentions)
}

/// One pass, so that a name that looks like a placeholder stays.
fn replace_once_through(text: &str, mentions: &[(String, String)]) -> String {
    let mut resolved = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('@') {
        let (before, from) = rest.split_at(at);
        resolved.push_str(before);
        resolved.push('@');
        let found = mentions.iter().filter_map(|(key, name)| Some((name, from.strip_prefix(key.as_str())?)));
        let found = found.min_by_key(|(_, after)| after.len());
        rest = found.map_or_else(|| from.get(1..).unwrap_or_default(), |(_, after)| after);
        found.iter().for_each(|(name, _)| resolved.push_str(name));
    }
    resolved + rest
}
