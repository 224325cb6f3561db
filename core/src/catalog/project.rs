//! The operations of Feishu Project: a table of their own, read like the open platform's.

use super::kept::{Kept, Places, blocks};
use super::operation::Operation;
use super::table::{Calls, Pairs, calls};
use std::fmt;
use std::sync::LazyLock;

mod layout {
    include!(concat!(env!("OUT_DIR"), "/project.rs"));
}

/// Set in the index of every node and operation of this family.
pub const MARK: u16 = super::format::OF_PROJECT;

pub static CALLS: LazyLock<Calls> = calls!("project", layout, MARK);

const RATES: Pairs = layout::RATES;

/// How often the platform lets a token call one interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// The most calls in a second.
    pub per_second: u16,
    /// The most calls in a minute besides; none where only the second counts.
    pub per_minute: Option<u16>,
}

/// Prints the figures as the catalogue does: `15/s,450/min`.
impl fmt::Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/s", self.per_second)?;
        self.per_minute.map_or(Ok(()), |calls| write!(f, ",{calls}/min"))
    }
}

impl Operation {
    /// Whether it is one of Feishu Project.
    pub fn is_project(self) -> bool {
        self.0 & MARK != 0
    }

    /// How often it may be called with one token; `None` for an operation of the open platform.
    pub fn pace(self) -> Option<Pace> {
        let entry = usize::from(CALLS.table.byte(layout::RATE_OF + CALLS.own(self.0)));
        let [per_second, per_minute] = [0, 1].map(|index| CALLS.table.pair(RATES, entry * 2 + index));
        self.is_project().then_some(Pace { per_second, per_minute: (per_minute > 0).then_some(per_minute) })
    }
}

/// What is kept of an operation; `None` for one of the other family.
pub fn kept(operation: Operation) -> Option<&'static Kept> {
    static KEPT: Places<{ blocks(layout::OPERATIONS) }> = Places::new();
    if operation.is_project() { KEPT.get(CALLS.own(operation.0), operation) } else { None }
}

#[cfg(test)]
mod tests {
    use super::super::{Child, Kind, Node, PagingStyle, Style, child};
    use super::*;
    use std::collections::BTreeMap;

    fn find(id: &str) -> Operation {
        Operation::find_below(Node::PROJECT, id).unwrap()
    }

    #[test]
    fn every_operation_is_found_by_both_spellings() {
        assert_eq!(Operation::below(Node::PROJECT).count(), 143);
        for operation in Operation::below(Node::PROJECT) {
            assert!(operation.is_project());
            assert_eq!(find(&operation.id()), operation);
            assert_eq!(find(&operation.name(Style::Snake)), operation);
            assert!(operation.path().starts_with("/open_api/"), "{operation:?}");
        }
        assert_eq!(find("work_item.filter_across_project").id(), "work_item.filterAcrossProject");
    }

    #[test]
    fn the_families_do_not_see_each_other() {
        assert!(Operation::find("work_item.create").is_err());
        assert!(Operation::find_below(Node::PROJECT, "im.v1.message.create").is_err());
        assert!(Operation::all().all(|operation| !operation.is_project() && operation.pace().is_none()));
        let Ok(Child::Node(node)) = child(Node::PROJECT, "workItem", Style::Camel) else { panic!() };
        assert_eq!(node.name(Style::Snake), "work_item");
        let near = child(node, "creat", Style::Snake).unwrap_err();
        assert_eq!(near.error(node, Style::Snake).to_string(), "work_item.creat is not in the catalogue; did you mean create?");
    }

    #[test]
    fn the_paces_are_those_of_the_platforms_table() {
        let mut counts = BTreeMap::new();
        for operation in Operation::below(Node::PROJECT) {
            let pace = operation.pace().unwrap();
            *counts.entry((pace.per_second, pace.per_minute)).or_insert(0) += 1;
        }
        assert_eq!(counts.into_iter().collect::<Vec<_>>(), [((10, None), 2), ((15, None), 136), ((15, Some(450)), 5)]);
        assert_eq!(find("work_item.filter").pace(), Some(Pace { per_second: 15, per_minute: Some(450) }));
    }

    #[test]
    fn what_stands_in_help_is_this_familys() {
        assert_eq!(find("work_item.filter").pace().unwrap().to_string(), "15/s,450/min");
        assert_eq!(find("work_item.search_by_relation").pace().unwrap().to_string(), "10/s");
        let tokens = |id| find(id).tokens().to_string();
        assert_eq!((tokens("work_item.create").as_str(), tokens("auth.plugin_token").as_str()), ("plugin or user token", "no token"));
        assert_eq!(tokens("auth.refresh_token"), "plugin token");
    }

    #[test]
    fn pages_are_asked_for_in_four_styles() {
        let mut counts = [0; 5];
        for paging in Operation::below(Node::PROJECT).filter_map(Operation::paging) {
            counts[paging.style as usize] += 1;
        }
        assert_eq!(counts, [0, 15, 2, 3, 1]);
        let paging = find("search.universal").paging().unwrap();
        assert_eq!((paging.style, paging.items, paging.param), (PagingStyle::After, "datas", "pagination.search_after"));
    }

    #[test]
    fn reads_writes_and_files_are_told_apart() {
        let reads = Operation::below(Node::PROJECT).filter(|operation| operation.reads_only()).count();
        assert_eq!(reads, 63);
        assert_eq!(find("file.multipart_upload_part").kind(), Kind::Bytes);
        assert_eq!(find("attachment.upload").kind(), Kind::Upload);
        assert_eq!(find("attachment.download").kind(), Kind::Download);
        assert!(find("search.universal").has_root_envelope() && !find("work_item.filter").has_root_envelope());
    }

    #[test]
    fn about_says_nothing_that_is_not_known() {
        let about = find("work_item.create").about();
        assert!(about.scopes().is_none() && about.rate().is_none() && about.doc_url().is_none());
        assert!(about.enum_values("name").is_empty() && about.allows_store());
    }
}
