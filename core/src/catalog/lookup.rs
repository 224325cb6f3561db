//! The tree of names: services, versions, resources, operations.

use super::format::letters;
use super::nearest::nearest;
use super::operation::Operation;
use super::table::{Calls, calls_of};
use crate::error::{Class, Error};
use std::cmp::Ordering;
use std::ops::Range;

/// How a language spells names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// `batchGetId`, as JavaScript, Kotlin and Swift do.
    Camel,
    /// `batch_get_id`, as Python does.
    Snake,
}

/// A place in the tree of names above the operations: the root, a service, a version or a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Node(u16);

/// What a name leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Child {
    /// A place further down.
    Node(Node),
    /// An operation.
    Operation(Operation),
}

/// A name that the catalogue does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// The name as the caller wrote it.
    pub name: String,
    /// The nearest name that exists, in the caller's spelling; dotted when it lies elsewhere in the tree.
    pub nearest: Option<String>,
}

impl Node {
    /// The root of the open platform, whose children are the services.
    pub const ROOT: Node = Node(0);

    /// The root of Feishu Project, whose children are its resources.
    #[cfg(feature = "project")]
    pub const PROJECT: Node = Node(super::project::MARK);

    pub(super) fn calls(self) -> &'static Calls {
        calls_of(self.0)
    }

    fn item(self) -> usize {
        self.calls().own(self.0)
    }

    /// The dotted name of the place; empty for the root.
    pub fn name(self, style: Style) -> String {
        join(&words(self.calls(), self.item()), |_, word| style.spell(word))
    }
}

impl Unknown {
    /// What the caller is told: `parent` is where the name was looked for.
    pub fn error(&self, parent: Node, style: Style) -> Error {
        let place = parent.name(style);
        let name = if place.is_empty() { self.name.clone() } else { format!("{place}.{}", self.name) };
        let error = Error::new(Class::UnknownOperation, format!("{name} is not in the catalogue"));
        match &self.nearest {
            Some(nearest) => error.with_remedy(format!("did you mean {nearest}?")),
            None => error.with_remedy(self.elsewhere(parent).unwrap_or("use client.request for a path that the catalogue does not have")),
        }
    }

    /// Which client has the name, if that of the other family does.
    fn elsewhere(&self, _parent: Node) -> Option<&'static str> {
        #[cfg(feature = "project")]
        for (asked, other, remedy) in [
            (Node::PROJECT, Node::ROOT, "call it on a Client: it is of the open platform"),
            (Node::ROOT, Node::PROJECT, "call it on a ProjectClient: it is of Feishu Project"),
        ] {
            if _parent == asked && search(other, &self.name).is_some() {
                return Some(remedy);
            }
        }
        None
    }
}

impl Style {
    /// Spells a snake_case word.
    pub(super) fn spell(self, word: &str) -> String {
        match self {
            Style::Snake => word.to_owned(),
            Style::Camel => camel(word),
        }
    }
}

/// Follows one part of a name. Both spellings lead to the same child, in any case, with or without underscores; a name that begins with
/// an underscore leads nowhere.
///
/// # Errors
/// [`Unknown`] with the nearest name, spelled in the style: among the node's children, or where the name exists exactly once elsewhere.
pub fn child(node: Node, name: &str, style: Style) -> Result<Child, Unknown> {
    search(node, name).ok_or_else(|| Unknown { name: name.to_owned(), nearest: suggest(node, name, style) })
}

/// The children of a node with their names, by the alphabet.
pub fn children(node: Node, style: Style) -> Vec<(String, Child)> {
    let calls = node.calls();
    below(calls, node.item()).map(|item| (style.spell(calls.word(item)), as_child(calls, item))).collect()
}

/// Follows all parts of an id.
pub(super) fn operation(root: Node, id: &str) -> Option<Operation> {
    let mut at = Child::Node(root);
    for part in id.split('.') {
        let Child::Node(node) = at else { return None };
        at = search(node, part)?;
    }
    match at {
        Child::Operation(operation) => Some(operation),
        Child::Node(_) => None,
    }
}

/// The words from the service down to an item; empty for the root.
pub(super) fn words(calls: &'static Calls, item: usize) -> Vec<&'static str> {
    let up = std::iter::successors(Some(item), |item| Some(calls.parent(*item)));
    let mut words: Vec<&str> = up.take_while(|item| *item != 0).map(|item| calls.word(item)).collect();
    words.reverse();
    words
}

/// Spells words, each knowing its depth, and joins them with dots.
pub(super) fn join(words: &[&str], spell: impl Fn(usize, &str) -> String) -> String {
    let spelled: Vec<String> = words.iter().enumerate().map(|(depth, word)| spell(depth, word)).collect();
    crate::text::join(&spelled, ".")
}

fn search(node: Node, name: &str) -> Option<Child> {
    let calls = node.calls();
    let Range { start: mut low, end: mut high } = below(calls, node.item());
    if name.starts_with('_') {
        return None;
    }
    while low < high {
        let middle = low.midpoint(high);
        match letters(calls.word(middle)).cmp(letters(name)) {
            Ordering::Equal => return Some(as_child(calls, middle)),
            Ordering::Less => low = middle + 1,
            Ordering::Greater => high = middle,
        }
    }
    None
}

fn suggest(node: Node, name: &str, style: Style) -> Option<String> {
    let calls = node.calls();
    let here: Vec<&str> = below(calls, node.item()).map(|item| calls.word(item)).collect();
    if let Some(near) = nearest(name, here.into_iter()) {
        return Some(style.spell(near));
    }
    let item = node.item();
    let up = std::iter::successors(Some(item), |item| (*item != 0).then(|| calls.parent(*item)));
    let found = up.map(|above| namesakes(calls, above, name)).find(|found| !found.is_empty())?;
    let [only] = found.as_slice() else { return None };
    let path = words(calls, *only);
    let known = words(calls, item);
    Some(join(path.strip_prefix(known.as_slice()).unwrap_or(&path), |_, word| style.spell(word)))
}

/// The items of that name anywhere below a node.
fn namesakes(calls: &'static Calls, node: usize, name: &str) -> Vec<usize> {
    let mut found = Vec::new();
    let mut level = below(calls, node);
    loop {
        found.extend(level.clone().filter(|item| letters(calls.word(*item)).eq(letters(name))));
        if level.start >= calls.nodes {
            return found;
        }
        level = calls.first_child(level.start)..calls.first_child(level.end);
    }
}

fn below(calls: &Calls, node: usize) -> Range<usize> {
    calls.first_child(node)..calls.first_child(node + 1)
}

fn as_child(calls: &Calls, item: usize) -> Child {
    match item.checked_sub(calls.nodes) {
        Some(index) => Child::Operation(Operation(index as u16 | calls.mark)),
        None => Child::Node(Node(item as u16 | calls.mark)),
    }
}

fn camel(word: &str) -> String {
    let mut text = String::new();
    for part in word.split('_') {
        let (first, rest) = part.split_at(usize::from(!text.is_empty() && !part.is_empty()));
        text.push_str(&first.to_ascii_uppercase());
        text.push_str(rest);
    }
    text
}
