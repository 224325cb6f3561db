//! A walk over JSON text that `serde_json` has found valid: where values lie, without building a tree.
//!
//! Positions stay positions in the whole text, so a slice can be handed on without a copy. On text that is no JSON nothing here panics;
//! what comes out then means nothing.

use std::fmt;
use std::ops::Range;

use serde::Deserializer;
use serde::de::Visitor;

/// A value of the text, measured in one pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// Where it lies.
    pub(crate) range: Range<usize>,
    /// How deep its arrays and objects are nested; zero for a scalar.
    pub(crate) depth: usize,
    /// Whether an integer in it lies beyond ±2^53.
    pub(crate) wide: bool,
}

/// The position of the first byte that is no white space, from `at` on.
pub(crate) fn skip_space(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.iter().position(|byte| !matches!(byte, b' ' | b'\n' | b'\r' | b'\t')).unwrap_or(rest.len())
}

/// The value that begins at `start`.
pub(crate) fn span(text: &[u8], start: usize) -> Option<Span> {
    let (mut at, mut level, mut depth, mut wide) = (start, 0_usize, 0, false);
    loop {
        match *text.get(at)? {
            b'"' => at = string_end(text, at)?,
            b'-' | b'0'..=b'9' => {
                let (end, beyond) = number(text, at);
                wide |= beyond;
                at = end;
            }
            b'{' | b'[' => {
                level += 1;
                depth = depth.max(level);
                at += 1;
            }
            b'}' | b']' => {
                level = level.checked_sub(1)?;
                at += 1;
            }
            b't' | b'n' => at += 4,
            b'f' => at += 5,
            b',' | b':' | b' ' | b'\n' | b'\r' | b'\t' if level > 0 => {
                at += 1;
                continue;
            }
            _ => return None,
        }
        if level == 0 {
            return (at <= text.len()).then_some(Span { range: start..at, depth, wide });
        }
    }
}

/// The position behind the closing quote of the string whose opening quote is at `start`.
fn string_end(text: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        at += text.get(at..).and_then(to_mark)?;
        if *text.get(at)? == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// How far it is to the next quote or backslash. Eight bytes at a time: half of an answer is strings.
fn to_mark(text: &[u8]) -> Option<usize> {
    let (words, rest) = text.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let marks = zeros(word ^ QUOTES) | zeros(word ^ BACKSLASHES);
        if marks != 0 {
            return Some(index * 8 + marks.trailing_zeros() as usize / 8);
        }
    }
    let at = rest.iter().position(|&byte| byte == b'"' || byte == b'\\')?;
    Some(text.len() - rest.len() + at)
}

const QUOTES: u64 = u64::from_le_bytes([b'"'; 8]);
const BACKSLASHES: u64 = u64::from_le_bytes([b'\\'; 8]);

/// The highest bit of each byte that is zero; right up to the lowest such byte.
const fn zeros(word: u64) -> u64 {
    word.wrapping_sub(u64::from_le_bytes([1; 8])) & !word & u64::from_le_bytes([0x80; 8])
}

/// The position behind the number at `start`, and whether it is an integer beyond ±2^53.
fn number(text: &[u8], start: usize) -> (usize, bool) {
    const LIMIT: &[u8] = b"9007199254740992";
    let rest = text.get(start..).unwrap_or_default();
    let length = rest.iter().position(|byte| !matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')).unwrap_or(rest.len());
    if length < LIMIT.len() {
        return (start + length, false);
    }
    let number = rest.get(..length).unwrap_or_default();
    let digits = number.strip_prefix(b"-").unwrap_or(number);
    let is_beyond = digits.len() > LIMIT.len() || digits.len() == LIMIT.len() && digits > LIMIT;
    (start + length, is_beyond && digits.iter().all(u8::is_ascii_digit))
}

/// The elements of the array or the members of the object at the start of the range, in their order.
pub(crate) struct Children<'a> {
    text: &'a [u8],
    at: usize,
    is_object: bool,
}

/// One child of an array or an object.
pub(crate) struct Child {
    /// The name with its quotes; empty in an array.
    pub(crate) name: Range<usize>,
    /// The value.
    pub(crate) value: Span,
}

/// The children of the array or object in the range; none for a scalar.
pub(crate) fn children<'a>(text: &'a [u8], range: &Range<usize>) -> Children<'a> {
    let text = text.get(..range.end).unwrap_or_default();
    let start = skip_space(text, range.start);
    let opening = text.get(start);
    let is_container = matches!(opening, Some(b'{' | b'['));
    Children { text, at: if is_container { start + 1 } else { text.len() }, is_object: opening == Some(&b'{') }
}

impl Iterator for Children<'_> {
    type Item = Child;

    fn next(&mut self) -> Option<Child> {
        self.step_over(b',');
        let mut name = self.at..self.at;
        if self.is_object {
            self.text.get(self.at).filter(|&&byte| byte == b'"')?;
            name.end = string_end(self.text, self.at)?;
            self.at = name.end;
            self.step_over(b':');
        }
        let value = span(self.text, self.at)?;
        self.at = value.range.end;
        Some(Child { name, value })
    }
}

impl Children<'_> {
    /// Goes to the next token, over the separator if it is there.
    fn step_over(&mut self, separator: u8) {
        self.at = skip_space(self.text, self.at);
        if self.text.get(self.at) == Some(&separator) {
            self.at = skip_space(self.text, self.at + 1);
        }
    }
}

/// The member at the dotted path; the last one where a name stands twice.
pub(crate) fn find(text: &[u8], object: &Range<usize>, path: &str) -> Option<Range<usize>> {
    path.split('.').try_fold(object.clone(), |object, name| {
        children(text, &object).filter(|child| child.is_named(text, name)).last().map(|child| child.value.range)
    })
}

/// The same among members that were walked over already.
pub(crate) fn find_among(text: &[u8], members: &[Child], path: &str) -> Option<Range<usize>> {
    let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
    let value = &members.iter().rev().find(|child| child.is_named(text, name))?.value.range;
    rest.map_or_else(|| Some(value.clone()), |rest| find(text, value, rest))
}

impl Child {
    fn is_named(&self, text: &[u8], name: &str) -> bool {
        text.get(self.name.clone()).is_some_and(|quoted| is_name(quoted, name))
    }
}

/// Whether the quoted name is that name.
pub(crate) fn is_name(quoted: &[u8], name: &str) -> bool {
    let inner = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default();
    inner == name.as_bytes() || inner.len() > name.len() && inner.contains(&b'\\') && string(quoted).as_deref() == Some(name)
}

/// The text of a value: a string's contents, the JSON text of anything else, nothing for null.
pub(crate) fn text(value: &[u8]) -> Option<String> {
    match value.first() {
        None | Some(b'n') => None,
        Some(b'"') => string(value),
        Some(_) => Some(String::from_utf8_lossy(value).into_owned()),
    }
}

/// The contents of a string; each lone surrogate becomes U+FFFD.
fn string(quoted: &[u8]) -> Option<String> {
    let inner = quoted.get(1..quoted.len().checked_sub(1)?)?;
    if !inner.contains(&b'\\') {
        return Some(String::from_utf8_lossy(inner).into_owned());
    }
    serde_json::Deserializer::from_slice(quoted).deserialize_bytes(Lossy).ok()
}

/// Reads a string as bytes, since `serde_json` refuses lone surrogates in a `String`.
struct Lossy;

impl Visitor<'_> for Lossy {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<String, E> {
        let mut text = String::with_capacity(bytes.len());
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            // A surrogate is ED A0..BF 80..BF, which comes in three pieces.
            if chunk.invalid().first().is_some_and(|&byte| byte >= 0xC0) {
                text.push(char::REPLACEMENT_CHARACTER);
            }
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(text: &str) -> Span {
        span(text.as_bytes(), 0).unwrap()
    }

    #[test]
    fn spans_end_where_values_end() {
        for value in [r#"{"a":[1,"}]\"",{}]}"#, "[]", "-1.5e+3", "true", "false", "null", r#""\\""#, r#""""#] {
            assert_eq!(whole(&format!("{value} ,x")).range, 0..value.len(), "{value}");
        }
        for cut in ["", "{", r#"{"a""#, r#""\"#, "tru", "]", ","] {
            assert_eq!(span(cut.as_bytes(), 0), None, "{cut}");
        }
    }

    #[test]
    fn strings_of_any_length_end_at_their_quote() {
        for length in 0..40 {
            for inside in ["", r#"\""#, r"\\", "!#[]\u{20ac}\u{a2}"] {
                let text = format!(r#""{}{inside}{}""#, "a".repeat(length), "\u{dc}".repeat(length % 7));
                assert_eq!(whole(&format!("{text},\"x\"")).range, 0..text.len(), "{text}");
            }
        }
    }

    #[test]
    fn depth_counts_outside_strings() {
        for (text, depth) in [("1", 0), ("[]", 1), (r#"{"a":[{}]}"#, 3), (r#"["[[[["]"#, 1), (r#"["\"[[",[]]"#, 2)] {
            assert_eq!(whole(text).depth, depth, "{text}");
        }
    }

    #[test]
    fn wide_is_an_integer_beyond_two_to_the_53() {
        let wide = ["9007199254740993", "-9007199254740993", "7389012345678901234", r#"{"a":[10000000000000000]}"#];
        let narrow = ["9007199254740992", "-9007199254740992", "1.00000000000000000001", "1e300", r#""9007199254740993""#, "0"];
        wide.iter().for_each(|text| assert!(whole(text).wide, "{text}"));
        narrow.iter().for_each(|text| assert!(!whole(text).wide, "{text}"));
    }

    #[test]
    fn paths_reach_members() {
        let text = br#" {"a" : {"b": [1, 2]}, "c\u0064": "x", "a":{"b":"last"}} "#;
        let all = 0..text.len();
        let at = |path| find(text, &all, path).map(|range| std::str::from_utf8(&text[range]).unwrap());
        assert_eq!(at("a.b"), Some(r#""last""#));
        assert_eq!(at("cd"), Some(r#""x""#));
        let members = children(text, &all).collect::<Vec<_>>();
        ["a.b", "cd", "a.x", "cd.x", ""]
            .iter()
            .for_each(|path| assert_eq!(find_among(text, &members, path), find(text, &all, path), "{path}"));
        assert_eq!((at("a.x"), at("cd.x"), at("")), (None, None, None));
        let elements = children(br#"[1 , "a",[ ] ]"#, &(0..14)).map(|child| child.value.range).collect::<Vec<_>>();
        assert_eq!(elements, [1..2, 5..8, 9..12]);
    }

    #[test]
    fn strings_are_read_lossily() {
        for (value, expected) in [
            (r#""a\n\u00e9""#, Some("a\né")),
            (r#""x\ud800y""#, Some("x\u{FFFD}y")),
            (r#""\ud83d\ude00\udc00""#, Some("😀\u{FFFD}")),
            ("null", None),
            ("12", Some("12")),
            (r#""\x""#, None),
            (r#""""#, Some("")),
        ] {
            assert_eq!(text(value.as_bytes()).as_deref(), expected, "{value}");
        }
    }
}
