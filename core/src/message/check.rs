//! What the platform would refuse, refused before the network.

use std::borrow::Cow;

use crate::arguments::{Members, check_json, items, plain};
use crate::encode::quote;
use crate::error::Error;
use crate::text::join;

/// The locales of a post (those of the platform's own texts).
const LOCALES: [&str; 16] = [
    "zh_cn", "en_us", "ja_jp", "zh_hk", "zh_tw", "id_id", "vi_vn", "th_th", "pt_br", "es_es", "ko_kr", "de_de", "fr_fr", "it_it", "ru_ru",
    "ms_my",
];

/// A string with something in it.
pub(super) fn text(name: &str, value: &str) -> Result<(), Error> {
    match value {
        "\"\"" => Err(Error::argument(format!("{name} is empty")).with_remedy(format!("pass {name}"))),
        value if value.starts_with('"') => Ok(()),
        _ => Err(Error::argument(format!("{name} is no string")).with_remedy("pass a string")),
    }
}

/// A JSON object.
pub(super) fn object(name: &str, value: &str) -> Result<(), Error> {
    match value.starts_with('{') {
        true => Ok(()),
        false => Err(Error::argument(format!("{name} is no object")).with_remedy("pass an object")),
    }
}

/// `true` or `false`.
pub(super) fn boolean(value: &str) -> Result<&str, Error> {
    match value {
        "true" | "false" => Ok(value),
        _ => Err(Error::argument("need_rollup is no boolean").with_remedy("pass true or false")),
    }
}

/// The text of a divider: at most 20 characters.
pub(super) fn divider(value: &str) -> Result<(), Error> {
    text("text", value)?;
    match plain(value).chars().count() {
        0..=20 => Ok(()),
        length => Err(Error::argument(format!("text has {length} characters, and a divider takes 20")).with_remedy("shorten it")),
    }
}

/// A locale of a post.
pub(super) fn locale(value: &str) -> Result<Cow<'_, str>, Error> {
    text("locale", value)?;
    let locale = plain(value);
    match LOCALES.contains(&locale.as_ref()) {
        true => Ok(locale),
        false => Err(Error::argument(format!("locale is {}", quote(&locale))).with_remedy(format!("use one of {}", join(&LOCALES, ", ")))),
    }
}

/// Posts by locale.
pub(super) fn locales(content: &str) -> Result<(), Error> {
    let posts = Members::read("content", content)?;
    if posts.0.is_empty() {
        return Err(Error::argument("content is empty").with_remedy("pass paragraphs, or an object of posts by locale"));
    }
    for post in &posts.0 {
        match post.name.as_ref() {
            "post" => {
                return Err(
                    Error::argument("content is wrapped in post").with_remedy("pass what is inside: only custom bots want the wrapper")
                );
            }
            "title" | "content" => {
                return Err(Error::argument("content has no locale").with_remedy("pass the paragraphs as content and the title as title"));
            }
            name => localized(name, &post.value)?,
        }
    }
    Ok(())
}

fn localized(locale: &str, post: &str) -> Result<(), Error> {
    object(&format!("content.{locale}"), post)?;
    let members = Members::read(locale, post)?;
    match members.0.iter().find(|member| member.name == "content") {
        Some(content) => paragraphs(&format!("content.{locale}.content"), &content.value),
        None => Err(Error::argument(format!("content.{locale} has no content")).with_remedy("pass a list of paragraphs")),
    }
}

/// A list of paragraphs, each a list of nodes, each an object with a `tag`.
pub(super) fn paragraphs(name: &str, value: &str) -> Result<(), Error> {
    let refuse = |is: String| Err(Error::argument(is).with_remedy("pass a list of paragraphs, each a list of nodes with a tag"));
    if !value.starts_with('[') {
        return refuse(format!("{name} is no list"));
    }
    for (at, paragraph) in items(value).enumerate() {
        if !paragraph.starts_with('[') {
            return refuse(format!("{name}[{at}] is no list"));
        }
        for (column, node) in items(paragraph).enumerate() {
            let has_tag = node.starts_with('{') && Members::read(name, node)?.0.iter().any(|member| member.name == "tag");
            if !has_tag {
                return refuse(format!("{name}[{at}][{column}] has no tag"));
            }
        }
    }
    Ok(())
}

/// A card: an object, or the JSON text of one.
pub(super) fn card(value: &str) -> Result<String, Error> {
    let text = plain(value);
    if value.starts_with('"') {
        check_json("card", &text)?;
    }
    let text = text.trim();
    object("card", text)?;
    match Members::read("card", text)?.0.is_empty() {
        true => Err(Error::argument("card is empty").with_remedy("pass the card's JSON")),
        false => Ok(text.to_owned()),
    }
}

/// What goes with a template.
pub(super) fn template(version: Option<&str>, variables: Option<&str>) -> Result<(), Error> {
    version.map_or(Ok(()), |version| text("template_version_name", version))?;
    variables.map_or(Ok(()), |variables| object("template_variable", variables))
}
