//! JSON text, read without building a tree: what is valid, and where values lie.
//!
//! Positions stay positions in the whole text, so a slice can be handed on without a copy. On text that is no JSON nothing here panics.

use std::ops::Range;

pub use crate::encode::{Object, quote};

/// How deep arrays and objects may be nested: a parser of some language stops somewhere (jiter at 200), so all refuse from here on.
pub(crate) const DEEPEST: usize = 128;

/// A value of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// Where it lies.
    pub(crate) range: Range<usize>,
    /// Whether an integer in it lies beyond ±2^53.
    pub(crate) wide: bool,
}

/// Why a text is no JSON that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// It ends too early.
    Cut,
    /// What stands at this place cannot stand there.
    Wrong(usize),
    /// It is nested more than [`DEEPEST`] levels deep.
    TooDeep,
}

/// Reads a text that is one value with nothing but white space around it.
pub(crate) fn check(text: &[u8]) -> Result<Span, Flaw> {
    let span = span(text, skip_space(text, 0))?;
    match skip_space(text, span.range.end) {
        end if end < text.len() => Err(Flaw::Wrong(end)),
        _ => Ok(span),
    }
}

/// Reads a text that is one object, from `start` on, with nothing but white space behind it: its members in their order.
pub(crate) fn members(text: &[u8], start: usize) -> Result<Vec<Child>, Flaw> {
    let mut reader = Reader { text, at: start, wide: false };
    let mut members = Vec::with_capacity(4);
    reader.expect(b'{')?;
    reader.items(b'}', |reader| {
        let from = reader.at;
        let name = from..reader.name()?;
        let from = reader.at;
        reader.wide = false;
        reader.value(1)?;
        members.push(Child { name, value: Span { range: from..reader.at, wide: reader.wide } });
        Ok(())
    })?;
    match skip_space(text, reader.at) {
        end if end < text.len() => Err(Flaw::Wrong(end)),
        _ => Ok(members),
    }
}

/// The position of the first byte that is no white space, from `at` on.
pub(crate) fn skip_space(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.iter().position(|byte| !matches!(byte, b' ' | b'\n' | b'\r' | b'\t')).unwrap_or(rest.len())
}

/// The value that begins at `start`.
fn span(text: &[u8], start: usize) -> Result<Span, Flaw> {
    let mut reader = Reader { text, at: start, wide: false };
    reader.value(0)?;
    Ok(Span { range: start..reader.at, wide: reader.wide })
}

/// Reads values as RFC 8259 has them.
struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    wide: bool,
}

impl Reader<'_> {
    fn value(&mut self, level: usize) -> Result<(), Flaw> {
        match self.peek()? {
            b'{' => self.container(level, b'}'),
            b'[' => self.container(level, b']'),
            b'"' => self.string(),
            b'-' | b'0'..=b'9' => self.number(),
            b't' => self.literal(b"true"),
            b'f' => self.literal(b"false"),
            b'n' => self.literal(b"null"),
            _ => Err(Flaw::Wrong(self.at)),
        }
    }

    fn container(&mut self, level: usize, close: u8) -> Result<(), Flaw> {
        if level == DEEPEST {
            return Err(Flaw::TooDeep);
        }
        self.items(close, |reader| {
            if close == b'}' {
                reader.name()?;
            }
            reader.value(level + 1)
        })
    }

    /// What stands between the opening bracket, which is here, and the closing one, with commas between.
    fn items(&mut self, close: u8, mut item: impl FnMut(&mut Self) -> Result<(), Flaw>) -> Result<(), Flaw> {
        if self.next_token()? == close {
            self.at += 1;
            return Ok(());
        }
        loop {
            item(self)?;
            self.at = skip_space(self.text, self.at);
            match self.peek()? {
                b',' => self.next_token()?,
                byte if byte == close => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(Flaw::Wrong(self.at)),
            };
        }
    }

    /// A member's name and its colon, and where the name ended.
    fn name(&mut self) -> Result<usize, Flaw> {
        self.expect(b'"')?;
        self.string()?;
        let end = self.at;
        self.at = skip_space(self.text, self.at);
        self.expect(b':')?;
        self.next_token().map(|_| end)
    }

    fn string(&mut self) -> Result<(), Flaw> {
        self.at += 1;
        loop {
            self.at += self.text.get(self.at..).and_then(to_mark).ok_or(Flaw::Cut)?;
            match self.peek()? {
                b'"' => break,
                b'\\' => self.escape()?,
                _ => return Err(Flaw::Wrong(self.at)),
            }
        }
        self.at += 1;
        Ok(())
    }

    fn escape(&mut self) -> Result<(), Flaw> {
        self.at += 1;
        let digits = match self.peek()? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => 0,
            b'u' => 4,
            _ => return Err(Flaw::Wrong(self.at)),
        };
        self.at += 1;
        for _ in 0..digits {
            if !self.peek()?.is_ascii_hexdigit() {
                return Err(Flaw::Wrong(self.at));
            }
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), Flaw> {
        let start = self.at;
        self.skip_if(b"-");
        let whole = self.at;
        self.digits()?;
        if self.at > whole + 1 && self.text.get(whole) == Some(&b'0') {
            return Err(Flaw::Wrong(whole + 1));
        }
        let end = self.at;
        if self.skip_if(b".") {
            self.digits()?;
        }
        if self.skip_if(b"eE") {
            self.skip_if(b"+-");
            self.digits()?;
        }
        self.wide |= self.at == end && is_wide(self.text.get(start..end).unwrap_or_default());
        Ok(())
    }

    /// One digit or more.
    fn digits(&mut self) -> Result<(), Flaw> {
        if !self.peek()?.is_ascii_digit() {
            return Err(Flaw::Wrong(self.at));
        }
        while self.text.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        Ok(())
    }

    fn literal(&mut self, literal: &[u8]) -> Result<(), Flaw> {
        literal.iter().try_for_each(|byte| self.expect(*byte).map(|()| self.at += 1))
    }

    fn expect(&mut self, byte: u8) -> Result<(), Flaw> {
        if self.peek()? == byte { Ok(()) } else { Err(Flaw::Wrong(self.at)) }
    }

    fn skip_if(&mut self, bytes: &[u8]) -> bool {
        let is_there = self.text.get(self.at).is_some_and(|byte| bytes.contains(byte));
        self.at += usize::from(is_there);
        is_there
    }

    /// The first byte behind this one that is no white space.
    fn next_token(&mut self) -> Result<u8, Flaw> {
        self.at = skip_space(self.text, self.at + 1);
        self.peek()
    }

    fn peek(&self) -> Result<u8, Flaw> {
        self.text.get(self.at).copied().ok_or(Flaw::Cut)
    }
}

/// How far it is to the next quote, backslash or control character. Eight bytes at a time: half of an answer is strings.
fn to_mark(text: &[u8]) -> Option<usize> {
    let (words, rest) = text.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let marks = below(word, b' ') | below(word ^ QUOTES, 1) | below(word ^ BACKSLASHES, 1);
        if marks != 0 {
            return Some(index * 8 + marks.trailing_zeros() as usize / 8);
        }
    }
    let at = rest.iter().position(|&byte| byte == b'"' || byte == b'\\' || byte < b' ')?;
    Some(text.len() - rest.len() + at)
}

const QUOTES: u64 = u64::from_le_bytes([b'"'; 8]);
const BACKSLASHES: u64 = u64::from_le_bytes([b'\\'; 8]);

/// The highest bit of each byte that is below the limit; right up to the lowest such byte.
const fn below(word: u64, limit: u8) -> u64 {
    word.wrapping_sub(u64::from_le_bytes([limit; 8])) & !word & u64::from_le_bytes([0x80; 8])
}

/// Whether an integer lies beyond ±2^53.
fn is_wide(integer: &[u8]) -> bool {
    const LIMIT: &[u8] = b"9007199254740992";
    let digits = integer.strip_prefix(b"-").unwrap_or(integer);
    digits.len() > LIMIT.len() || digits.len() == LIMIT.len() && digits > LIMIT
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
            name = span(self.text, self.at).ok()?.range;
            self.at = name.end;
            self.step_over(b':');
        }
        let value = span(self.text, self.at).ok()?;
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
pub(crate) fn string(quoted: &[u8]) -> Option<String> {
    let inner = String::from_utf8_lossy(quoted.get(1..quoted.len().checked_sub(1)?)?);
    let mut rest = inner.as_ref();
    let mut text = String::with_capacity(rest.len());
    while let Some((plain, escaped)) = rest.split_once('\\') {
        let (character, length) = unescape(escaped)?;
        text.push_str(plain);
        text.push(character);
        rest = escaped.get(length..)?;
    }
    text.push_str(rest);
    Some(text)
}

/// What an escape stands for, and its length behind the backslash.
fn unescape(escaped: &str) -> Option<(char, usize)> {
    let character = match escaped.bytes().next()? {
        b'b' => '\u{8}',
        b'f' => '\u{C}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => {
            let unit = |at: usize| u16::from_str_radix(escaped.get(at..at + 4)?, 16).ok();
            let low = escaped.get(5..7).filter(|next| *next == "\\u").and_then(|_| unit(7));
            let pair = char::decode_utf16([unit(1)?, low.unwrap_or_default()]).next()?;
            let length = if pair.as_ref().is_ok_and(|character| character.len_utf16() == 2) { 11 } else { 5 };
            return Some((pair.unwrap_or(char::REPLACEMENT_CHARACTER), length));
        }
        byte if b"\"\\/".contains(&byte) => byte.into(),
        _ => return None,
    };
    Some((character, 1))
}

/// A value of valid JSON text, whose members are reached by their names.
#[derive(Default)]
pub struct Value<'a> {
    text: &'a str,
    range: Range<usize>,
}

impl<'a> Value<'a> {
    /// Reads a text; nothing if it is no JSON.
    pub fn read(text: &'a str) -> Option<Self> {
        check(text.as_bytes()).is_ok().then(|| Self::of(text))
    }

    /// The value of a text that is known to be valid.
    pub(crate) fn of(text: &'a str) -> Self {
        Self { text, range: 0..text.len() }
    }

    /// Its JSON text.
    pub fn json(&self) -> &'a str {
        self.text.get(self.range.clone()).unwrap_or_default()
    }

    /// Its text: a string's contents, the JSON text of anything else; nothing of null.
    pub fn as_text(&self) -> String {
        text(self.json().as_bytes()).unwrap_or_default()
    }

    /// The member at the dotted path.
    pub fn get(&self, path: &str) -> Option<Value<'a>> {
        find(self.text.as_bytes(), &self.range, path).map(|range| Value { text: self.text, range })
    }

    /// The text of the member at the dotted path, if it has any.
    pub fn text(&self, path: &str) -> Option<String> {
        self.get(path).map(|member| member.as_text()).filter(|text| !text.is_empty())
    }

    /// The elements of the array, or the values of the object's members; none for a scalar.
    pub fn items(&self) -> impl Iterator<Item = Value<'a>> + use<'a> {
        let text = self.text;
        children(text.as_bytes(), &self.range).map(move |child| Value { text, range: child.value.range })
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
        for cut in ["", "{", r#"{"a""#, r#""\"#, "tru", "[1,", "-", "1.", "1e+"] {
            assert_eq!(span(cut.as_bytes(), 0), Err(Flaw::Cut), "{cut}");
        }
    }

    /// The library that others read JSON with is the judge.
    #[test]
    fn what_is_no_json_is_told_with_its_place() {
        for (text, place) in [
            ("]", 0),
            (",", 0),
            ("trux", 3),
            ("nul ", 3),
            ("01", 1),
            ("-01", 2),
            ("+1", 0),
            (".5", 0),
            ("1.e1", 2),
            ("1ee", 2),
            ("[1 2]", 3),
            ("[1,]", 3),
            ("[,1]", 1),
            ("[1}", 2),
            (r#"{"a" 1}"#, 5),
            (r#"{"a":1,}"#, 7),
            (r#"{a:1}"#, 1),
            (r#"{"a":}"#, 5),
            (r#""\x""#, 2),
            (r#""\u12g4""#, 5),
            ("\"a\tb\"", 2),
            ("\"12345678\u{1f}\"", 9),
            ("1 x", 2),
            ("{} {}", 3),
            ("'a'", 0),
            ("NaN", 0),
        ] {
            assert_eq!(check(text.as_bytes()), Err(Flaw::Wrong(place)), "{text}");
            assert!(serde_json::from_str::<serde::de::IgnoredAny>(text).is_err(), "{text}");
        }
        for text in [" 0 ", "-0", "1.5E-10", "[ ]", "{ }", r#" {"a" : [ 1 , {} ] } "#, r#""\"\\\/\b\f\n\r\t\u00e9""#, "\"\u{7f}\u{e9}\""] {
            assert!(check(text.as_bytes()).is_ok(), "{text}");
            assert!(serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok(), "{text}");
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
    fn depth_has_its_limit() {
        let nested = |levels: usize| format!("{}{}", r#"[{"[":"#.repeat(levels / 2), "}]".repeat(levels / 2)).replace(":}", ":0}");
        assert!(check(nested(DEEPEST).as_bytes()).is_ok());
        assert_eq!(check(nested(DEEPEST + 2).as_bytes()), Err(Flaw::TooDeep));
        assert_eq!(check("[".repeat(1 << 20).as_bytes()), Err(Flaw::TooDeep));
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
