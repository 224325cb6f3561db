//! Pages: sizes with a largest value, and tokens that only fit the request they came from.

use sha2::{Digest, Sha256};

use crate::answer::Refusal;
use crate::blob::hex;
use crate::platform::Call;

/// The part of a list that a request asks for.
pub(crate) struct Page {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) has_more: bool,
    pub(crate) page_token: String,
}

/// The page of a list of `total` items that `call` asks for; `default` items when it does not say how many, at most 50.
pub(crate) fn page(call: &Call, total: usize, default: usize, bad_token: i64) -> Result<Page, Refusal> {
    let size = size(call, default)?;
    let filter = filter(call);
    let start = match call.request.query("page_token").filter(|token| !token.is_empty()) {
        None => 0,
        Some(token) => parse(token, &filter).ok_or_else(|| Refusal::new(bad_token, "page_token is invalid"))?,
    };
    let end = total.min(start.saturating_add(size));
    let has_more = end < total;
    let page_token = if has_more { format!("{filter}{end:08x}") } else { String::new() };
    Ok(Page { start: start.min(end), end, has_more, page_token })
}

fn size(call: &Call, default: usize) -> Result<usize, Refusal> {
    let Some(text) = call.request.query("page_size").filter(|text| !text.is_empty()) else { return Ok(default) };
    let size = text.parse::<usize>().ok().filter(|size| (1..=50).contains(size));
    size.ok_or_else(|| Refusal::field("page_size", text, "page_size must be between 1 and 50"))
}

/// What a page token is bound to: the operation, its path and every other query parameter.
fn filter(call: &Call) -> String {
    let mut query: Vec<&(String, String)> = call.request.query.iter().filter(|(name, _)| !name.starts_with("page_")).collect();
    query.sort();
    let digest = hex(&Sha256::digest(format!("{} {} {query:?}", call.operation.id, call.request.path)));
    digest.get(..16).unwrap_or_default().to_owned()
}

fn parse(token: &str, filter: &str) -> Option<usize> {
    usize::from_str_radix(token.strip_prefix(filter)?, 16).ok()
}
