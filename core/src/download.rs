//! What the headers say of a downloaded file.

use crate::http::Head;

/// What is known of a file before its bytes come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The file's own name, safe to save under.
    pub file_name: Option<String>,
    /// Its media type.
    pub content_type: Option<String>,
    /// The number of bytes of the whole file; of one that is compressed for the way nobody knows it.
    pub size: Option<u64>,
    /// Whether the answer begins where it was asked to, and not at the first byte.
    pub is_partial: bool,
}

impl Facts {
    /// Reads the head of an answer.
    pub fn of(head: &Head) -> Self {
        let header = |name| head.headers.get(name);
        let is_partial = head.status == 206;
        let size = match is_partial {
            _ if header("content-encoding").is_some() => None,
            true => header("content-range").and_then(|range| range.rsplit('/').next()),
            false => header("content-length"),
        };
        Self {
            file_name: header("content-disposition").and_then(file_name),
            content_type: header("content-type").map(str::to_owned),
            size: size.and_then(|size| size.trim().parse().ok()),
            is_partial,
        }
    }
}

/// The file's name in a `Content-Disposition` header, without folders and control characters: safe to save under.
///
/// `filename*` (RFC 8187) wins over `filename`, which may be percent-encoded or UTF-8 that was taken for Latin-1. `None` when the header names no file.
///
/// ```
/// let name = larkspur_core::download::file_name("attachment; filename=\"a.txt\"; filename*=UTF-8''%E4%BD%A0%E5%A5%BD.txt");
/// assert_eq!(name.as_deref(), Some("你好.txt"));
/// ```
pub fn file_name(disposition: &str) -> Option<String> {
    let find = |wanted: &str| {
        let mut parameters = parameters(disposition);
        parameters.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value)
    };
    find("filename*").and_then(|value| extended(&value)).or_else(|| find("filename").map(plain)).and_then(|name| safe(&name))
}

/// The parameters behind the type, quotes taken off.
fn parameters(disposition: &str) -> impl Iterator<Item = (&str, String)> {
    let mut rest = disposition.split_once(';').map_or("", |(_, rest)| rest);
    std::iter::from_fn(move || {
        let (name, value) = rest.split_once('=')?;
        let value = value.trim_start();
        let (value, length) = match value.strip_prefix('"') {
            Some(quoted) => unquote(quoted),
            None => (value.split(';').next()?.trim().to_owned(), value.find(';').unwrap_or(value.len())),
        };
        rest = rest.get(rest.len() - rest.split_once('=')?.1.trim_start().len() + length..).unwrap_or_default();
        Some((name.trim_matches([';', ' ', '\t']), value))
    })
}

/// The contents up to the closing quote, and the length with both quotes. Only `\"` and `\\` are escapes: some servers send Windows paths.
fn unquote(quoted: &str) -> (String, usize) {
    let mut value = String::new();
    let mut chars = quoted.char_indices().peekable();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return (value, at + 2),
            '\\' => value.push(chars.next_if(|(_, next)| matches!(next, '"' | '\\')).map_or('\\', |(_, next)| next)),
            _ => value.push(char),
        }
    }
    (value, quoted.len() + 1)
}

/// `charset'language'percent-encoded`.
fn extended(value: &str) -> Option<String> {
    let mut parts = value.splitn(3, '\'');
    let (charset, _language, encoded) = (parts.next()?, parts.next()?, parts.next()?);
    let bytes = percent_decoded(encoded);
    match charset.to_ascii_lowercase().as_str() {
        "iso-8859-1" => Some(bytes.into_iter().map(char::from).collect()),
        _ => String::from_utf8(bytes).ok(),
    }
}

fn plain(value: String) -> String {
    let value = utf8_behind_latin1(&value).unwrap_or(value);
    String::from_utf8(percent_decoded(&value)).unwrap_or(value)
}

/// UTF-8 whose bytes were read as one character each.
fn utf8_behind_latin1(value: &str) -> Option<String> {
    let bytes = value.chars().map(|char| u8::try_from(u32::from(char)).ok()).collect::<Option<Vec<u8>>>()?;
    String::from_utf8(bytes).ok()
}

/// Replaces each `%XX` by its byte; other percent signs stay.
pub(crate) fn percent_decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let escaped = tail.get(..2).filter(|hex| first == b'%' && hex.iter().all(u8::is_ascii_hexdigit));
        let byte = escaped.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        bytes.push(byte.unwrap_or(first));
        rest = if byte.is_some() { tail.get(2..).unwrap_or_default() } else { tail };
    }
    bytes
}

/// The last part of the path, if it is a name.
fn safe(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next()?;
    let clean = last.chars().filter(|char| !char.is_control()).collect::<String>();
    let clean = clean.trim();
    (!matches!(clean, "" | "." | "..")).then(|| clean.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_is_that_of_the_whole_file() {
        let length = ("Content-Length", "5");
        for (status, headers, expected) in [
            (200, vec![length], Some(5)),
            (206, vec![length, ("Content-Range", "bytes 7-11/12")], Some(12)),
            (206, vec![length, ("Content-Range", "bytes 7-11/*")], None),
            (200, vec![length, ("Content-Encoding", "gzip")], None),
            (200, vec![], None),
        ] {
            let head = Head { status, headers: headers.into_iter().collect() };
            assert_eq!(Facts::of(&head).size, expected, "{head:?}");
        }
    }

    #[test]
    fn names_as_servers_send_them() {
        for (disposition, expected) in [
            (r#"attachment; filename="a.txt""#, Some("a.txt")),
            ("attachment; filename=a.txt", Some("a.txt")),
            (r#"attachment; filename="a.txt"; filename*=UTF-8''%E4%BD%A0%E5%A5%BD.txt"#, Some("你好.txt")),
            ("attachment; filename*=utf-8''%E6%8A%A5%E5%91%8A.pdf", Some("报告.pdf")),
            (r#"attachment; filename="%E4%BD%A0.txt""#, Some("你.txt")),
            ("attachment; filename=\"\u{E4}\u{BD}\u{A0}.txt\"", Some("你.txt")),
            (r#"attachment; filename="你.txt""#, Some("你.txt")),
            (r#"attachment; filename="a;b.txt""#, Some("a;b.txt")),
            (r#"attachment; FileName="x.txt""#, Some("x.txt")),
            (r#"attachment; filename="q\"uote.txt""#, Some("q\"uote.txt")),
            (r#"attachment; filename="..\..\etc/passwd""#, Some("passwd")),
            ("inline", None),
        ] {
            assert_eq!(file_name(disposition).as_deref(), expected, "{disposition}");
        }
    }

    #[test]
    fn names_that_are_odd() {
        for (disposition, expected) in [
            (r#"attachment ; size=3; filename = "a b.txt" ; x=y"#, Some("a b.txt")),
            (r#"attachment; note="filename=no.txt"; filename=yes.txt"#, Some("yes.txt")),
            ("attachment; filename*=gbk''%C4%E3.txt; filename=fallback.txt", Some("fallback.txt")),
            ("attachment; filename*=iso-8859-1'en'%A3.txt", Some("£.txt")),
            (r#"attachment; filename="100%.txt""#, Some("100%.txt")),
            (r#"attachment; filename="..%2F..%2Fetc%2Fpasswd""#, Some("passwd")),
            (r#"attachment; filename="C:\temp\a.txt""#, Some("a.txt")),
            (r#"attachment; filename="..""#, None),
            (r#"attachment; filename="a/""#, None),
            (r#"attachment; filename="a%0Ab%00.txt""#, Some("ab.txt")),
            (r#"attachment; filename="open"#, Some("open")),
            (r#"attachment; filename="\"#, None),
            ("attachment; filename=", None),
            ("; = ;=", None),
            ("", None),
        ] {
            assert_eq!(file_name(disposition).as_deref(), expected, "{disposition}");
        }
    }
}
