//! Which scopes a refusal asks for, and where one applies for them.

use crate::download::percent_decoded;
use crate::error::Answer;
use crate::text::{holds, split_at};

/// The codes whose message and help pages name the missing scopes: of the app, of the user.
const MISSING_SCOPE: [i64; 2] = [99_991_672, 99_991_679];

/// The scopes that the violations name and, where a scope is what is missing, those of the message and the help pages.
pub(super) fn missing(answer: &Answer) -> Vec<String> {
    let mut scopes = Vec::new();
    for violation in &answer.permission_violations {
        add(&mut scopes, &violation.scope);
    }
    if MISSING_SCOPE.contains(&answer.code) {
        texts(answer).into_iter().for_each(|text| add_from_text(&mut scopes, text));
    }
    scopes
}

/// The page to apply for them.
pub(crate) fn application_page(answer: &Answer) -> Option<&str> {
    let is_page = |url: &&str| holds(url, "/auth") || holds(url, "scope-apply");
    texts(answer).into_iter().find_map(|text| urls(text).find(is_page))
}

/// The `https` addresses in a text.
pub(super) fn urls(text: &str) -> impl Iterator<Item = &str> {
    const SCHEME: &str = "https://";
    let mut rest = text;
    std::iter::from_fn(move || {
        let (before, behind) = split_at(rest, SCHEME)?;
        let url = rest.get(before.len()..)?;
        rest = behind;
        let is_end = |char: char| !char.is_ascii_graphic() || matches!(char, '"' | '<' | '>' | '\\' | '`');
        let url = url.get(..url.find(is_end).unwrap_or(url.len()))?;
        Some(url.trim_end_matches(['.', ',', ';', ')', ']', '}', '\'']))
    })
}

fn texts(answer: &Answer) -> Vec<&str> {
    let mut texts: Vec<&str> = answer.permission_violations.iter().map(|violation| violation.url.as_str()).collect();
    for help in &answer.helps {
        texts.extend([help.url.as_str(), &help.description]);
    }
    texts.push(&answer.msg);
    texts
}

fn add(scopes: &mut Vec<String>, scope: &str) {
    if !scope.is_empty() && !scopes.iter().any(|known| known == scope) {
        scopes.push(scope.to_owned());
    }
}

/// Lists in brackets, and the parameters `q` and `scopes` of addresses.
fn add_from_text(scopes: &mut Vec<String>, text: &str) {
    for (list, _) in text.split('[').skip(1).filter_map(|rest| rest.split_once(']')) {
        add_list(scopes, list);
    }
    for url in urls(text) {
        let query = url.split_once('?').map_or("", |(_, query)| query);
        for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            if matches!(name, "q" | "scopes") {
                add_list(scopes, &String::from_utf8_lossy(&percent_decoded(value)));
            }
        }
    }
}

fn add_list(scopes: &mut Vec<String>, list: &str) {
    list.split([',', ' ', '+']).filter(|word| is_scope(word)).for_each(|word| add(scopes, word));
}

/// Such as `im:message.group_msg:readonly`.
fn is_scope(word: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b":._-".contains(&byte);
    word.as_bytes().contains(&b':') && word.bytes().all(is_part)
}
