//! Apps without a secret: each request for a token carries an assertion that the caller signs.

use super::{Grant, Refresh, is_header_safe};
use crate::base_url::BaseUrl;
use crate::encode::Object;
use crate::error::{Class, Error};
use crate::secret::Secret;
use crate::step::{Answer, Ask, Step, TokenWanted};
use crate::time::Now;

/// The kind of the assertion: a signed JSON web token (RFC 7523 §2.2).
const KIND: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Where tokens are fetched with it.
const TOKEN: &str = "/oauth/v3/token";

/// What the app proves itself with; each assertion serves one request.
#[derive(Debug, Default)]
pub(super) enum Proof {
    #[default]
    None,
    Awaited,
    Given(Secret),
    Spent,
}

impl Proof {
    pub(super) fn is_awaited(&self) -> bool {
        matches!(self, Proof::Awaited)
    }

    pub(super) fn is_given(&self) -> bool {
        matches!(self, Proof::Given(_))
    }

    /// Whether the last request had one.
    pub(super) fn was_given(&self) -> bool {
        matches!(self, Proof::Spent)
    }

    /// The request is over.
    pub(super) fn spend(&mut self) {
        *self = if self.is_given() { Proof::Spent } else { Proof::None };
    }
}

impl Refresh {
    /// Asks the caller for an assertion, where the next request needs one.
    pub(super) fn ask_for_proof(&mut self, now: Now) -> Option<Step> {
        if !self.shared.options.has_client_assertion || self.proof.is_given() || !self.proves_itself() {
            return None;
        }
        if self.grant == Grant::App {
            let error = Error::config("an app without a secret gets no app access token").with_remedy("pass app_secret");
            return Some(self.settle(now, Err(error)));
        }
        self.proof = Proof::Awaited;
        let reason = self.lead.as_ref().map_or("first", super::Lead::reason);
        let audience = Some(host(&self.shared.accounts).to_owned());
        Some(Step::Ask(Ask::Token(TokenWanted { kind: "client_assertion", tenant_key: None, user_key: None, reason, audience })))
    }

    /// Takes the assertion.
    pub(super) fn proved(&mut self, now: Now, answer: Answer) -> Step {
        let error = match answer {
            Answer::Token { token, .. } if is_header_safe(&token) => {
                self.proof = Proof::Given(token);
                return self.ask(now);
            }
            Answer::Failed(reason) => Error::new(Class::Auth, format!("client_assertion failed: {reason}")),
            _ => Error::config("client_assertion gave an empty text or one with control characters").with_remedy("return a signed JWT"),
        };
        self.proof = Proof::None;
        self.settle(now, Err(error))
    }

    /// What is sent in the place of a request with a secret.
    pub(super) fn keyless_request(&self) -> Option<(&'static str, String)> {
        let Proof::Given(assertion) = &self.proof else { return None };
        let mut body = Object::default();
        if !self.push_user_grant(&mut body) {
            body.push_text("grant_type", Some("client_credentials"));
        }
        body.push_text("client_id", Some(&self.shared.options.app_id));
        body.push_text("client_assertion_type", Some(KIND));
        body.push_text("client_assertion", Some(assertion.reveal()));
        Some((TOKEN, body.finish()))
    }

    /// The fields of a form that prove the app.
    pub(super) fn proof_fields(&self) -> Vec<(&'static str, &str)> {
        match &self.proof {
            Proof::Given(assertion) => vec![("client_assertion_type", KIND), ("client_assertion", assertion.reveal())],
            _ => vec![("client_secret", self.shared.options.app_secret.reveal())],
        }
    }

    /// Whether the next request is one for tokens.
    fn proves_itself(&self) -> bool {
        match &self.grant {
            Grant::SignIn(sign_in) => self.signed.is_none() && sign_in.pair().is_none(),
            Grant::Tenant | Grant::App | Grant::User(_) | Grant::SignOut(_) => true,
            _ => false,
        }
    }
}

/// Host and port.
fn host(base: &BaseUrl) -> &str {
    base.as_str().split_once("://").map_or("", |(_, host)| host)
}
