//! Feishu Project: what its client is told, and what each of its calls keeps to.

use std::borrow::Cow;
use std::time::Duration;

use crate::auth::Grant;
use crate::base_url::BaseUrl;
use crate::catalog::Pace;
use crate::error::Error;
use crate::pacing::Window;

/// What makes a client one of Feishu Project, besides the plugin's id and secret.
#[derive(Clone, Debug)]
pub struct ProjectOptions {
    /// The user that calls with the plugin's token act as (`X-USER-KEY`); empty when every call is made for a user of their own token.
    pub user_key: String,
    /// Whether the token is virtual: for a plugin under development, with the data that the developer console allows.
    pub is_virtual: bool,
    /// Whether rights are checked strictly as the user's (`x-auth-mode`); `None` leaves it to the platform.
    pub checks_user_rights: Option<bool>,
    /// Whether every writing call carries an idempotency string (`X-IDEM-UUID`).
    pub idempotency: bool,
    /// Whether calls wait for their turn by the platform's rates.
    pub pacing: bool,
}

impl Default for ProjectOptions {
    fn default() -> Self {
        Self { user_key: String::new(), is_virtual: false, checks_user_rights: None, idempotency: true, pacing: true }
    }
}

impl ProjectOptions {
    /// The kind of the plugin's token.
    pub(crate) fn grant(&self) -> Grant {
        if self.is_virtual { Grant::Virtual } else { Grant::Plugin }
    }

    /// The kind of a user's token: those that a virtual token bought are kept apart.
    #[cfg(feature = "oauth")]
    pub(crate) fn kind_of_user(&self) -> &'static str {
        if self.is_virtual { "user of virtual" } else { "user of plugin" }
    }

    /// Refuses a user key that cannot be one.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.user_key.chars().all(|character| character.is_ascii_graphic()) {
            return Ok(());
        }
        Err(Error::config("user_key holds a character that no user key has")
            .with_remedy("copy it again: it is shown behind the user's picture"))
    }
}

/// The origin that calls of this family go to.
pub(crate) fn base_url(given: &str, allow_http: bool) -> Result<BaseUrl, Error> {
    BaseUrl::parse(&address(given), allow_http).map_err(|mut error| {
        let remedy = error.remedy.as_ref().map(|remedy| remedy.replace("https://open.", "https://project."));
        error.parts_mut().remedy = remedy;
        error
    })
}

/// The host that a name stands for; a host alone is one that customers have in their browsers.
fn address(base_url: &str) -> Cow<'_, str> {
    match base_url {
        "feishu" => "https://project.feishu.cn".into(),
        "lark" => "https://project.larksuite.com".into(),
        host if host.contains('.') && !host.contains("://") && !host.starts_with('/') => format!("https://{host}").into(),
        url => url.into(),
    }
}

/// What a call of this family keeps to besides its plan.
#[derive(Debug)]
pub(crate) struct Course {
    /// Whether the platform recognises a repetition under the same token only.
    pub(crate) is_write: bool,
}

impl Pace {
    /// The windows that hold for one token.
    pub(crate) fn windows(self) -> Vec<Window> {
        let second = Window { calls: self.per_second.into(), span: Duration::from_secs(1) };
        let minute = self.per_minute.map(|calls| Window { calls: calls.into(), span: Duration::from_secs(60) });
        [second].into_iter().chain(minute).collect()
    }
}

#[cfg(test)]
mod tests;
