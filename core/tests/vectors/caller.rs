//! One call of a vector: what it asks the core for, and what came of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use larkspur_core::catalog::scopes::{self, Authority, Least, Scopes, Wanted};
use larkspur_core::catalog::{Node, Operation, Style};
use larkspur_core::http::{Headers, Sink};
use larkspur_core::{
    Bot, Call, CallOptions, Client, Device, Entropy, Error, Exchange, Invocation, Now, Options, Outcome, Pages, Reply, Secret, Step,
    Target, Walk,
};
use serde_json::Value;

use crate::expect;
use crate::format::{BotPart, CallPart, DevicePart, OptionsPart, SignInPart, Strings, WalkPart, WantedPart};
use crate::invoke;
use crate::stage::{Kept, START};
use crate::store;

/// One call, or the calls of one walk over pages.
pub struct Caller<'v> {
    part: &'v CallPart,
    entropy: Entropy,
    name: String,
    call: Option<Call>,
    pages: Option<Pages>,
    /// Whom a device's sign-in is for, until it is waited for.
    device: Option<Client>,
    kept: Option<Arc<Kept>>,
    got: Got,
}

/// What came of a call.
#[derive(Default)]
pub struct Got {
    pub name: String,
    pub reply: Option<Reply>,
    pub items: Vec<Value>,
    pub pages: Vec<Value>,
    pub file: Option<Vec<u8>>,
    pub error: Option<Error>,
    pub device: Option<DevicePart>,
    pub least: Option<Least>,
    pub exported: Option<Value>,
    pub imported: Option<usize>,
    pub base: String,
}

impl<'v> Caller<'v> {
    pub fn new(client: &Client, part: &'v CallPart, number: usize, now: Now) -> Self {
        let kept = part.download.as_ref().map(|_| Kept::new());
        let mut caller = Self {
            part,
            entropy: Entropy([number as u8 + 1; 32]),
            name: String::new(),
            call: None,
            pages: None,
            device: None,
            kept,
            got: Got::default(),
        };
        caller.got.base = client.base_url().to_owned();
        if let Err(error) = caller.begin(client, now) {
            caller.got.error = Some(error);
        }
        caller
    }

    fn begin(&mut self, client: &Client, now: Now) -> Result<(), Error> {
        let client = self.view(client)?;
        if let Some(ticket) = &self.part.app_ticket {
            return client.set_app_ticket(now, Secret::new(ticket.clone()));
        }
        if self.part.exports {
            self.got.exported = serde_json::from_str(client.export_tokens(now).reveal()).ok();
            return Ok(());
        }
        if let Some(exported) = &self.part.imports {
            let text =
                exported.as_str().map_or_else(|| store::spelled_out(exported, client.base_url(), START.wall.0).to_string(), str::to_owned);
            self.got.imported = Some(client.import_tokens(now, &Secret::new(text))?);
            return Ok(());
        }
        if let Some(sign_in) = &self.part.sign_in {
            self.call = Some(client.exchange(exchange(sign_in), &options(&self.part.options), self.entropy)?);
            return Ok(());
        }
        if let Some(wanted) = &self.part.scopes {
            self.got.least = Some(least(wanted)?);
            return Ok(());
        }
        if let Some(page) = &self.part.page {
            self.call = Some(client.jsapi_sign(page, Style::Snake, &options(&self.part.options), self.entropy)?);
            return Ok(());
        }
        if let Some(part) = &self.part.bot {
            let bot = bot(part, client.base_url())?;
            let message = invoke::built(self.part.message.as_ref().expect("a bot sends a message"))?;
            self.call = Some(bot.send(&message, now, &options(&self.part.options), self.entropy)?);
            return Ok(());
        }
        if let Some(key) = &self.part.revoke {
            self.call = Some(client.revoke(key, &options(&self.part.options), self.entropy)?);
            return Ok(());
        }
        if let Some(device) = &self.part.device {
            self.call = Some(client.device(&device.scopes, &options(&self.part.options), self.entropy)?);
            self.device = Some(client);
            return Ok(());
        }
        if self.part.view_token {
            self.call = Some(client.token(&options(&self.part.options), self.entropy)?);
            return Ok(());
        }
        let invocation = self.invocation()?;
        match self.part.walk {
            None => self.call = Some(client.call(&invocation, self.entropy)?),
            Some(walk) => {
                let walk = if walk == WalkPart::Items { Walk::Items } else { Walk::Pages };
                self.pages = Some(Pages::new(&client, invocation, walk)?);
                self.next_page()?;
            }
        }
        Ok(())
    }

    /// Whose authority the call has.
    fn view(&self, client: &Client) -> Result<Client, Error> {
        match (&self.part.user, &self.part.user_key, &self.part.tenant) {
            (Some(token), ..) => client.as_user(Secret::new(token.clone())),
            (_, Some(key), _) => client.as_known_user(key),
            (.., Some(tenant)) => client.for_tenant(tenant),
            _ => Ok(client.clone()),
        }
    }

    /// The same invocation, word for word, that a binding makes.
    fn invocation(&mut self) -> Result<Invocation, Error> {
        let target = match (&self.part.operation, &self.part.request) {
            (Some(id), _) => Target::Operation(operation(id)?, invoke::arguments(self.part)?),
            (_, Some(request)) => Target::Path(invoke::path_call(request, self.part)),
            _ => panic!("a call has an operation, a request or view_token"),
        };
        self.name = invoke::name(&target);
        let sink = self.kept.clone().map(|kept| kept as Arc<dyn Sink>);
        let mut options = options(&self.part.options);
        if let Some(request) = &self.part.request {
            options = CallOptions { headers: headers(&request.headers), ..CallOptions::default() }.over(&options);
        }
        let offset = self.part.download.as_ref().map_or(0, |download| download.offset);
        Ok(Invocation { target, options, style: Style::Camel, sink, offset })
    }

    fn next_page(&mut self) -> Result<bool, Error> {
        self.call = self.pages.as_ref().and_then(|pages| pages.next_call(self.entropy)).transpose()?;
        Ok(self.call.is_some())
    }

    pub fn is_over(&self) -> bool {
        self.call.is_none()
    }

    pub fn resume(&mut self, now: Now, outcome: Outcome) -> Step {
        self.call.as_mut().expect("the call runs").resume(now, outcome)
    }

    /// Takes the end of a call in; says whether it was the last one.
    pub fn ended(&mut self, now: Now, result: Result<Reply, Error>) -> bool {
        self.call = None;
        match result.and_then(|reply| self.take(now, reply)) {
            Ok(goes_on) => !goes_on,
            Err(error) => {
                self.got.error = Some(error);
                true
            }
        }
    }

    fn take(&mut self, now: Now, reply: Reply) -> Result<bool, Error> {
        if let Some(client) = self.device.take() {
            let device = Device::read(&reply, now)?;
            self.call = Some(client.device_wait(&device, now, &options(&self.part.options), self.entropy)?);
            self.got.device = Some(DevicePart { url: device.url, user_code: device.user_code });
            return Ok(true);
        }
        let goes_on = match &mut self.pages {
            None => false,
            Some(pages) => {
                let items = pages.received(&reply)?;
                self.got.items.extend(list(reply.body.get(items).unwrap_or_default()));
                self.got.pages.push(serde_json::from_slice(reply.data()).unwrap_or_default());
                self.next_page()?
            }
        };
        self.got.file = reply.sunk.and(self.kept.as_ref().map(|kept| kept.bytes()));
        self.got.reply = Some(reply);
        Ok(goes_on)
    }

    /// What is not as the vector says.
    pub fn faults(&mut self, names: &BTreeMap<String, String>) -> Vec<String> {
        self.got.name = std::mem::take(&mut self.name);
        expect::faults(&self.part.result, &self.got, &mut names.clone())
    }
}

pub fn options(part: &OptionsPart) -> CallOptions {
    CallOptions {
        timeout: part.timeout.map(Duration::from_millis),
        max_wait: part.max_wait.map(Duration::from_millis),
        max_retries: part.max_retries,
        headers: headers(&part.headers),
        idempotency_key: part.idempotency_key.clone(),
    }
}

fn bot(part: &BotPart, base: &str) -> Result<Bot, Error> {
    let address = Secret::new(format!("{base}{}", part.path));
    Bot::new(&address, part.secret.clone().map(Secret::new), Options::default())
}

fn least(part: &WantedPart) -> Result<Least, Error> {
    let named: Vec<Operation> = part.operations.iter().map(|id| operation(id)).collect::<Result<_, _>>()?;
    let found = part.source.as_deref().map(scopes::called_in).unwrap_or_default();
    let wanted = Wanted {
        operations: named.into_iter().chain(found).collect(),
        authority: part.identity.as_deref().map_or(Ok(Authority::default()), str::parse)?,
        fields: part.fields,
        granted: part.granted.as_ref().map_or(Ok(Scopes::default()), |granted| Scopes::read(&granted.to_string()))?,
    };
    Ok(wanted.least())
}

fn exchange(part: &SignInPart) -> Exchange {
    Exchange {
        code: Secret::new(part.code.clone()),
        redirect_uri: part.redirect_uri.clone(),
        code_verifier: part.code_verifier.clone().map(Secret::new),
    }
}

pub fn headers(part: &Strings) -> Headers {
    Headers::from_iter(part.clone())
}

fn operation(id: &str) -> Result<Operation, Error> {
    Operation::find(id).or_else(|unknown| Operation::find_below(Node::PROJECT, id).map_err(|_| invoke::unknown(&unknown)))
}

fn list(items: &[u8]) -> Vec<Value> {
    if items.is_empty() { Vec::new() } else { serde_json::from_slice(items).expect("the items are a list") }
}
