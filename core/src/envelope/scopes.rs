//! Which scopes a refusal asks for, and where one applies for them.

use crate::download::percent_decoded;
use crate::error::Answer;

/// The codes whose message and help pages name the missing scopes: of the app, of the user.
const MISSING_SCOPE: [i64; 2] = [99_991_672, 99_991_679];

/// The scopes that the violations name and, where a scope is what is missing, those of the message and the help pages.
pub(super) fn missing(answer: &Answer) -> Vec<String> {
    let mut scopes = Vec::new();
    let violations = answer.permission_violations.iter().map(|violation| violation.scope.clone());
    violations.filter(|scope| !scope.is_empty()).for_each(|scope| add(&mut scopes, scope));
    if MISSING_SCOPE.contains(&answer.code) {
        texts(answer).for_each(|text| in_text(text).into_iter().for_each(|scope| add(&mut scopes, scope)));
    }
    scopes
}

/// The page to apply for them.
pub(super) fn application_page(answer: &Answer) -> Option<&str> {
    let is_page = |url: &&str| url.contains("/auth") || url.contains("scope-apply");
    texts(answer).flat_map(urls).find(is_page)
}

/// The `https` addresses in a text.
pub(super) fn urls(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("https://").filter_map(|(start, _)| {
        let rest = text.get(start..)?;
        let is_end = |char: char| !char.is_ascii_graphic() || matches!(char, '"' | '<' | '>' | '\\' | '`');
        let url = rest.split(is_end).next()?;
        Some(url.trim_end_matches(['.', ',', ';', ')', ']', '}', '\'']))
    })
}

fn texts(answer: &Answer) -> impl Iterator<Item = &str> {
    let violations = answer.permission_violations.iter().map(|violation| violation.url.as_str());
    let helps = answer.helps.iter().flat_map(|help| [help.url.as_str(), help.description.as_str()]);
    violations.chain(helps).chain([answer.msg.as_str()])
}

fn add(scopes: &mut Vec<String>, scope: String) {
    if !scopes.contains(&scope) {
        scopes.push(scope);
    }
}

/// Lists in brackets, and the parameters `q` and `scopes` of addresses.
fn in_text(text: &str) -> Vec<String> {
    let listed = text.split('[').skip(1).filter_map(|rest| rest.split_once(']')).map(|(list, _)| list.to_owned());
    listed.chain(urls(text).flat_map(in_query)).flat_map(|list| split(&list)).collect()
}

fn in_query(url: &str) -> Vec<String> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let values = query.split('&').filter_map(|pair| pair.split_once('=')).filter(|(name, _)| matches!(*name, "q" | "scopes"));
    values.map(|(_, value)| String::from_utf8_lossy(&percent_decoded(value)).into_owned()).collect()
}

fn split(list: &str) -> Vec<String> {
    list.split([',', ' ', '+']).filter(|word| is_scope(word)).map(str::to_owned).collect()
}

/// Such as `im:message.group_msg:readonly`.
fn is_scope(word: &str) -> bool {
    let is_part = |char: char| char.is_ascii_alphanumeric() || matches!(char, ':' | '.' | '_' | '-');
    word.contains(':') && word.chars().all(is_part)
}
