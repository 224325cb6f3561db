//! What is filled in when the caller left it out: messages, the facts of a file, the page, the idempotency key.

use std::borrow::Cow;

use crate::arguments::convert::{plain, with_member};
use crate::arguments::slots::{Rest, Slot, Slots};
use crate::arguments::{Extras, FileArgument};
use crate::catalog::{Kind, Operation, Paging, PagingStyle, Place, Shape};
use crate::encode::quote;
use crate::error::Error;
use crate::http::Piece;
use crate::json;
use crate::multipart::adler32;
use crate::random::Random;
use crate::text::holds;

/// Fills in what can be, and says whether the call carries an idempotency key.
pub(super) fn fill(slots: &mut Slots<'_>, operation: Operation, extras: &Extras<'_>, random: &mut Random) -> Result<bool, Error> {
    fill_message(slots)?;
    if operation.kind() == Kind::Upload {
        fill_file_facts(slots, takes_empty(operation))?;
    }
    match (&operation.kept().paging, extras.page_token) {
        (Some(paging), Some(token)) => fill_page(slots, paging, token)?,
        (Some(paging), None) => fill_first_page(slots, paging),
        (None, Some(_)) => return Err(Error::argument("has no pages").with_remedy("call it directly")),
        (None, None) => {}
    }
    fill_idempotency(slots, extras.idempotency_key, random)
}

/// A message in the place of `content` brings its `msg_type` along.
fn fill_message(slots: &mut Slots<'_>) -> Result<(), Error> {
    let Some(slot) = slots.get_mut("content") else { return Ok(()) };
    let Some(value) = slot.value.as_deref().filter(|value| value.starts_with('{') && holds(value, "$message")) else { return Ok(()) };
    let Some((kind, content)) = message(value) else { return Ok(()) };
    slot.value = Some(Cow::Owned(match slot.parameter.shape {
        Shape::String => content,
        _ => plain(&content).into_owned(),
    }));
    let Some(slot) = slots.get_mut("msg_type") else { return Ok(()) };
    match slot.value.as_deref().map(plain) {
        None => slot.value = Some(Cow::Owned(quote(&kind))),
        Some(given) if given == kind.as_str() => {}
        Some(given) => {
            return Err(Error::argument(format!("msg_type is {given}, and content is a message of the type {kind}"))
                .with_remedy("leave msg_type out"));
        }
    }
    Ok(())
}

/// The kind and the content (JSON text) of `{"$message": {…}}`.
fn message(value: &str) -> Option<(String, String)> {
    let bytes = value.as_bytes();
    let mut members = json::children(bytes, &(0..bytes.len()));
    let only = members.next().filter(|child| members.next().is_none() && bytes.get(child.name.clone()) == Some(br#""$message""#))?;
    let part = |name| json::find(bytes, &only.value.range, name).and_then(|range| value.get(range));
    Some((plain(part("msg_type")?).into_owned(), part("content")?.to_owned()))
}

/// Feishu Project takes empty files, the open platform does not.
fn takes_empty(_operation: Operation) -> bool {
    #[cfg(feature = "project")]
    return _operation.is_project();
    #[cfg(not(feature = "project"))]
    false
}

fn fill_file_facts(slots: &mut Slots<'_>, takes_empty: bool) -> Result<(), Error> {
    let Some(file) = slots.known.iter().find_map(|slot| slot.file) else { return Ok(()) };
    if file.content.length() == Some(0) && !takes_empty {
        return Err(Error::argument(format!("{} is empty", file.name)).with_remedy("the platform refuses empty files"));
    }
    for slot in &mut slots.known {
        if slot.value.is_none() && matches!(slot.parameter.place, Place::Form | Place::Query) {
            slot.value = fact(slot, file)?.map(Cow::Owned);
        }
    }
    Ok(())
}

/// What the file itself says of an argument.
fn fact(slot: &Slot<'_>, file: &FileArgument) -> Result<Option<String>, Error> {
    match (slot.parameter.name, &file.content) {
        ("size", content) => match content.length() {
            None if slot.parameter.required => Err(Error::argument("size is missing, and the stream does not know its own")
                .with_remedy("pass size, or the file as bytes or a path")),
            length => Ok(length.map(|length| length.to_string())),
        },
        ("file_name", _) => Ok(file.file_name.as_deref().map(quote)),
        ("checksum", Piece::Bytes(bytes)) => Ok(Some(quote(&adler32(bytes).to_string()))),
        _ => Ok(None),
    }
}

/// Puts the page token in the place that the catalogue names, whatever the caller gave there.
fn fill_page(slots: &mut Slots<'_>, paging: &Paging, token: &str) -> Result<(), Error> {
    let (head, rest) = paging.param.split_once('.').map_or((paging.param, None), |(head, rest)| (head, Some(rest)));
    if paging.place == Place::Body && matches!(slots.body, Rest::Whole(_)) {
        return Err(Error::argument("body is no object, so that it cannot ask for the next page").with_remedy("pass an object"));
    }
    let slot = slots.known.iter_mut().find(|slot| slot.parameter.name == head && slot.parameter.place == paging.place);
    let slot = slot.ok_or_else(|| Error::argument(format!("{head} is not an argument of it, so that it has one page only")))?;
    if paging.style == PagingStyle::After {
        slot.value = Some(Cow::Owned(after(slot.value.as_deref(), rest.unwrap_or_default(), token)));
        return Ok(());
    }
    let token = quote(token);
    slot.value = Some(Cow::Owned(match rest {
        None => token,
        Some(rest) => with_member(slot.value.as_deref(), rest, &token),
    }));
    Ok(())
}

/// The members of the token, an object, in the place of those that asked for the page before.
fn after(value: Option<&str>, path: &str, token: &str) -> String {
    let parent = path.rsplit_once('.').map_or("", |(parent, _)| parent);
    let mut text = value.unwrap_or("{}").to_owned();
    for child in json::children(token.as_bytes(), &(0..token.len())) {
        let name = json::text(token.as_bytes().get(child.name).unwrap_or_default()).unwrap_or_default();
        let path = if parent.is_empty() { name } else { format!("{parent}.{name}") };
        text = with_member(Some(&text), &path, token.get(child.value.range).unwrap_or_default());
    }
    text
}

/// Some operations demand a page token, and an empty one for the first page.
fn fill_first_page(slots: &mut Slots<'_>, paging: &Paging) {
    if let Some(slot) = slots.get_mut(paging.param).filter(|slot| slot.parameter.required) {
        slot.value.get_or_insert(Cow::Borrowed("\"\""));
    }
}

/// An argument by which the platform recognises a repeated write is never left to chance.
fn fill_idempotency(slots: &mut Slots<'_>, option: Option<&str>, random: &mut Random) -> Result<bool, Error> {
    let is_whole = matches!(slots.body, Rest::Whole(_));
    let is_key = |slot: &&mut Slot<'_>| slot.parameter.idempotency && !(is_whole && slot.parameter.place == Place::Body);
    let marked = slots.known.iter_mut().find(is_key);
    let is_marked = marked.is_some();
    let slot = match (marked, option) {
        (Some(slot), _) => slot,
        (None, None) => return Ok(false),
        (None, Some(_)) => slots.get_mut("idempotency_key").ok_or_else(|| {
            Error::argument("takes no idempotency key").with_remedy("leave idempotency_key out: the platform would not recognise it")
        })?,
    };
    match (slot.value.as_deref().map(plain), option) {
        (Some(given), Some(option)) if given != option => {
            return Err(Error::argument(format!("{} and idempotency_key differ", slot.parameter.name)).with_remedy("pass one of them"));
        }
        (Some(given), _) => return Ok(is_marked && !given.is_empty() && given != "null"),
        (None, Some("")) => return Err(Error::argument("idempotency_key is empty").with_remedy("leave it out or pass a key")),
        (None, Some(option)) => slot.value = Some(Cow::Owned(quote(option))),
        (None, None) => slot.value = Some(Cow::Owned(quote(&random.uuid()))),
    }
    Ok(is_marked)
}
