//! A client: one app on one host, with its tokens, its budget, and views of them.

#[cfg(feature = "oauth")]
mod device;
#[cfg(feature = "store")]
mod export;
#[cfg(feature = "jsapi")]
mod jsapi;
#[cfg(feature = "oauth")]
mod oauth;
#[cfg(feature = "project")]
mod project;
#[cfg(all(feature = "about", feature = "pacing"))]
mod rates;
mod refused;
#[cfg(feature = "isv")]
mod store_app;
#[cfg(feature = "about")]
mod used;

use std::borrow::Cow;
use std::sync::Arc;

use crate::arguments::{Arguments, Extras, PathCall, Prepared, prepare, prepare_path};
#[cfg(any(feature = "isv", feature = "oauth"))]
use crate::auth::Key;
use crate::auth::{Grant, is_header_safe};
use crate::call::Call;
use crate::catalog::{Kind, Node, Operation, Style, Tokens as Accepted};
use crate::encode;
use crate::envelope::Expected;
use crate::error::Error;
use crate::http::{Headers, Sink};
use crate::options::{CallOptions, Options};
use crate::plan::{Need, Plan};
use crate::random::{Entropy, Random};
use crate::secret::Secret;
use crate::shared::Shared;

#[cfg(feature = "oauth")]
pub use self::device::Device;
#[cfg(feature = "oauth")]
pub use self::oauth::{Authorization, AuthorizeOptions, Exchange};

/// A client, or a view of one: views share connections, tokens and limits, and differ in identity and options.
#[derive(Clone, Debug)]
pub struct Client {
    shared: Arc<Shared>,
    identity: Identity,
    options: CallOptions,
}

/// Whose authority a view has.
#[derive(Clone, Debug)]
enum Identity {
    App,
    #[cfg(feature = "isv")]
    Tenant(Grant, Key),
    #[cfg(feature = "oauth")]
    KnownUser(Grant, Key),
    User(Secret),
}

/// One call to be made.
#[derive(Clone)]
pub struct Invocation {
    /// What is called.
    pub target: Target,
    /// What this call is told.
    pub options: CallOptions,
    /// How the caller spells names, for messages.
    pub style: Style,
    /// Where the bytes of a download go.
    pub sink: Option<Arc<dyn Sink>>,
    /// The first byte of a download that is wanted: above zero to resume one.
    pub offset: u64,
}

/// What is called.
#[derive(Clone)]
pub enum Target {
    /// An operation of the catalogue.
    Operation(Operation, Arguments),
    /// Any path of the platform.
    Path(PathCall),
}

impl Client {
    /// Makes a client. Nothing is sent before the first call.
    ///
    /// # Errors
    /// [`Class::Config`](crate::Class::Config) for an empty credential, a base URL that is no https origin, or an option that cannot be.
    pub fn new(options: Options) -> Result<Self, Error> {
        let base = options.check()?;
        let call = options.call.clone();
        #[cfg(feature = "oauth")]
        let shared = Shared::new(options.clone(), base.clone(), options.accounts(&base)?);
        #[cfg(not(feature = "oauth"))]
        let shared = Shared::new(options, base);
        Ok(Self { shared: Arc::new(shared), identity: Identity::App, options: call })
    }

    /// A view with other options.
    ///
    /// # Errors
    /// [`Class::Config`](crate::Class::Config) or [`Class::Argument`](crate::Class::Argument) for an option that cannot be.
    pub fn with_options(&self, options: &CallOptions) -> Result<Self, Error> {
        options.check()?;
        Ok(Self { options: options.over(&self.options), ..self.clone() })
    }

    /// A view with the authority of a user whose access token (`u-…`) the caller has; the token is never renewed.
    ///
    /// # Errors
    /// [`Class::Config`](crate::Class::Config) for an empty token or one that cannot stand in a header.
    pub fn as_user(&self, token: Secret) -> Result<Self, Error> {
        if self.leaves_tokens() {
            return Err(Error::config("the page's proxy knows the user").with_remedy("leave asUser out, or use a token provider"));
        }
        if !is_header_safe(&token) {
            return Err(Error::config("token is empty or holds a character that no token has").with_remedy("pass the user access token"));
        }
        Ok(Self { identity: Identity::User(token), ..self.clone() })
    }

    /// A view with the app's own authority.
    #[must_use]
    pub fn as_app(&self) -> Self {
        Self { identity: Identity::App, ..self.clone() }
    }

    /// For a forked child, before its first call: tokens stay, and what only the parent can finish is forgotten: refreshes, and waiting calls.
    pub fn forget_flights(&self) {
        self.shared.tokens.forget_flights();
        #[cfg(feature = "pacing")]
        self.shared.pacer.forget_waiting();
        #[cfg(feature = "fleet")]
        if let Some(fleet) = &self.shared.fleet {
            fleet.forget();
        }
    }

    /// The root of the names that it offers.
    pub fn root(&self) -> Node {
        #[cfg(feature = "project")]
        if self.shared.options.project.is_some() {
            return Node::PROJECT;
        }
        Node::ROOT
    }

    /// The app id.
    pub fn app_id(&self) -> &str {
        &self.shared.options.app_id
    }

    /// Scheme, host and port that calls go to.
    pub fn base_url(&self) -> &str {
        self.shared.base.as_str()
    }

    /// `app`, `tenant` or `user`.
    pub fn identity(&self) -> &'static str {
        match self.identity {
            Identity::App => "app",
            #[cfg(feature = "isv")]
            Identity::Tenant(..) => "tenant",
            #[cfg(feature = "oauth")]
            Identity::KnownUser(..) => "user",
            Identity::User(_) => "user",
        }
    }

    /// Prepares a call; everything that can be refused before the network is refused here.
    ///
    /// # Errors
    /// [`Class::Argument`](crate::Class::Argument) for what cannot be sent, [`Class::Config`](crate::Class::Config) for a view that cannot make the call.
    pub fn call(&self, invocation: &Invocation, entropy: Entropy) -> Result<Call, Error> {
        self.call_page(invocation, None, entropy)
    }

    /// A call that answers with the token of this view: `{"token", "expires_at"}`, the moment in milliseconds since 1970 or null.
    ///
    /// It is for a backend that serves a phone or a page. The token is fetched, shared and renewed as for any call.
    ///
    /// # Errors
    /// [`Class::Argument`](crate::Class::Argument) for an option that cannot be.
    pub fn token(&self, options: &CallOptions, entropy: Entropy) -> Result<Call, Error> {
        options.check()?;
        let need = match &self.identity {
            Identity::App if self.leaves_tokens() => {
                return Err(Error::config("this page holds no token").with_remedy("its proxy adds them"));
            }
            _ => match self.user_need() {
                Some(need) => need,
                None => self.tenant_slot(Style::Snake)?,
            },
        };
        let plan = Plan {
            name: "token".into(),
            template: if self.shared.is_project() { "/open_api/authen" } else { "/open-apis/auth/v3" }.into(),
            need,
            options: options.over(&self.options),
            ..Plan::default()
        };
        Ok(Call::new(self.shared.clone(), plan, Random::new(entropy)))
    }

    /// Prepares a call for one page of a list.
    pub(crate) fn call_page(&self, invocation: &Invocation, page_token: Option<&str>, entropy: Entropy) -> Result<Call, Error> {
        invocation.options.check()?;
        let options = invocation.options.over(&self.options);
        let mut random = Random::new(entropy);
        let extras = Extras { style: invocation.style, idempotency_key: options.idempotency_key.as_deref(), page_token };
        let name = invocation.target.name(invocation.style);
        #[cfg(feature = "project")]
        self.check_family(&invocation.target).map_err(|error| error.of_operation(&name))?;
        let mut plan = match &invocation.target {
            #[cfg(feature = "project")]
            Target::Operation(operation, arguments) if operation.is_project() => {
                self.plan_project(*operation, arguments, &extras, &options, &mut random)
            }
            Target::Operation(operation, arguments) => self.plan_operation(*operation, arguments, &extras, invocation.style, &mut random),
            #[cfg(feature = "project")]
            Target::Path(call) if self.shared.is_project() => {
                let others = Extras { idempotency_key: None, ..extras };
                self.plan_path(call, &others, &mut random).and_then(|plan| self.adapt_path(plan, &options, &mut random))
            }
            Target::Path(call) => self.plan_path(call, &extras, &mut random),
        }
        .map_err(|error| error.of_operation(&name))?;
        plan.is_file |= invocation.sink.is_some();
        plan.sink = invocation.sink.clone();
        plan.offset = invocation.offset;
        plan.options = options;
        plan.name = name;
        Ok(Call::new(self.shared.clone(), plan, random))
    }

    /// A call with a plan that stands.
    #[cfg(any(feature = "bot", feature = "jsapi", feature = "oauth"))]
    pub(crate) fn start(&self, plan: Plan, options: &CallOptions, random: Random) -> Call {
        Call::new(self.shared.clone(), Plan { options: options.over(&self.options), ..plan }, random)
    }

    fn plan_operation(
        &self,
        operation: Operation,
        arguments: &Arguments,
        extras: &Extras<'_>,
        style: Style,
        random: &mut Random,
    ) -> Result<Plan, Error> {
        let need = self.need(operation.tokens(), style)?;
        let mut prepared = prepare(operation, arguments, extras, random)?;
        #[cfg(feature = "about")]
        self.shared.used.note(operation);
        if operation.needs_helpdesk() {
            self.add_helpdesk(&mut prepared.headers)?;
        }
        Ok(Plan {
            is_safe: is_safe(&prepared, operation.reads_only()),
            is_file: operation.kind() != Kind::Json,
            expected: Expected::new(operation.has_root_envelope(), operation.kept().paging),
            template: operation.path().into(),
            #[cfg(all(feature = "about", feature = "pacing"))]
            paced: self.paced(operation, &need),
            prepared: Some(prepared),
            need,
            ..Plan::default()
        })
    }

    fn plan_path(&self, call: &PathCall, extras: &Extras<'_>, random: &mut Random) -> Result<Plan, Error> {
        let need = self.need_of_path(call.token.as_deref(), extras.style)?;
        let prepared = prepare_path(call, extras, random)?;
        Ok(Plan {
            is_safe: is_safe(&prepared, false),
            is_file: !call.files.is_empty(),
            expected: Expected::new(false, Some(crate::paging::conventional())),
            template: call.path.clone().into(),
            #[cfg(all(feature = "about", feature = "pacing"))]
            paced: self.paced_path(prepared.method, &call.path, &need),
            prepared: Some(prepared),
            need,
            ..Plan::default()
        })
    }

    /// A user view never falls back to the app's authority, and an app has no user's.
    fn need(&self, accepted: Accepted, style: Style) -> Result<Need, Error> {
        let as_user = match style {
            Style::Snake => "client.as_user(…)",
            Style::Camel => "client.asUser(…)",
        };
        match (&self.identity, self.user_need()) {
            _ if accepted.needs_none() => Ok(Need::Nothing),
            (Identity::App, _) if self.leaves_tokens() => Ok(Need::Nothing),
            (_, Some(need)) if accepted.accepts_user() || accepted.is_unknown() => Ok(need),
            (_, Some(_)) => {
                Err(Error::config(format!("takes a {accepted}, and this view has a user's authority")).with_remedy(as_app(style)))
            }
            _ if accepted.accepts_tenant() || accepted.is_unknown() => self.tenant_slot(style),
            _ if accepted.accepts_app() => Ok(self.slot(Grant::App)),
            _ => Err(Error::config("needs a user").with_remedy(as_user)),
        }
    }

    fn need_of_path(&self, token: Option<&str>, style: Style) -> Result<Need, Error> {
        match (token, self.user_need()) {
            (Some("none"), _) => Ok(Need::Nothing),
            (_, None) if self.leaves_tokens() => Ok(Need::Nothing),
            (None | Some("user"), Some(need)) => Ok(need),
            (Some("tenant" | "app"), Some(_)) => {
                Err(Error::config("this view has a user's authority").with_remedy("make the call on the client itself"))
            }
            (None | Some("tenant"), _) => self.tenant_slot(style),
            (Some("app"), _) => Ok(self.slot(Grant::App)),
            (Some("user"), _) => Err(Error::config("needs a user").with_remedy("make the call on a view with a user's authority")),
            (Some(other), _) => {
                Err(Error::argument(format!("token is {}", encode::quote(other))).with_remedy("pass tenant, app, user or none"))
            }
        }
    }

    /// The user's token, on a view with a user's authority.
    fn user_need(&self) -> Option<Need> {
        match &self.identity {
            Identity::User(token) => Some(Need::Given(token.clone())),
            #[cfg(feature = "oauth")]
            Identity::KnownUser(grant, key) => Some(Need::Slot(grant.clone(), key.clone())),
            _ => None,
        }
    }

    /// Whether the proxy behind a page's path adds the tokens, so that none may be sent.
    fn leaves_tokens(&self) -> bool {
        self.shared.base.is_path() && !self.shared.options.has_token_provider
    }

    /// The slot of the tenant token.
    #[cfg(not(feature = "isv"))]
    fn tenant_slot(&self, _: Style) -> Result<Need, Error> {
        Ok(self.slot(Grant::Tenant))
    }

    fn slot(&self, grant: Grant) -> Need {
        #[cfg(feature = "project")]
        let grant = self.shared.options.project.as_ref().map_or(grant, crate::project::ProjectOptions::grant);
        let key = self.shared.key(&grant).clone();
        Need::Slot(grant, key)
    }

    /// The open platform has one convention of paging, Feishu Project four: a path does not tell which.
    pub(crate) fn check_path_pages(&self) -> Result<(), Error> {
        match self.shared.is_project() {
            true => Err(Error::argument("has pages of a kind that is not known").with_remedy("call its operation, or ask for each page")),
            false => Ok(()),
        }
    }

    /// Refuses what Feishu Project knows nothing of.
    #[cfg(feature = "isv")]
    fn check_platform(&self) -> Result<(), Error> {
        match self.shared.is_project() {
            true => Err(Error::config("Feishu Project knows nothing of it").with_remedy("ask a Client of the open platform")),
            false => Ok(()),
        }
    }

    fn add_helpdesk(&self, headers: &mut Headers) -> Result<(), Error> {
        let Some((id, token)) = &self.shared.options.helpdesk else {
            return Err(Error::config("needs the helpdesk's id and token").with_remedy("make the client with helpdesk=(id, token)"));
        };
        headers.push("X-Lark-Helpdesk-Authorization", encode::base64(format!("{id}:{}", token.reveal()).as_bytes()));
        Ok(())
    }
}

impl Target {
    /// What errors call it.
    pub(crate) fn name(&self, style: Style) -> Cow<'static, str> {
        match self {
            Target::Operation(operation, _) => operation.kept().name(style).into(),
            Target::Path(call) => format!("{} {}", call.method.to_ascii_uppercase(), call.path).into(),
        }
    }
}

fn is_safe(prepared: &Prepared, reads_only: bool) -> bool {
    prepared.method.is_idempotent() || reads_only || prepared.has_idempotency_key
}

/// Where the app's own authority is to be had.
fn as_app(style: Style) -> &'static str {
    match style {
        Style::Snake => "client.as_app()",
        Style::Camel => "client.asApp()",
    }
}
