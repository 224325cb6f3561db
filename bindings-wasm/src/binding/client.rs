//! Clients and their views.

use std::sync::Arc;

use larkspur_core::catalog::Style;
use larkspur_core::http::Sink;
use larkspur_core::json::Value;
use larkspur_core::{Arguments, Client, Error, FileArgument, Invocation, PathCall, Reply, Secret, Target, Walk};
use wasm_bindgen::prelude::*;

use super::catalog::{json, operation};
use super::flight::{fail, launch, succeed};
use super::host::WebHost;
use super::js::{JsFile, JsSink, Platform, Settle};
use super::sink::Streaming;
use super::walk::PageWalk;
use super::{files, options};

/// A client, or a view of one.
#[wasm_bindgen]
pub struct Core {
    pub(crate) client: Client,
    pub(crate) host: Arc<WebHost>,
}

#[wasm_bindgen]
impl Core {
    /// A client over a platform.
    ///
    /// # Errors
    /// The error as JSON.
    #[wasm_bindgen(constructor)]
    pub fn new(text: &str, platform: Platform) -> Result<Core, JsValue> {
        let options = options::client(text, &platform);
        let client = options.and_then(Client::new).map_err(|error| json(&error))?;
        // One thread: the count need not be atomic, but the core asks for an `Arc`.
        #[allow(clippy::arc_with_non_send_sync)]
        let host = Arc::new(WebHost::new(platform));
        Ok(Core { client, host })
    }

    /// A view with other options.
    ///
    /// # Errors
    /// The error as JSON.
    #[wasm_bindgen(js_name = "withOptions")]
    pub fn with_options(&self, text: String) -> Result<Core, JsValue> {
        self.view(options::call(Some(text)).and_then(|options| self.client.with_options(&options)))
    }

    /// A view with a user's authority.
    ///
    /// # Errors
    /// The error as JSON.
    #[wasm_bindgen(js_name = "asUser")]
    pub fn as_user(&self, token: String) -> Result<Core, JsValue> {
        self.view(self.client.as_user(Secret::new(token)))
    }

    /// A view with the app's own authority.
    #[wasm_bindgen(js_name = "asApp")]
    pub fn as_app(&self) -> Core {
        Core { client: self.client.as_app(), host: self.host.clone() }
    }

    /// The app id.
    #[wasm_bindgen(getter, js_name = "appId")]
    pub fn app_id(&self) -> String {
        self.client.app_id().to_owned()
    }

    /// Where calls go.
    #[wasm_bindgen(getter, js_name = "baseUrl")]
    pub fn base_url(&self) -> String {
        self.client.base_url().to_owned()
    }

    /// `app` or `user`.
    #[wasm_bindgen(getter)]
    pub fn identity(&self) -> String {
        self.client.identity().to_owned()
    }

    /// Starts a call of an operation, or of a path where the number is zero; its end is told to `settle`.
    /// Returns the number of the call under way; zero if it has ended already.
    #[allow(clippy::too_many_arguments)]
    pub fn call(
        &self,
        number: u32,
        arguments: String,
        files: Vec<JsFile>,
        options: Option<String>,
        raw: bool,
        sink: Option<JsSink>,
        offset: f64,
        settle: Settle,
    ) -> u32 {
        let call = invocation(number, arguments, files, options).and_then(|mut invocation| {
            invocation.sink = sink.map(streaming);
            invocation.offset = offset as u64;
            self.client.call(&invocation, self.host.entropy())
        });
        self.start(call, raw, settle)
    }

    /// Starts a call for the token of this view.
    pub fn token(&self, options: Option<String>, settle: Settle) -> u32 {
        let call = options::call(options).and_then(|options| self.client.token(&options, self.host.entropy()));
        self.start(call, false, settle)
    }

    /// Begins a walk over pages, or over the items in them.
    ///
    /// # Errors
    /// The error as JSON.
    pub fn walk(
        &self,
        number: u32,
        arguments: String,
        files: Vec<JsFile>,
        options: Option<String>,
        items: bool,
    ) -> Result<PageWalk, JsValue> {
        let walk = if items { Walk::Items } else { Walk::Pages };
        let begun = invocation(number, arguments, files, options);
        let begun = begun.and_then(|invocation| PageWalk::new(&self.client, self.host.clone(), invocation, walk));
        begun.map_err(|error| json(&error))
    }
}

impl Core {
    fn view(&self, client: Result<Client, Error>) -> Result<Core, JsValue> {
        client.map(|client| Core { client, host: self.host.clone() }).map_err(|error| json(&error))
    }

    fn start(&self, call: Result<larkspur_core::Call, Error>, raw: bool, settle: Settle) -> u32 {
        match call {
            Ok(call) => {
                let landed = move |result: Result<Reply, Error>| match result {
                    Ok(reply) => succeed(&settle, &reply, raw),
                    Err(error) => fail(&settle, &error),
                };
                launch(&self.host, call, Box::new(landed))
            }
            Err(error) => {
                fail(&settle, &error);
                0
            }
        }
    }
}

fn invocation(number: u32, arguments: String, files: Vec<JsFile>, options: Option<String>) -> Result<Invocation, Error> {
    let files: Vec<FileArgument> = files.into_iter().map(files::argument).collect();
    let target = match number {
        0 => Target::Path(path_call(&arguments, files)?),
        number => Target::Operation(operation(number)?, Arguments { json: arguments, files }),
    };
    Ok(Invocation { target, options: options::call(options)?, style: Style::Camel, sink: None, offset: 0 })
}

/// A call of a path as the TypeScript writes it.
fn path_call(text: &str, files: Vec<FileArgument>) -> Result<PathCall, Error> {
    let requested = Value::read(text).unwrap_or_default();
    let own = |name| requested.get(name).filter(|value| value.json() != "null");
    let text = |name| own(name).map(|value| value.as_text());
    let (Some(method), Some(path)) = (text("method"), text("path")) else {
        return Err(Error::argument("the request cannot be read").with_remedy("pass method and path as strings"));
    };
    let part = |name| own(name).map(|part| part.json().to_owned()).unwrap_or_default();
    let (path_params, query, body) = (part("pathParams"), part("query"), part("body"));
    Ok(PathCall { method, path, path_params, query, body, token: text("token"), files })
}

// One thread: the count need not be atomic, but the core asks for an `Arc`.
#[allow(clippy::arc_with_non_send_sync)]
fn streaming(sink: JsSink) -> Arc<dyn Sink> {
    Arc::new(Streaming::new(sink))
}
