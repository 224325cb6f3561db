//! Users who sign in, tenants of store apps, and the tokens of both.

use std::sync::Arc;

use larkspur_core::{AuthorizeOptions, CallOptions, Secret};
use larkspur_native::{entropy, now};

use crate::client::Client;
use crate::device::Device;
use crate::error::FfiError;
use crate::flight::CancelToken;

/// Where a user is sent to sign in.
#[derive(uniffi::Record)]
pub struct Authorization {
    /// The page.
    pub url: String,
    /// What comes back with the code: compare it with what was kept in the user's session.
    pub state: String,
    /// A secret to be kept in the user's session until the code is exchanged; only where it was asked for.
    pub code_verifier: Option<String>,
}

#[uniffi::export]
impl Client {
    /// A view of a store app with the authority that a tenant gave it.
    ///
    /// # Errors
    /// For an app that is no store app, and an empty key.
    pub fn for_tenant(&self, tenant_key: String) -> Result<Self, FfiError> {
        Ok(self.with(self.view.core.for_tenant(&tenant_key)?))
    }

    /// A view with the authority of a user who has signed in, by the key that the sign-in gave.
    ///
    /// # Errors
    /// For an empty key.
    pub fn as_known_user(&self, key: String) -> Result<Self, FfiError> {
        Ok(self.with(self.view.core.as_known_user(&key)?))
    }

    /// Takes the ticket of a store app that the platform pushed, or the JSON of the whole event, decrypted; the calls that wait for one go on.
    ///
    /// # Errors
    /// For an app that is no store app, an empty ticket, and an event that brings none or is another app's.
    pub fn set_app_ticket(&self, ticket: String) -> Result<(), FfiError> {
        Ok(self.view.core.set_app_ticket(now(), Secret::new(ticket))?)
    }

    /// All tokens of the client and its views, as text: a secret.
    pub fn export_tokens(&self) -> String {
        self.view.core.export_tokens(now()).reveal().to_owned()
    }

    /// Takes the tokens of an export; says how many.
    ///
    /// # Errors
    /// For a text that is no export.
    pub fn import_tokens(&self, exported: String) -> Result<u64, FfiError> {
        Ok(self.view.core.import_tokens(now(), &Secret::new(exported))? as u64)
    }

    /// The page to send a user to, with a fresh state; `pkce`: only who has the verifier can exchange the code. Nothing is sent.
    ///
    /// # Errors
    /// For an empty `redirect_uri`, and more than 50 scopes.
    pub fn authorize(&self, redirect_uri: String, scopes: Vec<String>, pkce: bool) -> Result<Authorization, FfiError> {
        let started = self.view.core.authorize(&AuthorizeOptions { redirect_uri, scopes, pkce }, entropy()?)?;
        let code_verifier = started.code_verifier.map(|verifier| verifier.reveal().to_owned());
        Ok(Authorization { url: started.url, state: started.state, code_verifier })
    }

    /// Begins the sign-in of a user elsewhere.
    ///
    /// # Errors
    /// For more than 50 scopes, and whatever the call fails with.
    pub async fn device(&self, scopes: Vec<String>, cancel: Option<Arc<CancelToken>>) -> Result<Device, FfiError> {
        let call = self.view.core.device(&scopes, &CallOptions::default(), entropy()?)?;
        let reply = self.view.shared.fly(call, cancel.as_deref()).await?;
        Ok(Device(larkspur_core::Device::read(&reply, now())?))
    }
}
