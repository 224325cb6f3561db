//! What a client and a call can be told, with the defaults in one place.

use std::time::Duration;

use crate::base_url::BaseUrl;
use crate::check;
#[cfg(feature = "isv")]
use crate::encode::quote;
use crate::error::Error;
use crate::http::Headers;
#[cfg(feature = "project")]
use crate::project::{self, ProjectOptions};
use crate::secret::Secret;

/// The options of a client; the same in every language.
#[derive(Clone, Debug)]
pub struct Options {
    /// The app id (`cli_…`).
    pub app_id: String,
    /// The app secret.
    pub app_secret: Secret,
    /// `feishu`, `lark`, or the URL of another host.
    pub base_url: String,
    /// The host where users sign in, if it is not the one that belongs to `base_url`; empty: that one.
    #[cfg(feature = "oauth")]
    pub accounts_url: String,
    /// Whether plain http to other hosts than loopback is allowed.
    pub allow_http: bool,
    /// Whether the client runs in a web page: then `base_url` may be a path such as `/lark`, whose proxy on the page's own host adds the
    /// tokens, unless there is a token provider.
    pub in_page: bool,
    /// Whether the app was made for one tenant or is sold to many.
    #[cfg(feature = "isv")]
    pub app_type: AppType,
    /// Whether tokens come from the caller's provider instead of the app secret.
    pub has_token_provider: bool,
    /// Whether the app proves itself with assertions that the caller signs, in the place of the app secret: the provider is asked for
    /// them ([`TokenWanted::audience`](crate::TokenWanted::audience)).
    #[cfg(feature = "oauth")]
    pub has_client_assertion: bool,
    /// Whether tokens are kept in a store of the caller's, which [`Ask::Load`](crate::Ask::Load) and [`Ask::Swap`](crate::Ask::Swap) reach.
    #[cfg(feature = "store")]
    pub has_token_store: bool,
    /// Whether calls of the open platform wait for their turn by the rates of their pages, which hold for each app, tenant and operation.
    ///
    /// All figures of a page hold at once: `1000/min,50/s` lets fifty go in a second, and a thousand in a minute; `100/min` lets a hundred
    /// go at once, and the next when the minute is over. Where the page explains its rate in prose (`special`) or names none, the highest
    /// documented rate holds, a hundred a second. When the platform refuses a call for coming too often (429, code 99991400 and the like,
    /// but for the limit of a single chat), nothing of its kind goes before the time that the platform names, and then one call less in
    /// each window than it let through. Quiet time brings them back: one after five seconds, two more after the next five, and so on.
    /// A user of a store app is counted alone, since the tenant is not known.
    ///
    /// See the platform's [page on rates](https://open.feishu.cn/document/ukTMukTMukTM/uUzN04SN3QjL1cDN).
    #[cfg(all(feature = "about", feature = "pacing"))]
    pub pacing: bool,
    /// Whether a store of the caller's holds the pace that a fleet of clients shares; the host then answers [`Ask::LoadPace`](crate::Ask::LoadPace)
    /// and [`Ask::SwapPace`](crate::Ask::SwapPace). It counts for a client whose calls are paced.
    #[cfg(feature = "fleet")]
    pub has_pacing_store: bool,
    /// What makes it a client of Feishu Project: then `app_id` and `app_secret` are those of the plugin.
    #[cfg(feature = "project")]
    pub project: Option<ProjectOptions>,
    /// The helpdesk id and token, for the operations that need them.
    pub helpdesk: Option<(String, Secret)>,
    /// The most bytes of an answer that is not a file, after decompression.
    pub max_answer: u64,
    /// Whether a call may wait for the token that another call is fetching. Not so where a request of a server ends all that it began.
    pub share_flights: bool,
    /// The longest wait for a connection.
    pub connect_timeout: Duration,
    /// What the language adds to the `User-Agent`, such as `python/3.11`.
    pub user_agent: String,
    /// What a call is told unless it says otherwise.
    pub call: CallOptions,
}

/// For whom an app was made.
#[cfg(feature = "isv")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AppType {
    /// For the tenant that made it.
    #[default]
    SelfBuilt,
    /// For all tenants that install it from the store; its tokens come from app tickets, and each call needs a tenant.
    Store,
}

#[cfg(feature = "isv")]
impl std::str::FromStr for AppType {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "self_built" => Ok(AppType::SelfBuilt),
            "store" => Ok(AppType::Store),
            _ => Err(Error::config(format!("app_type is {}", quote(text))).with_remedy("pass self_built or store")),
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            app_id: String::new(),
            app_secret: Secret::default(),
            base_url: "feishu".into(),
            #[cfg(feature = "oauth")]
            accounts_url: String::new(),
            allow_http: false,
            in_page: false,
            #[cfg(feature = "isv")]
            app_type: AppType::SelfBuilt,
            #[cfg(feature = "oauth")]
            has_client_assertion: false,
            has_token_provider: false,
            #[cfg(feature = "store")]
            has_token_store: false,
            #[cfg(all(feature = "about", feature = "pacing"))]
            pacing: false,
            #[cfg(feature = "fleet")]
            has_pacing_store: false,
            #[cfg(feature = "project")]
            project: None,
            helpdesk: None,
            max_answer: 64 << 20,
            share_flights: true,
            connect_timeout: Duration::from_secs(10),
            user_agent: String::new(),
            call: CallOptions::default(),
        }
    }
}

impl Options {
    /// Fills what was left empty from `LARK_APP_ID`, `LARK_APP_SECRET` and `LARK_BASE_URL`; `lookup` reads one variable.
    ///
    /// A client of Feishu Project has `LARK_PLUGIN_ID`, `LARK_PLUGIN_SECRET` and `LARK_PROJECT_URL`.
    pub fn fill_from(&mut self, lookup: impl Fn(&str) -> Option<String>) {
        #[cfg(feature = "project")]
        if self.project.is_some() {
            return self.fill("LARK_PLUGIN_ID", "LARK_PLUGIN_SECRET", "LARK_PROJECT_URL", lookup);
        }
        self.fill("LARK_APP_ID", "LARK_APP_SECRET", "LARK_BASE_URL", lookup);
    }

    fn fill(&mut self, id: &str, secret: &str, url: &str, lookup: impl Fn(&str) -> Option<String>) {
        if self.app_id.is_empty() {
            self.app_id = lookup(id).unwrap_or_default();
        }
        if self.app_secret.is_blank() && !self.is_keyless() {
            self.app_secret = Secret::new(lookup(secret).unwrap_or_default());
        }
        if self.base_url.is_empty() {
            self.base_url = lookup(url).filter(|url| !url.is_empty()).unwrap_or_else(|| "feishu".into());
        }
    }

    /// The host where users sign in.
    #[cfg(feature = "oauth")]
    pub(crate) fn accounts(&self, base: &BaseUrl) -> Result<BaseUrl, Error> {
        match self.accounts_url.as_str() {
            "" => Ok(base.accounts()),
            own => BaseUrl::parse(own, self.allow_http).map_err(|mut error| {
                error.parts_mut().reason = error.reason.replace("base_url", "accounts_url");
                error
            }),
        }
    }

    /// Checks everything before the network is touched.
    pub(crate) fn check(&self) -> Result<BaseUrl, Error> {
        #[cfg(feature = "project")]
        if let Some(project) = &self.project {
            return self.check_in_project(project);
        }
        let base = match self.in_page {
            true => BaseUrl::parse_in_page(&self.base_url, self.allow_http)?,
            false => BaseUrl::parse(&self.base_url, self.allow_http)?,
        };
        if !self.has_token_provider && !base.is_path() {
            check::credential("app_id", &self.app_id, "LARK_APP_ID")?;
            if !self.is_keyless() {
                check::credential("app_secret", self.app_secret.reveal(), "LARK_APP_SECRET")?;
            }
        }
        #[cfg(feature = "oauth")]
        self.check_assertion()?;
        #[cfg(feature = "store")]
        self.check_store()?;
        if let Some((id, token)) = &self.helpdesk
            && (id.trim().is_empty() || token.is_blank())
        {
            return Err(Error::config("helpdesk has an empty part").with_remedy("pass (helpdesk id, helpdesk token)"));
        }
        check::header("user_agent", &self.user_agent)?;
        self.call.check()?;
        Ok(base)
    }
}

impl Options {
    /// Whether the app has no secret, but a signer.
    fn is_keyless(&self) -> bool {
        #[cfg(feature = "oauth")]
        return self.has_client_assertion;
        #[cfg(not(feature = "oauth"))]
        false
    }

    /// The same for a client of Feishu Project.
    #[cfg(feature = "project")]
    fn check_in_project(&self, project: &ProjectOptions) -> Result<BaseUrl, Error> {
        let base = project::base_url(&self.base_url, self.allow_http)?;
        if !self.has_token_provider {
            check::credential("plugin_id", &self.app_id, "LARK_PLUGIN_ID")?;
            check::credential("plugin_secret", self.app_secret.reveal(), "LARK_PLUGIN_SECRET")?;
        }
        #[cfg(feature = "store")]
        self.check_store()?;
        project.check()?;
        check::header("user_agent", &self.user_agent)?;
        self.call.check()?;
        Ok(base)
    }

    /// Tokens are kept in one place.
    #[cfg(feature = "store")]
    fn check_store(&self) -> Result<(), Error> {
        if self.has_token_provider && self.has_token_store {
            return Err(Error::config("token_store and token_provider are both there").with_remedy("the provider keeps its tokens itself"));
        }
        Ok(())
    }

    /// An app has one way to prove itself (code 20070), and the platform knows no keyless store apps.
    #[cfg(feature = "oauth")]
    fn check_assertion(&self) -> Result<(), Error> {
        if !self.has_client_assertion {
            return Ok(());
        }
        if !self.app_secret.is_blank() || self.has_token_provider {
            let other = if self.has_token_provider { "token_provider" } else { "app_secret" };
            return Err(Error::config(format!("client_assertion and {other} are both there")).with_remedy(format!("leave {other} out")));
        }
        #[cfg(feature = "isv")]
        if self.app_type == AppType::Store {
            return Err(Error::config("a store app cannot use client_assertion").with_remedy("pass app_secret"));
        }
        Ok(())
    }
}

/// What one call, or every call of a view, is told; `None` leaves it as it is.
#[derive(Clone, Debug, Default)]
pub struct CallOptions {
    /// The longest time of one attempt (30 s); for a file the longest time without progress.
    pub timeout: Option<Duration>,
    /// The longest time of the whole call with its waits (120 s; no limit for files).
    pub max_wait: Option<Duration>,
    /// How often a call is sent again at most (2).
    pub max_retries: Option<u32>,
    /// Further headers.
    pub headers: Headers,
    /// The key under which the platform recognises a repeated write.
    pub idempotency_key: Option<String>,
}

impl CallOptions {
    /// These options, with what they leave open taken from `base`.
    #[must_use]
    pub fn over(&self, base: &CallOptions) -> CallOptions {
        let mut headers = base.headers.clone();
        for (name, value) in self.headers.iter() {
            headers.set(name, value);
        }
        CallOptions {
            timeout: self.timeout.or(base.timeout),
            max_wait: self.max_wait.or(base.max_wait),
            max_retries: self.max_retries.or(base.max_retries),
            headers,
            idempotency_key: self.idempotency_key.clone().or_else(|| base.idempotency_key.clone()),
        }
    }

    /// The longest time of one attempt.
    pub(crate) fn timeout(&self) -> Duration {
        self.timeout.unwrap_or(Duration::from_secs(30))
    }

    /// The longest time of the whole call; none for files unless it was asked for.
    pub(crate) fn max_wait(&self, is_file: bool) -> Option<Duration> {
        self.max_wait.or(if is_file { None } else { Some(Duration::from_secs(120)) })
    }

    /// How often a call is sent again.
    pub(crate) fn max_retries(&self) -> u32 {
        self.max_retries.unwrap_or(2)
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        for (name, span) in [("timeout", self.timeout), ("max_wait", self.max_wait)] {
            if span.is_some_and(|span| span.is_zero()) {
                return Err(Error::config(format!("{name} is zero")).with_remedy("pass a time above zero, or leave it out"));
            }
        }
        self.headers.iter().try_for_each(|(name, value)| check::own_header(name, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> Options {
        Options { app_id: "cli_a1".into(), app_secret: Secret::new("s3cret"), ..Options::default() }
    }

    #[test]
    fn an_empty_secret_is_told_with_its_remedy() {
        let error = Options { app_secret: Secret::new(" "), ..options() }.check().unwrap_err();
        assert_eq!(error.to_string(), "app_secret is empty; pass it or set LARK_APP_SECRET");
    }

    #[test]
    fn the_environment_fills_what_is_left_empty() {
        let mut options = Options { app_id: "cli_own".into(), base_url: String::new(), ..Options::default() };
        options.fill_from(|name| Some(format!("from {name}")));
        assert_eq!(options.app_id, "cli_own");
        assert_eq!(options.app_secret.reveal(), "from LARK_APP_SECRET");
        assert_eq!(options.base_url, "from LARK_BASE_URL");
    }

    #[test]
    fn headers_cannot_be_injected() {
        for (name, value) in [("X-A", "b\r\nAuthorization: x"), ("X-A", "ü"), ("X A", "b"), ("", "b"), ("Authorization", "Bearer x")] {
            let call = CallOptions { headers: Headers::from_iter([(name.to_owned(), value)]), ..CallOptions::default() };
            assert!(call.check().is_err(), "{name}: {value}");
        }
    }

    #[test]
    fn nearer_options_win() {
        let base = CallOptions { max_retries: Some(5), timeout: Some(Duration::from_secs(1)), ..CallOptions::default() };
        let near = CallOptions { max_retries: Some(0), ..CallOptions::default() }.over(&base);
        assert_eq!((near.max_retries(), near.timeout()), (0, Duration::from_secs(1)));
    }
}
