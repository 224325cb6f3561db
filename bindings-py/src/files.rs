//! Files that go up: bytes, paths, streams.

use std::io::{self, Cursor, Read};
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use larkspur_core::http::{Piece, Source};
use larkspur_core::{Error, FileArgument};
use larkspur_native::stream::{FileSource, ReaderSource, watch_source};
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyMemoryView, PyString, PyTuple};

use crate::json::type_name;
use crate::mailbox::Progress;

/// The file that the caller gave for an argument.
///
/// # Errors
/// `ArgumentError` for anything but bytes, a path object, a binary stream, or a pair of a name and one of these.
pub fn file(name: &str, value: &Bound<'_, PyAny>, progress: Option<&Arc<Progress>>) -> Result<FileArgument, Error> {
    if let Ok(pair) = value.cast::<PyTuple>() {
        let (file_name, value) = pair.extract::<(String, Bound<'_, PyAny>)>().map_err(|_| refused(name, value))?;
        return Ok(FileArgument { file_name: Some(file_name), ..file(name, &value, progress)? });
    }
    let (content, file_name) = content(name, value)?;
    let content = match progress {
        None => content,
        Some(progress) => watched(content, progress.clone()),
    };
    Ok(FileArgument { name: name.to_owned(), content, file_name })
}

fn content(name: &str, value: &Bound<'_, PyAny>) -> Result<(Piece, Option<String>), Error> {
    if value.is_instance_of::<PyString>() {
        return Err(Error::argument(format!("{name} is a str")).with_remedy("pass pathlib.Path for a file on disk, bytes for its contents"));
    }
    if let Some(bytes) = bytes(value) {
        return Ok((Piece::Bytes(bytes), None));
    }
    if let Ok(path) = value.extract::<PathBuf>() {
        let file_name = path.file_name().map(|file_name| file_name.to_string_lossy().into_owned());
        return Ok((Piece::Source(Arc::new(FileSource::new(path)?)), file_name));
    }
    match value.hasattr("read") {
        Ok(true) => Ok((Piece::Source(Arc::new(stream(value))), stream_name(value))),
        _ => Err(refused(name, value)),
    }
}

fn bytes(value: &Bound<'_, PyAny>) -> Option<Bytes> {
    if let Ok(bytes) = value.cast::<PyBytes>() {
        return Some(Bytes::copy_from_slice(bytes.as_bytes()));
    }
    if !value.is_instance_of::<PyByteArray>() && !value.is_instance_of::<PyMemoryView>() {
        return None;
    }
    let bytes = value.py().get_type::<PyBytes>().call1((value,)).ok()?;
    Some(Bytes::copy_from_slice(bytes.cast::<PyBytes>().ok()?.as_bytes()))
}

fn refused(name: &str, value: &Bound<'_, PyAny>) -> Error {
    let reason = format!("{name} is a {}, which is no file", type_name(value));
    Error::argument(reason).with_remedy("pass bytes, pathlib.Path, a binary stream, or (name, bytes)")
}

/// A stream of Python's; it can be sent again if it can be wound back.
fn stream(value: &Bound<'_, PyAny>) -> ReaderSource {
    let stream = Arc::new(value.clone().unbind());
    match extent(value) {
        None => ReaderSource::once(Stream(stream), None),
        Some((start, length)) => ReaderSource::again(
            move || {
                attached(|py| stream.call_method1(py, "seek", (start,)))?;
                Ok(Box::new(Stream(stream.clone())))
            },
            Some(length),
        ),
    }
}

/// Where a stream stands and how many bytes follow.
fn extent(value: &Bound<'_, PyAny>) -> Option<(u64, u64)> {
    let at = |value: Bound<'_, PyAny>| value.extract::<u64>().ok();
    let start = at(value.call_method0("tell").ok()?)?;
    let end = at(value.call_method1("seek", (0, 2)).ok()?)?;
    value.call_method1("seek", (start,)).ok()?;
    Some((start, end.saturating_sub(start)))
}

/// The last part of the path that an open file tells.
fn stream_name(value: &Bound<'_, PyAny>) -> Option<String> {
    let name = value.getattr("name").ok()?.extract::<PathBuf>().ok()?;
    Some(name.file_name()?.to_string_lossy().into_owned())
}

/// Reads on a thread that may block, and only while the interpreter lives.
struct Stream(Arc<Py<PyAny>>);

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let chunk = attached(|py| self.0.call_method1(py, "read", (buffer.len(),)).and_then(|chunk| piece(chunk.bind(py), buffer)))?;
        Ok(chunk)
    }
}

fn piece(chunk: &Bound<'_, PyAny>, buffer: &mut [u8]) -> PyResult<usize> {
    let wrong = || pyo3::exceptions::PyTypeError::new_err(format!("read gave a {} instead of bytes", type_name(chunk)));
    let bytes = chunk.cast::<PyBytes>().map_err(|_| wrong())?.as_bytes();
    let room = buffer.get_mut(..bytes.len()).ok_or_else(wrong)?;
    room.copy_from_slice(bytes);
    Ok(bytes.len())
}

fn attached<T>(work: impl FnOnce(Python<'_>) -> PyResult<T>) -> io::Result<T> {
    let told = |py: Python<'_>, error: PyErr| io::Error::other(error.value(py).to_string());
    Python::try_attach(|py| work(py).map_err(|error| told(py, error))).unwrap_or_else(|| Err(io::Error::other("the interpreter is ending")))
}

fn watched(content: Piece, progress: Arc<Progress>) -> Piece {
    let source: Arc<dyn Source> = match content {
        Piece::Source(source) => source,
        Piece::Bytes(bytes) => {
            let length = bytes.len() as u64;
            Arc::new(ReaderSource::again(move || Ok(Box::new(Cursor::new(bytes.clone()))), Some(length)))
        }
    };
    Piece::Source(watch_source(source, Arc::new(move |done, total| progress.note(done, total))))
}
