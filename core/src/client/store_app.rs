//! Store apps: tickets, and views of one tenant each.

use std::sync::Arc;

use super::{Client, Identity};
use crate::auth::{Fresh, Grant, Key, TICKET, is_header_safe};
use crate::catalog::Style;
use crate::error::Error;
use crate::json::Value;
use crate::options::AppType;
use crate::plan::Need;
use crate::secret::Secret;
use crate::time::Now;

impl Client {
    /// A view in the tenant with this key: for store apps, whose calls need one, and for clients with a token provider.
    ///
    /// # Errors
    /// [`Class::Config`](crate::Class::Config) for an empty key, or for the client of a self-built app.
    pub fn for_tenant(&self, tenant_key: &str) -> Result<Self, Error> {
        self.check_platform()?;
        let options = &self.shared.options;
        if options.app_type == AppType::SelfBuilt && !options.has_token_provider {
            let error = Error::config("a self-built app has one tenant only");
            return Err(error.with_remedy("make the client of a store app with app_type store, or leave the tenant out"));
        }
        if tenant_key.trim().is_empty() {
            return Err(Error::config("tenant_key is empty").with_remedy("pass the tenant_key of an event, or of an answer"));
        }
        let grant = Grant::TenantOf(Arc::from(tenant_key));
        let key = Key::new(&[self.base_url(), self.app_id(), grant.kind(), tenant_key]);
        Ok(Self { identity: Identity::Tenant(grant, key), ..self.clone() })
    }

    /// Takes the app ticket that the platform pushes to a store app about every hour, and wakes the calls that wait for one.
    ///
    /// `ticket` is the ticket, or the whole event `app_ticket` that brought it, as JSON and decrypted. Whether the event is the
    /// platform's, its receiver has checked.
    ///
    /// # Errors
    /// [`Class::Config`](crate::Class::Config) for an empty ticket, for an event without one or of another app, or for the client of a
    /// self-built app.
    pub fn set_app_ticket(&self, now: Now, ticket: Secret) -> Result<(), Error> {
        self.check_platform()?;
        if self.shared.options.app_type == AppType::SelfBuilt {
            return Err(Error::config("a self-built app has no ticket").with_remedy("make the client of a store app with app_type store"));
        }
        let ticket = if ticket.reveal().starts_with('{') { ticket_of(ticket.reveal(), self.app_id())? } else { ticket };
        if !is_header_safe(&ticket) {
            let error = Error::config("ticket is empty or holds a character that no ticket has");
            return Err(error.with_remedy("pass the event app_ticket, or app_ticket of it"));
        }
        self.shared.tokens.give(self.shared.key(&Grant::Ticket), Fresh::new(ticket, TICKET, now));
        Ok(())
    }

    /// The slot of the tenant token; a store app has none without a tenant.
    pub(super) fn tenant_slot(&self, style: Style) -> Result<Need, Error> {
        let options = &self.shared.options;
        match &self.identity {
            Identity::Tenant(grant, key) => Ok(Need::Slot(grant.clone(), key.clone())),
            _ if options.app_type == AppType::Store && !options.has_token_provider => {
                let remedy = match style {
                    Style::Snake => "client.for_tenant(…)",
                    Style::Camel => "client.forTenant(…)",
                };
                Err(Error::config("needs a tenant").with_remedy(remedy))
            }
            _ => Ok(self.slot(Grant::Tenant)),
        }
    }
}

fn ticket_of(event: &str, app_id: &str) -> Result<Secret, Error> {
    let told = |name: &str| Value::read(event)?.text(name);
    if told("encrypt").is_some() {
        return Err(Error::config("the event is encrypted").with_remedy("decrypt it with the app's encrypt key and pass what comes out"));
    }
    if let Some(other) = told("event.app_id").filter(|other| other != app_id) {
        return Err(Error::config(format!("the ticket is of the app {other}")).with_remedy("give it to the client of that app"));
    }
    let ticket = told("event.app_ticket").map(Secret::new);
    ticket.ok_or_else(|| Error::config("the event brings no ticket").with_remedy("pass events of type app_ticket only"))
}
