//! From Python's keywords to a call: options, arguments as JSON text, files.

use std::sync::Arc;

use larkspur_core::catalog::{Child, Kind, Operation, Place, Style, nearest};
use larkspur_core::{Arguments, CallOptions, Error, FileArgument, Invocation, PathCall, Target};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyMapping, PyString};

use crate::entry::Entry;
use crate::files;
use crate::keywords::{get, taken};
use crate::mailbox::Progress;
use crate::{errors, json, options};

/// The options of every call.
const OPTIONS: [&str; 6] = ["timeout", "max_wait", "max_retries", "headers", "idempotency_key", "on_progress"];

/// What else a call of any path takes.
const PARTS: [&str; 5] = ["path_params", "query", "body", "files", "token"];

/// A member of a mapping.
type Item<'py> = (String, Bound<'py, PyAny>);

/// A call with what Python adds to it.
pub struct Given {
    pub invocation: Invocation,
    pub on_progress: Option<Py<PyAny>>,
    pub progress: Option<Arc<Progress>>,
}

/// The call of an operation.
///
/// # Errors
/// `ArgumentError` for what cannot be sent.
pub fn operation(entry: &Entry, keywords: &Bound<'_, PyDict>) -> PyResult<Given> {
    let Entry(Child::Operation(operation)) = entry else {
        return Err(errors::argument(keywords.py(), "is no operation"));
    };
    let (mut options, on_progress) = if has_options(keywords) { call_options(keywords)? } else { Default::default() };
    let progress = on_progress.as_ref().map(|_| Arc::default());
    // Room for what most calls say.
    let (mut text, mut files) = (Vec::with_capacity(256), Vec::new());
    for (name, value) in keywords {
        let name = name.cast::<PyString>()?.to_str()?;
        let is_option = OPTIONS.contains(&name) && !(name == "idempotency_key" && operation.parameter(name).is_some());
        if value.is_none() || is_option {
            continue;
        }
        let result = match is_file(*operation, name) {
            true => files::file(name, &value, progress.as_ref()).map(|file| files.push(file)),
            false => member(&mut text, name, &value),
        };
        result.map_err(|error| raise(keywords.py(), error, &operation.name(Style::Snake)))?;
    }
    if options.idempotency_key.is_some() && operation.parameter("idempotency_key").is_some() {
        options.idempotency_key = None;
    }
    let arguments = Arguments { json: object(text), files };
    Ok(given(Target::Operation(*operation, arguments), options, on_progress, progress))
}

fn is_file(operation: Operation, name: &str) -> bool {
    matches!(operation.kind(), Kind::Upload | Kind::Bytes)
        && operation.parameter(name).is_some_and(|parameter| parameter.place == Place::File)
}

/// The call of any path.
///
/// # Errors
/// `ArgumentError` for what cannot be sent.
pub fn path(method: String, path: String, parts: &Bound<'_, PyDict>) -> PyResult<Given> {
    let py = parts.py();
    let name = format!("{method} {path}");
    check_names(parts).map_err(|error| raise(py, error, &name))?;
    let (options, on_progress) = call_options(parts)?;
    let progress = on_progress.as_ref().map(|_| Arc::default());
    let members = |part: &str| members(parts, part).map_err(|error| raise(py, error, &name));
    let files = files_of(parts, progress.as_ref()).map_err(|error| raise(py, error, &name))?;
    let call = PathCall {
        path_params: members("path_params")?,
        query: members("query")?,
        body: body(parts).map_err(|error| raise(py, error, &name))?,
        files,
        token: taken(parts, "token")?,
        method,
        path,
    };
    Ok(given(Target::Path(call), options, on_progress, progress))
}

/// Most calls have none, and looking each up would cost more than the rest.
fn has_options(keywords: &Bound<'_, PyDict>) -> bool {
    keywords.iter().any(|(name, _)| name.cast::<PyString>().is_ok_and(|name| name.to_str().is_ok_and(|name| OPTIONS.contains(&name))))
}

fn call_options(keywords: &Bound<'_, PyDict>) -> PyResult<(CallOptions, Option<Py<PyAny>>)> {
    Ok((options::call(keywords)?, get(keywords, "on_progress")?.map(Bound::unbind)))
}

/// A dict as a JSON object, members that are `None` left out.
pub fn object_of(members: &Bound<'_, PyDict>) -> Result<String, Error> {
    let mut text = Vec::new();
    for (name, value) in members {
        if !value.is_none() {
            member(&mut text, &name.to_string(), &value)?;
        }
    }
    Ok(object(text))
}

/// Any value as JSON; `what` names it in messages.
pub fn value_of(what: &str, value: &Bound<'_, PyAny>) -> Result<String, Error> {
    let mut text = Vec::new();
    json::write(&mut text, value).map_err(|reason| Error::argument(format!("{what} {reason}")))?;
    Ok(String::from_utf8(text).unwrap_or_default())
}

fn given(target: Target, options: CallOptions, on_progress: Option<Py<PyAny>>, progress: Option<Arc<Progress>>) -> Given {
    Given { invocation: Invocation { target, options, style: Style::Snake, sink: None, offset: 0 }, on_progress, progress }
}

/// Adds `"name":value` to the members of an object.
fn member(text: &mut Vec<u8>, name: &str, value: &Bound<'_, PyAny>) -> Result<(), Error> {
    text.push(if text.is_empty() { b'{' } else { b',' });
    let refuse = |reason: String| Error::argument(format!("{name} {reason}"));
    serde_json::to_writer(&mut *text, name).map_err(|error| refuse(error.to_string()))?;
    text.push(b':');
    json::write(text, value).map_err(refuse)
}

fn object(mut members: Vec<u8>) -> String {
    if !members.is_empty() {
        members.push(b'}');
    }
    String::from_utf8(members).unwrap_or_default()
}

/// A mapping as a JSON object, members that are `None` left out.
fn members(parts: &Bound<'_, PyDict>, part: &str) -> Result<String, Error> {
    let mut text = Vec::new();
    for (name, value) in items(parts, part)? {
        if !value.is_none() {
            member(&mut text, &name, &value)?;
        }
    }
    Ok(object(text))
}

fn body(parts: &Bound<'_, PyDict>) -> Result<String, Error> {
    get(parts, "body").ok().flatten().map_or(Ok(String::new()), |body| value_of("body", &body))
}

fn files_of(parts: &Bound<'_, PyDict>, progress: Option<&Arc<Progress>>) -> Result<Vec<FileArgument>, Error> {
    items(parts, "files")?.into_iter().map(|(name, value)| files::file(&name, &value, progress)).collect()
}

fn items<'py>(parts: &Bound<'py, PyDict>, part: &str) -> Result<Vec<Item<'py>>, Error> {
    let Some(value) = get(parts, part).ok().flatten() else { return Ok(Vec::new()) };
    let refuse = || Error::argument(format!("{part} is a {}", json::type_name(&value))).with_remedy("pass a dict whose keys are strings");
    let items = value.cast::<PyMapping>().map_err(|_| refuse())?.items().map_err(|_| refuse())?;
    items.iter().map(|item| item.extract().map_err(|_| refuse())).collect()
}

fn check_names(parts: &Bound<'_, PyDict>) -> Result<(), Error> {
    let known = || PARTS.iter().chain(&OPTIONS).copied();
    for name in parts.keys() {
        let name = name.to_string();
        if !known().any(|known| known == name) {
            let error = Error::argument(format!("{name} is no argument of request"));
            let remedy = nearest(&name, known()).map_or("put it into query or body".to_owned(), |near| format!("did you mean {near}?"));
            return Err(error.with_remedy(remedy));
        }
    }
    Ok(())
}

fn raise(py: Python<'_>, error: Error, name: &str) -> PyErr {
    errors::raise(py, &error.of_operation(name))
}
