//! The native side of a client or a view.

use std::sync::Arc;

use larkspur_core::{AuthorizeOptions, Client, Exchange, Secret};
use larkspur_native::{Native, NativeOptions, ProxyChoice, entropy, now};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyString};

use crate::ask::Functions;
use crate::calls::Shared;
use crate::entry::{self, Entry};
use crate::invocation::{Invocation, What};
use crate::keywords::{authority, get};
use crate::watch::Hooks;
use crate::{arguments, errors, options, scopes, stores};

/// One app on one host, or a view of it.
#[pyclass(frozen, module = "larkspur._native")]
pub struct Core {
    client: Client,
    shared: Arc<Shared>,
}

#[pymethods]
impl Core {
    #[new]
    fn new(py: Python<'_>, options: &Bound<'_, PyDict>) -> PyResult<Self> {
        let client = Client::new(options::client(options)?).map_err(|error| errors::raise(py, &error))?;
        let native = Native::new(&native(options)?, None).map_err(|error| errors::raise(py, &error))?;
        let shared = Shared::new(native, Functions::of(options)?, Hooks::of(options)?);
        Ok(Self { client, shared: Arc::new(shared) })
    }

    fn with_options(&self, py: Python<'_>, options: &Bound<'_, PyDict>) -> PyResult<Self> {
        let view = self.client.with_options(&options::call(options)?);
        self.view(view.map_err(|error| errors::raise(py, &error))?)
    }

    fn as_user(&self, py: Python<'_>, key: Option<&str>, token: Option<String>) -> PyResult<Self> {
        let view = match (key, token) {
            (Some(key), None) => self.client.as_known_user(key),
            (None, Some(token)) => self.client.as_user(Secret::new(token)),
            _ => return Err(errors::argument(py, "as_user takes the key of a user who has signed in, or token=")),
        };
        self.view(view.map_err(|error| errors::raise(py, &error))?)
    }

    fn for_tenant(&self, py: Python<'_>, tenant_key: &str) -> PyResult<Self> {
        let view = self.client.for_tenant(tenant_key);
        self.view(view.map_err(|error| errors::raise(py, &error))?)
    }

    fn set_app_ticket(&self, py: Python<'_>, ticket: String) -> PyResult<()> {
        self.client.set_app_ticket(now(), Secret::new(ticket)).map_err(|error| errors::raise(py, &error))
    }

    fn as_app(&self) -> PyResult<Self> {
        self.view(self.client.as_app())
    }

    #[getter]
    fn app_id(&self) -> &str {
        self.client.app_id()
    }

    #[getter]
    fn base_url(&self) -> &str {
        self.client.base_url()
    }

    #[getter]
    fn identity(&self) -> &'static str {
        self.client.identity()
    }

    /// What a name below an entry (or below the root) leads to.
    #[pyo3(signature = (parent, name))]
    fn child(&self, py: Python<'_>, parent: Option<&Entry>, name: &str) -> PyResult<Entry> {
        entry::find(py, entry::node(parent, self.client.root()), name)
    }

    /// The names below an entry, or below the root.
    #[pyo3(signature = (parent))]
    fn children(&self, parent: Option<&Entry>) -> Vec<String> {
        entry::names(entry::node(parent, self.client.root()))
    }

    /// A call of an operation, checked as far as Python goes.
    fn prepare(&self, entry: &Entry, arguments: &Bound<'_, PyDict>) -> PyResult<Invocation> {
        Ok(self.invocation(What::Call(arguments::operation(entry, arguments)?.into())))
    }

    /// A call of any path.
    fn prepare_path(&self, method: String, path: String, parts: &Bound<'_, PyDict>) -> PyResult<Invocation> {
        Ok(self.invocation(What::Call(arguments::path(method, path, parts)?.into())))
    }

    /// A call that answers with the token of this view.
    fn token(&self) -> Invocation {
        self.invocation(What::Token)
    }

    /// All tokens that the client and its views hold, as text.
    fn export_tokens(&self) -> String {
        self.client.export_tokens(now()).reveal().to_owned()
    }

    /// Takes the tokens of an export; says how many.
    fn import_tokens(&self, py: Python<'_>, exported: String) -> PyResult<usize> {
        self.client.import_tokens(now(), &Secret::new(exported)).map_err(|error| errors::raise(py, &error))
    }

    /// The page for a sign-in, its state, and the verifier.
    fn authorize(
        &self,
        py: Python<'_>,
        redirect_uri: String,
        scopes: Vec<String>,
        pkce: bool,
    ) -> PyResult<(String, String, Option<String>)> {
        let options = AuthorizeOptions { redirect_uri, scopes, pkce };
        let start = entropy().and_then(|entropy| self.client.authorize(&options, entropy)).map_err(|error| errors::raise(py, &error))?;
        Ok((start.url, start.state, start.code_verifier.map(|verifier| verifier.reveal().to_owned())))
    }

    /// A call that answers with the user who signs in.
    fn exchange(&self, code: String, redirect_uri: String, code_verifier: Option<String>) -> Invocation {
        let code_verifier = code_verifier.map(Secret::new);
        self.invocation(What::Exchange(Exchange { code: Secret::new(code), redirect_uri, code_verifier }))
    }

    /// A call that begins the sign-in of a user elsewhere.
    fn device(&self, scopes: Vec<String>) -> Invocation {
        self.invocation(What::Device(scopes))
    }

    /// A call that takes back the tokens of the user with this key.
    fn revoke(&self, key: String) -> Invocation {
        self.invocation(What::Revoke(key))
    }

    /// The operations that were called so far.
    fn used_operations(&self) -> Vec<String> {
        scopes::names(self.client.used_operations())
    }

    /// A call that signs for a page.
    fn jsapi_sign(&self, url: String) -> Invocation {
        self.invocation(What::Page(url))
    }

    fn close(&self, py: Python<'_>) {
        py.detach(|| self.shared.close());
    }
}

impl Core {
    fn view(&self, client: Client) -> PyResult<Self> {
        Ok(Self { client, shared: self.shared.clone() })
    }

    fn invocation(&self, what: What) -> Invocation {
        Invocation { client: self.client.clone(), shared: self.shared.clone(), what }
    }
}

/// What the host is told.
pub fn native(options: &Bound<'_, PyDict>) -> PyResult<NativeOptions> {
    let extra_ca = get(options, "ca")?.map(|ca| authority(&ca)).transpose()?;
    let http2 = options::flag(options, "http2")?.unwrap_or(true);
    Ok(NativeOptions {
        proxy: proxy(options)?,
        extra_ca: extra_ca.into_iter().collect(),
        http2,
        token_store: stores::native(options)?,
        pacing_store: stores::pacing(options)?,
    })
}

/// A URL; `False` for none; else the environment's.
fn proxy(options: &Bound<'_, PyDict>) -> PyResult<ProxyChoice> {
    let Some(proxy) = get(options, "proxy")? else { return Ok(ProxyChoice::Env) };
    match (proxy.cast::<PyString>(), proxy.cast::<PyBool>()) {
        (Ok(url), _) => Ok(ProxyChoice::Url(url.to_str()?.to_owned())),
        (_, Ok(wanted)) if wanted.is_true() => Ok(ProxyChoice::Env),
        (_, Ok(_)) => Ok(ProxyChoice::None),
        _ => Err(errors::config(options.py(), "proxy is neither a URL nor False")),
    }
}
