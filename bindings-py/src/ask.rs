//! Questions to what the user supplied: the transport, the token provider and a token store of their own.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use larkspur_core::http::{Head, Headers, TransportError, TransportKind};
use larkspur_core::{Answer, Ask, Secret, TokenWanted, Wall};
use larkspur_native::lock;
use pyo3::exceptions::{PyConnectionError, PyConnectionRefusedError, PyException, PyTimeoutError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyMapping, PyString, PyTuple};
use tokio::sync::oneshot;

use crate::keywords::get;
use crate::{errors, json, store, values};

/// The functions that a user may supply.
#[derive(Default)]
pub struct Functions {
    /// Takes the network's place.
    pub transport: Option<Py<PyAny>>,
    /// Gives tokens, or signs what an app without a secret proves itself with.
    pub provider: Option<Py<PyAny>>,
    /// Keeps tokens: `load` and `swap`.
    pub store: Option<(Py<PyAny>, Py<PyAny>)>,
}

impl Functions {
    /// Takes the functions out of a client's options.
    pub fn of(options: &Bound<'_, PyDict>) -> PyResult<Arc<Self>> {
        let function = |name| Ok::<_, PyErr>(get(options, name)?.map(Bound::unbind));
        let provider = function("token_provider")?.or(function("client_assertion")?);
        Ok(Arc::new(Self { transport: function("transport")?, provider, store: store::own(options)? }))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.transport.is_none() && self.provider.is_none() && self.store.is_none()
    }
}

/// A request on its way through a transport.
#[derive(Clone)]
pub struct Outgoing {
    /// The method in capitals.
    pub method: &'static str,
    /// The absolute URL.
    pub url: String,
    /// The headers.
    pub headers: Headers,
    /// The whole body.
    pub body: Bytes,
}

/// What a transport answered.
pub type Incoming = Result<(Head, Bytes), TransportError>;

/// What one of the user's functions is asked; the answer goes back to where the question came from.
#[pyclass(frozen, module = "larkspur._native")]
pub struct Question {
    functions: Arc<Functions>,
    asked: Asked,
}

enum Asked {
    Transport(Outgoing, Slot<Incoming>),
    Token(TokenWanted, Slot<Answer>),
    Store(Ask, Slot<Answer>),
}

type Slot<T> = Mutex<Option<oneshot::Sender<T>>>;

/// The request that a transport is given.
#[pyclass(frozen, get_all, module = "larkspur")]
pub struct TransportRequest {
    method: &'static str,
    url: String,
    headers: Py<PyDict>,
    body: Py<PyBytes>,
}

#[pymethods]
impl TransportRequest {
    fn __repr__(&self) -> String {
        let path = self.url.split('?').next().unwrap_or_default();
        format!("TransportRequest({} {path})", self.method)
    }
}

#[pymethods]
impl Question {
    /// The user's function.
    #[getter]
    fn function(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        let function = match self.asked {
            Asked::Transport(..) => self.functions.transport.as_ref(),
            Asked::Token(..) => self.functions.provider.as_ref(),
            Asked::Store(Ask::Load { .. }, _) => self.functions.store.as_ref().map(|(load, _)| load),
            Asked::Store(..) => self.functions.store.as_ref().map(|(_, swap)| swap),
        };
        function.map(|function| function.clone_ref(py))
    }

    /// What the function is called with.
    #[getter]
    fn arguments<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        match &self.asked {
            Asked::Transport(request, _) => (outgoing(py, request)?,).into_pyobject(py),
            Asked::Token(TokenWanted { audience: Some(audience), .. }, _) => (audience,).into_pyobject(py),
            Asked::Token(wanted, _) => (token_wanted(py, wanted)?,).into_pyobject(py),
            Asked::Store(ask, _) => store::arguments(py, ask),
        }
    }

    /// Passes on what the function returned.
    fn answer(&self, value: &Bound<'_, PyAny>) {
        match &self.asked {
            Asked::Transport(_, slot) => send(slot, incoming(value).map_err(|error| failed(value.py(), &error))),
            Asked::Token(wanted, slot) => send(slot, token(value).unwrap_or_else(|error| refused(value.py(), wanted, &error))),
            Asked::Store(ask, slot) => send(slot, store::answer(ask, value).unwrap_or_else(|error| broken(value.py(), &error))),
        }
    }

    /// Passes on what the function raised.
    fn fail(&self, error: &Bound<'_, PyAny>) {
        let (py, error) = (error.py(), PyErr::from_value(error.clone()));
        match &self.asked {
            Asked::Transport(_, slot) => send(slot, Err(failed(py, &error))),
            Asked::Token(wanted, slot) => send(slot, refused(py, wanted, &error)),
            Asked::Store(_, slot) => send(slot, broken(py, &error)),
        }
    }
}

impl Question {
    /// Asks the transport.
    pub fn transport(functions: Arc<Functions>, request: Outgoing) -> (Self, oneshot::Receiver<Incoming>) {
        let (sender, receiver) = oneshot::channel();
        (Self { functions, asked: Asked::Transport(request, Mutex::new(Some(sender))) }, receiver)
    }

    /// Asks the token provider.
    pub fn token(functions: Arc<Functions>, wanted: TokenWanted) -> (Self, oneshot::Receiver<Answer>) {
        let (sender, receiver) = oneshot::channel();
        (Self { functions, asked: Asked::Token(wanted, Mutex::new(Some(sender))) }, receiver)
    }

    /// Asks the token store.
    pub fn store(functions: Arc<Functions>, ask: Ask) -> (Self, oneshot::Receiver<Answer>) {
        let (sender, receiver) = oneshot::channel();
        (Self { functions, asked: Asked::Store(ask, Mutex::new(Some(sender))) }, receiver)
    }

    /// Calls the function here and now.
    ///
    /// # Errors
    /// What ends a program or a test (`KeyboardInterrupt`, `SystemExit`) is not the network's business.
    pub fn serve(&self, py: Python<'_>) -> PyResult<()> {
        match self.called(py) {
            Ok(value) => self.answer(&value),
            Err(error) if error.is_instance_of::<PyException>(py) => self.fail(error.value(py).as_any()),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn called<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let function = self.function(py).ok_or_else(|| PyTypeError::new_err("there is no such function"))?;
        let value = function.bind(py).call1(self.arguments(py)?)?;
        if value.hasattr("__await__")? {
            let _ = value.call_method0("close");
            return Err(PyTypeError::new_err("it is asynchronous; give it to AsyncClient"));
        }
        Ok(value)
    }
}

fn send<T>(slot: &Slot<T>, value: T) {
    let sender = lock(slot).take();
    // Nobody waits any more: the call was cancelled.
    let _ = sender.map(|sender| sender.send(value).is_ok());
}

fn outgoing(py: Python<'_>, request: &Outgoing) -> PyResult<Py<PyAny>> {
    let headers = values::headers(py, &request.headers)?.unbind();
    let body = PyBytes::new(py, &request.body).unbind();
    Ok(Py::new(py, TransportRequest { method: request.method, url: request.url.clone(), headers, body })?.into_any())
}

fn token_wanted(py: Python<'_>, wanted: &TokenWanted) -> PyResult<Py<PyAny>> {
    let dict = PyDict::new(py);
    dict.set_item("kind", wanted.kind)?;
    dict.set_item("tenant_key", &wanted.tenant_key)?;
    dict.set_item("user_key", &wanted.user_key)?;
    dict.set_item("reason", wanted.reason)?;
    Ok(dict.into_any().unbind())
}

/// `(status, headers, body)`; the body as bytes, text, or an object for JSON.
fn incoming(value: &Bound<'_, PyAny>) -> PyResult<(Head, Bytes)> {
    let (status, fields, body) = value
        .extract::<(u16, Bound<'_, PyAny>, Bound<'_, PyAny>)>()
        .map_err(|_| PyTypeError::new_err(format!("it returned a {} instead of (status, headers, body)", json::type_name(value))))?;
    let mut headers = Headers::new();
    let fields = match fields.cast::<PyMapping>() {
        Ok(mapping) => mapping.items()?.into_any(),
        Err(_) => fields,
    };
    for field in fields.try_iter()? {
        let (name, value) = field?.extract::<(String, String)>()?;
        headers.push(name, value);
    }
    let body = match (body.cast::<PyBytes>(), body.cast::<PyString>()) {
        (Ok(bytes), _) => Bytes::copy_from_slice(bytes.as_bytes()),
        (_, Ok(text)) => Bytes::copy_from_slice(text.to_str()?.as_bytes()),
        _ => json_body(&body, &mut headers)?,
    };
    Ok((Head { status, headers }, body))
}

fn json_body(body: &Bound<'_, PyAny>, headers: &mut Headers) -> PyResult<Bytes> {
    let mut text = Vec::new();
    json::write(&mut text, body).map_err(|reason| PyTypeError::new_err(format!("its body {reason}")))?;
    if headers.get("content-type").is_none() {
        headers.push("content-type", "application/json; charset=utf-8");
    }
    Ok(text.into())
}

/// A token, or `{"token": …, "expires_at": seconds since 1970}`.
fn token(value: &Bound<'_, PyAny>) -> PyResult<Answer> {
    if let Ok(token) = value.extract::<String>() {
        return Ok(Answer::Token { token: Secret::new(token), expires_at: None });
    }
    let Ok(dict) = value.cast::<PyDict>() else {
        return Err(PyTypeError::new_err(format!("it returned a {} instead of a token", json::type_name(value))));
    };
    let token = get(dict, "token")?.ok_or_else(|| PyTypeError::new_err("it returned no token"))?.extract::<String>()?;
    let expires_at = get(dict, "expires_at")?.map(|at| at.extract::<f64>()).transpose()?;
    Ok(Answer::Token { token: Secret::new(token), expires_at: expires_at.map(|at| Wall((at * 1000.0) as u64)) })
}

fn refused(py: Python<'_>, wanted: &TokenWanted, error: &PyErr) -> Answer {
    let who = if wanted.audience.is_some() { "" } else { "token_provider failed: " };
    Answer::Failed(format!("{who}{}", shown(py, error)))
}

fn broken(py: Python<'_>, error: &PyErr) -> Answer {
    Answer::Failed(shown(py, error))
}

/// What the transport raised means what it would mean on the network; anything else is a mistake and ends the call.
fn failed(py: Python<'_>, error: &PyErr) -> TransportError {
    let reason = format!("transport failed: {}", shown(py, error));
    let is = |name| error.matches(py, errors::class(py, name)).unwrap_or(false);
    if error.is_instance_of::<PyConnectionRefusedError>(py) || is("ConnectError") {
        TransportError::unsent(TransportKind::Connect, reason)
    } else if is("TlsError") {
        TransportError::unsent(TransportKind::Tls, reason)
    } else if error.is_instance_of::<PyTimeoutError>(py) {
        TransportError::sent(TransportKind::Timeout, reason)
    } else if error.is_instance_of::<PyConnectionError>(py) || is("TransportError") {
        TransportError::sent(TransportKind::Broken, reason)
    } else {
        TransportError::sent(TransportKind::Sink, reason)
    }
}

fn shown(py: Python<'_>, error: &PyErr) -> String {
    let kind = error.get_type(py).name().map(|name| name.to_string()).unwrap_or_default();
    match error.value(py).to_string().as_str() {
        "" => kind,
        text => format!("{kind}: {text}"),
    }
}
