//! Reading Python's keywords.

use std::path::PathBuf;

use larkspur_native::Authority;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::{errors, json};

/// The keyword's value, unless it is absent or `None`.
pub fn get<'py>(options: &Bound<'py, PyDict>, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
    Ok(options.get_item(name)?.filter(|value| !value.is_none()))
}

/// The keyword's value as what it must be.
pub fn taken<'py, T: for<'a> FromPyObject<'a, 'py>>(options: &Bound<'py, PyDict>, name: &str) -> PyResult<Option<T>> {
    let Some(value) = get(options, name)? else { return Ok(None) };
    value.extract::<T>().map(Some).map_err(|_| wrong(&value, name))
}

/// What is said of a value that the keyword cannot have.
pub fn wrong(value: &Bound<'_, PyAny>, name: &str) -> PyErr {
    errors::config(value.py(), format!("{name} cannot be a {} of this kind or size", json::type_name(value)))
}

/// The certificates of an authority: PEM bytes, or the path of a file.
pub fn authority(ca: &Bound<'_, PyAny>) -> PyResult<Authority> {
    match ca.cast::<PyBytes>() {
        Ok(bytes) => Ok(Authority::Pem(bytes.as_bytes().to_vec())),
        Err(_) => Ok(Authority::File(ca.extract::<PathBuf>()?)),
    }
}
