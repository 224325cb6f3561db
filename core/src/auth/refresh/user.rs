//! Users: a code buys the first tokens, and each refresh token buys the next pair, once.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::record::SignedIn;
use super::super::shelf::Shelf;
use super::super::{Fresh, Key};
use super::{Grant, Refresh, unreadable};
use crate::encode::Object;
use crate::error::{Class, Error};
use crate::http::{Headers, Method, Request};
use crate::secret::Secret;
use crate::step::{Reply, Step};
use crate::time::Now;

/// What a user's first tokens are bought with, and who it turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SignIn {
    proof: Proof,
    user: OnceLock<String>,
}

/// What shows that the user has signed in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    /// A code that came to a page.
    Code { code: Secret, redirect_uri: String, code_verifier: Option<Secret> },
    /// The answer of the token operation, which is there already.
    Pair(Secret),
}

/// What the token operation answers beside `code` and `msg`; in Feishu Project under other names.
#[derive(Deserialize)]
struct Granted {
    #[serde(alias = "token")]
    access_token: Option<String>,
    #[serde(alias = "expire_time")]
    expires_in: Option<u64>,
    #[serde(default)]
    refresh_token: String,
    #[serde(default, alias = "refresh_token_expire_time")]
    refresh_token_expires_in: u64,
    #[serde(default)]
    scope: String,
    /// Who it is: Feishu Project says so at once.
    #[serde(default)]
    user_key: String,
}

#[derive(Deserialize)]
struct Who {
    open_id: Option<String>,
}

impl SignIn {
    /// A sign-in that has just been proved.
    pub(crate) fn new(proof: Proof) -> Self {
        Self { proof, user: OnceLock::new() }
    }

    /// The answer that is there already.
    pub(super) fn pair(&self) -> Option<&Secret> {
        match &self.proof {
            Proof::Pair(pair) => Some(pair),
            Proof::Code { .. } => None,
        }
    }

    /// Where the user came back to; empty where there was no page.
    fn redirect_uri(&self) -> &str {
        match &self.proof {
            Proof::Code { redirect_uri, .. } => redirect_uri,
            Proof::Pair(_) => "",
        }
    }

    /// The code that came.
    #[cfg(feature = "project")]
    pub(super) fn code(&self) -> Option<&str> {
        match &self.proof {
            Proof::Code { code, .. } => Some(code.reveal()),
            Proof::Pair(_) => None,
        }
    }

    /// The user as the caller gets it; no token is in it.
    pub(crate) fn user(&self) -> String {
        self.user.get().cloned().unwrap_or_default()
    }
}

impl Refresh {
    /// What is sent for a user's token.
    pub(super) fn user_request(&self) -> Option<(&'static str, String)> {
        let mut body = Object::default();
        if !self.push_user_grant(&mut body) {
            return None;
        }
        body.push_text("client_id", Some(&self.shared.options.app_id));
        body.push_text("client_secret", Some(self.shared.options.app_secret.reveal()));
        Some(("/open-apis/authen/v2/oauth/token", body.finish()))
    }

    /// What a user's token is bought with; says whether it is one that is wanted.
    pub(super) fn push_user_grant(&self, body: &mut Object) -> bool {
        match &self.grant {
            Grant::User(_) => {
                body.push_text("grant_type", Some("refresh_token"));
                body.push_text("refresh_token", self.store.user().map(|user| user.refresh.reveal()));
            }
            Grant::SignIn(sign_in) => {
                if let Proof::Code { code, redirect_uri, code_verifier } = &sign_in.proof {
                    body.push_text("grant_type", Some("authorization_code"));
                    body.push_text("code", Some(code.reveal()));
                    if !redirect_uri.is_empty() {
                        body.push_text("redirect_uri", Some(redirect_uri));
                    }
                    if let Some(verifier) = code_verifier {
                        body.push_text("code_verifier", Some(verifier.reveal()));
                    }
                }
            }
            _ => return false,
        }
        true
    }

    /// Takes what the platform granted, or who the user is.
    pub(super) fn user_granted(&mut self, now: Now, reply: &Reply) -> Step {
        if let Some((fresh, next)) = self.signed.take() {
            return match serde_json::from_slice::<Who>(reply.data()).ok().and_then(|who| who.open_id).filter(|id| !id.is_empty()) {
                Some(open_id) => self.known(now, fresh, SignedIn { open_id, ..next }),
                None => self.end(now, Err(Error::new(Class::Decode, "the answer to the request for the user holds no open_id"))),
            };
        }
        self.take_pair(now, reply.data())
    }

    /// Takes a pair of tokens as the platform granted it.
    pub(super) fn take_pair(&mut self, now: Now, granted: &[u8]) -> Step {
        match self.pair(granted) {
            Err(error) => self.settle(now, Err(error)),
            Ok((fresh, next)) if self.grant.kind() == "sign-in" && !next.open_id.is_empty() => self.known(now, fresh, next),
            Ok((fresh, next)) if self.grant.kind() == "sign-in" => {
                self.signed = Some((fresh, next));
                self.ask_who(now)
            }
            Ok((fresh, next)) => {
                let Some(shelf) = self.store.take_shelf() else { return self.end(now, Ok(fresh)) };
                let put = |shelf: &mut Shelf| shelf.store_user(&fresh, next, false);
                let next = self.store.keep(shelf, Ok(fresh.clone()), put);
                self.make(now, next)
            }
        }
    }

    /// What a sign-in, or its end, does in the place of a token request.
    pub(super) fn ask_of_user(&mut self, now: Now) -> Option<Step> {
        if self.signed.is_some() {
            return Some(self.ask_who(now));
        }
        match self.grant.clone() {
            Grant::SignIn(sign_in) => sign_in.pair().map(|pair| self.take_pair(now, pair.reveal().as_bytes())),
            Grant::SignOut(_) => Some(self.take_back(now)),
            _ => None,
        }
    }

    /// Asks for the user whom a token belongs to.
    pub(super) fn ask_who(&mut self, now: Now) -> Step {
        let Some((fresh, _)) = &self.signed else { return self.end(now, Err(unreadable())) };
        let mut headers = Headers::new();
        headers.push("Authorization", format!("Bearer {}", fresh.value.reveal()));
        headers.push("User-Agent", &self.shared.user_agent);
        let url = self.shared.url("/open-apis/authen/v1/user_info");
        self.effort.attempts += 1;
        Step::Send(Box::new(Request { method: Method::Get, url, headers, body: Vec::new(), ..self.request(now) }))
    }

    /// A refusal that ends the sign-in is put away, so that nobody spends the same token again. `Err` gives back what is settled as always.
    pub(super) fn user_outcome(&mut self, now: Now, outcome: Result<Fresh, Error>) -> Result<Step, Result<Fresh, Error>> {
        let is_over = matches!(&outcome, Err(error) if error.class() == Class::ReauthorizationRequired);
        if self.grant.kind() != "user" || !is_over {
            return Err(outcome);
        }
        let left = self.store.user().cloned();
        let (Err(refusal), Some(shelf)) = (outcome, self.store.take_shelf()) else { return Ok(self.end(now, Err(unreadable()))) };
        let mut error = self.sign_in_again(left.as_ref());
        error.parts_mut().answer.clone_from(&refusal.answer);
        let next = self.store.keep(shelf, Err(error), Shelf::store_signed_out);
        Ok(self.make(now, next))
    }

    /// The sign-in is complete: the user's slot has the token, the caller gets the user.
    pub(super) fn signed_in(&mut self, now: Now, fresh: Fresh) -> Step {
        let Grant::SignIn(sign_in) = &self.grant else { return self.end(now, Err(unreadable())) };
        let user: Option<Value> = sign_in.user.get().and_then(|user| serde_json::from_str(user).ok());
        if let Some(key) = user.as_ref().and_then(|user| user.get("key")).and_then(Value::as_str) {
            self.shared.tokens.give(&self.shared.user_key(key), fresh.clone());
        }
        self.end(now, Ok(fresh))
    }

    /// The error of a user who has to sign in again, with the page for it where the last sign-in tells which.
    pub(super) fn sign_in_again(&self, left: Option<&SignedIn>) -> Error {
        let reason = match left {
            Some(_) => "the user's sign-in has ended",
            None => "the user has not signed in",
        };
        let remedy = match self.shared.is_project() {
            true => "exchange a new code of the front end",
            false => "send the user to the authorization page again",
        };
        let mut error = Error::new(Class::ReauthorizationRequired, reason).with_remedy(remedy);
        // Who signed in with a device has no page to come back to.
        let left = left.filter(|left| !left.redirect_uri.is_empty());
        error.parts_mut().authorize_url =
            left.map(|left| self.shared.authorize_url(&left.redirect_uri, left.scopes.split_whitespace(), None, None));
        error
    }

    fn known(&mut self, now: Now, fresh: Fresh, user: SignedIn) -> Step {
        let Grant::SignIn(sign_in) = &self.grant else { return self.end(now, Err(unreadable())) };
        let expires = Some(user.refresh_expires).filter(|_| !user.refresh.is_blank());
        let (key, until) = (&user.open_id, fresh.expires.wall.0);
        let shown = match self.shared.is_project() {
            true => json!({"key": key, "expires_at": until, "refresh_expires_at": expires}),
            false => {
                let scopes: Vec<&str> = user.scopes.split_whitespace().collect();
                json!({"key": key, "open_id": key, "expires_at": until, "refresh_expires_at": expires, "scopes": scopes})
            }
        };
        let _ = sign_in.user.set(shown.to_string());
        let key: Key = self.shared.user_key(&user.open_id);
        let shelf = Shelf::new(key.as_str(), None, &mut self.random);
        let put = |shelf: &mut Shelf| shelf.store_user(&fresh, user, true);
        let next = self.store.keep(shelf, Ok(fresh.clone()), put);
        self.make(now, next)
    }

    fn pair(&self, granted: &[u8]) -> Result<(Fresh, SignedIn), Error> {
        let granted: Granted = serde_json::from_slice(granted).map_err(|_| unreadable())?;
        let (Some(token), Some(life)) = (granted.access_token.filter(|token| !token.trim().is_empty()), granted.expires_in) else {
            return Err(unreadable());
        };
        if self.shared.is_project() && self.grant.kind() == "sign-in" && granted.user_key.is_empty() {
            return Err(Error::new(Class::Decode, "the answer to the code holds no user_key"));
        }
        let refresh_life = Duration::from_secs(granted.refresh_token_expires_in);
        let next = SignedIn {
            open_id: self.store.user().map_or(granted.user_key, |user| user.open_id.clone()),
            refresh: Secret::new(granted.refresh_token),
            refresh_expires: (self.since.wall + refresh_life).0,
            scopes: granted.scope,
            redirect_uri: match (&self.grant, self.store.user()) {
                (Grant::SignIn(sign_in), _) => sign_in.redirect_uri().to_owned(),
                (_, user) => user.map(|user| user.redirect_uri.clone()).unwrap_or_default(),
            },
            spending: 0,
        };
        Ok((Fresh::new(Secret::new(token), Duration::from_secs(life), self.since), next))
    }
}

impl crate::shared::Shared {
    /// The slot of a user's token.
    pub(crate) fn user_key(&self, key: &str) -> Key {
        #[cfg(feature = "project")]
        let kind = self.options.project.as_ref().map_or("user", crate::project::ProjectOptions::kind_of_user);
        #[cfg(not(feature = "project"))]
        let kind = "user";
        Key::new(&[self.base.as_str(), &self.options.app_id, kind, key])
    }
}

impl From<SignIn> for Grant {
    fn from(sign_in: SignIn) -> Self {
        Grant::SignIn(Arc::new(sign_in))
    }
}
