//! The tree of names, as numbers that JavaScript keeps.

use std::cell::RefCell;

use larkspur_core::catalog::{Child, Kind, Node, Operation, Place, Style, child};
use larkspur_core::{Class, Error};
use wasm_bindgen::prelude::*;

thread_local! {
    /// What has been looked up; JavaScript looks nothing up twice.
    static KNOWN: RefCell<Vec<Child>> = const { RefCell::new(Vec::new()) };
}

/// The number of what a name below a place leads to; 0 is the root of the tree.
///
/// # Errors
/// The error as JSON, with the nearest name.
#[wasm_bindgen]
pub fn find(below: u32, name: &str) -> Result<u32, JsValue> {
    let node = node(below);
    let found = child(node, name, Style::Camel).map_err(|unknown| json(&unknown.error(node, Style::Camel)))?;
    Ok(remember(found))
}

/// An operation by its whole name.
///
/// # Errors
/// The error as JSON, with the nearest name.
pub fn find_operation(name: &str) -> Result<Operation, JsValue> {
    Operation::find(name).map_err(|unknown| json(&unknown.error(Node::ROOT, Style::Camel)))
}

/// The names below a place, for the types of the package.
#[cfg(feature = "about")]
#[wasm_bindgen]
pub fn names(below: u32) -> Vec<String> {
    larkspur_core::catalog::children(node(below), Style::Camel).into_iter().map(|(name, _)| name).collect()
}

/// What the wrapper must know of an operation: `download` or nothing, then the names of its file arguments.
#[wasm_bindgen]
pub fn traits(operation: u32) -> Result<Vec<String>, JsValue> {
    let operation = self::operation(operation).map_err(|error| json(&error))?;
    let kind = if operation.kind() == Kind::Download { "download" } else { "" };
    let files = operation.parameters().filter(|parameter| parameter.place == Place::File).map(|parameter| parameter.name.to_owned());
    Ok(std::iter::once(kind.to_owned()).chain(files).collect())
}

/// The operation that a number stands for.
pub fn operation(number: u32) -> Result<Operation, Error> {
    match known(number) {
        Some(Child::Operation(operation)) => Ok(operation),
        _ => Err(Error::new(Class::UnknownOperation, "this is no operation").with_remedy("call one of the names below it")),
    }
}

/// An error as JSON.
pub fn json(error: &Error) -> JsValue {
    JsValue::from_str(&error.to_json())
}

fn node(number: u32) -> Node {
    match known(number) {
        Some(Child::Node(node)) => node,
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
