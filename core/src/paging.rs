//! Where a page's items lie, and what asks for the next page.

use std::ops::Range;

use crate::catalog::{Paging, Place};
use crate::json;
use crate::step::Page;

/// How most lists of the platform page, for paths that the catalogue does not know.
///
/// It names no list: a page's list is `items`, or else the only array there.
pub(crate) const fn conventional() -> Paging {
    Paging { items: "", several: false, token: "page_token", more: "has_more", param: "page_token", place: Place::Query }
}

/// Reads the paging of an answer whose data lies in that range of the body.
pub(crate) fn page(body: &[u8], data: &Range<usize>, paging: &Paging) -> Page {
    let is_last = is_false(body, json::find(body, data, paging.more));
    let token = token(body, data, paging).filter(|token| !token.is_empty());
    Page {
        cut: token.is_none() && is_true(body, json::find(body, data, paging.more)),
        next: token.filter(|_| !is_last),
        items: items(body, data, paging).filter(|range| body.get(range.start) == Some(&b'[')).unwrap_or_default(),
    }
}

fn token(body: &[u8], data: &Range<usize>, paging: &Paging) -> Option<String> {
    let read = |path| json::find(body, data, path).and_then(|range| json::text(body.get(range)?));
    read(paging.token).or_else(|| if *paging == conventional() { read("next_page_token") } else { None })
}

fn items(body: &[u8], data: &Range<usize>, paging: &Paging) -> Option<Range<usize>> {
    match (paging.several, paging.items) {
        (true, _) => None,
        (false, "") => json::find(body, data, "items").or_else(|| only_array(body, data)),
        (false, path) => json::find(body, data, path),
    }
}

fn only_array(body: &[u8], data: &Range<usize>) -> Option<Range<usize>> {
    let is_array = |range: &Range<usize>| body.get(range.start) == Some(&b'[');
    let mut arrays = json::children(body, data).map(|child| child.value.range).filter(is_array);
    arrays.next().filter(|_| arrays.next().is_none())
}

fn is_false(body: &[u8], value: Option<Range<usize>>) -> bool {
    value.is_some_and(|range| matches!(body.get(range), Some(b"false" | b"\"false\"")))
}

fn is_true(body: &[u8], value: Option<Range<usize>>) -> bool {
    value.is_some_and(|range| matches!(body.get(range), Some(b"true" | b"\"true\"")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(data: &str, paging: Paging) -> (Option<String>, String, bool) {
        let body = format!(r#"{{"code":0,"data":{data},"msg":"ok"}}"#);
        let page = page(body.as_bytes(), &(17..17 + data.len()), &paging);
        (page.next, body[page.items].to_owned(), page.cut)
    }

    fn next(token: &str) -> Option<String> {
        Some(token.to_owned())
    }

    #[test]
    fn the_next_page_is_asked_for_until_the_last() {
        let paging = Paging { items: "items", ..conventional() };
        for (data, expected) in [
            (r#"{"items":[1,{"a":2}],"has_more":true,"page_token":"t1"}"#, (next("t1"), r#"[1,{"a":2}]"#, false)),
            (r#"{"items":[],"has_more":true,"page_token":"t1"}"#, (next("t1"), "[]", false)),
            (r#"{"items":[1],"has_more":false,"page_token":"t1"}"#, (None, "[1]", false)),
            (r#"{"items":[1],"page_token":"t1"}"#, (next("t1"), "[1]", false)),
            (r#"{"items":[1],"page_token":""}"#, (None, "[1]", false)),
            (r#"{"items":[1],"has_more":true,"page_token":""}"#, (None, "[1]", true)),
            (r#"{"items":null,"has_more":false}"#, (None, "", false)),
            (r#"{"page_token":7}"#, (next("7"), "", false)),
            ("null", (None, "", false)),
        ] {
            assert_eq!(read(data, paging), (expected.0, expected.1.to_owned(), expected.2), "{data}");
        }
    }

    #[test]
    fn paths_reach_into_the_data() {
        let paging = Paging { items: "page.list", token: "page.next", more: "page.more", ..conventional() };
        assert_eq!(read(r#"{"page":{"list":[1],"next":"t","more":true},"list":[2]}"#, paging), (next("t"), "[1]".to_owned(), false));
        let silent = Paging { items: "files", token: "next_page_token", more: "", ..conventional() };
        assert_eq!(read(r#"{"files":[1],"next_page_token":"t"}"#, silent), (next("t"), "[1]".to_owned(), false));
    }

    #[test]
    fn a_path_without_catalogue_has_its_only_array() {
        for (data, next_token, items) in [
            (r#"{"users":[1],"has_more":true,"page_token":"t"}"#, next("t"), "[1]"),
            (r#"{"users":[1],"has_more":true,"next_page_token":"t"}"#, next("t"), "[1]"),
            (r#"{"users":[1],"items":[2]}"#, None, "[2]"),
            (r#"{"users":[1],"groups":[2]}"#, None, ""),
        ] {
            assert_eq!(read(data, conventional()), (next_token, items.to_owned(), false), "{data}");
        }
        let several = Paging { several: true, ..conventional() };
        assert_eq!(read(r#"{"users":[1]}"#, several).1, "");
    }
}
