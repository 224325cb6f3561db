//! How text is written where only some characters may stand.

use std::borrow::Cow;

/// Appends text percent-encoded: every byte but `A-Z a-z 0-9 - . _ ~` (RFC 3986 §2.3).
pub(crate) fn percent(into: &mut String, text: &str) {
    push_encoded(into, text, |byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
}

/// Appends a segment of a path that is written by hand: what may stand there stays, escapes among it.
pub(crate) fn segment(into: &mut String, text: &str) {
    push_encoded(into, text, |byte| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@%".contains(&byte));
}

/// The content type of [`form`].
#[cfg(feature = "oauth")]
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// Names and values as a query, or as the body of a form.
#[cfg(feature = "oauth")]
pub(crate) fn form(fields: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (name, value) in fields {
        text.push_str(if text.is_empty() { "" } else { "&" });
        text.push_str(name);
        text.push('=');
        percent(&mut text, value);
    }
    text
}

/// Text as a JSON string with its quotes.
pub fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2 + text.len() / 8);
    push_quoted(&mut quoted, text);
    quoted
}

/// Appends text as a JSON string with its quotes; characters that are not ASCII stay.
pub(crate) fn push_quoted(into: &mut String, text: &str) {
    into.push('"');
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| byte < 0x20 || byte == b'"' || byte == b'\\') {
        let (plain, special) = rest.split_at(at);
        into.push_str(plain);
        let mut characters = special.chars();
        characters.next().into_iter().for_each(|character| push_escaped(into, character));
        rest = characters.as_str();
    }
    into.push_str(rest);
    into.push('"');
}

/// A JSON object under construction.
#[derive(Default)]
pub struct Object(String);

impl Object {
    /// The text of an object of these members, whose values are JSON text.
    pub fn of(members: &[(&str, &str)]) -> String {
        let mut object = Self::default();
        members.iter().for_each(|(name, value)| object.push(name, value));
        object.finish()
    }

    /// Adds a member whose value is JSON text.
    pub fn push(&mut self, name: &str, value: &str) {
        push_field(&mut self.0, name, value);
    }

    /// Adds a string, or null.
    pub fn push_text(&mut self, name: &str, text: Option<&str>) {
        self.push(name, &text.map_or_else(|| "null".to_owned(), quote));
    }

    /// The object's text.
    pub fn finish(mut self) -> String {
        self.0.push_str(if self.0.is_empty() { "{}" } else { "}" });
        self.0
    }
}

/// Appends a member, by its name, behind `{` or `,`.
pub(crate) fn push_field(into: &mut String, name: &str, value: &str) {
    into.push(if into.is_empty() { '{' } else { ',' });
    push_quoted(into, name);
    into.push(':');
    into.push_str(value);
}

/// The standard alphabet of Base64, with padding (RFC 4648 §4).
pub(crate) fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let at = |index| chunk.get(index).copied().map_or(0, u32::from);
        let group = at(0) << 16 | at(1) << 8 | at(2);
        for place in 0..4 {
            let letter = ALPHABET.get((group >> (18 - 6 * place) & 63) as usize).copied().unwrap_or(b'=');
            text.push(if place > chunk.len() { '=' } else { letter.into() });
        }
    }
    text
}

/// The file name of a multipart part: ASCII, and without what would end the header or the name.
pub(crate) fn part_name(name: &str) -> Cow<'_, str> {
    let is_plain = |character: char| character.is_ascii() && !character.is_ascii_control() && character != '"';
    if name.chars().all(is_plain) {
        return Cow::Borrowed(name);
    }
    let mut text = String::with_capacity(name.len());
    for character in name.chars() {
        match character {
            '\r' => text.push_str("%0D"),
            '\n' => text.push_str("%0A"),
            '"' => text.push_str("%22"),
            plain if is_plain(plain) => text.push(plain),
            _ => text.push('_'),
        }
    }
    Cow::Owned(text)
}

fn push_encoded(into: &mut String, text: &str, stays: impl Fn(u8) -> bool) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |value: u8| DIGITS.get(usize::from(value)).copied().map_or('0', char::from);
    if text.bytes().all(&stays) {
        into.push_str(text);
        return;
    }
    for byte in text.bytes() {
        match stays(byte) {
            true => into.push(byte.into()),
            false => into.extend(['%', digit(byte >> 4), digit(byte & 15)]),
        }
    }
}

fn push_escaped(into: &mut String, character: char) {
    match character {
        '"' => into.push_str("\\\""),
        '\\' => into.push_str("\\\\"),
        '\n' => into.push_str("\\n"),
        '\r' => into.push_str("\\r"),
        '\t' => into.push_str("\\t"),
        control => into.push_str(&format!("\\u{:04x}", u32::from(control))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unreserved_characters_stay() {
        for (text, expected) in [
            ("a/b ?#%你", "a%2Fb%20%3F%23%25%E4%BD%A0"),
            ("om_dc13", "om_dc13"),
            ("feishu.cn_xxx@group.calendar.feishu.cn", "feishu.cn_xxx%40group.calendar.feishu.cn"),
            ("A-z.0_9~", "A-z.0_9~"),
            ("", ""),
        ] {
            let mut encoded = String::new();
            percent(&mut encoded, text);
            assert_eq!(encoded, expected);
        }
    }

    #[test]
    fn a_segment_written_by_hand_keeps_its_escapes() {
        let mut encoded = String::new();
        segment(&mut encoded, "a%2Fb:c@d e?你");
        assert_eq!(encoded, "a%2Fb:c@d%20e%3F%E4%BD%A0");
    }

    #[test]
    fn quoting_reads_back() {
        for text in ["", "plain", "你好 \"q\" \\ \n\r\t\u{0}\u{1f}\u{7f} 😀", "\"", "\\"] {
            assert_eq!(serde_json::from_str::<String>(&quote(text)).unwrap(), text);
        }
        assert_eq!(quote("你\n"), r#""你\n""#);
    }

    #[test]
    fn base64_has_its_vectors() {
        for (text, expected) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("12345:ht-sometoken", "MTIzNDU6aHQtc29tZXRva2Vu"),
        ] {
            assert_eq!(base64(text.as_bytes()), expected);
        }
    }

    #[test]
    fn part_names_cannot_break_out() {
        assert_eq!(part_name("a b.txt"), "a b.txt");
        assert_eq!(part_name("名\"q\"\r\n\t.txt"), "_%22q%22%0D%0A_.txt");
    }
}
