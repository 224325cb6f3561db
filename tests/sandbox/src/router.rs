//! From a method and a path to an operation: a static segment beats a parameter, and a trailing slash counts.

use std::collections::HashMap;

use percent_encoding::percent_decode_str;

/// The tree of all paths, segment by segment.
#[derive(Default)]
pub(crate) struct Router {
    root: Node,
}

#[derive(Default)]
struct Node {
    fixed: HashMap<String, Node>,
    open: Option<Box<Node>>,
    ends: HashMap<String, End>,
}

struct End {
    index: usize,
    names: Vec<String>,
}

/// The decoded path parameters of a request, by name.
#[derive(Clone, Default)]
pub(crate) struct Params(Vec<(String, String)>);

impl Router {
    /// A router whose answers are positions in `routes` (method, path template).
    pub(crate) fn new<'a>(routes: impl Iterator<Item = (&'a str, &'a str)>) -> Router {
        let mut router = Router::default();
        for (index, (method, path)) in routes.enumerate() {
            router.add(index, method, path);
        }
        router
    }

    /// The position of the operation that serves `path`, with the values of its parameters.
    pub(crate) fn find(&self, method: &str, path: &str) -> Option<(usize, Params)> {
        let segments: Vec<&str> = path.split('/').collect();
        let mut values = Vec::new();
        let end = self.root.find(method, &segments, &mut values)?;
        let decoded = values.iter().map(|value| percent_decode_str(value).decode_utf8_lossy().into_owned());
        Some((end.index, Params(end.names.iter().cloned().zip(decoded).collect())))
    }

    fn add(&mut self, index: usize, method: &str, path: &str) {
        let mut node = &mut self.root;
        let mut names = Vec::new();
        for segment in path.split('/') {
            node = match segment.strip_prefix(':') {
                Some(name) => {
                    names.push(name.to_owned());
                    node.open.get_or_insert_default()
                }
                None => node.fixed.entry(segment.to_owned()).or_default(),
            };
        }
        node.ends.entry(method.to_owned()).or_insert(End { index, names });
    }
}

impl Node {
    fn find<'a>(&self, method: &str, segments: &[&'a str], values: &mut Vec<&'a str>) -> Option<&End> {
        let Some((first, rest)) = segments.split_first() else {
            return self.ends.get(method);
        };
        if let Some(end) = self.fixed.get(*first).and_then(|node| node.find(method, rest, values)) {
            return Some(end);
        }
        let open = self.open.as_ref().filter(|_| !first.is_empty())?;
        values.push(first);
        let found = open.find(method, rest, values);
        if found.is_none() {
            values.pop();
        }
        found
    }
}

impl Params {
    /// The value of the parameter `name`, empty when the template has none of that name.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }
}

/// Whether `path` fits `template`, in which a segment that begins with `:` stands for any one segment.
pub(crate) fn fits(template: &str, path: &str) -> bool {
    let (mut pattern, mut actual) = (template.split('/'), path.split('/'));
    loop {
        match (pattern.next(), actual.next()) {
            (None, None) => return true,
            (Some(want), Some(have)) if want == have || (want.starts_with(':') && !have.is_empty()) => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Router, fits};

    #[test]
    fn static_segments_win_and_slashes_count() {
        let router =
            Router::new([("GET", "/a/:id"), ("GET", "/a/batch"), ("POST", "/a/:id/b"), ("GET", "/c/"), ("GET", "/a/batch/x")].into_iter());
        let index = |method, path| router.find(method, path).map(|(index, _)| index);
        assert_eq!(index("GET", "/a/7"), Some(0));
        assert_eq!(index("GET", "/a/batch"), Some(1));
        assert_eq!(index("POST", "/a/batch/b"), Some(2), "falls back to the parameter");
        assert_eq!(index("GET", "/c/"), Some(3));
        assert_eq!(index("GET", "/c"), None);
        assert_eq!(index("GET", "/a/"), None, "a parameter is never empty");
        assert_eq!(router.find("GET", "/a/x%2Fy").unwrap().1.get("id"), "x/y");
    }

    #[test]
    fn templates_fit() {
        assert!(fits("/a/:id/b", "/a/1/b") && fits("/a/:id", "/a/:id"));
        assert!(!fits("/a/:id", "/a/") && !fits("/a", "/a/"));
    }
}
