//! Builders of messages: one table says what each kind takes.

use std::borrow::Cow;

use super::Message;
use super::check;
use crate::arguments::{Member, Members};
use crate::catalog::nearest;
use crate::encode::{Object, quote};
use crate::error::Error;
use crate::text::join;

/// The most bytes of a text message's content.
const MOST_TEXT: usize = 150 * 1024;
/// The most bytes of the content of a card or a post.
const MOST_CARD: usize = 30 * 1024;

/// A kind of message and its arguments in the order of the content, the required ones marked.
struct Kind {
    name: &'static str,
    arguments: &'static [(&'static str, bool)],
}

const KINDS: [Kind; 11] = [
    Kind { name: "text", arguments: &[("text", true)] },
    Kind { name: "post", arguments: &[("content", true), ("title", false), ("locale", false)] },
    Kind { name: "image", arguments: &[("image_key", true)] },
    Kind { name: "file", arguments: &[("file_key", true)] },
    Kind { name: "audio", arguments: &[("file_key", true)] },
    Kind { name: "media", arguments: &[("file_key", true), ("image_key", false)] },
    Kind { name: "sticker", arguments: &[("file_key", true)] },
    Kind {
        name: "interactive",
        arguments: &[
            ("card", false),
            ("card_id", false),
            ("template_id", false),
            ("template_version_name", false),
            ("template_variable", false),
        ],
    },
    Kind { name: "share_chat", arguments: &[("chat_id", true)] },
    Kind { name: "share_user", arguments: &[("user_id", true)] },
    Kind { name: "system", arguments: &[("text", true), ("i18n_text", false), ("need_rollup", false)] },
];

/// The kinds of messages, each with its arguments in the order in which a language lists them, and whether each is required.
pub fn kinds() -> impl Iterator<Item = (&'static str, &'static [(&'static str, bool)])> {
    KINDS.iter().map(|kind| (kind.name, kind.arguments))
}

/// Builds a message of a kind from its arguments, a JSON object.
///
/// | kind | arguments |
/// |---|---|
/// | `text` | `text` |
/// | `post` | `content`: paragraphs (lists of nodes), or an object of `{title, content}` by locale; `title`; `locale` (`zh_cn`) |
/// | `image` | `image_key` |
/// | `file`, `audio`, `sticker` | `file_key` |
/// | `media` | `file_key`, `image_key` (the cover) |
/// | `interactive` | `card` (an object or its JSON text), or `card_id`, or `template_id` with `template_version_name` and `template_variable` |
/// | `share_chat` | `chat_id` |
/// | `share_user` | `user_id` (an open id) |
/// | `system` | `text` (of the divider), `i18n_text`, `need_rollup` |
///
/// # Errors
/// [`Class::Argument`](crate::Class::Argument) for an unknown kind or argument (with the nearest name), a missing or empty one, or a content
/// that the platform would refuse for its size or shape.
pub fn build(kind: &str, arguments_json: &str) -> Result<Message, Error> {
    let known = KINDS.iter().find(|known| known.name == kind).ok_or_else(|| unknown_kind(kind))?;
    let name = |error: Error| error.of_operation(&format!("message.{kind}"));
    let given = Given::read(known, arguments_json).map_err(name)?;
    let content = content(known, &given).and_then(|content| within(kind, content)).map_err(name)?;
    Ok(Message { msg_type: kind.to_owned(), content })
}

/// The arguments of a builder; null counts as left out.
struct Given<'a>(Members<'a>);

impl<'a> Given<'a> {
    fn read(kind: &Kind, text: &'a str) -> Result<Self, Error> {
        let mut members = Members::read("arguments", text)?;
        members.0.retain(|member| member.value != "null");
        if let Some(Member { name, .. }) = members.0.iter().find(|member| kind.arguments.iter().all(|(known, _)| *known != member.name)) {
            return Err(unknown_argument(kind, name));
        }
        let given = Self(members);
        let missing = kind.arguments.iter().find(|(name, required)| *required && given.get(name).is_none());
        match missing {
            Some((name, _)) => Err(Error::argument(format!("{name} is missing")).with_remedy(format!("pass {name}"))),
            None => Ok(given),
        }
    }

    /// The JSON text of an argument.
    fn get(&self, name: &str) -> Option<&str> {
        self.0.0.iter().find(|member| member.name == name).map(|member| member.value.as_ref())
    }
}

fn content(kind: &Kind, given: &Given<'_>) -> Result<String, Error> {
    match kind.name {
        "post" => post(given),
        "interactive" => interactive(given),
        "system" => divider(given),
        _ => plain(kind, given),
    }
}

/// The arguments themselves, each a string with something in it.
fn plain(kind: &Kind, given: &Given<'_>) -> Result<String, Error> {
    let mut content = Object::default();
    for (name, _) in kind.arguments {
        if let Some(value) = given.get(name) {
            check::text(name, value)?;
            content.push(name, value);
        }
    }
    Ok(content.finish())
}

/// Posts by locale, without the `post` around them that a custom bot wants.
fn post(given: &Given<'_>) -> Result<String, Error> {
    let content = given.get("content").unwrap_or_default();
    if content.starts_with('{') {
        if given.get("title").is_some() || given.get("locale").is_some() {
            return Err(
                Error::argument("content has its locales, and title or locale is given beside it").with_remedy("put the title inside")
            );
        }
        check::locales(content)?;
        return Ok(content.to_owned());
    }
    check::paragraphs("content", content)?;
    let locale = given.get("locale").map_or(Ok(Cow::Borrowed("zh_cn")), check::locale)?;
    let mut post = Object::default();
    if let Some(title) = given.get("title") {
        check::text("title", title)?;
        post.push("title", title);
    }
    post.push("content", content);
    Ok(Object::of(&[(&locale, &post.finish())]))
}

/// A card itself, a card by its id, or a template with its variables.
fn interactive(given: &Given<'_>) -> Result<String, Error> {
    let source = card_source(given)?;
    let value = given.get(source).unwrap_or_default();
    let mut data = Object::default();
    data.push(source, value);
    for name in ["template_version_name", "template_variable"] {
        let Some(detail) = given.get(name) else { continue };
        if source != "template_id" {
            return Err(Error::argument(format!("{name} is given without template_id")).with_remedy("leave it out"));
        }
        data.push(name, detail);
    }
    let Some(kind) = source.strip_suffix("_id") else { return check::card(value) };
    check::text(source, value)?;
    check::template(given.get("template_version_name"), given.get("template_variable"))?;
    Ok(Object::of(&[("type", &quote(kind)), ("data", &data.finish())]))
}

/// Which one of the three ways to name a card was taken.
fn card_source(given: &Given<'_>) -> Result<&'static str, Error> {
    let sources: Vec<&str> = ["card", "card_id", "template_id"].into_iter().filter(|name| given.get(name).is_some()).collect();
    match sources.as_slice() {
        [source] => Ok(source),
        [] => Err(Error::argument("card is missing").with_remedy("pass card, card_id or template_id")),
        several => Err(Error::argument(format!("{} are given together", join(several, " and "))).with_remedy("pass one of them")),
    }
}

/// A divider line with a text, the one system message.
fn divider(given: &Given<'_>) -> Result<String, Error> {
    let text = given.get("text").unwrap_or_default();
    check::divider(text)?;
    let mut words = Object::default();
    words.push("text", text);
    if let Some(i18n) = given.get("i18n_text") {
        check::object("i18n_text", i18n)?;
        words.push("i18n_text", i18n);
    }
    let mut message = Object::default();
    message.push("type", "\"divider\"");
    message.push("params", &Object::of(&[("divider_text", &words.finish())]));
    if let Some(rollup) = given.get("need_rollup") {
        message.push("options", &Object::of(&[("need_rollup", check::boolean(rollup)?)]));
    }
    Ok(message.finish())
}

fn within(kind: &str, content: String) -> Result<String, Error> {
    let most = match kind {
        "text" => MOST_TEXT,
        "post" | "interactive" => MOST_CARD,
        _ => usize::MAX,
    };
    if content.len() <= most {
        return Ok(content);
    }
    let (length, most) = (content.len().div_ceil(1024), most / 1024);
    Err(Error::argument(format!("content has {length} KB, and the platform takes {most} KB")).with_remedy("send it in several messages"))
}

fn unknown_kind(kind: &str) -> Error {
    let error = Error::argument(format!("{kind} is no kind of message"));
    match nearest(kind, KINDS.iter().map(|known| known.name)) {
        Some(near) => error.with_remedy(format!("use {near}")),
        None => error.with_remedy(format!("use one of {}", join(&KINDS.each_ref().map(|known| known.name), ", "))),
    }
}

fn unknown_argument(kind: &Kind, name: &str) -> Error {
    let names: Vec<&str> = kind.arguments.iter().map(|(known, _)| *known).collect();
    let error = Error::argument(format!("{name} is not an argument of it"));
    match nearest(name, names.iter().copied()) {
        Some(near) => error.with_remedy(format!("use {near}")),
        None => error.with_remedy(format!("it takes {}", join(&names, ", "))),
    }
}
