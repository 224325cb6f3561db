//! Custom bots of a group: the address `/open-apis/bot/v2/hook/APP_ID` belongs to the app.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;

use crate::answer::{Answer, Refusal, Reply};
use crate::app::App;
use crate::clock::Millis;
use crate::received::Received;

/// What a bot's address begins with.
pub(crate) const HOOK: &str = "/open-apis/bot/v2/hook/";

/// A signature holds for an hour.
const SIGNED_FOR: u64 = 3600;
const MOST_BYTES: usize = 20 * 1024;
const KINDS: [&str; 5] = ["text", "post", "image", "share_chat", "interactive"];

/// What a bot has sent, and how it is set.
#[derive(Default)]
pub(crate) struct Bot {
    pub(crate) secret: Option<String>,
    pub(crate) keyword: Option<String>,
    sent: Vec<Millis>,
}

/// `POST /open-apis/bot/v2/hook/APP_ID`.
pub(crate) fn send(app: &mut App, request: &Received, now: Millis) -> Reply {
    let text = request.body.text().unwrap_or_default();
    let kind = request.text("msg_type");
    let content = request.json.get(if kind == "interactive" { "card" } else { "content" });
    let bot = &mut app.bot;
    bot.sent.retain(|at| *at + 60_000 > now);
    let of_second = bot.sent.iter().filter(|at| **at + 1000 > now).count();
    match content {
        _ if text.len() > MOST_BYTES => Err(refusal(9499, "the body is too large")),
        _ if !KINDS.contains(&kind) => Err(refusal(9499, "Bad Request: unknown msg_type")),
        None => Err(refusal(9499, "Bad Request: no content")),
        _ if bot.secret.as_ref().is_some_and(|secret| !is_signed(request, secret, now)) => {
            Err(refusal(19021, "sign match fail or timestamp is not within one hour from current time"))
        }
        Some(content) if bot.keyword.as_ref().is_some_and(|keyword| !content.to_string().contains(keyword.as_str())) => {
            Err(refusal(19024, "Key Words Not Found"))
        }
        _ if of_second >= 5 || bot.sent.len() >= 100 => Err(refusal(11232, "frequency limited psm")),
        _ => {
            bot.sent.push(now);
            Ok(Answer::json(200, json!({"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "success"})))
        }
    }
}

fn is_signed(request: &Received, secret: &str, now: Millis) -> bool {
    let timestamp = request.text("timestamp");
    let is_recent = timestamp.parse::<u64>().is_ok_and(|seconds| seconds.abs_diff(now / 1000) <= SIGNED_FOR);
    let key = format!("{timestamp}\n{secret}");
    let signed = Hmac::<Sha256>::new_from_slice(key.as_bytes()).map(|mac| BASE64_STANDARD.encode(mac.finalize().into_bytes()));
    is_recent && signed.is_ok_and(|signed| signed == request.text("sign"))
}

fn refusal(code: i64, msg: &str) -> Refusal {
    Refusal::new(code, msg).status(200)
}
