//! Permissions, by the core's rules.

use larkspur_core::catalog::scopes::{Least, Scopes, Wanted, allowed_by, called_in};
use larkspur_core::catalog::{Node, Operation, Style};
use pyo3::prelude::*;

use crate::errors;

/// The least permissions: the text that the console imports, the operations that nobody has documented, and those with conditions.
#[pyfunction]
#[pyo3(signature = (operations, identity, fields, granted))]
pub fn least_scopes(
    py: Python<'_>,
    operations: Vec<String>,
    identity: &str,
    fields: bool,
    granted: Option<&str>,
) -> PyResult<(String, Vec<String>, Vec<String>)> {
    let raise = |error| errors::raise(py, &error);
    let find = |name: &String| Operation::find(name).map_err(|unknown| raise(unknown.error(Node::ROOT, Style::Snake)));
    let wanted = Wanted {
        operations: operations.iter().map(find).collect::<PyResult<_>>()?,
        authority: identity.parse().map_err(raise)?,
        fields,
        granted: granted.map_or_else(|| Ok(Scopes::default()), Scopes::read).map_err(raise)?,
    };
    let Least { scopes, undocumented, conditional } = wanted.least();
    Ok((scopes.to_json(), names(undocumented), names(conditional)))
}

/// The operations for which a scope is enough.
#[pyfunction]
pub fn operations_of_scope(py: Python<'_>, scope: &str) -> PyResult<Vec<String>> {
    allowed_by(scope).map(names).map_err(|error| errors::raise(py, &error))
}

/// The operations whose names stand in a source text.
#[pyfunction]
pub fn operations_in(source: &str) -> Vec<String> {
    names(called_in(source))
}

/// Their dotted names, as Python spells them.
pub fn names(operations: Vec<Operation>) -> Vec<String> {
    operations.into_iter().map(|operation| operation.name(Style::Snake)).collect()
}
