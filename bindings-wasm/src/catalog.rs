//! The tree of names, as numbers that JavaScript keeps.

use std::cell::RefCell;

use larkspur_core::catalog::{Child, Kind, Node, Operation, Place, Style, child};
use larkspur_core::{Class, Error};

thread_local! {
    /// What has been looked up; JavaScript looks nothing up twice.
    static KNOWN: RefCell<Vec<Child>> = const { RefCell::new(Vec::new()) };
}

/// The number of the root of Feishu Project's names.
#[cfg(feature = "project")]
const PROJECT: u32 = u32::MAX;

/// The number of what a name below a place leads to; 0 is the root of the tree.
pub fn find(below: u32, name: &str) -> Result<u32, Error> {
    let node = node(below);
    let found = child(node, name, Style::Camel).map_err(|unknown| unknown.error(node, Style::Camel))?;
    Ok(remember(found))
}

/// An operation by its whole name.
#[cfg(any(feature = "about", feature = "proxy"))]
pub fn find_operation(name: &str) -> Result<Operation, Error> {
    Operation::find(name).map_err(|unknown| unknown.error(Node::ROOT, Style::Camel))
}

/// The names below a place, for the types of the package: a line each.
#[cfg(any(feature = "about", feature = "project"))]
pub fn names(below: u32) -> String {
    let names: Vec<String> = larkspur_core::catalog::children(node(below), Style::Camel).into_iter().map(|(name, _)| name).collect();
    names.join("\n")
}

/// What the wrapper must know of an operation, a line each: `download` or nothing, then the names of its file arguments.
pub fn traits(operation: u32) -> Result<String, Error> {
    let operation = self::operation(operation)?;
    let mut text = String::from(if operation.kind() == Kind::Download { "download" } else { "" });
    for file in operation.parameters().filter(|parameter| parameter.place == Place::File) {
        text.push('\n');
        text.push_str(file.name);
    }
    Ok(text)
}

/// The operation that a number stands for.
pub fn operation(number: u32) -> Result<Operation, Error> {
    match known(number) {
        Some(Child::Operation(operation)) => Ok(operation),
        _ => Err(Error::new(Class::UnknownOperation, "this is no operation").with_remedy("call one of the names below it")),
    }
}

fn node(number: u32) -> Node {
    match known(number) {
        Some(Child::Node(node)) => node,
        #[cfg(feature = "project")]
        None if number == PROJECT => Node::PROJECT,
        _ => Node::ROOT,
    }
}

/// Numbers begin at one.
fn known(number: u32) -> Option<Child> {
    KNOWN.with_borrow(|known| known.get((number as usize).checked_sub(1)?).copied())
}

fn remember(child: Child) -> u32 {
    KNOWN.with_borrow_mut(|known| {
        known.push(child);
        known.len() as u32
    })
}
