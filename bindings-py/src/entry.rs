//! The catalogue's names, and what is known about an operation.

use larkspur_core::catalog::{Child, Item, Kind, Node, Operation, Parameter, Place, Shape, Style, child, children};
use larkspur_core::http::Method;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::errors;

/// A place in the tree of names: a service, version, resource or operation.
#[pyclass(frozen, module = "larkspur._native")]
pub struct Entry(pub Child);

#[pymethods]
impl Entry {
    /// The dotted name.
    #[getter]
    fn name(&self) -> String {
        match self.0 {
            Child::Node(node) => node.name(Style::Snake),
            Child::Operation(operation) => operation.name(Style::Snake),
        }
    }

    #[getter]
    fn is_operation(&self) -> bool {
        matches!(self.0, Child::Operation(_))
    }

    #[getter]
    fn is_download(&self) -> bool {
        matches!(self.0, Child::Operation(operation) if operation.kind() == Kind::Download)
    }

    /// Whether the fields of its answer stand beside `code` and `msg`.
    #[getter]
    fn has_root_envelope(&self) -> bool {
        matches!(self.0, Child::Operation(operation) if operation.has_root_envelope())
    }

    /// All that is known about an operation.
    fn about<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        match self.0 {
            Child::Operation(operation) => about(py, operation),
            Child::Node(_) => Ok(PyDict::new(py)),
        }
    }
}

/// Follows one part of a name.
pub fn find(py: Python<'_>, parent: Node, name: &str) -> PyResult<Entry> {
    child(parent, name, Style::Snake).map(Entry).map_err(|unknown| errors::raise(py, &unknown.error(parent, Style::Snake)))
}

/// The roots of both families.
const FAMILIES: [Node; 2] = [Node::ROOT, Node::PROJECT];

/// An operation of either family by its dotted name, in either spelling.
#[pyfunction]
pub fn find_operation(py: Python<'_>, name: &str) -> PyResult<Entry> {
    // Names of the open platform have more parts.
    let root = if name.matches('.').count() > 1 { Node::ROOT } else { Node::PROJECT };
    let found = Operation::find_below(root, name).map(|operation| Entry(Child::Operation(operation)));
    found.map_err(|unknown| errors::raise(py, &unknown.error(root, Style::Snake)))
}

/// The name of the operation that a method and a path belong to.
#[pyfunction]
pub fn operation_at(method: &str, path: &str) -> Option<String> {
    let method = Method::parse(method)?;
    let found = FAMILIES.into_iter().find_map(|root| Operation::at_below(root, method, path));
    found.map(|operation| operation.name(Style::Snake))
}

/// The names below, as Python spells them.
pub fn names(parent: Node) -> Vec<String> {
    children(parent, Style::Snake).into_iter().map(|(name, _)| spelled(name)).collect()
}

/// The place of an entry; without one the root.
pub fn node(entry: Option<&Entry>, root: Node) -> Node {
    match entry {
        Some(Entry(Child::Node(node))) => *node,
        _ => root,
    }
}

/// A reserved word gets a trailing underscore.
fn spelled(name: String) -> String {
    match name.as_str() {
        "del" | "import" | "pass" | "from" | "async" => name + "_",
        _ => name,
    }
}

fn about(py: Python<'_>, operation: Operation) -> PyResult<Bound<'_, PyDict>> {
    let (dict, about) = (PyDict::new(py), operation.about());
    dict.set_item("name", operation.name(Style::Snake))?;
    dict.set_item("method", operation.method().as_str())?;
    dict.set_item("path", operation.path())?;
    dict.set_item("tokens", operation.tokens().to_string())?;
    dict.set_item("doc", about.doc_url())?;
    dict.set_item("historic", about.is_historic())?;
    dict.set_item("successor", about.successor().map(|successor| successor.name(Style::Snake)))?;
    dict.set_item("scopes", about.scopes().unwrap_or_default())?;
    dict.set_item("scopes_all", about.scopes_need_all())?;
    dict.set_item("field_scopes", about.field_scopes())?;
    dict.set_item("rate", about.rate().map(|rate| rate.text.to_owned()).or_else(|| operation.pace().map(|pace| pace.to_string())))?;
    dict.set_item("takes_key", operation.is_project() && !operation.reads_only())?;
    dict.set_item("paging", paging(operation))?;
    let parameters = PyList::empty(py);
    for parameter in operation.parameters() {
        parameters.append(parameter_about(py, &parameter, about.enum_values(parameter.name))?)?;
    }
    dict.set_item("parameters", parameters)?;
    Ok(dict)
}

fn parameter_about<'py>(py: Python<'py>, parameter: &Parameter, values: Vec<&'static str>) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("name", parameter.name)?;
    dict.set_item("place", place(parameter.place))?;
    dict.set_item("type", shape(parameter.shape))?;
    dict.set_item("required", parameter.required)?;
    dict.set_item("idempotency", parameter.idempotency)?;
    dict.set_item("values", values)?;
    Ok(dict)
}

/// What can be walked over: items and pages, pages only, or nothing.
fn paging(operation: Operation) -> Option<&'static str> {
    let paging = operation.paging()?;
    Some(if paging.several || paging.items.is_empty() { "pages" } else { "items" })
}

fn place(place: Place) -> &'static str {
    match place {
        Place::Path => "path",
        Place::Query => "query",
        Place::Header => "header",
        Place::Body => "body",
        Place::Form => "form",
        Place::File => "file",
    }
}

fn shape(shape: Shape) -> String {
    match shape {
        Shape::String => "string",
        Shape::IntString => "int_string",
        Shape::Int => "int",
        Shape::Bool => "bool",
        Shape::Float => "float",
        Shape::Number => "number",
        Shape::Any => "any",
        Shape::Object => "object",
        Shape::Map => "map",
        Shape::File => "file",
        Shape::List(item) => return format!("list of {}", self::item(item)),
    }
    .to_owned()
}

fn item(item: Item) -> &'static str {
    match item {
        Item::String => "string",
        Item::IntString => "int_string",
        Item::Int => "int",
        Item::Bool => "bool",
        Item::Float => "float",
        Item::Number => "number",
        Item::Any => "any",
        Item::Object => "object",
        Item::List => "list",
    }
}
