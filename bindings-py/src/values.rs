//! JSON texts and headers as Python objects.

use jiter::{FloatMode, PartialMode, PythonParse, StringCacheMode};
use larkspur_core::http::Headers;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

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
/// `ValueError` for an integer of more digits than Python reads.
pub fn json<'py>(py: Python<'py>, text: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    if text.is_empty() {
        return Ok(py.None().into_bound(py));
    }
    // The core has checked the text: what jiter refuses is half a surrogate pair, which Python's own parser takes.
    PARSE.python_parse(py, text).or_else(|_| py.import("json")?.call_method1("loads", (PyBytes::new(py, text),)))
}

/// Headers by their names in lower case; repeated ones are joined by a comma.
///
/// # Errors
/// When Python has no memory.
pub fn headers<'py>(py: Python<'py>, headers: &Headers) -> PyResult<Bound<'py, PyDict>> {
    let shown = PyDict::new(py);
    headers.shown().iter().try_for_each(|(name, value)| shown.set_item(name, value))?;
    Ok(shown)
}
