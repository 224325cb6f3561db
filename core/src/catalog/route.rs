//! From a request back to the operation it calls.

use super::format::{PARAMETER, SEGMENT};
use super::lookup::Node;
use super::operation::Operation;
use super::table::calls_of;
use crate::http::Method;

impl Operation {
    /// Finds the operation that a request with this method and path calls, as a proxy needs it. The path is the one on the wire, without a
    /// query: percent-encoding is not undone, and a trailing slash counts.
    ///
    /// A segment written out in the catalogue wins over a parameter, the leftmost first: `…/users/batch` is not the user `batch`. An empty
    /// segment fits no parameter.
    pub fn at(method: Method, path: &str) -> Option<Operation> {
        Self::at_below(Node::ROOT, method, path)
    }

    /// The same in the family that the root belongs to.
    pub fn at_below(root: Node, method: Method, path: &str) -> Option<Operation> {
        let segments: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
        let fitting = Operation::below(root).filter(|operation| operation.method() == method);
        let ranked = fitting.filter_map(|operation| Some((parameters_in(operation, &segments)?, operation)));
        ranked.min_by_key(|(parameters, _)| *parameters).map(|(_, operation)| operation)
    }
}

/// Which segments of the path are parameters, one bit each and the leftmost the highest; nothing when the path is another operation's.
fn parameters_in(operation: Operation, segments: &[&str]) -> Option<u64> {
    let words = &calls_of(operation.0).table;
    let mut parameters = 0;
    let mut rest = segments.iter().rev();
    for (place, expected) in operation.segments_backwards().enumerate() {
        let given = *rest.next()?;
        match expected & PARAMETER {
            0 if words.word(usize::from(expected & SEGMENT)) != given => return None,
            0 => {}
            _ if given.is_empty() => return None,
            _ => parameters |= 1_u64.checked_shl(place as u32)?,
        }
    }
    rest.next().is_none().then_some(parameters)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id_at(method: Method, path: &str) -> Option<String> {
        Operation::at(method, path).map(Operation::id)
    }

    #[test]
    fn every_operation_is_found_by_its_own_path() {
        for operation in Operation::all() {
            let segments = operation.path().split('/').map(|segment| if segment.starts_with(':') { "x1" } else { segment });
            let path = segments.collect::<Vec<_>>().join("/");
            assert_eq!(Operation::at(operation.method(), &path), Some(operation), "{} {path}", operation.method());
        }
    }

    #[test]
    fn a_written_segment_wins_over_a_parameter() {
        let user = id_at(Method::Get, "/open-apis/contact/v3/users/ou_1");
        assert_eq!(user.as_deref(), Some("contact.v3.user.get"));
        let batch = id_at(Method::Get, "/open-apis/contact/v3/users/batch");
        assert_eq!(batch.as_deref(), Some("contact.v3.user.batch"));
    }

    #[test]
    fn what_is_not_exactly_a_path_of_the_catalogue_is_nothing() {
        for path in [
            "",
            "/",
            "open-apis/contact/v3/users/ou_1",
            "/open-apis/contact/v3/users/",
            "/open-apis/contact/v3/users/ou_1/",
            "/open-apis/contact/v3//users/ou_1",
            "/open-apis/contact/v3/%75sers/ou_1",
            "/OPEN-APIS/contact/v3/users/ou_1",
            "/open-apis/contact/v3/users/ou_1/../../departments",
            "/x/open-apis/contact/v3/users/ou_1",
        ] {
            assert_eq!(id_at(Method::Get, path), None, "{path}");
        }
        assert_eq!(id_at(Method::Delete, "/open-apis/im/v1/messages"), None);
    }
}
