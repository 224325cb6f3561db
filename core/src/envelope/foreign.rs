//! Answers that are no envelope: a gateway's page, or JSON that broke off.

use super::Refusal;
use super::members::Flaw;
use crate::error::{Answer, Class, Error};
use crate::http::Head;
use crate::text::split_at;

/// How much of a body is shown, in bytes.
const SHOWN: usize = 500;

/// The error for a status with a text.
pub(super) fn http(head: Head, text: &str) -> Box<Refusal> {
    let status = head.status;
    let reason = if text.is_empty() { format!("HTTP {status} without a body") } else { format!("HTTP {status}: {text}") };
    let mut error = Error::new(Class::Http, reason);
    if matches!(status, 300..=399 | 404 | 405) {
        error = error.with_remedy("check base_url, method and path");
    }
    error.parts_mut().retryable = status == 429 || status >= 500;
    refusal(error, head, text)
}

/// The error for a body that cannot be read: with a status of failure that is what is wrong, else the body is.
pub(super) fn unreadable(head: Head, body: &[u8], flaw: Flaw) -> Box<Refusal> {
    let text = snippet(body);
    if head.status >= 300 {
        return http(head, &text);
    }
    let kind = head.headers.get("content-type").unwrap_or("no content type");
    let reason = match flaw {
        Flaw::Encoding => format!("the answer is not UTF-8 ({kind}): {text}"),
        Flaw::NoJson => format!("the answer is no JSON ({kind}): {text}"),
        Flaw::Cut => format!("the answer broke off after {} bytes ({kind}): {text}", body.len()),
        Flaw::NoObject => format!("the answer is no JSON object ({kind}): {text}"),
        Flaw::TooDeep => "the answer is nested deeper than 128 levels".to_owned(),
        Flaw::Code => format!("the answer's code is no integer ({kind}): {text}"),
    };
    let mut error = Error::new(Class::Decode, reason);
    error.parts_mut().retryable = flaw == Flaw::Cut;
    refusal(error, head, &text)
}

fn refusal(mut error: Error, head: Head, text: &str) -> Box<Refusal> {
    let log_id = head.headers.log_id().map(str::to_owned);
    error.parts_mut().answer =
        Some(Answer { status: head.status, headers: head.headers, msg: text.to_owned(), log_id, ..Answer::default() });
    Box::new(Refusal { error, action: None })
}

/// The first bytes as one line of text; of HTML what a reader would see.
pub(super) fn snippet(body: &[u8]) -> String {
    // A page begins with much that is not shown.
    let text = String::from_utf8_lossy(body.get(..8 * SHOWN).unwrap_or(body));
    let text = text.trim_start_matches('\u{FEFF}').trim_start();
    let line = if text.starts_with('<') { one_line(&without_tags(text)) } else { one_line(text) };
    cut(&line, SHOWN).to_owned()
}

/// White space folded, other control characters dropped.
pub(super) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        line.push_str(if line.is_empty() { "" } else { " " });
        line.extend(word.chars().filter(|char| !char.is_control()));
    }
    line
}

/// At most so many bytes of the text.
pub(super) fn cut(text: &str, most: usize) -> &str {
    (0..=most).rev().find_map(|end| text.get(..end)).filter(|_| text.len() > most).unwrap_or(text)
}

fn without_tags(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        text.push(' ');
        rest = ["script", "style"].into_iter().find_map(|name| behind_element(tag, name)).unwrap_or_else(|| behind(tag, ">"));
    }
    text + rest
}

/// What follows a whole element whose contents are not for reading.
fn behind_element<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let is_it = tag.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
    is_it.then(|| behind(behind(tag, "</"), ">"))
}

fn behind<'a>(text: &'a str, end: &str) -> &'a str {
    split_at(text, end).map_or("", |(_, rest)| rest)
}
