use std::ops::Range;

use bytes::Bytes;

use crate::json::{self, Child, Span, Value};

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// The top level of an answer.
pub(super) struct Members<'a> {
    body: &'a [u8],
    children: Vec<Child>,
}

/// Why an answer cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    Encoding,
    NoJson,
    /// JSON that ends too early.
    Cut,
    NoObject,
    TooDeep,
    /// `code` is no integer.
    Code,
}

/// The envelope's `code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    Absent,
    Known(i64),
    Unreadable,
}

/// Whether there is nothing but white space.
pub(super) fn is_blank(body: &[u8]) -> bool {
    start(body) == body.len()
}

/// Where the text begins, behind the byte order mark and white space.
fn start(body: &[u8]) -> usize {
    json::skip_space(body, if body.starts_with(BOM) { BOM.len() } else { 0 })
}

impl<'a> Members<'a> {
    pub(super) fn read(body: &'a [u8]) -> Result<Self, Flaw> {
        let start = start(body);
        std::str::from_utf8(body.get(start..).unwrap_or_default()).map_err(|_| Flaw::Encoding)?;
        let flawed = |flaw| match flaw {
            json::Flaw::Cut => Flaw::Cut,
            json::Flaw::Wrong(_) => Flaw::NoJson,
            json::Flaw::TooDeep => Flaw::TooDeep,
        };
        if body.get(start) != Some(&b'{') {
            return Err(json::check(body.get(start..).unwrap_or_default()).map_or_else(flawed, |_| Flaw::NoObject));
        }
        Ok(Self { body, children: json::members(body, start).map_err(flawed)? })
    }

    /// The member of that name; the last one where it stands twice.
    pub(super) fn get(&self, name: &str) -> Option<&Span> {
        self.children.iter().rev().find(|child| json::is_name(self.slice(&child.name), name)).map(|child| &child.value)
    }

    pub(super) fn slice(&self, range: &Range<usize>) -> &'a [u8] {
        self.body.get(range.clone()).unwrap_or_default()
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        json::text(self.slice(&self.get(name)?.range)).filter(|text| !text.is_empty())
    }

    pub(super) fn code(&self) -> Code {
        match self.code_in("code") {
            Code::Absent => self.code_in("StatusCode"),
            code => code,
        }
    }

    pub(super) fn code_in(&self, name: &str) -> Code {
        self.get(name).map_or(Code::Absent, |span| code(self.slice(&span.range)))
    }

    /// Whether `code` itself says that the call failed.
    pub(super) fn is_error(&self) -> bool {
        let says_no = |name| matches!(self.code_in(name), Code::Known(code) if code != 0);
        says_no("code") || cfg!(feature = "project") && says_no("err_code")
    }

    pub(super) fn msg(&self) -> Option<String> {
        ["msg", "message", "error_description", "StatusMessage"].into_iter().find_map(|name| self.text(name))
    }

    /// The `error` of an OAuth answer, such as `invalid_grant`.
    pub(super) fn oauth_error(&self) -> Option<String> {
        self.text("error").filter(|_| self.error_starts_with(b'"'))
    }

    /// The `error` block of a refusal.
    pub(super) fn block(&self) -> Option<Value<'a>> {
        let block = self.slice(&self.get("error").filter(|_| self.error_starts_with(b'{'))?.range);
        std::str::from_utf8(block).ok().map(Value::of)
    }

    fn error_starts_with(&self, byte: u8) -> bool {
        self.get("error").is_some_and(|span| self.slice(&span.range).first() == Some(&byte))
    }

    /// The body that the data lies in (the given one is what was read), where it lies there, and whether it has wide integers.
    ///
    /// It is `data`; the whole object without the envelope where there is none, or where the operation is known for fields beside `code`.
    pub(super) fn payload(&self, body: &Bytes, root: bool) -> (Bytes, Range<usize>, bool) {
        match self.get("data").filter(|_| !root) {
            Some(span) if self.slice(&span.range) == b"null" => (body.clone(), 0..0, false),
            Some(span) => (body.clone(), span.range.clone(), span.wide),
            None => self.rebuilt().unwrap_or_else(|| (body.clone(), 0..0, false)),
        }
    }

    fn rebuilt(&self) -> Option<(Bytes, Range<usize>, bool)> {
        let has_msg = self.get("msg").is_some();
        self.rebuilt_without(|name| is_envelope(name, has_msg))
    }

    /// The whole object without some of its members.
    pub(super) fn rebuilt_without(&self, is_left_out: impl Fn(&[u8]) -> bool) -> Option<(Bytes, Range<usize>, bool)> {
        let rest = || self.children.iter().filter(|child| !is_left_out(self.slice(&child.name)));
        rest().next()?;
        let mut body = Vec::with_capacity(self.body.len());
        for child in rest() {
            body.push(if body.is_empty() { b'{' } else { b',' });
            body.extend_from_slice(self.slice(&child.name));
            body.push(b':');
            body.extend_from_slice(self.slice(&child.value.range));
        }
        body.push(b'}');
        let length = body.len();
        Some((Bytes::from(body), 0..length, rest().any(|child| child.value.wide)))
    }
}

/// The names that are no data. `message` is data where `msg` is the message.
fn is_envelope(quoted: &[u8], has_msg: bool) -> bool {
    const NAMES: [&str; 7] = ["code", "msg", "error", "error_description", "StatusCode", "StatusMessage", "Extra"];
    NAMES.iter().any(|name| json::is_name(quoted, name)) || !has_msg && json::is_name(quoted, "message")
}

/// An integer, an integer in a string, or a float without a fraction.
pub(super) fn code(value: &[u8]) -> Code {
    let text = std::str::from_utf8(value).unwrap_or_default().trim_matches(['"', ' ']);
    if matches!(text, "null" | "") {
        return Code::Absent;
    }
    text.parse().ok().or_else(|| integral(text)).map_or(Code::Unreadable, Code::Known)
}

/// A number whose fraction has zeros only.
fn integral(text: &str) -> Option<i64> {
    json::check(text.as_bytes()).ok()?;
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent: usize = exponent.parse().ok().filter(|exponent| *exponent < 16)?;
    let zeros = "0".repeat(exponent.saturating_sub(fraction.len()));
    let (moved, rest) = fraction.split_at(exponent.min(fraction.len()));
    let is_whole = rest.bytes().all(|digit| digit == b'0');
    [whole, moved, &zeros].concat().parse().ok().filter(|_| is_whole)
}
