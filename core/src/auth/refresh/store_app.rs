//! Tokens that are bought with another one. In store apps a tenant's token is bought with the app's token, and that with a ticket, which the
//! platform pushes.

use std::time::Duration;

use super::super::{Decision, Held, Key};
#[cfg(feature = "store")]
use super::super::{Found, Fresh, TICKET};
use super::{Grant, Refresh};
use crate::codes::Action;
use crate::encode::Object;
use crate::error::{Class, Error};
#[cfg(feature = "jsapi")]
use crate::http::{Headers, Request};
use crate::options::AppType;
#[cfg(feature = "store")]
use crate::secret::Secret;
use crate::step::{Reply, Step, Why};
use crate::time::{Now, seconds};

/// A host whose `spawn` loses tasks would make a refresh lead for ever.
const MOST_LEADS: u8 = 3;

/// What a token is bought with.
#[derive(Debug, Default)]
pub(super) struct Means {
    held: Option<Held>,
    waited: Option<u64>,
    leads: u8,
    was_refused: bool,
    /// The platform was asked for a ticket.
    pub(super) is_requested: bool,
}

#[cfg(all(feature = "oauth", feature = "project"))]
impl Means {
    /// The token that the other is bought with.
    pub(super) fn held(&self) -> Option<&Held> {
        self.held.as_ref()
    }
}

impl Refresh {
    /// The step that leads to the app's token or its ticket; `None` once it is at hand, or where none is needed.
    pub(super) fn seek_means(&mut self, now: Now) -> Option<Step> {
        let (grant, key) = self.bought_with()?;
        if self.effort.is_over(now.mono) {
            let error = match self.shared.options.app_type {
                AppType::Store => no_ticket(self.shared.flight_time()),
                AppType::SelfBuilt => Error::new(Class::Timeout, format!("no {} has come within max_wait", grant.noun())),
            };
            return Some(self.settle(now, Err(error)));
        }
        #[cfg(feature = "store")]
        self.take_found_ticket(now, &grant, &key);
        let may_wait = self.shared.options.share_flights || self.means.leads > 0;
        match self.shared.tokens.acquire(now, &key, self.means.waited.take(), may_wait, self.shared.flight_time()) {
            // Its lead is dropped: it is fetched when it is needed and has expired.
            Decision::Use(held) | Decision::UseAndLead(held, _) => {
                self.means.held = Some(held);
                None
            }
            Decision::Lead(_) if self.means.leads == MOST_LEADS => Some(self.settle(now, Err(lost(&grant)))),
            Decision::Lead(lead) => {
                self.means.leads += 1;
                Some(Step::Spawn(Box::new(Refresh::new(self.shared.clone(), grant, lead, self.random.entropy()))))
            }
            Decision::Wait(ticket, until) => {
                self.means.waited = Some(ticket.generation());
                Some(Step::Wait { until: self.effort.cap(until), ticket: Some(ticket), why: Why::Token })
            }
            Decision::Fail(error) => Some(self.settle(now, Err(error))),
        }
    }

    /// The ticket that a store app's token was bought with.
    #[cfg(feature = "store")]
    pub(super) fn ticket(&self) -> Option<Secret> {
        let held = self.means.held.as_ref().filter(|_| self.grant == Grant::App);
        held.map(|held| held.value.clone())
    }

    /// A ticket with which another client of the store has bought serves here too.
    #[cfg(feature = "store")]
    fn take_found_ticket(&mut self, now: Now, wanted: &Grant, key: &Key) {
        if *wanted != Grant::Ticket || self.means.was_refused || self.shared.tokens.has(now, key) {
            return;
        }
        if let Some(ticket) = self.store.take_ticket() {
            self.shared.tokens.give(key, Fresh { found: Found::YES, ..Fresh::new(ticket, TICKET, now) });
        }
    }

    /// Where a store app's token comes from, and what is sent for it.
    pub(super) fn store_app_request(&self) -> Option<(&'static str, String)> {
        let options = &self.shared.options;
        let means = self.means.held.as_ref().map(|held| held.value.reveal());
        let mut body = Object::default();
        let path = match (&self.grant, options.app_type) {
            (Grant::TenantOf(tenant), _) => {
                body.push_text("app_access_token", means);
                body.push_text("tenant_key", Some(tenant));
                return Some(("/open-apis/auth/v3/tenant_access_token", body.finish()));
            }
            (Grant::Ticket, _) => "/open-apis/auth/v3/app_ticket/resend",
            (Grant::App, AppType::Store) => "/open-apis/auth/v3/app_access_token",
            _ => return None,
        };
        body.push_text("app_id", Some(&options.app_id));
        body.push_text("app_secret", Some(options.app_secret.reveal()));
        if self.grant == Grant::App {
            body.push_text("app_ticket", means);
        }
        Some((path, body.finish()))
    }

    /// Once a refresh, if the platform refused the app's token or its ticket: another may be had.
    pub(super) fn may_change_means(&mut self, now: Now, action: Option<Action>) -> bool {
        let (Some((grant, key)), Some(held)) = (self.bought_with(), self.means.held.take()) else { return false };
        let is_bad = action == Some(Action::Ticket) || grant.is_refused_by(action);
        let is_refused = is_bad && !self.means.was_refused;
        self.means.was_refused |= is_refused;
        is_refused && self.shared.tokens.refuse(now, &key, &held)
    }

    /// Waits until the ticket comes by itself.
    pub(super) fn await_ticket(&mut self, now: Now) -> Step {
        self.means.is_requested = true;
        if self.shared.tokens.has(now, self.shared.key(&Grant::Ticket)) {
            self.lead = None;
            return Step::Done(Ok(Reply::default()));
        }
        match &self.lead {
            Some(lead) if !self.effort.is_over(now.mono) => {
                let until = self.effort.cap(now.mono + self.shared.flight_time());
                Step::Wait { until, ticket: Some(lead.ticket()), why: Why::Token }
            }
            _ => self.end(now, Err(no_ticket(self.shared.flight_time()))),
        }
    }

    /// Which token or ticket comes first, and its slot.
    fn bought_with(&self) -> Option<(Grant, Key)> {
        let own = |grant: Grant| Some((grant.clone(), self.shared.key(&grant).clone()));
        match (&self.grant, self.shared.options.app_type) {
            #[cfg(feature = "jsapi")]
            (Grant::JsTicket(tenant), _) => Some(self.shared.means_of_ticket(tenant.as_ref())),
            _ if self.shared.options.has_token_provider => None,
            #[cfg(all(feature = "oauth", feature = "project"))]
            _ if self.is_of_plugin_user() => self.shared.options.project.as_ref().and_then(|project| own(project.grant())),
            (Grant::TenantOf(_), _) => own(Grant::App),
            (Grant::App, AppType::Store) => own(Grant::Ticket),
            _ => None,
        }
    }

    /// The request for a ticket with which pages are signed for.
    #[cfg(feature = "jsapi")]
    pub(super) fn ask_for_js_ticket(&mut self, now: Now) -> Option<Step> {
        let held = self.means.held.as_ref().filter(|_| self.grant.kind() == "jsapi")?;
        let mut headers = Headers::new();
        headers.push("Authorization", format!("Bearer {}", held.value.reveal()));
        headers.push("User-Agent", &self.shared.user_agent);
        let url = self.shared.url("/open-apis/jssdk/ticket/get");
        self.effort.attempts += 1;
        Some(Step::Send(Box::new(Request { url, headers, body: Vec::new(), ..self.request(now) })))
    }
}

/// The error of whoever waited for a ticket in vain.
pub(crate) fn no_ticket(waited: Duration) -> Error {
    Error::new(Class::Auth, format!("no app ticket has come within max_wait ({} s)", seconds(waited)))
        .with_remedy("receive the app_ticket event and pass its ticket to the client")
}

fn lost(grant: &Grant) -> Error {
    let noun = grant.noun();
    Error::new(Class::Transport, format!("no {noun} after {MOST_LEADS} tries: they were dropped, or what came had expired"))
}
