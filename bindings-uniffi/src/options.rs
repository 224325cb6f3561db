//! What a client, a view and a call can be told.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use larkspur_core::{AppType, Error, Options, Secret, http::Headers};
use larkspur_native::{Authority, NativeOptions, ProxyChoice};

use crate::store::RedisStore;

/// The options of a client; the environment fills `app_id`, `app_secret` and `base_url` where they are left out.
#[derive(uniffi::Record)]
pub struct ClientOptions {
    /// The app id (`cli_…`); left out, `LARK_APP_ID`.
    #[uniffi(default)]
    pub app_id: String,
    /// The app secret; left out, `LARK_APP_SECRET`. It does not belong into an app that others install: use a token provider there.
    #[uniffi(default)]
    pub app_secret: String,
    /// `feishu`, `lark`, or the URL of another host; left out, `LARK_BASE_URL`, else `feishu`.
    #[uniffi(default)]
    pub base_url: String,
    /// The host where users sign in, if it is not the one that belongs to `base_url`.
    #[uniffi(default)]
    pub accounts_url: String,
    /// `self_built`, or `store` for an app that many tenants install; left out, `self_built`.
    #[uniffi(default)]
    pub app_type: String,
    /// What makes it a client of Feishu Project; `app_id` and `app_secret` are then the plugin's.
    #[uniffi(default)]
    pub project: Option<ProjectOptions>,
    /// Whether plain http to other hosts than loopback is allowed.
    #[uniffi(default = false)]
    pub allow_http: bool,
    /// Whether tokens come from whoever answers [`Client::next_ask`](crate::Client::next_ask), instead of from the app secret.
    #[uniffi(default = false)]
    pub has_token_provider: bool,
    /// Whether the app proves itself with assertions of whoever answers [`Client::next_ask`](crate::Client::next_ask), in the place of the
    /// app secret.
    #[uniffi(default = false)]
    pub has_client_assertion: bool,
    /// Whether tokens are kept in a store that whoever answers [`Client::next_ask`](crate::Client::next_ask) has.
    #[uniffi(default = false)]
    pub has_token_store: bool,
    /// Whether [`Client::next_event`](crate::Client::next_event) tells what happens in calls.
    #[uniffi(default = false)]
    pub has_hooks: bool,
    /// The helpdesk's id and token, for the operations that need them.
    #[uniffi(default)]
    pub helpdesk: Option<Helpdesk>,
    /// The most bytes of an answer that is no file, after decompression (64 MiB).
    #[uniffi(default)]
    pub max_answer: Option<u64>,
    /// Which proxy calls go through; left out, the one that the environment names, if it does.
    #[uniffi(default)]
    pub proxy: Option<Proxy>,
    /// Certificates, as PEM text, of authorities to trust besides the system's.
    #[uniffi(default)]
    pub extra_ca: Option<Vec<u8>>,
    /// Whether suspending calls use HTTP/2 where the server offers it.
    #[uniffi(default = true)]
    pub http2: bool,
    /// What the language adds to the `User-Agent`, such as `kotlin/2.4`.
    #[uniffi(default)]
    pub user_agent: String,
    /// Whether calls of the open platform wait for their turn by the rates of their pages.
    #[uniffi(default = false)]
    pub pacing: bool,
    /// Where a fleet of clients shares its pace, for a client whose calls are paced; who answers [`Client::next_ask`](crate::Client::next_ask)
    /// runs its scripts.
    #[uniffi(default)]
    pub pacing_store: Option<Arc<RedisStore>>,
    /// What a call is told unless it says otherwise.
    #[uniffi(default)]
    pub call: Option<CallOptions>,
}

/// What the client of a plugin of Feishu Project is told.
#[derive(Clone, uniffi::Record)]
pub struct ProjectOptions {
    /// The user that the plugin acts for.
    #[uniffi(default)]
    pub user_key: String,
    /// Whether the token is virtual: for a plugin under development.
    #[uniffi(default = false)]
    pub is_virtual: bool,
    /// Whether rights are checked strictly as the user's; left out, the platform decides.
    #[uniffi(default)]
    pub checks_user_rights: Option<bool>,
    /// Whether writing calls carry a string by which the platform recognises a repetition.
    #[uniffi(default = true)]
    pub idempotency: bool,
    /// Whether calls wait for their turn by the platform's rates.
    #[uniffi(default = true)]
    pub pacing: bool,
}

/// The helpdesk's own credentials.
#[derive(uniffi::Record)]
pub struct Helpdesk {
    /// Its id.
    pub id: String,
    /// Its token.
    pub token: String,
}

/// Which proxy calls go through.
#[derive(uniffi::Enum)]
pub enum Proxy {
    /// None, whatever the environment says.
    Direct,
    /// This one: `http`, `https`, `socks5` or `socks5h`, with user and password in the URL if it needs them.
    Url {
        /// Its URL.
        url: String,
    },
}

/// What one call, or every call of a view, is told; what is left out stays as it is.
#[derive(Clone, Default, uniffi::Record)]
pub struct CallOptions {
    /// The longest time of one attempt in milliseconds (30 s); for a file the longest time without progress.
    #[uniffi(default)]
    pub timeout_ms: Option<u64>,
    /// The longest time of the whole call with its waits in milliseconds (120 s; no limit for files).
    #[uniffi(default)]
    pub max_wait_ms: Option<u64>,
    /// How often a call is sent again at most (2).
    #[uniffi(default)]
    pub max_retries: Option<u32>,
    /// Further headers.
    #[uniffi(default)]
    pub headers: HashMap<String, String>,
    /// The key under which the platform recognises a repeated write.
    #[uniffi(default)]
    pub idempotency_key: Option<String>,
}

impl ClientOptions {
    /// The part that the core decides on.
    ///
    /// # Errors
    /// For a kind of app that there is not.
    pub(crate) fn core(&self) -> Result<Options, Error> {
        let app_type = if self.app_type.is_empty() { AppType::default() } else { self.app_type.parse()? };
        let mut options = Options {
            accounts_url: self.accounts_url.clone(),
            app_type,
            project: self.project.clone().map(Into::into),
            app_id: self.app_id.clone(),
            app_secret: Secret::new(self.app_secret.as_str()),
            base_url: self.base_url.clone(),
            allow_http: self.allow_http,
            has_token_provider: self.has_token_provider,
            has_client_assertion: self.has_client_assertion,
            has_token_store: self.has_token_store,
            helpdesk: self.helpdesk.as_ref().map(|desk| (desk.id.clone(), Secret::new(desk.token.as_str()))),
            user_agent: self.user_agent.clone(),
            pacing: self.pacing,
            has_pacing_store: self.pacing_store.is_some(),
            call: self.call.clone().unwrap_or_default().into(),
            ..Options::default()
        };
        options.max_answer = self.max_answer.unwrap_or(options.max_answer);
        options.fill_from(|name| std::env::var(name).ok());
        Ok(options)
    }

    /// The part that only the network knows.
    pub(crate) fn native(&self) -> NativeOptions {
        let proxy = match &self.proxy {
            None => ProxyChoice::Env,
            Some(Proxy::Direct) => ProxyChoice::None,
            Some(Proxy::Url { url }) => ProxyChoice::Url(url.clone()),
        };
        NativeOptions {
            proxy,
            extra_ca: self.extra_ca.iter().cloned().map(Authority::Pem).collect(),
            http2: self.http2,
            ..NativeOptions::default()
        }
    }
}

impl From<ProjectOptions> for larkspur_core::ProjectOptions {
    fn from(told: ProjectOptions) -> Self {
        let ProjectOptions { user_key, is_virtual, checks_user_rights, idempotency, pacing } = told;
        Self { user_key, is_virtual, checks_user_rights, idempotency, pacing }
    }
}

impl From<CallOptions> for larkspur_core::CallOptions {
    fn from(told: CallOptions) -> Self {
        Self {
            timeout: told.timeout_ms.map(Duration::from_millis),
            max_wait: told.max_wait_ms.map(Duration::from_millis),
            max_retries: told.max_retries,
            headers: Headers::from_iter(told.headers),
            idempotency_key: told.idempotency_key,
        }
    }
}
