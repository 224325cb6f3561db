//! Scalars convert without loss in both directions; whatever would lose something is refused.

use std::borrow::Cow;

use crate::catalog::{Item, Shape};
use crate::encode::quote;
use crate::error::Error;
use crate::json;

/// What a value is and what it should have been: `is an object; pass an integer`.
#[derive(Debug)]
pub(super) struct Mismatch {
    is: String,
    /// `None` where nothing would do.
    want: Option<Want>,
    in_list: bool,
}

impl Mismatch {
    /// The error for the argument of that name.
    pub(super) fn of(self, name: &str) -> Error {
        let Self { is, want, in_list } = self;
        let place = if in_list { "a list with " } else { "" };
        let (one, many) = want.map_or(("", ""), Want::words);
        let remedy = match (want, in_list) {
            (None, _) => "leave it out".to_owned(),
            (_, false) => format!("pass {one}"),
            (_, true) => format!("pass {many}"),
        };
        Error::argument(format!("{name} is {place}{is}")).with_remedy(remedy)
    }
}

type Converted<'a> = Result<Cow<'a, str>, Mismatch>;

/// What is wanted, of an argument or of a list's item.
#[derive(Clone, Copy, Debug)]
enum Want {
    Text,
    Digits,
    Int,
    Bool,
    Number,
    Any,
    Object,
    List(Option<Item>),
}

impl Want {
    /// What to pass, one and several of it.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Want::Text | Want::Digits => ("a string", "strings"),
            Want::Int => ("an integer", "integers"),
            Want::Bool => ("true or false", "true or false"),
            Want::Number => ("a number", "numbers"),
            Want::Any => ("a JSON value", "JSON values"),
            Want::Object => ("an object", "objects"),
            Want::List(_) => ("a list", "lists"),
        }
    }
}

impl From<Shape> for Want {
    fn from(shape: Shape) -> Self {
        match shape {
            Shape::String => Want::Text,
            Shape::IntString => Want::Digits,
            Shape::Int => Want::Int,
            Shape::Bool => Want::Bool,
            Shape::Float | Shape::Number => Want::Number,
            Shape::Any | Shape::File => Want::Any,
            Shape::Object | Shape::Map => Want::Object,
            Shape::List(item) => Want::List(Some(item)),
        }
    }
}

impl From<Item> for Want {
    fn from(item: Item) -> Self {
        match item {
            Item::String => Want::Text,
            Item::IntString => Want::Digits,
            Item::Int => Want::Int,
            Item::Bool => Want::Bool,
            Item::Float | Item::Number => Want::Number,
            Item::Any => Want::Any,
            Item::Object => Want::Object,
            Item::List => Want::List(None),
        }
    }
}

/// A value as JSON text for a body; null stays.
pub(super) fn to_json(value: &str, shape: Shape) -> Converted<'_> {
    json_of(value, shape.into())
}

/// A scalar as plain text for a path, a header, or a part of a form; what is structured becomes JSON text where a string is wanted.
pub(super) fn to_text(value: &str, shape: Shape) -> Converted<'_> {
    text_of(value, shape.into())
}

/// The values of a query's key one by one; a scalar is a list of one.
pub(super) fn to_texts(value: &str, shape: Shape, mut each: impl FnMut(&str)) -> Result<(), Mismatch> {
    let item = match shape {
        Shape::List(item) if value.starts_with('[') => item,
        Shape::List(item) => return text_of(value, item.into()).map(|text| each(&text)),
        _ => return to_text(value, shape).map(|text| each(&text)),
    };
    items(value).try_for_each(|item_text| text_of(item_text, item.into()).map(|text| each(&text)))
}

/// The contents of a JSON string, the text of anything else.
pub(crate) fn plain(value: &str) -> Cow<'_, str> {
    match inner(value) {
        Some(text) if !text.as_bytes().contains(&b'\\') => Cow::Borrowed(text),
        Some(_) => Cow::Owned(json::string(value.as_bytes()).unwrap_or_default()),
        None => Cow::Borrowed(value),
    }
}

/// The elements of an array in valid JSON text.
pub(crate) fn items(array: &str) -> impl Iterator<Item = &str> {
    json::children(array.as_bytes(), &(0..array.len())).filter_map(|child| array.get(child.value.range))
}

fn json_of(value: &str, want: Want) -> Converted<'_> {
    match (want, first(value)) {
        (_, b'n') | (Want::Any, _) | (Want::Text | Want::Digits, b'"') | (Want::Object, b'{') | (Want::List(None), b'[') => {
            Ok(Cow::Borrowed(value))
        }
        (Want::Text, _) => Ok(Cow::Owned(quote(value))),
        (Want::Digits, b'{' | b'[') => mismatch(value, want),
        (Want::Digits, _) => Ok(Cow::Owned(format!("\"{value}\""))),
        (Want::List(Some(item)), b'[') => list_of(value, item.into()),
        (Want::Int | Want::Bool | Want::Number, _) => bare(value, want),
        _ => mismatch(value, want),
    }
}

fn list_of(array: &str, want: Want) -> Converted<'_> {
    let mut text = String::new();
    let mut is_same = true;
    for item in items(array) {
        let converted = json_of(item, want).map_err(|mismatch| Mismatch { in_list: true, ..mismatch })?;
        is_same &= matches!(converted, Cow::Borrowed(same) if same.len() == item.len());
        text.push(if text.is_empty() { '[' } else { ',' });
        text.push_str(&converted);
    }
    text.push(']');
    Ok(if is_same { Cow::Borrowed(array) } else { Cow::Owned(text) })
}

fn text_of(value: &str, want: Want) -> Converted<'_> {
    match (want, first(value)) {
        (_, b'n') => Err(Mismatch { is: "null, which only a body can carry".into(), want: None, in_list: false }),
        (Want::Text | Want::Digits | Want::Any, b'"') => Ok(plain(value)),
        (Want::Text | Want::Any, _) | (Want::Object, b'{') | (Want::List(_), b'[') => Ok(Cow::Borrowed(value)),
        (Want::Digits, b'{' | b'[') => mismatch(value, want),
        (Want::Digits, _) => Ok(Cow::Borrowed(value)),
        (Want::Int | Want::Bool | Want::Number, _) => bare(value, want),
        _ => mismatch(value, want),
    }
}

/// A literal, given as such or as a string that holds it.
fn bare(value: &str, want: Want) -> Converted<'_> {
    let text = inner(value).unwrap_or(value);
    let fits = match want {
        Want::Int => return integer(text).map(Cow::Borrowed).map_or_else(|| mismatch(value, want), Ok),
        Want::Bool => text == "true" || text == "false",
        _ => is_number(text),
    };
    if fits { Ok(Cow::Borrowed(text)) } else { mismatch(value, want) }
}

/// An integer's digits; a fraction of zeros is dropped.
fn integer(text: &str) -> Option<&str> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = whole.strip_prefix('-').unwrap_or(whole);
    let is_whole = digits == "0" || !digits.starts_with('0') && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    (is_whole && !fraction.is_empty() && fraction.bytes().all(|byte| byte == b'0')).then_some(whole)
}

fn is_number(text: &str) -> bool {
    let ends = text.starts_with(|first: char| first == '-' || first.is_ascii_digit()) && text.ends_with(|last: char| last.is_ascii_digit());
    ends && json::check(text.as_bytes()).is_ok()
}

/// The text between a string's quotes, escapes and all.
fn inner(value: &str) -> Option<&str> {
    value.strip_prefix('"')?.strip_suffix('"')
}

fn first(value: &str) -> u8 {
    value.bytes().next().unwrap_or(b'n')
}

fn mismatch<T>(value: &str, want: Want) -> Result<T, Mismatch> {
    let is = match first(value) {
        b'"' if matches!(want, Want::Int) => "text that is no integer".into(),
        b'"' if matches!(want, Want::Number) => "text that is no number".into(),
        b'"' => "a string".into(),
        b'{' => "an object".into(),
        b'[' => "a list".into(),
        b't' | b'f' => "a boolean".into(),
        b'n' => "null".into(),
        _ => format!("the number {}", value.get(..40).unwrap_or(value)),
    };
    Err(Mismatch { is, want: Some(want), in_list: false })
}

/// Replaces the member at the path, or adds it; `object` is JSON text.
pub(super) fn with_member(object: Option<&str>, path: &str, value: &str) -> String {
    let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
    let object = object.filter(|object| object.starts_with('{')).unwrap_or("{}");
    let bytes = object.as_bytes();
    let mut text = String::with_capacity(object.len() + name.len() + value.len() + 8);
    let mut old = None;
    for child in json::children(bytes, &(0..bytes.len())) {
        let (quoted, member) = (object.get(child.name).unwrap_or_default(), object.get(child.value.range).unwrap_or_default());
        match json::is_name(quoted.as_bytes(), name) {
            true => old = Some(member),
            false => push_member(&mut text, quoted, member),
        }
    }
    let new = rest.map_or_else(|| Cow::Borrowed(value), |rest| Cow::Owned(with_member(old, rest, value)));
    push_member(&mut text, &quote(name), &new);
    text.push('}');
    text
}

/// Appends a member whose name has its quotes already.
fn push_member(into: &mut String, quoted: &str, value: &str) {
    into.push(if into.is_empty() { '{' } else { ',' });
    into.extend([quoted, ":", value]);
}

#[cfg(test)]
mod tests;
