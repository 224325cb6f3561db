//! The pages of Feishu Project, in four styles; every path leads into the whole answer.

use std::ops::Range;

use crate::arguments::items;
use crate::catalog::{Paging, PagingStyle};
use crate::json;
use crate::step::Page;

/// What was asked for, where the answer does not repeat it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Asked {
    /// The number of the page, or the offset.
    pub(crate) position: Option<u64>,
    /// The size of a page.
    pub(crate) size: Option<u64>,
}

/// Reads the paging of an answer.
pub(crate) fn page(body: &[u8], paging: &Paging, asked: &Asked) -> Page {
    let answer = Answer { body, paging };
    let next = match paging.style {
        PagingStyle::Number => answer.next_number(asked),
        PagingStyle::Offset => answer.next_offset(asked),
        PagingStyle::After => answer.next_after(),
        PagingStyle::Cursor | PagingStyle::Token => answer.next_cursor(),
    };
    Page { next, items: answer.list().unwrap_or_default(), cut: false }
}

struct Answer<'a> {
    body: &'a [u8],
    paging: &'a Paging,
}

impl<'a> Answer<'a> {
    fn next_number(&self, asked: &Asked) -> Option<String> {
        let number = asked.position.unwrap_or(1);
        let size = self.number(&beside(self.paging.token, "page_size")).or(asked.size).filter(|size| *size > 0);
        let more = match (self.more(), self.number(self.paging.token), size) {
            (Some(more), ..) => more,
            (None, Some(total), Some(size)) => number.saturating_mul(size) < total,
            (None, ..) => true,
        };
        (more && !self.is_empty()).then(|| number.saturating_add(1).to_string())
    }

    fn next_offset(&self, asked: &Asked) -> Option<String> {
        let seen = asked.position.unwrap_or(0).saturating_add(self.count() as u64);
        (self.more() == Some(true) && self.count() > 0).then(|| seen.to_string())
    }

    /// The last item and its snapshot as a JSON object, whose members go where the first page's stood.
    fn next_after(&self) -> Option<String> {
        let after = self.at(self.paging.token).filter(|text| !matches!(*text, "null" | "\"\"" | "[]"))?;
        let snapshot = self.at(&beside(self.paging.token, "pit")).map(|pit| format!(",\"pit\":{pit}"));
        let is_over = !self.paging.items.is_empty() && self.is_empty();
        (!is_over).then(|| format!("{{\"search_after\":{after}{}}}", snapshot.unwrap_or_default()))
    }

    fn next_cursor(&self) -> Option<String> {
        let cursor = self.at(self.paging.token).and_then(|text| json::text(text.as_bytes()))?;
        (self.more() != Some(false) && !cursor.is_empty()).then_some(cursor)
    }

    /// Whether no list of the page holds an item.
    fn is_empty(&self) -> bool {
        if !self.paging.several {
            return self.count() == 0;
        }
        let Some(data) = self.find("data") else { return true };
        let mut lists = json::children(self.body, &data).filter_map(|child| self.text(child.value.range));
        !lists.any(|text| text.starts_with('[') && items(text).next().is_some())
    }

    fn count(&self) -> usize {
        self.list().and_then(|range| self.text(range)).map_or(0, |list| items(list).count())
    }

    fn list(&self) -> Option<Range<usize>> {
        let range = self.find(self.paging.items).filter(|_| !self.paging.items.is_empty())?;
        self.text(range.clone()).filter(|text| text.starts_with('['))?;
        Some(range)
    }

    fn more(&self) -> Option<bool> {
        self.at(self.paging.more)?.parse().ok()
    }

    fn number(&self, path: &str) -> Option<u64> {
        self.at(path)?.trim_matches('"').parse().ok()
    }

    fn at(&self, path: &str) -> Option<&'a str> {
        self.text(self.find(path).filter(|_| !path.is_empty())?)
    }

    fn find(&self, path: &str) -> Option<Range<usize>> {
        json::find(self.body, &(0..self.body.len()), path)
    }

    fn text(&self, range: Range<usize>) -> Option<&'a str> {
        std::str::from_utf8(self.body.get(range)?).ok()
    }
}

/// The path of a member's neighbour.
fn beside(path: &str, name: &str) -> String {
    path.rsplit_once('.').map_or_else(|| name.to_owned(), |(parent, _)| format!("{parent}.{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Node, Operation};

    fn next(id: &str, position: Option<u64>, size: Option<u64>, body: &str) -> Option<String> {
        let paging = Operation::find_below(Node::PROJECT, id).unwrap().paging().unwrap();
        page(body.as_bytes(), &paging, &Asked { position, size }).next
    }

    #[test]
    fn page_numbers_end_with_the_total_or_an_empty_page() {
        let body = |page: &str| format!(r#"{{"err_code":0,"data":[1,2],"pagination":{page}}}"#);
        let known = body(r#"{"page_num":1,"page_size":2,"total":5}"#);
        assert_eq!(next("work_item.filter", None, None, &known).as_deref(), Some("2"));
        assert_eq!(next("work_item.filter", Some(2), None, &known).as_deref(), Some("3"));
        assert_eq!(next("work_item.filter", Some(3), None, &known), None);
        let total = body(r#"{"total":4}"#);
        assert_eq!(next("work_item.filter", Some(2), Some(2), &total), None);
        assert_eq!(next("work_item.filter", Some(2), None, &total).as_deref(), Some("3"), "an empty page will end it");
        assert_eq!(next("work_item.filter", Some(3), None, r#"{"data":[],"pagination":{"total":9}}"#), None);
        assert_eq!(next("user_group.list_members", None, None, r#"{"data":{"list":[1],"pagination":{"has_more":false}}}"#), None);
        let more = r#"{"data":{"list":[1],"pagination":{"has_more":true}}}"#;
        assert_eq!(next("user_group.list_members", Some(4), None, more).as_deref(), Some("5"));
    }

    #[test]
    fn several_lists_end_when_all_are_empty() {
        let body = r#"{"data":{"node_elements":[],"task_elements":[1],"total":9}}"#;
        assert_eq!(next("element_template.query", None, None, body).as_deref(), Some("2"));
        assert_eq!(next("element_template.query", None, None, r#"{"data":{"node_elements":[],"task_elements":[],"total":9}}"#), None);
    }

    #[test]
    fn cursors_end_when_they_are_empty_or_nothing_more_follows() {
        assert_eq!(next("comment.query", None, None, r#"{"data":{"comments":[1],"next_cursor":"c1"}}"#).as_deref(), Some("c1"));
        assert_eq!(next("comment.query", None, None, r#"{"data":{"comments":[1],"next_cursor":""}}"#), None);
        let last = r#"{"data":{"op_records":[1],"start_from":"s","has_more":false}}"#;
        assert_eq!(next("work_item.list_op_records", None, None, last), None);
    }

    #[test]
    fn search_after_goes_on_in_its_snapshot_until_a_page_is_empty() {
        let body = r#"{"datas":[1],"pagination":{"search_after":[7,"x"],"pit":"p"}}"#;
        assert_eq!(next("search.universal", None, None, body).as_deref(), Some(r#"{"search_after":[7,"x"],"pit":"p"}"#));
        assert_eq!(next("search.universal", None, None, r#"{"datas":[],"pagination":{"search_after":[7],"pit":"p"}}"#), None);
        assert_eq!(next("search.universal", None, None, r#"{"datas":[1],"pagination":{"search_after":null}}"#), None);
    }

    #[test]
    fn offsets_count_what_was_seen() {
        assert_eq!(next("space.list_teams", Some(300), None, r#"{"data":[1,2],"has_more":true}"#).as_deref(), Some("302"));
        assert_eq!(next("space.list_teams", None, None, r#"{"data":[1,2],"has_more":false}"#), None);
    }
}
