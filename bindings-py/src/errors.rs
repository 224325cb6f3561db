//! Errors of the core as Python's exceptions, whose classes are in Python source.

use larkspur_core::Error;
use larkspur_core::error::Answer;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList};

use crate::values;

/// The exception for an error.
pub fn raise(py: Python<'_>, error: &Error) -> PyErr {
    build(py, error).map_or_else(|failed| failed, PyErr::from_value)
}

/// An argument that cannot be sent.
pub fn argument(py: Python<'_>, reason: impl Into<String>) -> PyErr {
    raise(py, &Error::argument(reason))
}

/// An option that cannot be.
pub fn config(py: Python<'_>, reason: impl Into<String>) -> PyErr {
    raise(py, &Error::config(reason))
}

/// The exception class of that name; `None` only while the package itself is being imported.
pub fn class<'py>(py: Python<'py>, name: &str) -> Option<Bound<'py, PyAny>> {
    py.import("larkspur._errors").and_then(|module| module.getattr(name)).ok()
}

/// What a function of the user's raises goes to `sys.unraisablehook` and harms no call.
///
/// # Errors
/// What ends a program: `KeyboardInterrupt`, `SystemExit`.
pub fn harmless<T>(py: Python<'_>, result: PyResult<T>, function: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
    match result {
        Err(error) if error.is_instance_of::<PyException>(py) => error.write_unraisable(py, function),
        Err(error) => return Err(error),
        Ok(_) => {}
    }
    Ok(())
}

fn build<'py>(py: Python<'py>, error: &Error) -> PyResult<Bound<'py, PyAny>> {
    static BUILD: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let build = BUILD.get_or_try_init(py, || py.import("larkspur._errors")?.getattr("build").map(Bound::unbind))?;
    build.bind(py).call1((error.class().name(), error.to_string(), facts(py, error)?))
}

fn facts<'py>(py: Python<'py>, error: &Error) -> PyResult<Bound<'py, PyDict>> {
    let facts = PyDict::new(py);
    facts.set_item("operation", &error.operation)?;
    facts.set_item("attempts", error.attempts)?;
    facts.set_item("retryable", error.retryable)?;
    facts.set_item("retry_after", error.retry_after.map(|span| span.as_secs_f64()))?;
    if let Some(url) = &error.authorize_url {
        facts.set_item("url", url)?;
    }
    if let Some(application) = &error.application {
        facts.set_item("apply_url", &application.url)?;
        facts.set_item("import_text", &application.import_text)?;
    }
    if let Some(answer) = &error.answer {
        add_answer(&facts, answer)?;
    }
    Ok(facts)
}

fn add_answer(facts: &Bound<'_, PyDict>, answer: &Answer) -> PyResult<()> {
    let py = facts.py();
    facts.set_item("status", answer.status)?;
    facts.set_item("headers", values::headers(py, &answer.headers)?)?;
    facts.set_item("code", answer.code)?;
    facts.set_item("msg", &answer.msg)?;
    facts.set_item("log_id", &answer.log_id)?;
    facts.set_item("troubleshooter", &answer.troubleshooter)?;
    let detail = answer.details.iter().find(|(name, _)| name == "detail_code");
    facts.set_item("detail_code", detail.and_then(|(_, code)| code.parse::<i64>().ok()))?;
    let fields = answer.field_violations.iter();
    facts.set_item(
        "field_violations",
        dicts(py, fields.map(|it| [("field", &it.field), ("value", &it.value), ("description", &it.description)]))?,
    )?;
    let permissions = answer.permission_violations.iter();
    let permissions = permissions.map(|it| [("kind", &it.kind), ("scope", &it.scope), ("description", &it.description), ("url", &it.url)]);
    facts.set_item("permission_violations", dicts(py, permissions)?)?;
    facts.set_item("missing_scopes", &answer.missing_scopes)?;
    facts.set_item("helps", dicts(py, answer.helps.iter().map(|it| [("url", &it.url), ("description", &it.description)]))?)?;
    if let Some(data) = &answer.data {
        // An error tells the rest even where Python cannot read its data.
        facts.set_item("data", values::json(py, data.as_bytes()).ok())?;
    }
    Ok(())
}

/// A list of dicts with the same keys.
fn dicts<'a, 'py, const N: usize>(py: Python<'py>, rows: impl Iterator<Item = [(&'a str, &'a String); N]>) -> PyResult<Bound<'py, PyList>> {
    let list = PyList::empty(py);
    for row in rows {
        let dict = PyDict::new(py);
        row.iter().try_for_each(|(name, value)| dict.set_item(name, value))?;
        list.append(dict)?;
    }
    Ok(list)
}
