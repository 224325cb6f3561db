//! What the caller gave, as members with raw values: no number loses a digit, nothing is read twice.

use std::borrow::Cow;

use crate::arguments::plain;
use crate::error::Error;
use crate::json::{self, DEEPEST, Flaw};

/// A member of a JSON object.
pub(crate) struct Member<'a> {
    pub(crate) name: Cow<'a, str>,
    /// JSON text.
    pub(crate) value: Cow<'a, str>,
}

/// The members of a JSON object in their order.
#[derive(Default)]
pub(crate) struct Members<'a>(pub(crate) Vec<Member<'a>>);

/// The arguments, apart from files.
pub(super) struct Given<'a> {
    pub(super) flat: Members<'a>,
    pub(super) body: Body<'a>,
}

/// What the caller gave as `body`.
pub(super) enum Body<'a> {
    /// Nothing.
    None,
    /// An object, whose members are merged with the flat arguments.
    Members(Members<'a>),
    /// Something else, which is sent as it is.
    Whole(Cow<'a, str>),
}

impl<'a> Given<'a> {
    /// Reads the arguments; an empty text has none.
    pub(super) fn read(text: &'a str) -> Result<Self, Error> {
        // What stands there twice is left over when each argument has taken its own.
        let mut flat = Members::read_all("arguments", text)?;
        let place = flat.0.iter().position(|member| member.name == "body" || member.name == "body_");
        let body = match place.map(|place| flat.0.remove(place).value) {
            None => Body::None,
            Some(Cow::Borrowed(object)) if object.starts_with('{') => Body::Members(Members::read("body", object)?),
            Some(other) => Body::Whole(other),
        };
        Ok(Self { flat, body })
    }
}

impl<'a> Members<'a> {
    /// Reads a JSON object, in which no name may stand twice; an empty text has no members. `what` names it in messages.
    pub(crate) fn read(what: &str, text: &'a str) -> Result<Self, Error> {
        let members = Self::read_all(what, text)?;
        match repeated(&members.0) {
            Some(name) => Err(Error::argument(format!("{name} is given twice in {what}")).with_remedy("give it once")),
            None => Ok(members),
        }
    }

    /// Reads a JSON object.
    fn read_all(what: &str, text: &'a str) -> Result<Self, Error> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        check_json(what, text)?;
        if json::skip_space(text.as_bytes(), 0) != text.find('{').unwrap_or(text.len()) {
            return Err(Error::argument(format!("{what} is no JSON object")).with_remedy("pass an object"));
        }
        let children = json::children(text.as_bytes(), &(0..text.len()));
        let members = children
            .filter_map(|child| Some(Member { name: plain(text.get(child.name)?), value: Cow::Borrowed(text.get(child.value.range)?) }));
        Ok(Self(members.collect()))
    }
}

/// Reads any JSON value whose parts are of no interest.
pub(crate) fn check_json(what: &str, text: &str) -> Result<(), Error> {
    match json::check(text.as_bytes()) {
        Err(Flaw::TooDeep) => {
            Err(Error::argument(format!("{what}: nested more than {DEEPEST} levels deep")).with_remedy("pass a flatter value"))
        }
        Err(Flaw::Wrong(at)) => Err(unreadable(what, text.get(..=at).unwrap_or(text))),
        Err(Flaw::Cut) => Err(unreadable(what, text)),
        Ok(_) if has_lone_surrogate(text) => {
            Err(Error::argument(format!("{what}: text holds half of a UTF-16 pair, which UTF-8 cannot encode")).with_remedy("remove it"))
        }
        Ok(_) => Ok(()),
    }
}

/// Tells the place only, since what stands there may be secret. `read` is the text up to it.
fn unreadable(what: &str, read: &str) -> Error {
    let (before, line) = read.rsplit_once('\n').unwrap_or(("", read));
    let number = before.matches('\n').count() + 1 + usize::from(read.len() > line.len());
    Error::argument(format!("{what} cannot be read as JSON at line {number}, column {}", line.len()))
}

/// Whether a `\u` escape in valid JSON stands for half a character.
fn has_lone_surrogate(text: &str) -> bool {
    if !text.as_bytes().windows(2).any(|pair| pair == b"\\u") {
        return false;
    }
    let mut rest = text;
    let mut is_high = false;
    while let Some(at) = rest.find('\\') {
        let unit = rest.get(at + 2..at + 6).filter(|_| rest.as_bytes().get(at + 1) == Some(&b'u'));
        let unit = unit.and_then(|digits| u16::from_str_radix(digits, 16).ok());
        let is_low = unit.is_some_and(|unit| (0xDC00..0xE000).contains(&unit));
        if is_low != (is_high && at == 0) || is_high && at > 0 {
            return true;
        }
        is_high = unit.is_some_and(|unit| (0xD800..0xDC00).contains(&unit));
        rest = rest.get(at + if unit.is_some() { 6 } else { 2 }..).unwrap_or_default();
    }
    is_high
}

fn repeated<'m>(members: &'m [Member<'_>]) -> Option<&'m str> {
    let mut names: Vec<&str> = members.iter().map(|member| member.name.as_ref()).collect();
    names.sort_unstable();
    names.windows(2).find_map(|pair| pair.first().filter(|first| pair.last() == Some(*first)).copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_characters_are_found() {
        for (text, expected) in [
            (r#""\ud83d\ude00""#, false),
            (r#""\ud83d""#, true),
            (r#""\ude00""#, true),
            (r#""\ud83d x\ude00""#, true),
            (r#""\ud83d\n\ude00""#, true),
            (r#""\ud83d\ud83d\ude00""#, true),
            (r#""\\ud83d""#, false),
            (r#""\\\ud83d""#, true),
            (r#""\u00e9 😀""#, false),
            ("{}", false),
        ] {
            assert_eq!(has_lone_surrogate(text), expected, "{text}");
        }
    }
}
