//! What all views of a client share.

use std::sync::Arc;
use std::time::Duration;

#[cfg(feature = "oauth")]
use crate::auth::Vault;
use crate::auth::{Grant, Key, Tokens};
use crate::base_url::BaseUrl;
#[cfg(feature = "isv")]
use crate::options::AppType;
use crate::options::Options;
use crate::retry::Budget;
use crate::text::join;
#[cfg(feature = "isv")]
use crate::time::Now;

/// The state behind a client and its views.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) options: Options,
    pub(crate) base: BaseUrl,
    pub(crate) user_agent: String,
    pub(crate) tokens: Arc<Tokens>,
    pub(crate) budget: Budget,
    #[cfg(feature = "pacing")]
    pub(crate) pacer: Arc<crate::pacing::Pacer<crate::pacing::Counted>>,
    /// What a store of the caller's decides in the place of `pacer`.
    #[cfg(feature = "fleet")]
    pub(crate) fleet: Option<Arc<crate::pacing::fleet::Fleet>>,
    #[cfg(feature = "about")]
    pub(crate) used: crate::used::Used,
    tenant_key: Key,
    app_key: Key,
    #[cfg(feature = "isv")]
    ticket_key: Key,
    /// Users' records, where there is no store.
    #[cfg(feature = "oauth")]
    pub(crate) vault: Vault,
    #[cfg(feature = "oauth")]
    pub(crate) accounts: BaseUrl,
}

impl Shared {
    pub(crate) fn new(options: Options, base: BaseUrl, #[cfg(feature = "oauth")] accounts: BaseUrl) -> Self {
        let language = &options.user_agent;
        let user_agent = format!("larkspur/{}{}{language}", env!("CARGO_PKG_VERSION"), if language.is_empty() { "" } else { " " });
        let key = |grant: &Grant| Key::new(&[base.as_str(), &options.app_id, grant.kind()]);
        #[cfg(feature = "project")]
        let main = options.project.as_ref().map_or(Grant::Tenant, crate::project::ProjectOptions::grant);
        #[cfg(not(feature = "project"))]
        let main = Grant::Tenant;
        let (tenant_key, app_key) = (key(&main), key(&Grant::App));
        Self {
            #[cfg(feature = "isv")]
            ticket_key: key(&Grant::Ticket),
            #[cfg(feature = "oauth")]
            vault: Vault::default(),
            #[cfg(feature = "oauth")]
            accounts,
            #[cfg(feature = "fleet")]
            fleet: options.has_pacing_store.then(Arc::default),
            options,
            base,
            user_agent,
            tokens: Arc::default(),
            budget: Budget::new(),
            #[cfg(feature = "pacing")]
            pacer: Arc::default(),
            #[cfg(feature = "about")]
            used: Default::default(),
            tenant_key,
            app_key,
        }
    }

    /// Whether it is a client of Feishu Project.
    pub(crate) fn is_project(&self) -> bool {
        #[cfg(feature = "project")]
        return self.options.project.is_some();
        #[cfg(not(feature = "project"))]
        false
    }

    /// The slot of a token that is the app's own.
    pub(crate) fn key(&self, grant: &Grant) -> &Key {
        match grant {
            Grant::App => &self.app_key,
            #[cfg(feature = "isv")]
            Grant::Ticket => &self.ticket_key,
            _ => &self.tenant_key,
        }
    }

    /// Whether the app waits for a ticket, without which a store app gets no token.
    #[cfg(feature = "isv")]
    pub(crate) fn lacks_ticket(&self, now: Now) -> bool {
        self.options.app_type == AppType::Store && !self.options.has_token_provider && !self.tokens.has(now, &self.ticket_key)
    }

    /// The address of a path with its query.
    pub(crate) fn url(&self, path: &str) -> String {
        join(&[self.base.as_str(), path], "")
    }

    /// How long a refresh may take with its retries before another call takes over.
    pub(crate) fn flight_time(&self) -> Duration {
        self.options.call.max_wait(false).unwrap_or(Duration::from_secs(120))
    }
}
