//! What a proxy between web pages and the platform asks of the core.

use larkspur_core::catalog::{Operation, Style};
use larkspur_core::http::Method;
use larkspur_core::json;
use larkspur_core::{Host, Secret};
use wasm_bindgen::prelude::*;

use super::catalog::{self, find_operation, operation};
use super::client::Core;

/// The name of the operation that a request calls, if the catalogue has one.
#[wasm_bindgen(js_name = "operationAt")]
pub fn operation_at(method: &str, path: &str) -> Option<String> {
    Some(Operation::at(Method::parse(method)?, path)?.name(Style::Camel))
}

/// What a proxy must know of an operation, by its name in any spelling, as JSON: `name`, `method`, `path`, which tokens it accepts, and whether its answers
/// have a root envelope.
///
/// # Errors
/// The error as JSON, with the nearest name.
#[wasm_bindgen]
pub fn route(name: &str) -> Result<String, JsValue> {
    let operation = operation(find_operation(name)?).map_err(|error| catalog::json(&error))?;
    let tokens = operation.tokens();
    let text = [
        ("name", operation.name(Style::Camel)),
        ("method", operation.method().as_str().to_owned()),
        ("path", operation.path().to_owned()),
        ("tokens", tokens.to_string()),
    ];
    let marks = [
        ("tenant", tokens.accepts_tenant() || tokens.is_unknown()),
        ("user", tokens.accepts_user() || tokens.is_unknown()),
        ("none", tokens.needs_none()),
        ("root", operation.has_root_envelope()),
    ];
    let marks = marks.map(|(name, mark)| (name, mark.to_string()));
    Ok(json::object(text.map(|(name, text)| (name, json::quote(&text))).into_iter().chain(marks)))
}

#[wasm_bindgen]
impl Core {
    /// Whether the answer refuses this token of the client's own and another one may be had; see `Client::refused`.
    pub fn refused(&self, token: String, status: u16, body: &[u8]) -> bool {
        self.client.refused(self.host.now(), &Secret::new(token), status, body)
    }
}
