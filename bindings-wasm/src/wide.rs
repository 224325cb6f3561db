//! Integers that a JavaScript number would round.

use std::borrow::Cow;

/// The largest integer up to which every one is a number of its own, in digits: 2^53 - 1.
const LARGEST: &[u8] = b"9007199254740991";

/// Valid JSON text in which each integer beyond 2^53 - 1 is a string of its digits.
pub fn quoted(text: &str) -> Cow<'_, str> {
    let mut quoted = String::new();
    let mut copied = 0;
    let mut at = 0;
    let bytes = text.as_bytes();
    while let Some(&byte) = bytes.get(at) {
        let end = match byte {
            b'"' => string_end(bytes, at),
            b'-' | b'0'..=b'9' => number_end(bytes, at),
            _ => at + 1,
        };
        if let Some(number) = text.get(at..end).filter(|number| byte != b'"' && is_wide(number)) {
            quoted.push_str(text.get(copied..at).unwrap_or_default());
            quoted.push('"');
            quoted.push_str(number);
            quoted.push('"');
            copied = end;
        }
        at = end;
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    quoted.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(quoted)
}

/// Behind the closing quote.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn number_end(bytes: &[u8], start: usize) -> usize {
    let rest = bytes.get(start..).unwrap_or_default();
    start + rest.iter().take_while(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')).count()
}

fn is_wide(number: &str) -> bool {
    let digits = number.strip_prefix('-').unwrap_or(number).as_bytes();
    let is_integer = digits.iter().all(u8::is_ascii_digit);
    is_integer && (digits.len() > LARGEST.len() || digits.len() == LARGEST.len() && digits > LARGEST)
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn quotes_what_a_number_would_round() {
        for (text, expected) in [
            (r#"{"id":7389012345678901234}"#, r#"{"id":"7389012345678901234"}"#),
            ("[9007199254740991,9007199254740992]", r#"[9007199254740991,"9007199254740992"]"#),
            ("[-9007199254740992, -1]", r#"["-9007199254740992", -1]"#),
            (r#"{"a":"7389012345678901234","b\"":1}"#, r#"{"a":"7389012345678901234","b\"":1}"#),
            ("[1e30,0.12345678901234567890,true,null]", "[1e30,0.12345678901234567890,true,null]"),
            ("18446744073709551616", r#""18446744073709551616""#),
            (r#"["\\",99999999999999999999]"#, r#"["\\","99999999999999999999"]"#),
        ] {
            assert_eq!(quoted(text), expected, "{text}");
        }
    }
}
