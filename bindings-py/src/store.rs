//! Token stores: the ones that the package brings, and objects of the user's own.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use larkspur_core::{Answer, Ask, Secret, Stored};
use larkspur_native::{FileStore as NativeFileStore, Store};
use pyo3::exceptions::{PyOSError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString, PyTuple};

use crate::options::get;
use crate::{errors, json};

/// Keeps tokens in this process: what a client does anyway.
#[pyclass(frozen, module = "larkspur")]
pub struct MemoryStore;

#[pymethods]
impl MemoryStore {
    #[new]
    fn new() -> Self {
        Self
    }

    fn __repr__(&self) -> &'static str {
        "larkspur.MemoryStore()"
    }
}

/// Keeps tokens in one file that only its owner can read; all processes of a machine may share it.
///
/// The file is replaced as a whole, so that it is never half written. Its folder must be there, on a disk of this machine.
#[pyclass(frozen, module = "larkspur")]
pub struct FileStore(NativeFileStore);

#[pymethods]
impl FileStore {
    #[new]
    fn new(path: PathBuf) -> Self {
        Self(NativeFileStore::new(path))
    }

    /// Where it is.
    #[getter]
    fn path(&self) -> PathBuf {
        self.0.path().to_owned()
    }

    /// What lies under the key: the value and its version.
    fn load<'py>(&self, py: Python<'py>, key: &str) -> PyResult<Option<(Bound<'py, PyBytes>, String)>> {
        let found = py.detach(|| self.0.load(key)).map_err(PyOSError::new_err)?;
        Ok(found.map(|stored| (PyBytes::new(py, stored.value.reveal().as_bytes()), stored.version)))
    }

    /// Puts the value in the place of the one with that version; says whether it did.
    fn swap(&self, py: Python<'_>, key: &str, expected_version: Option<&str>, value: &[u8], ttl: f64) -> PyResult<bool> {
        let value = text(value)?;
        let ttl = Duration::try_from_secs_f64(ttl).map_err(|_| PyTypeError::new_err("ttl is no number of seconds"))?;
        py.detach(|| self.0.swap(key, expected_version, &value, ttl)).map_err(PyOSError::new_err)
    }

    fn __repr__(&self) -> String {
        format!("larkspur.FileStore({:?})", self.0.path().display().to_string())
    }
}

/// The store that the native host asks itself.
pub fn native(options: &Bound<'_, PyDict>) -> PyResult<Option<Arc<dyn Store>>> {
    let Some(store) = get(options, "token_store")? else { return Ok(None) };
    Ok(store.cast::<FileStore>().ok().map(|store| Arc::new(store.get().0.clone()) as Arc<dyn Store>))
}

/// Whether tokens are kept elsewhere than in the client.
pub fn is_outside(options: &Bound<'_, PyDict>) -> PyResult<bool> {
    Ok(get(options, "token_store")?.is_some_and(|store| !store.is_instance_of::<MemoryStore>()))
}

/// `load` and `swap` of an object of the user's own.
pub fn own(options: &Bound<'_, PyDict>) -> PyResult<Option<(Py<PyAny>, Py<PyAny>)>> {
    let Some(store) = get(options, "token_store")? else { return Ok(None) };
    if store.is_instance_of::<MemoryStore>() || store.is_instance_of::<FileStore>() {
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
        Ask::Token(_) => Ok(PyTuple::empty(py)),
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

fn text(bytes: &[u8]) -> PyResult<Secret> {
    let text = std::str::from_utf8(bytes).map_err(|_| PyTypeError::new_err("the value is not what was stored"))?;
    Ok(Secret::new(text))
}
