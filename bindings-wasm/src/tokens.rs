//! Store apps, users who sign in, token stores, and tokens that go from one client to another.

use std::time::Duration;

use larkspur_core::json::{Object, Value};
use larkspur_core::{Ask, AuthorizeOptions, CallOptions, Device, Entropy, Error, Exchange, Now, Reply, Secret, TokenWanted};

use crate::entries::Entry;
use crate::flight::Landing;
use crate::memory::Kind;
use crate::options;
use crate::state::Core;

// The names of the exports are those of the module, which a library of another platform would share with everybody.
#[cfg(target_arch = "wasm32")]
pub mod exports;

/// What only a server's store or provider is asked, as JSON; nothing for what is asked anywhere.
pub fn asked(ask: &Ask) -> Option<String> {
    let mut question = Object::default();
    match ask {
        Ask::Token(TokenWanted { tenant_key: None, user_key: None, audience: None, .. }) => return None,
        Ask::Token(wanted) => {
            question.push_text("kind", Some(wanted.kind));
            question.push_text("reason", Some(wanted.reason));
            push_given(&mut question, "tenantKey", wanted.tenant_key.as_deref());
            push_given(&mut question, "userKey", wanted.user_key.as_deref());
            push_given(&mut question, "audience", wanted.audience.as_deref());
        }
        Ask::Load { key } => push_load(&mut question, "load", key),
        Ask::Swap { key, expected, value, ttl } => push_swap(&mut question, "swap", key, expected.as_deref(), value, *ttl),
        #[cfg(feature = "server")]
        Ask::LoadPace { key } => push_load(&mut question, "load_pace", key),
        #[cfg(feature = "server")]
        Ask::SwapPace { key, expected, value, ttl } => push_swap(&mut question, "swap_pace", key, expected.as_deref(), value, *ttl),
        #[allow(unreachable_patterns, reason = "another package of the workspace may switch fleets on")]
        _ => return None,
    }
    if let Some(patience) = ask.patience() {
        question.push("patience", &patience.as_millis().to_string());
    }
    Some(question.finish())
}

fn push_load(question: &mut Object, kind: &str, key: &str) {
    question.push_text("kind", Some(kind));
    question.push_text("key", Some(key));
}

fn push_swap(question: &mut Object, kind: &str, key: &str, expected: Option<&str>, value: &Secret, ttl: Duration) {
    push_load(question, kind, key);
    push_given(question, "expected", expected);
    question.push_text("value", Some(value.reveal()));
    question.push("ttl", &ttl.as_millis().to_string());
}

/// Where a user is sent to sign in, as JSON: `url`, `state`, and `codeVerifier` where `pkce` asks for one.
fn authorize(core: &mut Core, client: u32, entropy: Entropy, text: u32) -> Result<String, Error> {
    let told = core.input.text(text).to_owned();
    let told = Value::read(&told).unwrap_or_default();
    let options = AuthorizeOptions {
        redirect_uri: told.text("redirectUri").unwrap_or_default(),
        scopes: scopes(&told),
        pkce: told.get("pkce").is_some_and(|pkce| pkce.json() == "true"),
    };
    let started = core.client(client)?.authorize(&options, entropy)?;
    let mut shown = Object::default();
    shown.push_text("url", Some(&started.url));
    shown.push_text("state", Some(&started.state));
    push_given(&mut shown, "codeVerifier", started.code_verifier.as_ref().map(Secret::reveal));
    Ok(shown.finish())
}

impl Core {
    /// Starts the exchange of a code for a user's tokens.
    fn exchange(&mut self, client: u32, entropy: Entropy, texts: [u32; 2], now: Now) -> Kind {
        let call = self.told(texts).and_then(|(told, options)| {
            let told = Value::read(&told).unwrap_or_default();
            let exchange = Exchange {
                code: Secret::new(told.text("code").unwrap_or_default()),
                redirect_uri: told.text("redirectUri").unwrap_or_default(),
                code_verifier: told.text("codeVerifier").map(Secret::new),
            };
            self.client(client)?.exchange(exchange, &options, entropy)
        });
        self.start_call(call, Landing::Data, now)
    }

    /// Begins the sign-in of a user elsewhere.
    fn device(&mut self, client: u32, entropy: Entropy, texts: [u32; 2], now: Now) -> Kind {
        let call = self
            .told(texts)
            .and_then(|(told, options)| self.client(client)?.device(&scopes(&Value::read(&told).unwrap_or_default()), &options, entropy));
        self.start_call(call, Landing::Device(now), now)
    }

    /// Waits until the user has signed in.
    fn wait_for_device(&mut self, client: u32, device: u32, entropy: Entropy, options: u32, now: Now) -> Kind {
        let options = options::call(self.input.text(options));
        let call = options.and_then(|options| self.client(client)?.device_wait(self.known_device(device)?, now, &options, entropy));
        self.start_call(call, Landing::Data, now)
    }

    /// Takes a user's tokens back.
    fn revoke(&mut self, client: u32, entropy: Entropy, texts: [u32; 2], now: Now) -> Kind {
        let call = self.told(texts).and_then(|(key, options)| self.client(client)?.revoke(&key, &options, entropy));
        self.start_call(call, Landing::Data, now)
    }

    /// Keeps a sign-in that waits for its user and tells what to show, as JSON: `device`, its number, and `url`, `userCode`, `expiresAt`.
    pub fn keep_device(&mut self, reply: &Reply, asked: Now) -> Kind {
        let device = match Device::read(reply, asked) {
            Ok(device) => device,
            Err(error) => return self.output.fail(&error),
        };
        let mut shown = Object::default();
        shown.push_text("url", Some(&device.url));
        shown.push_text("userCode", Some(&device.user_code));
        shown.push("expiresAt", &device.expires.wall.0.to_string());
        shown.push("device", &self.add(Entry::Device(Box::new(device))).to_string());
        self.output.tell(shown.finish())
    }

    fn known_device(&mut self, number: u32) -> Result<&Device, Error> {
        match self.place(number) {
            Some(Entry::Device(device)) => Ok(device),
            _ => Err(Error::config("there is no such sign-in")),
        }
    }

    /// What a call is told, and the options of every call.
    fn told(&mut self, [told, options]: [u32; 2]) -> Result<(String, CallOptions), Error> {
        let told = self.input.text(told).to_owned();
        Ok((told, options::call(self.input.text(options))?))
    }
}

fn scopes(told: &Value<'_>) -> Vec<String> {
    told.get("scopes").unwrap_or_default().items().map(|scope| scope.as_text()).collect()
}

fn push_given(object: &mut Object, name: &str, text: Option<&str>) {
    if text.is_some() {
        object.push_text(name, text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_is_asked_with_all_that_it_needs() {
        let load = Ask::Load { key: "a|b".into() };
        assert_eq!(asked(&load).as_deref(), Some(r#"{"kind":"load","key":"a|b","patience":5000}"#));
        let mut swap = Ask::Swap { key: "k".into(), expected: None, value: Secret::new("\"t\""), ttl: Duration::from_millis(1500) };
        assert_eq!(asked(&swap).as_deref(), Some(r#"{"kind":"swap","key":"k","value":"\"t\"","ttl":1500,"patience":5000}"#));
        if let Ask::Swap { expected, .. } = &mut swap {
            *expected = Some("n1".into());
        }
        assert!(asked(&swap).unwrap_or_default().contains(r#""expected":"n1","#));
    }
}
