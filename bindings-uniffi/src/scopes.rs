//! Permissions, by the core's rules.

use larkspur_core::catalog::scopes::{Least, Scopes, Wanted, allowed_by, called_in};
use larkspur_core::catalog::{Node, Operation, Style};

use crate::client::Client;
use crate::error::FfiError;

/// The permissions to ask for.
#[derive(uniffi::Record)]
pub struct LeastScopes {
    /// The scopes of the app itself.
    pub tenant: Vec<String>,
    /// Those of its users.
    pub user: Vec<String>,
    /// The text that the developer console imports.
    pub import_text: String,
    /// The operations of which nobody has documented what they need.
    pub undocumented: Vec<String>,
    /// The operations whose pages tie their scopes to further conditions in prose.
    pub conditional: Vec<String>,
}

/// The least permissions with which all these operations can be called; `identity` is `tenant`, `user` or `both`. `fields`: also the scopes
/// without which some fields of answers are left out. `granted`: what the app has, as the console exports it.
///
/// # Errors
/// For an unknown operation, and for what is no export.
#[uniffi::export]
pub fn least_scopes(operations: Vec<String>, identity: String, fields: bool, granted: Option<String>) -> Result<LeastScopes, FfiError> {
    let find = |name: &String| Operation::find(name).map_err(|unknown| unknown.error(Node::ROOT, Style::Camel));
    let wanted = Wanted {
        operations: operations.iter().map(find).collect::<Result<_, _>>()?,
        authority: identity.parse()?,
        fields,
        granted: granted.as_deref().map(Scopes::read).transpose()?.unwrap_or_default(),
    };
    let Least { scopes, undocumented, conditional } = wanted.least();
    let import_text = scopes.to_json();
    let (tenant, user) = (scopes.tenant.into_iter().collect(), scopes.user.into_iter().collect());
    Ok(LeastScopes { tenant, user, import_text, undocumented: names(undocumented), conditional: names(conditional) })
}

/// The operations for which a scope is enough.
///
/// # Errors
/// For a scope that no operation names.
#[uniffi::export]
pub fn operations_of_scope(scope: String) -> Result<Vec<String>, FfiError> {
    Ok(names(allowed_by(&scope)?))
}

/// The operations whose names stand in a source text.
#[uniffi::export]
pub fn operations_in_source(source: String) -> Vec<String> {
    names(called_in(&source))
}

#[uniffi::export]
impl Client {
    /// The operations that this client and its views have called so far.
    pub fn used_operations(&self) -> Vec<String> {
        names(self.view.core.used_operations())
    }
}

/// As errors spell them.
fn names(operations: Vec<Operation>) -> Vec<String> {
    operations.into_iter().map(|operation| operation.name(Style::Camel)).collect()
}
