#[cfg(feature = "oauth")]
mod keyless;
#[cfg(feature = "project")]
mod plugin;
#[cfg(all(feature = "oauth", feature = "project"))]
mod plugin_user;
#[cfg(feature = "oauth")]
mod sign_out;
#[cfg_attr(feature = "store", path = "refresh/stored.rs")]
#[cfg_attr(not(feature = "store"), path = "refresh/plain.rs")]
mod store;
#[cfg(feature = "isv")]
mod store_app;
#[cfg(feature = "oauth")]
mod user;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use self::store::Store;
#[cfg(feature = "isv")]
use self::store_app::Means;
#[cfg(feature = "isv")]
pub(crate) use self::store_app::no_ticket;
#[cfg(feature = "oauth")]
pub(crate) use self::user::{Proof, SignIn};
#[cfg(feature = "oauth")]
use super::record::SignedIn;
use super::{Fresh, Lead};
use crate::codes::Action;
use crate::encode::{Object, quote};
use crate::envelope::{self, Expected};
use crate::error::{Class, Error};
use crate::http::{Headers, Limits, Method, Patience, Piece, Request, Response, TransportError};
use crate::json::Value;
use crate::random::{Entropy, Random};
use crate::retry::{Effort, Next, Repetition, Setback, may_resend};
use crate::secret::Secret;
use crate::shared::Shared;
use crate::step::{Answer, Ask, Outcome, Reply, Step, TokenWanted};
use crate::time::Now;
use crate::transport;

/// A provider that does not say when its token expires is asked again after this time; a token that is dead before is refused, and that asks too.
const PROVIDED: Duration = Duration::from_secs(1800);

/// Asking for a token twice makes no second one, and the body is at hand.
const TOKEN_REQUEST: Repetition = Repetition { is_safe: true, is_repeatable: true };

/// Which token is fetched, and from whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Grant {
    /// The tenant access token of a self-built app.
    Tenant,
    /// The app access token.
    App,
    /// The tenant access token of a store app, in the tenant with this key.
    #[cfg(feature = "isv")]
    TenantOf(Arc<str>),
    /// The app ticket of a store app, which is asked for and comes by itself.
    #[cfg(feature = "isv")]
    Ticket,
    /// The ticket with which pages are signed for, of the app's tenant or of the one with this key.
    #[cfg(feature = "jsapi")]
    JsTicket(Option<Arc<str>>),
    /// The access token of the user with this key.
    #[cfg(feature = "oauth")]
    User(Arc<str>),
    /// A user's first token, for a code.
    #[cfg(feature = "oauth")]
    SignIn(Arc<SignIn>),
    /// No token: those of the user with this key are taken back.
    #[cfg(feature = "oauth")]
    SignOut(Arc<str>),
    /// The token of a plugin of Feishu Project.
    #[cfg(feature = "project")]
    Plugin,
    /// The token of a plugin under development.
    #[cfg(feature = "project")]
    Virtual,
}

impl Grant {
    /// `tenant`, `app` or `ticket`; `plugin` or `virtual`.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Grant::Tenant => "tenant",
            Grant::App => "app",
            #[cfg(feature = "isv")]
            Grant::TenantOf(_) => "tenant",
            #[cfg(feature = "isv")]
            Grant::Ticket => "ticket",
            #[cfg(feature = "jsapi")]
            Grant::JsTicket(_) => "jsapi",
            #[cfg(feature = "oauth")]
            Grant::User(_) => "user",
            #[cfg(feature = "oauth")]
            Grant::SignIn(_) => "sign-in",
            #[cfg(feature = "oauth")]
            Grant::SignOut(_) => "sign-out",
            #[cfg(feature = "project")]
            Grant::Plugin => "plugin",
            #[cfg(feature = "project")]
            Grant::Virtual => "virtual",
        }
    }

    fn user_key(&self) -> Option<String> {
        match self {
            #[cfg(feature = "oauth")]
            Grant::User(key) => Some(key.to_string()),
            _ => None,
        }
    }

    /// Whether the refusal means that this kind of token is bad.
    pub(crate) fn is_refused_by(&self, action: Option<Action>) -> bool {
        match action {
            #[cfg(feature = "project")]
            Some(Action::Token) => true,
            Some(Action::UserToken) => self.kind() == "user",
            Some(Action::TenantToken | Action::AppToken) => self.kind() != "user",
            _ => false,
        }
    }

    fn noun(&self) -> String {
        match self.kind() {
            "ticket" => "app ticket".into(),
            "jsapi" => "ticket for pages".into(),
            "sign-in" => "user access token".into(),
            "sign-out" => "revocation".into(),
            "plugin" | "virtual" => "plugin token".into(),
            kind => format!("{kind} access token"),
        }
    }

    fn tenant_key(&self) -> Option<String> {
        match self {
            #[cfg(feature = "isv")]
            Grant::TenantOf(key) => Some(key.to_string()),
            _ => None,
        }
    }

    /// The members of the answer that hold the token and its life in seconds.
    fn members(&self) -> (&'static str, &'static str) {
        match self {
            #[cfg(feature = "project")]
            Grant::Plugin | Grant::Virtual => ("token", "expire_time"),
            #[cfg(feature = "jsapi")]
            Grant::JsTicket(_) => ("ticket", "expire_in"),
            _ if self.takes_app_token() => ("app_access_token", "expire"),
            _ => ("tenant_access_token", "expire"),
        }
    }

    fn takes_app_token(&self) -> bool {
        matches!(self, Grant::App)
    }
}

/// One renewal of one token: a machine of its own, so that a cancelled caller cannot take it along.
///
/// It has the client's own time-outs and retries. Its outcome is in the client's token slot when it yields [`Step::Done`]; dropped before, it lets another
/// call lead. Only a refresh yields [`Step::Ask`].
#[derive(Debug)]
pub struct Refresh {
    lead: Option<Lead>,
    grant: Grant,
    shared: Arc<Shared>,
    effort: Effort,
    random: Random,
    since: Now,
    store: Store,
    #[cfg(feature = "isv")]
    means: Means,
    /// A sign-in whose user is still to be asked for.
    #[cfg(feature = "oauth")]
    signed: Option<(Fresh, SignedIn)>,
    /// What the app proves itself with, where it has no secret.
    #[cfg(feature = "oauth")]
    proof: keyless::Proof,
}

impl Refresh {
    pub(crate) fn new(shared: Arc<Shared>, grant: Grant, lead: Lead, entropy: Entropy) -> Self {
        let options = &shared.options.call;
        let effort = Effort::new(options.max_retries(), Some(shared.flight_time()));
        let mut random = Random::new(entropy);
        Self {
            store: Store::new(&shared, &grant, &lead, &mut random),
            #[cfg(feature = "isv")]
            means: Means::default(),
            #[cfg(feature = "oauth")]
            signed: None,
            #[cfg(feature = "oauth")]
            proof: keyless::Proof::default(),
            lead: Some(lead),
            grant,
            shared,
            effort,
            random,
            since: Now::default(),
        }
    }

    /// Hands the outcome of the last step in and takes the next step out.
    pub fn resume(&mut self, now: Now, outcome: Outcome) -> Step {
        match outcome {
            Outcome::Start => {
                self.effort.start(now.mono);
                self.begin(now)
            }
            #[cfg(feature = "isv")]
            Outcome::Waited if self.means.is_requested => self.await_ticket(now),
            Outcome::Waited | Outcome::Spawned => self.begin(now),
            Outcome::Response(response) => self.received(now, response),
            Outcome::Failed(failed) => self.failed(now, &failed),
            #[cfg(feature = "oauth")]
            Outcome::Answered(answer) if self.proof.is_awaited() => self.proved(now, answer),
            Outcome::Answered(answer) => self.answered(now, answer),
        }
    }

    fn ask(&mut self, now: Now) -> Step {
        #[cfg(feature = "isv")]
        if let Some(step) = self.seek_means(now) {
            return step;
        }
        #[cfg(feature = "oauth")]
        if let Some(step) = self.ask_for_proof(now) {
            return step;
        }
        self.since = now;
        #[cfg(feature = "jsapi")]
        if let Some(step) = self.ask_for_js_ticket(now) {
            return step;
        }
        #[cfg(feature = "oauth")]
        if let Some(step) = self.ask_of_user(now) {
            return step;
        }
        if !self.shared.options.has_token_provider {
            self.effort.attempts += 1;
            return Step::Send(Box::new(self.request(now)));
        }
        let reason = self.lead.as_ref().map_or("first", Lead::reason);
        Step::Ask(Ask::Token(TokenWanted {
            kind: self.grant.kind(),
            tenant_key: self.grant.tenant_key(),
            user_key: self.grant.user_key(),
            reason,
            #[cfg(feature = "oauth")]
            audience: None,
        }))
    }

    fn request(&self, now: Now) -> Request {
        let options = &self.shared.options;
        let left = self.effort.left(now.mono).unwrap_or(Duration::MAX);
        let timeout = left.min(options.call.timeout()).min(self.store.patience());
        let (path, body) = self.path_and_body();
        let mut headers = Headers::new();
        headers.push("Content-Type", "application/json; charset=utf-8");
        headers.push("User-Agent", &self.shared.user_agent);
        #[cfg(all(feature = "oauth", feature = "project"))]
        self.add_plugin_token(&mut headers);
        Request {
            method: Method::Post,
            url: self.token_url(path),
            headers,
            body: vec![Piece::Bytes(Bytes::from(body))],
            limits: Limits { connect: options.connect_timeout, answer: Patience::Total(timeout) },
            max_answer: options.max_answer,
            sink: None,
            offset: 0,
        }
    }

    fn token_url(&self, path: &str) -> String {
        #[cfg(feature = "oauth")]
        if self.proof.is_given() {
            return format!("{}{path}", self.shared.accounts.as_str());
        }
        self.shared.url(path)
    }

    fn path_and_body(&self) -> (&'static str, String) {
        #[cfg(feature = "oauth")]
        if let Some(special) = self.keyless_request() {
            return special;
        }
        #[cfg(all(feature = "oauth", feature = "project"))]
        if let Some(special) = self.plugin_user_request() {
            return special;
        }
        #[cfg(feature = "isv")]
        if let Some(special) = self.store_app_request() {
            return special;
        }
        #[cfg(feature = "oauth")]
        if let Some(special) = self.user_request() {
            return special;
        }
        #[cfg(feature = "project")]
        if self.grant.is_project() {
            return self.plugin_request();
        }
        let options = &self.shared.options;
        let path = match self.grant.takes_app_token() {
            true => "/open-apis/auth/v3/app_access_token/internal",
            false => "/open-apis/auth/v3/tenant_access_token/internal",
        };
        (path, Object::of(&[("app_id", &quote(&options.app_id)), ("app_secret", &quote(options.app_secret.reveal()))]))
    }

    fn received(&mut self, now: Now, response: Response) -> Step {
        #[cfg(feature = "oauth")]
        self.proof.spend();
        let crate::http::Received::Buffered(body) = response.body else { return self.settle(now, Err(unreadable())) };
        let wait = envelope::server_wait(&response.head.headers, now.wall);
        match envelope::read(response.head, body, &self.expected()) {
            #[cfg(feature = "oauth")]
            Ok(_) if self.grant.kind() == "sign-out" => self.signed_out(now),
            #[cfg(feature = "oauth")]
            Ok(reply) if matches!(self.grant, Grant::User(_) | Grant::SignIn(_)) => self.user_granted(now, &reply),
            #[cfg(feature = "isv")]
            Ok(_) if self.grant == Grant::Ticket => self.await_ticket(now),
            Ok(reply) => {
                let outcome = self.granted(&reply);
                self.settle(now, outcome)
            }
            // Tokens that the platform does not know any more need not be taken back.
            #[cfg(feature = "oauth")]
            Err(refusal) if self.grant.kind() == "sign-out" && refusal.action == Some(Action::Reauthorize) => self.signed_out(now),
            Err(refusal) => {
                #[cfg(all(feature = "oauth", feature = "project"))]
                let refusal = self.blame_proof(refusal);
                #[cfg(feature = "isv")]
                if self.may_change_means(now, refusal.action) {
                    return self.begin(now);
                }
                let setback = Setback::of(refusal.action, &refusal.error);
                self.set_back(now, setback, wait, refusal.error)
            }
        }
    }

    fn expected(&self) -> Expected {
        #[cfg(feature = "project")]
        if self.shared.is_project() {
            return Expected::of_project(false, None);
        }
        #[cfg(feature = "oauth")]
        if self.signed.is_some() {
            return Expected::new(false, None);
        }
        #[cfg(feature = "jsapi")]
        if self.grant.kind() == "jsapi" {
            return Expected::new(false, None);
        }
        Expected::new(true, None)
    }

    fn failed(&mut self, now: Now, failed: &TransportError) -> Step {
        #[cfg(feature = "oauth")]
        self.proof.spend();
        self.set_back(now, transport::setback(failed), None, transport::error(failed))
    }

    fn set_back(&mut self, now: Now, setback: Setback, wait: Option<Duration>, mut error: Error) -> Step {
        if may_resend(setback, TOKEN_REQUEST)
            && let Next::Resend { until, why } = self.effort.next(now.mono, setback, wait, &self.shared.budget, &mut self.random)
        {
            return Step::Wait { until, ticket: None, why };
        }
        #[cfg(feature = "project")]
        self.blame_credentials(&mut error);
        error.parts_mut().retry_after = wait.filter(|_| error.retryable);
        error.parts_mut().reason = format!("no {}: {}", self.grant.noun(), error.reason);
        self.settle(now, Err(error))
    }

    fn granted(&self, reply: &Reply) -> Result<Fresh, Error> {
        let granted = Value::of(std::str::from_utf8(reply.data()).unwrap_or_default());
        let (token, expire) = self.grant.members();
        #[cfg(feature = "oauth")]
        let (token, expire) = if self.proof.was_given() { ("access_token", "expires_in") } else { (token, expire) };
        let (token, expire) = (granted.text(token), granted.get(expire).and_then(|expire| expire.json().parse().ok()));
        let (Some(token), Some(expire)) = (token.filter(|token| !token.trim().is_empty()), expire) else { return Err(unreadable()) };
        Ok(Fresh::new(Secret::new(token), Duration::from_secs(expire), self.since))
    }

    fn end(&mut self, now: Now, outcome: Result<Fresh, Error>) -> Step {
        if outcome.is_ok() {
            self.shared.budget.earn();
        }
        if let Some(lead) = self.lead.take() {
            lead.settle(now, outcome);
        }
        Step::Done(Ok(Reply::default()))
    }
}

/// What the caller's provider gave.
fn provided(answer: Answer, now: Now) -> Result<Fresh, Error> {
    match answer {
        Answer::Failed(reason) => Err(Error::new(Class::Auth, format!("the token provider failed: {reason}"))),
        Answer::Token { token, .. } if !is_header_safe(&token) => {
            Err(Error::config("the token provider gave an empty token or one with control characters")
                .with_remedy("return the token's text"))
        }
        Answer::Token { token, expires_at } => {
            let lifetime = expires_at.map_or(PROVIDED, |moment| moment.since(now.wall));
            Ok(Fresh::new(token, lifetime, now))
        }
        #[cfg(feature = "store")]
        _ => Err(Error::new(Class::Auth, "the token provider gave a store's answer")),
    }
}

/// Whether the text can stand behind `Bearer `.
pub(crate) fn is_header_safe(token: &Secret) -> bool {
    !token.is_blank() && token.reveal().chars().all(|c| c.is_ascii_graphic())
}

fn unreadable() -> Error {
    Error::new(Class::Decode, "the answer to the token request holds no token and expiry")
}
