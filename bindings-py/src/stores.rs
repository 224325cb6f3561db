//! The token stores that the package brings.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use larkspur_core::{Error, Secret};
use larkspur_native::{FileStore as NativeFileStore, RedisStore as NativeRedisStore, Seal, Store};
use pyo3::exceptions::{PyOSError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::errors;
use crate::keywords::{authority, get};

/// What `load` returns: the value and its version.
type Loaded<'py> = Option<(Bound<'py, PyBytes>, String)>;

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
/// With `key`, 32 random bytes, its values are encrypted.
#[pyclass(frozen, module = "larkspur")]
pub struct FileStore(Arc<NativeFileStore>);

#[pymethods]
impl FileStore {
    #[new]
    #[pyo3(signature = (path, *, key = None))]
    fn new(py: Python<'_>, path: PathBuf, key: Option<&[u8]>) -> PyResult<Self> {
        Ok(Self(Arc::new(NativeFileStore::new(path).sealed(seal(py, key)?))))
    }

    /// Where it is.
    #[getter]
    fn path(&self) -> PathBuf {
        self.0.path().to_owned()
    }

    /// What lies under the key: the value and its version.
    fn load<'py>(&self, py: Python<'py>, key: &str) -> PyResult<Loaded<'py>> {
        load(py, &*self.0, key)
    }

    /// Puts the value in the place of the one with that version; says whether it did.
    fn swap(&self, py: Python<'_>, key: &str, expected_version: Option<&str>, value: &[u8], ttl: f64) -> PyResult<bool> {
        swap(py, &*self.0, key, expected_version, value, ttl)
    }

    fn __repr__(&self) -> String {
        format!("larkspur.FileStore({:?})", self.0.path().display().to_string())
    }
}

/// Keeps tokens in a Redis, which processes on many machines may share.
///
/// `url` is `redis://user:password@host:port/db`, or `rediss://` for TLS; all keys begin with `prefix`. With `key`, 32 random bytes, the
/// values are encrypted. `ca`, path or PEM bytes, is the authority of a certificate that the system's authorities do not know. While the Redis is away, clients go on with tokens of their own.
#[pyclass(frozen, module = "larkspur")]
pub struct RedisStore(Arc<NativeRedisStore>);

#[pymethods]
impl RedisStore {
    #[new]
    #[pyo3(signature = (url, *, prefix = "larkspur:", key = None, ca = None))]
    fn new(py: Python<'_>, url: &str, prefix: &str, key: Option<&[u8]>, ca: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let ca = ca.map(authority).transpose()?;
        let store = NativeRedisStore::new(url, prefix).and_then(|store| match &ca {
            Some(ca) => store.trusting(ca),
            None => Ok(store),
        });
        Ok(Self(Arc::new(store.map_err(|error| errors::raise(py, &error))?.sealed(seal(py, key)?))))
    }

    /// Where it is, without user and password.
    #[getter]
    fn url(&self) -> &str {
        self.0.url()
    }

    /// What its keys begin with.
    #[getter]
    fn prefix(&self) -> &str {
        self.0.prefix()
    }

    /// What lies under the key: the value and its version.
    fn load<'py>(&self, py: Python<'py>, key: &str) -> PyResult<Loaded<'py>> {
        load(py, &*self.0, key)
    }

    /// Puts the value in the place of the one with that version; says whether it did.
    fn swap(&self, py: Python<'_>, key: &str, expected_version: Option<&str>, value: &[u8], ttl: f64) -> PyResult<bool> {
        swap(py, &*self.0, key, expected_version, value, ttl)
    }

    fn __repr__(&self) -> String {
        format!("larkspur.RedisStore({:?}, prefix={:?})", self.0.url(), self.0.prefix())
    }
}

/// The store that the native host asks itself.
pub fn native(options: &Bound<'_, PyDict>) -> PyResult<Option<Arc<dyn Store>>> {
    let Some(store) = get(options, "token_store")? else { return Ok(None) };
    let file = store.cast::<FileStore>().ok().map(|store| store.get().0.clone() as Arc<dyn Store>);
    Ok(file.or_else(|| store.cast::<RedisStore>().ok().map(|store| store.get().0.clone() as Arc<dyn Store>)))
}

/// The store through which a fleet shares its pace.
pub fn pacing(options: &Bound<'_, PyDict>) -> PyResult<Option<Arc<NativeRedisStore>>> {
    let store = get(options, "pacing")?.and_then(|pacing| Some(pacing.cast::<RedisStore>().ok()?.get().0.clone()));
    Ok(store)
}

/// Whether the package brings the store.
pub fn is_brought(store: &Bound<'_, PyAny>) -> bool {
    is_memory(store) || store.is_instance_of::<FileStore>() || store.is_instance_of::<RedisStore>()
}

/// Whether the store is the client's own memory.
pub fn is_memory(store: &Bound<'_, PyAny>) -> bool {
    store.is_instance_of::<MemoryStore>()
}

/// A value as the core has it.
pub fn text(bytes: &[u8]) -> PyResult<Secret> {
    let text = std::str::from_utf8(bytes).map_err(|_| PyTypeError::new_err("the value is not what was stored"))?;
    Ok(Secret::new(text))
}

fn seal(py: Python<'_>, key: Option<&[u8]>) -> PyResult<Seal> {
    let seal: Result<Seal, Error> = key.map_or_else(|| Ok(Seal::default()), Seal::new);
    seal.map_err(|error| errors::raise(py, &error))
}

fn load<'py>(py: Python<'py>, store: &dyn Store, key: &str) -> PyResult<Loaded<'py>> {
    let found = py.detach(|| store.load(key)).map_err(PyOSError::new_err)?;
    Ok(found.map(|stored| (PyBytes::new(py, stored.value.reveal().as_bytes()), stored.version)))
}

fn swap(py: Python<'_>, store: &dyn Store, key: &str, expected: Option<&str>, value: &[u8], ttl: f64) -> PyResult<bool> {
    let value = text(value)?;
    let ttl = Duration::try_from_secs_f64(ttl).map_err(|_| PyTypeError::new_err("ttl is no number of seconds"))?;
    py.detach(|| store.swap(key, expected, &value, ttl)).map_err(PyOSError::new_err)
}
