//! Answers as Python objects, straight from their bytes.

use larkspur_core::{Class, Error, Reply};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use crate::{errors, values};

/// What [`values::json`] makes of a part of an answer.
///
/// # Errors
/// `DecodeError` for an integer of more digits than Python reads.
pub fn json<'py>(py: Python<'py>, text: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    values::json(py, text).map_err(|error| unreadable(py, &error))
}

fn unreadable(py: Python<'_>, error: &PyErr) -> PyErr {
    errors::raise(py, &Error::new(Class::Decode, format!("the answer cannot be read: {}", error.value(py))))
}

/// The `data` of a reply.
///
/// # Errors
/// As [`json`].
pub fn data<'py>(py: Python<'py>, reply: &Reply) -> PyResult<Bound<'py, PyAny>> {
    json(py, reply.data())
}

/// The reply as `larkspur.Reply`.
///
/// # Errors
/// As [`json`].
pub fn raw<'py>(py: Python<'py>, reply: &Reply) -> PyResult<Bound<'py, PyAny>> {
    static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let class = CLASS.get_or_try_init(py, || py.import("larkspur._answers")?.getattr("Reply").map(Bound::unbind))?;
    let (headers, data) = (values::headers(py, &reply.headers)?, data(py, reply)?);
    class.bind(py).call1((reply.status, headers, reply.code, &reply.msg, &reply.log_id, data, reply.attempts))
}
