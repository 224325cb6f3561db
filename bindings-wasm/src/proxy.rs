//! What a proxy between web pages and the platform asks of the core.

use larkspur_core::Error;
use larkspur_core::catalog::{Operation, Style};
use larkspur_core::http::Method;
use larkspur_core::json::Object;

use crate::catalog::find_operation;

/// The name of the operation that a request calls, if the catalogue has one.
pub fn operation_at(method: &str, path: &str) -> Option<String> {
    Some(Operation::at(Method::parse(method)?, path)?.name(Style::Camel))
}

/// What a proxy must know of an operation, by its name in any spelling, as JSON: `name`, `method`, `path`, which tokens it accepts, and whether its answers
/// have a root envelope.
pub fn route(name: &str) -> Result<String, Error> {
    let operation = find_operation(name)?;
    let tokens = operation.tokens();
    let mut route = Object::default();
    route.push_text("name", Some(&operation.name(Style::Camel)));
    route.push_text("method", Some(operation.method().as_str()));
    route.push_text("path", Some(operation.path()));
    route.push_text("tokens", Some(&tokens.to_string()));
    let marks = [
        ("tenant", tokens.accepts_tenant() || tokens.is_unknown()),
        ("user", tokens.accepts_user() || tokens.is_unknown()),
        ("none", tokens.needs_none()),
        ("root", operation.has_root_envelope()),
    ];
    marks.iter().for_each(|(name, mark)| route.push(name, if *mark { "true" } else { "false" }));
    Ok(route.finish())
}
