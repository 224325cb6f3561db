//! Custom bots: whoever knows the address of one may send to its group.
//!
//! See the platform's [guide to custom bots](https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot).

use std::time::Duration;

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::arguments::Prepared;
use crate::call::Call;
use crate::client::Client;
use crate::encode::{self, Object, quote};
use crate::envelope::Expected;
use crate::error::Error;
use crate::http::{Headers, Method, Piece};
use crate::json::Value;
use crate::message::Message;
use crate::options::{CallOptions, Options};
use crate::pacing::{Paced, Window};
use crate::plan::Plan;
use crate::random::{Entropy, Random};
use crate::secret::Secret;
use crate::text::split_at;
use crate::time::{Now, Wall};

/// The most bytes of a body.
const MOST: usize = 20 * 1024;

/// What the path of a bot's address begins with.
const HOOK: &str = "/open-apis/bot/v2/hook/";

/// What the platform lets one bot send.
const WINDOWS: [Window; 2] = [Window { calls: 5, span: Duration::from_secs(1) }, Window { calls: 100, span: Duration::from_secs(60) }];

/// A custom bot of a group. Copies of it wait for each other, so that the platform's rate is kept.
#[derive(Clone, Debug)]
pub struct Bot {
    client: Client,
    path: Secret,
    secret: Option<Secret>,
}

impl Bot {
    /// Makes a bot of its address, which is a secret, and the secret it signs with, if it has one. Nothing is sent.
    ///
    /// Of the options, those of connections and calls count.
    ///
    /// # Errors
    /// [`Class::Config`](crate::Class::Config) for an address that is none of a bot, an empty secret, or an option that cannot be.
    pub fn new(address: &Secret, secret: Option<Secret>, options: Options) -> Result<Self, Error> {
        let (origin, token) = parts(address.reveal()).ok_or_else(no_address)?;
        if secret.as_ref().is_some_and(Secret::is_blank) {
            return Err(Error::config("the bot's secret is empty").with_remedy("leave it out, or copy it from the bot's settings"));
        }
        let client = Client::new(of_connections(options, origin))?;
        Ok(Self { client, path: Secret::new(format!("{HOOK}{token}")), secret })
    }

    /// The client behind it, for the host that drives its calls.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// A call that sends a message to the bot's group; it answers with `data`, which is mostly empty.
    ///
    /// It waits for its turn: a bot may send five messages a second, and a hundred a minute.
    ///
    /// # Errors
    /// [`Class::Argument`](crate::Class::Argument) for a kind of message that no custom bot sends, and for one that is too large.
    pub fn send(&self, message: &Message, now: Now, options: &CallOptions, entropy: Entropy) -> Result<Call, Error> {
        options.check()?;
        let body = self.body(message, now.wall).map_err(|error| error.of_operation("bot.send"))?;
        let mut headers = Headers::new();
        headers.push("Content-Type", "application/json; charset=utf-8");
        let body = vec![Piece::Bytes(Bytes::from(body))];
        let path = self.path.reveal().into();
        let plan = Plan {
            name: "bot.send".into(),
            template: format!("{HOOK}:token").into(),
            prepared: Some(Prepared { method: Method::Post, path, headers, body, has_idempotency_key: false }),
            expected: Expected::new(false, None),
            paced: Some(Paced { interface: "bot.send".into(), owner: None, windows: WINDOWS.to_vec() }),
            ..Plan::default()
        };
        Ok(self.client.start(plan, options, Random::new(entropy)))
    }

    fn body(&self, message: &Message, now: Wall) -> Result<String, Error> {
        let mut body = Object::default();
        if let Some(secret) = &self.secret {
            let timestamp = now.0 / 1000;
            body.push_text("timestamp", Some(&timestamp.to_string()));
            body.push_text("sign", Some(&sign(timestamp, secret)));
        }
        body.push_text("msg_type", Some(&message.msg_type));
        let (name, content) = content(message)?;
        body.push(name, &content);
        let body = body.finish();
        match body.len() {
            ..=MOST => Ok(body),
            size => Err(Error::argument(format!("the message has {size} bytes, and a custom bot sends {MOST} at most"))),
        }
    }
}

/// The options that count: no request of a bot has anything to do with an app, its provider or its store.
fn of_connections(told: Options, origin: &str) -> Options {
    let Options { allow_http, in_page, max_answer, share_flights, connect_timeout, user_agent, call, .. } = told;
    let (app_id, app_secret, base_url) = ("bot".to_owned(), Secret::new("none"), origin.to_owned());
    Options {
        app_id,
        app_secret,
        base_url,
        allow_http,
        in_page,
        max_answer,
        share_flights,
        connect_timeout,
        user_agent,
        call,
        ..Options::default()
    }
}

/// Where a message's content goes, in the form that custom bots want.
fn content(message: &Message) -> Result<(&'static str, String), Error> {
    let given = Value::of(&message.content);
    Ok(match message.msg_type.as_str() {
        "text" | "image" => ("content", message.content.clone()),
        "post" => ("content", Object::of(&[("post", &message.content)])),
        "share_chat" => ("content", Object::of(&[("share_chat_id", &quote(&given.text("chat_id").unwrap_or_default()))])),
        "interactive" if given.text("type").as_deref() == Some("card") => {
            return Err(Error::argument("a custom bot cannot send a card by its id").with_remedy("pass the card itself, or a template"));
        }
        "interactive" => ("card", message.content.clone()),
        other => {
            let error = Error::argument(format!("a custom bot sends no {other}"));
            return Err(error.with_remedy("send text, post, image, share_chat or interactive"));
        }
    })
}

/// The key is time and secret, and nothing is signed with it: that is how the platform wants it.
fn sign(timestamp: u64, secret: &Secret) -> String {
    let key = format!("{timestamp}\n{}", secret.reveal());
    let signed = Hmac::<Sha256>::new_from_slice(key.as_bytes()).map(|mac| mac.finalize().into_bytes());
    signed.map(|bytes| encode::base64(&bytes)).unwrap_or_default()
}

/// Origin and token of an address.
fn parts(address: &str) -> Option<(&str, &str)> {
    let (origin, token) = split_at(address.trim(), HOOK)?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    (!token.is_empty() && token.bytes().all(is_plain)).then_some((origin, token))
}

/// The address is not repeated: it is a secret.
fn no_address() -> Error {
    Error::config("url is no address of a custom bot")
        .with_remedy("pass https://open.feishu.cn/open-apis/bot/v2/hook/… from the bot's settings")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::build;
    use crate::{Outcome, Step};

    const ADDRESS: &str = "https://open.feishu.cn/open-apis/bot/v2/hook/secret-token";

    fn bot(secret: Option<&str>) -> Bot {
        Bot::new(&Secret::new(ADDRESS), secret.map(Secret::new), Options::default()).unwrap()
    }

    fn body(kind: &str, arguments: &str) -> Result<String, String> {
        let message = build(kind, arguments).unwrap();
        bot(None).body(&message, Wall(0)).map_err(|error| error.to_string())
    }

    #[test]
    fn signatures_are_the_platforms() {
        for (timestamp, secret, expected) in [
            (1_599_360_473, "demo", "l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8="),
            (1_735_660_800, "SECabc123", "z6lpwHQFRxUOwn5+j+ZbkAJmk/2DhXm70jGmyzNyp2Y="),
        ] {
            assert_eq!(sign(timestamp, &Secret::new(secret)), expected);
        }
    }

    #[test]
    fn each_kind_has_its_own_form() {
        let post = r#"{"content":[[{"tag":"text","text":"a"}]],"title":"t"}"#;
        for (kind, arguments, expected) in [
            ("text", r#"{"text":"hi"}"#, r#"{"msg_type":"text","content":{"text":"hi"}}"#),
            ("image", r#"{"image_key":"img_1"}"#, r#"{"msg_type":"image","content":{"image_key":"img_1"}}"#),
            ("share_chat", r#"{"chat_id":"oc_1"}"#, r#"{"msg_type":"share_chat","content":{"share_chat_id":"oc_1"}}"#),
            ("post", post, r#"{"msg_type":"post","content":{"post":{"zh_cn":{"title":"t","content":[[{"tag":"text","text":"a"}]]}}}}"#),
            ("interactive", r#"{"card":{"elements":[]}}"#, r#"{"msg_type":"interactive","card":{"elements":[]}}"#),
        ] {
            assert_eq!(body(kind, arguments).as_deref(), Ok(expected), "{kind}");
        }
    }

    #[test]
    fn what_no_bot_sends_is_refused() {
        assert!(body("sticker", r#"{"file_key":"f"}"#).unwrap_err().starts_with("a custom bot sends no sticker; send text"));
        assert!(body("interactive", r#"{"card_id":"c"}"#).unwrap_err().starts_with("a custom bot cannot send a card by its id"));
        let long = format!(r#"{{"text":"{}"}}"#, "a".repeat(MOST));
        assert!(body("text", &long).unwrap_err().contains("20480 at most"));
        for wrong in
            ["", "https://open.feishu.cn/", "https://open.feishu.cn/open-apis/bot/v2/hook/", "https://x/open-apis/bot/v2/hook/a?b=secret"]
        {
            let error = Bot::new(&Secret::new(wrong), None, Options::default()).unwrap_err().to_string();
            assert!(error.starts_with("url is no address of a custom bot") && !error.contains("secret"), "{wrong}");
        }
        let plain = Bot::new(&Secret::new(ADDRESS.replace("https", "http")), None, Options::default());
        assert!(plain.unwrap_err().to_string().contains("plain http"));
        assert!(Bot::new(&Secret::new(ADDRESS), Some(Secret::new(" ")), Options::default()).is_err());
    }

    #[test]
    fn an_apps_options_do_not_count() {
        let options = Options {
            has_token_provider: true,
            project: Some(crate::ProjectOptions::default()),
            helpdesk: Some(("h".into(), Secret::new("s3cret"))),
            ..Options::default()
        };
        let (bot, now) = (Bot::new(&Secret::new(ADDRESS), None, options).unwrap(), Now::new(1, 1));
        let message = build("text", r#"{"text":"hi"}"#).unwrap();
        let mut call = bot.send(&message, now, &CallOptions::default(), Entropy([1; 32])).unwrap();
        let Step::Send(request) = call.resume(now, Outcome::Start) else { panic!("something else comes first") };
        assert_eq!((request.url.as_str(), request.headers.get("x-lark-helpdesk-authorization")), (ADDRESS, None));
    }

    #[test]
    fn the_address_shows_nowhere_and_no_token_goes_along() {
        let (bot, now) = (bot(Some("s3cret")), Now::new(1_599_360_473_000, 1));
        let message = build("text", r#"{"text":"hi"}"#).unwrap();
        let mut call = bot.send(&message, now, &CallOptions::default(), Entropy([1; 32])).unwrap();
        let Step::Send(request) = call.resume(now, Outcome::Start) else { panic!("nothing is sent") };
        assert_eq!(request.url, ADDRESS);
        assert_eq!(request.headers.get("authorization"), None);
        assert_eq!(request.headers.get("x-plugin-token"), None);
        let shown = format!("{bot:?} {call:?} {request:?}");
        assert!(!shown.contains("secret-token") && !shown.contains("s3cret"), "{shown}");
    }

    #[test]
    fn the_sixth_message_of_a_second_waits() {
        let (bot, now) = (bot(None), Now::new(1, 1));
        let message = build("text", r#"{"text":"hi"}"#).unwrap();
        let start = |seed| bot.send(&message, now, &CallOptions::default(), Entropy([seed; 32])).unwrap().resume(now, Outcome::Start);
        let sent = (1..=6).map(start).filter(|step| matches!(step, Step::Send(_))).count();
        assert!(sent < 6, "{sent} were sent at once");
    }
}
