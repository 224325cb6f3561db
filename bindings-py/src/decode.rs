//! Answers as Python objects, straight from their bytes.

use jiter::{FloatMode, PartialMode, PythonParse, StringCacheMode};
use larkspur_core::http::Headers;
use larkspur_core::{Class, Error, Reply};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict};

use crate::errors;

const PARSE: PythonParse = PythonParse {
    allow_inf_nan: false,
    cache_mode: StringCacheMode::Keys,
    partial_mode: PartialMode::Off,
    catch_duplicate_keys: false,
    float_mode: FloatMode::Float,
};

/// The objects that a JSON text stands for; `None` for an empty one. Integers keep all their digits.
///
/// # Errors
/// `DecodeError` for an integer of more digits than Python reads.
pub fn json<'py>(py: Python<'py>, text: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    if text.is_empty() {
        return Ok(py.None().into_bound(py));
    }
    // The core has checked the text: what jiter refuses is half a surrogate pair, which Python's own parser takes.
    PARSE.python_parse(py, text).or_else(|_| loaded(py, text).map_err(|error| unreadable(py, &error)))
}

fn loaded<'py>(py: Python<'py>, text: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    py.import("json")?.call_method1("loads", (PyBytes::new(py, text),))
}

fn unreadable(py: Python<'_>, error: &PyErr) -> PyErr {
    errors::raise(py, &Error::new(Class::Decode, format!("the answer cannot be read: {}", error.value(py))))
}

/// The `data` of a reply.
pub fn data<'py>(py: Python<'py>, reply: &Reply) -> PyResult<Bound<'py, PyAny>> {
    json(py, reply.data())
}

/// The reply as `larkspur.Reply`.
pub fn raw<'py>(py: Python<'py>, reply: &Reply) -> PyResult<Bound<'py, PyAny>> {
    static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let class = CLASS.get_or_try_init(py, || py.import("larkspur._answers")?.getattr("Reply").map(Bound::unbind))?;
    let (headers, data) = (headers(py, &reply.headers)?, data(py, reply)?);
    class.bind(py).call1((reply.status, headers, reply.code, &reply.msg, &reply.log_id, data, reply.attempts))
}

/// Headers by their names in lower case; repeated ones are joined by a comma.
pub fn headers<'py>(py: Python<'py>, headers: &Headers) -> PyResult<Bound<'py, PyDict>> {
    let shown = PyDict::new(py);
    headers.shown().iter().try_for_each(|(name, value)| shown.set_item(name, value))?;
    Ok(shown)
}
