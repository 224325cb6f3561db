//! Where a page's items lie, and what asks for the next page.

use std::ops::Range;

use crate::catalog::{Paging, PagingStyle, Place};
use crate::json::{self, Child};
use crate::step::Page;

/// How most lists of the platform page, for paths that the catalogue does not know.
///
/// It names no list: a page's list is `items`, or else the only array there.
pub(crate) const fn conventional() -> Paging {
    Paging {
        items: "",
        several: false,
        token: "page_token",
        more: "has_more",
        param: "page_token",
        place: Place::Query,
        style: PagingStyle::Token,
    }
}

/// Reads the paging of an answer whose data lies in that range of the body.
pub(crate) fn page(body: &[u8], data: &Range<usize>, paging: &Paging) -> Page {
    let data = Data { body, members: json::children(body, data).collect() };
    let more = data.at(paging.more);
    let token = data.token(paging);
    Page {
        cut: token.is_none() && matches!(more, Some(b"true" | b"\"true\"" | b"1")),
        next: token.filter(|_| !matches!(more, Some(b"false" | b"\"false\"" | b"0"))),
        items: data.items(paging).filter(|range| data.is_array(range)).unwrap_or_default(),
    }
}

/// The members of an answer's data, walked over once: the list among them is long.
struct Data<'a> {
    body: &'a [u8],
    members: Vec<Child>,
}

impl Data<'_> {
    fn find(&self, path: &str) -> Option<Range<usize>> {
        json::find_among(self.body, &self.members, path)
    }

    fn at(&self, path: &str) -> Option<&[u8]> {
        self.body.get(self.find(path)?)
    }

    fn token(&self, paging: &Paging) -> Option<String> {
        let other = if *paging == conventional() { "next_page_token" } else { "" };
        let token = self.at(paging.token).or_else(|| self.at(other))?;
        json::text(token).filter(|token| !token.is_empty())
    }

    fn items(&self, paging: &Paging) -> Option<Range<usize>> {
        match (paging.several, paging.items) {
            (true, _) => None,
            (false, "") => self.find("items").or_else(|| self.only_array()),
            (false, path) => self.find(path),
        }
    }

    fn only_array(&self) -> Option<Range<usize>> {
        let mut arrays = self.members.iter().map(|child| &child.value.range).filter(|range| self.is_array(range));
        arrays.next().filter(|_| arrays.next().is_none()).cloned()
    }

    fn is_array(&self, range: &Range<usize>) -> bool {
        self.body.get(range.start) == Some(&b'[')
    }
}

#[cfg(feature = "project")]
pub(crate) mod project;
#[cfg(feature = "project")]
pub(crate) use project::Asked;

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
            (r#"{"items":[1],"has_more":0,"page_token":"t1"}"#, (None, "[1]", false)),
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
