//! Clients and their views.

use std::sync::Arc;

use larkspur_core::{Bot, Secret};
use larkspur_native::{Native, entropy};

use crate::download::Download;
use crate::error::FfiError;
use crate::flight::{CancelToken, Shared};
use crate::hooks::{CallEvent, Hooks};
use crate::invocation::Invocation;
use crate::mailbox::{Asked, Given, Mailbox};
use crate::options::{CallOptions, ClientOptions};
use crate::pages::Pages;
use crate::reply::{self, Reply, Token};
use crate::view::{Door, View};

/// One app on one host, or a view of it: views share connections, tokens and limits.
#[derive(uniffi::Object)]
pub struct Client {
    pub(crate) view: Arc<View>,
    door: Door,
}

#[uniffi::export]
impl Client {
    /// Makes a client. Nothing is sent before the first call.
    ///
    /// # Errors
    /// For an empty credential, a base URL that is no https origin, or an option that cannot be.
    #[uniffi::constructor]
    pub fn new(options: ClientOptions) -> Result<Self, FfiError> {
        let core = larkspur_core::Client::new(options.core()?)?;
        Ok(Self::of(core, None, shared(&options)?))
    }

    /// A view with other options.
    ///
    /// # Errors
    /// For an option that cannot be.
    pub fn with_options(&self, options: CallOptions) -> Result<Self, FfiError> {
        Ok(self.with(self.view.core.with_options(&options.into())?))
    }

    /// A view with the authority of a user whose access token (`u-…`) is at hand; the token is never renewed.
    ///
    /// # Errors
    /// For an empty token or one that cannot stand in a header.
    pub fn as_user(&self, token: String) -> Result<Self, FfiError> {
        Ok(self.with(self.view.core.as_user(Secret::new(token))?))
    }

    /// A view with the app's own authority.
    pub fn as_app(&self) -> Self {
        self.with(self.view.core.as_app())
    }

    /// The app id.
    pub fn app_id(&self) -> String {
        self.view.core.app_id().to_owned()
    }

    /// Scheme, host and port that calls go to.
    pub fn base_url(&self) -> String {
        self.view.core.base_url().to_owned()
    }

    /// `app`, `tenant` or `user`.
    pub fn identity(&self) -> String {
        self.view.core.identity().to_owned()
    }

    /// Makes a call; gives the JSON text of `data`, which is empty when the answer has none.
    ///
    /// # Errors
    /// Whatever the call fails with. Dropping the future ends the call.
    pub async fn call(&self, invocation: Invocation) -> Result<String, FfiError> {
        Ok(reply::data(&self.view.fly(invocation).await?))
    }

    /// Makes a call; gives the whole answer.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn call_raw(&self, invocation: Invocation) -> Result<Reply, FfiError> {
        Ok(self.view.fly(invocation).await?.into())
    }

    /// Begins a walk over the pages of a list, or over their items.
    ///
    /// # Errors
    /// For an operation without pages, or for items where a page holds several lists or none.
    pub fn walk(&self, invocation: Invocation, items: bool) -> Result<Pages, FfiError> {
        let cancel = invocation.cancel.clone();
        let invocation = invocation.core(&self.view.core)?;
        Pages::new(&self.view.core, self.view.shared.clone(), invocation, cancel, items)
    }

    /// Starts a download whose first byte is number `offset` of the file.
    ///
    /// # Errors
    /// For what can be refused before the network is touched.
    pub fn download(&self, invocation: Invocation, offset: u64) -> Result<Download, FfiError> {
        let cancel = invocation.cancel.clone();
        let invocation = invocation.core(&self.view.core)?;
        Download::start(self.view.core.clone(), self.view.shared.clone(), invocation, cancel, offset)
    }

    /// The token of this view, for a backend that serves a phone or a page; fetched, shared and renewed as for any call.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn token(&self, cancel: Option<Arc<CancelToken>>) -> Result<Token, FfiError> {
        let call = self.view.core.token(&larkspur_core::CallOptions::default(), entropy()?)?;
        let reply = self.view.shared.fly(call, cancel.as_deref()).await?;
        Ok(Token::of(&reply)?)
    }

    /// Waits for the next question to what the app supplied; none once the client is closed. One loop of the app takes them all.
    pub async fn next_ask(&self) -> Option<Asked> {
        let next = async { Ok(self.view.shared.mailbox.next().await) };
        self.view.shared.unless_ended(next, None).await.ok().flatten()
    }

    /// Answers a question; without effect when nobody waits for the answer any more.
    pub fn answer(&self, id: u64, given: Given) {
        self.view.shared.mailbox.answer(id, given);
    }

    /// Waits for the next event of a call; none once the client is closed, or when it was made without hooks.
    pub async fn next_event(&self) -> Option<CallEvent> {
        let hooks = self.view.shared.hooks.as_ref()?;
        let next = async { Ok(hooks.next().await) };
        self.view.shared.unless_ended(next, None).await.ok().flatten()
    }

    /// The number of this view for the flat door.
    pub fn door(&self) -> u64 {
        self.door.number()
    }

    /// Ends the calls under way and closes the connections, for all views; later calls are refused.
    pub fn shutdown(&self) {
        self.view.shared.close();
    }
}

impl Client {
    fn of(core: larkspur_core::Client, bot: Option<Bot>, shared: Arc<Shared>) -> Self {
        let view = Arc::new(View { shared, core, bot });
        Self { door: Door::of(&view), view }
    }

    /// Another view.
    pub(crate) fn with(&self, core: larkspur_core::Client) -> Self {
        Self::of(core, None, self.view.shared.clone())
    }

    /// The client of a custom bot.
    pub(crate) fn of_bot(bot: Bot, options: &ClientOptions) -> Result<Self, FfiError> {
        Ok(Self::of(bot.client().clone(), Some(bot), shared(options)?))
    }
}

/// The connections of a new client.
fn shared(options: &ClientOptions) -> Result<Arc<Shared>, FfiError> {
    let mailbox = Arc::new(Mailbox::new(options.pacing_store.clone()));
    let native = Native::new(&options.native(), Some(mailbox.clone()))?;
    Ok(Arc::new(Shared::new(native, mailbox, options.has_hooks.then(Hooks::new))))
}
