//! Users who sign in: the page they are sent to, and views with their authority.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::{Client, Identity};
use crate::auth::{Grant, Key, Proof, SignIn};
use crate::call::Call;
use crate::check;
use crate::encode;
use crate::error::Error;
use crate::options::CallOptions;
use crate::plan::{Need, Plan};
use crate::random::{Entropy, Random};
use crate::secret::Secret;
use crate::shared::Shared;

/// What [`Client::authorize`] is told.
#[derive(Clone, Debug, Default)]
pub struct AuthorizeOptions {
    /// Where the user comes back to with a code; it must be registered in the developer console.
    pub redirect_uri: String,
    /// What the app may do for the user. `offline_access`, without which no refresh token comes, is added.
    pub scopes: Vec<String>,
    /// Whether only who began may exchange the code (RFC 7636).
    pub pkce: bool,
}

/// Where a user is sent to sign in.
#[derive(Clone, Debug)]
pub struct Authorization {
    /// The page.
    pub url: String,
    /// What comes back with the code; compare it with what was kept in the user's session.
    pub state: String,
    /// To be kept in the user's session until the code is exchanged.
    pub code_verifier: Option<Secret>,
}

/// What [`Client::exchange`] is told.
#[derive(Clone, Debug, Default)]
pub struct Exchange {
    /// The code that came back.
    pub code: Secret,
    /// The same as for [`Client::authorize`]; empty for a code that the platform's own client gave to a page inside of it.
    pub redirect_uri: String,
    /// What [`Client::authorize`] gave.
    pub code_verifier: Option<Secret>,
}

impl Client {
    /// The page to send a user to, with a fresh state. Nothing is sent.
    ///
    /// # Errors
    /// [`Class::Argument`](crate::Class::Argument) for an empty `redirect_uri`, or more than 50 scopes.
    pub fn authorize(&self, options: &AuthorizeOptions, entropy: Entropy) -> Result<Authorization, Error> {
        self.check_platform()?;
        check_uri(&options.redirect_uri)?;
        let scopes = with_renewal(&options.scopes)?;
        let secret = |purpose: &str| url_safe(&Sha256::new().chain_update(purpose).chain_update(entropy.0).finalize());
        let (state, code_verifier) = (secret("state"), options.pkce.then(|| Secret::new(secret("verifier"))));
        let challenge = code_verifier.as_ref().map(|verifier| url_safe(&Sha256::digest(verifier.reveal())));
        let url = self.shared.authorize_url(&options.redirect_uri, scopes.into_iter(), Some(&state), challenge.as_deref());
        Ok(Authorization { url, state, code_verifier })
    }

    /// A call that buys a user's tokens for a code, keeps them, and answers with the user:
    /// `{"key", "open_id", "expires_at", "refresh_expires_at", "scopes"}`, moments in milliseconds since 1970.
    ///
    /// `key` is for [`Client::as_known_user`]. `refresh_expires_at` is null where no refresh token came.
    ///
    /// In Feishu Project the code comes from the front end, and is all that is needed: `redirect_uri` and `code_verifier` stay empty. Its
    /// `key` is the user key, and there is no `open_id` and no `scopes`.
    ///
    /// # Errors
    /// [`Class::Argument`](crate::Class::Argument) for an empty code, or an option that cannot be;
    /// [`Class::Config`](crate::Class::Config) for a client whose provider has the tokens.
    pub fn exchange(&self, exchange: Exchange, options: &CallOptions, entropy: Entropy) -> Result<Call, Error> {
        options.check()?;
        self.check_no_provider("exchange the code there")?;
        let is_project = self.shared.is_project();
        match is_project {
            true => check_code_only(&exchange)?,
            false => check::line("redirect_uri", &exchange.redirect_uri)?,
        }
        if exchange.code.is_blank() {
            let remedy = if is_project { "pass the code of the front end" } else { "pass the code that came to redirect_uri" };
            return Err(Error::argument("code is empty").with_remedy(remedy));
        }
        let Exchange { code, redirect_uri, code_verifier } = exchange;
        let grant = Grant::from(SignIn::new(Proof::Code { code, redirect_uri, code_verifier }));
        let template = if is_project { "/open_api/authen/user_plugin_token" } else { "/open-apis/authen/v2/oauth/token" };
        Ok(self.once("oauth.exchange", template, grant, options, entropy))
    }

    /// A call that takes back the tokens of the user with this key, at the platform and here, and answers with null.
    ///
    /// Whoever has no tokens is signed out already: nothing is sent. When the platform cannot be reached, the tokens stay.
    ///
    /// # Errors
    /// [`Class::Config`](crate::Class::Config) for an empty key or a client whose provider has the tokens;
    /// [`Class::Argument`](crate::Class::Argument) for an option that cannot be.
    pub fn revoke(&self, key: &str, options: &CallOptions, entropy: Entropy) -> Result<Call, Error> {
        options.check()?;
        self.check_platform()?;
        check_key(key)?;
        self.check_no_provider("revoke them there")?;
        Ok(self.once("oauth.revoke", "/oauth/v1/revoke", Grant::SignOut(Arc::from(key)), options, entropy))
    }

    fn check_no_provider(&self, remedy: &str) -> Result<(), Error> {
        match self.shared.options.has_token_provider {
            true => Err(Error::config("the token provider has the user's tokens").with_remedy(remedy)),
            false => Ok(()),
        }
    }

    /// A call that is over when a slot of its own is filled.
    fn once(&self, name: &'static str, template: &'static str, grant: Grant, options: &CallOptions, entropy: Entropy) -> Call {
        let mut random = Random::new(entropy);
        let key = Key::new(&[self.base_url(), self.app_id(), grant.kind(), &random.uuid()]);
        let need = Need::Slot(grant, key);
        let plan = Plan { name: name.into(), template: template.into(), need, ..Plan::default() };
        self.start(plan, options, random)
    }

    /// A view with the authority of a user who has signed in; the token is renewed as long as the platform lets it.
    ///
    /// # Errors
    /// [`Class::Config`](crate::Class::Config) for an empty key.
    pub fn as_known_user(&self, key: &str) -> Result<Self, Error> {
        check_key(key)?;
        let identity = Identity::KnownUser(Grant::User(Arc::from(key)), self.shared.user_key(key));
        Ok(Self { identity, ..self.clone() })
    }
}

impl Shared {
    /// The page where a user signs in.
    pub(crate) fn authorize_url<'a>(
        &self,
        redirect_uri: &str,
        scopes: impl Iterator<Item = &'a str>,
        state: Option<&str>,
        challenge: Option<&str>,
    ) -> String {
        let scopes = scopes.collect::<Vec<_>>().join(" ");
        let fields = [
            ("response_type", Some("code")),
            ("client_id", Some(self.options.app_id.as_str())),
            ("redirect_uri", Some(redirect_uri)),
            ("scope", Some(scopes.as_str())),
            ("state", state),
            ("code_challenge", challenge),
            ("code_challenge_method", challenge.map(|_| "S256")),
        ];
        let given: Vec<(&str, &str)> = fields.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        format!("{}/open-apis/authen/v1/authorize?{}", self.accounts.as_str(), encode::form(&given))
    }
}

/// The scopes and the one without which no refresh token comes.
pub(super) fn with_renewal(scopes: &[String]) -> Result<Vec<&str>, Error> {
    let mut scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
    if !scopes.contains(&"offline_access") {
        scopes.push("offline_access");
    }
    if scopes.len() > 50 {
        return Err(Error::argument(format!("{} scopes are too many for one page", scopes.len())).with_remedy("ask for 50 at most"));
    }
    Ok(scopes)
}

fn check_key(key: &str) -> Result<(), Error> {
    if key.trim().is_empty() {
        return Err(Error::config("the user's key is empty").with_remedy("pass what the exchange gave"));
    }
    Ok(())
}

/// Feishu Project knows no page that a user is sent to.
fn check_code_only(exchange: &Exchange) -> Result<(), Error> {
    if exchange.redirect_uri.is_empty() && exchange.code_verifier.is_none() {
        return Ok(());
    }
    Err(Error::argument("redirect_uri and code_verifier are none of Feishu Project's").with_remedy("pass the code alone"))
}

fn check_uri(redirect_uri: &str) -> Result<(), Error> {
    if redirect_uri.trim().is_empty() {
        return Err(Error::argument("redirect_uri is empty").with_remedy("pass one that is registered in the developer console"));
    }
    check::line("redirect_uri", redirect_uri)
}

/// Base64 as it stands in a URL, without padding.
fn url_safe(bytes: &[u8]) -> String {
    encode::base64(bytes).trim_end_matches('=').replace('+', "-").replace('/', "_")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Options;

    fn client(base_url: &str, accounts_url: &str) -> Client {
        let (base_url, accounts_url) = (base_url.into(), accounts_url.into());
        let options = Options { app_id: "cli_1".into(), app_secret: Secret::new("secret"), base_url, accounts_url, ..Options::default() };
        Client::new(options).unwrap()
    }

    #[test]
    fn the_challenge_belongs_to_the_verifier() {
        // RFC 7636, appendix B.
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(url_safe(&Sha256::digest(verifier)), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn the_page_is_on_the_host_of_accounts() {
        let options = AuthorizeOptions { redirect_uri: "https://app/cb?a=1".into(), scopes: vec!["a:b".into()], pkce: false };
        let start = client("feishu", "").authorize(&options, Entropy([1; 32])).unwrap();
        let expected = format!(
            "https://accounts.feishu.cn/open-apis/authen/v1/authorize?response_type=code&client_id=cli_1&redirect_uri=https%3A%2F%2Fapp%2Fcb%3Fa%3D1&scope=a%3Ab%20offline_access&state={}",
            start.state
        );
        assert_eq!((start.url, start.code_verifier), (expected, None));
        for (base, own, host) in [
            ("lark", "", "https://accounts.larksuite.com/"),
            ("https://open.feishu.cn.evil.com", "", "https://open.feishu.cn.evil.com/"),
            ("feishu", "https://accounts.example.com", "https://accounts.example.com/"),
        ] {
            assert!(client(base, own).authorize(&options, Entropy([1; 32])).unwrap().url.starts_with(host), "{base} {own}");
        }
    }

    #[test]
    fn secrets_differ_and_show_nowhere() {
        let options = AuthorizeOptions { redirect_uri: "https://app/cb".into(), pkce: true, ..AuthorizeOptions::default() };
        let client = client("feishu", "");
        let (one, other) = (client.authorize(&options, Entropy([1; 32])).unwrap(), client.authorize(&options, Entropy([2; 32])).unwrap());
        let verifier = one.code_verifier.clone().unwrap();
        assert!(one.state != other.state && one.code_verifier != other.code_verifier && verifier.reveal() != one.state);
        assert!(verifier.reveal().len() == 43 && !format!("{one:?}").contains(verifier.reveal()));
        assert!(!one.url.contains(verifier.reveal()) && one.url.ends_with("&code_challenge_method=S256"));
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let client = client("feishu", "");
        let line = |error: Error| error.to_string();
        let options = AuthorizeOptions::default();
        assert!(client.authorize(&options, Entropy([1; 32])).map_err(line).unwrap_err().starts_with("redirect_uri is empty"));
        let exchange = Exchange { redirect_uri: "https://app/cb".into(), ..Exchange::default() };
        let refused = client.exchange(exchange, &CallOptions::default(), Entropy([1; 32]));
        assert!(refused.map_err(line).unwrap_err().starts_with("code is empty"));
        assert!(client.as_known_user("").map_err(line).unwrap_err().starts_with("the user's key is empty"));
        let accounts = Options { accounts_url: "x".into(), app_id: "cli_1".into(), app_secret: Secret::new("s"), ..Options::default() };
        assert!(line(Client::new(accounts).unwrap_err()).starts_with("accounts_url is no URL"));
    }
}
