//! Token stores of the user's own: objects with `load` and `swap`.

use larkspur_core::{Answer, Ask, Secret, Stored};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString, PyTuple};

use crate::keywords::get;
use crate::stores::text;
use crate::{errors, json, stores};

/// Whether tokens are kept elsewhere than in the client.
pub fn is_outside(options: &Bound<'_, PyDict>) -> PyResult<bool> {
    Ok(get(options, "token_store")?.is_some_and(|store| !stores::is_memory(&store)))
}

/// `load` and `swap` of an object of the user's own.
pub fn own(options: &Bound<'_, PyDict>) -> PyResult<Option<(Py<PyAny>, Py<PyAny>)>> {
    let Some(store) = get(options, "token_store")? else { return Ok(None) };
    if stores::is_brought(&store) {
        return Ok(None);
    }
    let method = |name| store.getattr(name).ok().filter(|method| method.is_callable());
    match (method("load"), method("swap")) {
        (Some(load), Some(swap)) => Ok(Some((load.unbind(), swap.unbind()))),
        _ => Err(errors::config(
            options.py(),
            format!("token_store is a {}; pass larkspur.FileStore(path), or an object with load and swap", json::type_name(&store)),
        )),
    }
}

/// What `load` or `swap` is called with.
pub fn arguments<'py>(py: Python<'py>, ask: &Ask) -> PyResult<Bound<'py, PyTuple>> {
    match ask {
        Ask::Load { key } => (key,).into_pyobject(py),
        Ask::Swap { key, expected, value, ttl } => {
            let expected = expected.as_deref().map(|version| shown(py, version)).transpose()?;
            (key, expected, PyBytes::new(py, value.reveal().as_bytes()), ttl.as_secs_f64().ceil() as u64).into_pyobject(py)
        }
        _ => Ok(PyTuple::empty(py)),
    }
}

/// What `load` or `swap` returned.
pub fn answer(ask: &Ask, value: &Bound<'_, PyAny>) -> PyResult<Answer> {
    match ask {
        Ask::Swap { .. } => value.is_truthy().map(Answer::Swapped),
        _ if value.is_none() => Ok(Answer::Loaded(None)),
        _ => {
            let wrong = || PyTypeError::new_err(format!("load returned a {} instead of (bytes, version)", json::type_name(value)));
            let (bytes, version) = value.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>().map_err(|_| wrong())?;
            let value = match (bytes.cast::<PyBytes>(), bytes.cast::<PyString>()) {
                (Ok(bytes), _) => text(bytes.as_bytes())?,
                (_, Ok(text)) => Secret::new(text.to_str()?),
                _ => return Err(wrong()),
            };
            Ok(Answer::Loaded(Some(Stored { value, version: named(&version)? })))
        }
    }
}

/// A version may be a number or a text; its first letter tells which.
fn named(version: &Bound<'_, PyAny>) -> PyResult<String> {
    match (version.extract::<i64>(), version.extract::<String>()) {
        (Ok(number), _) => Ok(format!("i{number}")),
        (_, Ok(text)) => Ok(format!("s{text}")),
        _ => Err(PyTypeError::new_err(format!("load returned a {} as version; use a number or a text", json::type_name(version)))),
    }
}

fn shown<'py>(py: Python<'py>, version: &str) -> PyResult<Bound<'py, PyAny>> {
    match version.strip_prefix('i').and_then(|number| number.parse::<i64>().ok()) {
        Some(number) => Ok(number.into_pyobject(py)?.into_any()),
        None => Ok(version.strip_prefix('s').unwrap_or(version).into_pyobject(py)?.into_any()),
    }
}
