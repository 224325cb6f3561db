//! Messages, built and read by the core.

use larkspur_core::{Error, message};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::{arguments, errors};

/// Type and content of a message of this kind; arguments that are `None` are left out.
#[pyfunction]
pub fn build_message(py: Python<'_>, kind: &str, arguments: &Bound<'_, PyDict>) -> PyResult<(String, String)> {
    let built = arguments::object_of(arguments).map_err(|error| error.of_operation(&format!("message.{kind}")));
    let built = built.and_then(|json| message::build(kind, &json));
    built.map(|message| (message.msg_type, message.content)).map_err(|error| errors::raise(py, &error))
}

/// The text of a received message.
#[pyfunction]
pub fn parse_message(py: Python<'_>, received: &Bound<'_, PyAny>) -> PyResult<String> {
    let text = arguments::value_of("message", received).and_then(|json| message::parse(&json));
    text.map_err(|error: Error| errors::raise(py, &error))
}

/// A mention of one person.
#[pyfunction]
pub fn mention(user_id: &str, name: &str) -> String {
    message::mention(user_id, name)
}

/// A mention of everybody in the chat.
#[pyfunction]
pub fn mention_all() -> String {
    message::mention_all()
}

/// Text of unknown origin, so that nothing in it is taken for a tag.
#[pyfunction]
pub fn escape(text: &str) -> String {
    message::escape(text)
}
