//! What a call answers.

use std::collections::HashMap;

use larkspur_core::{Class, Error};
use serde::Deserialize;

/// The whole answer to a call.
#[derive(uniffi::Record)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The headers by their names in lower case; several of one name are joined by commas.
    pub headers: HashMap<String, String>,
    /// The log id to quote to the platform's support.
    pub log_id: Option<String>,
    /// The platform's code: zero.
    pub code: i64,
    /// The platform's message.
    pub msg: String,
    /// The JSON text of `data`; empty when the answer has none.
    pub data: String,
    /// How many requests the call sent, those for tokens not counted.
    pub attempts: u32,
}

/// The token of a view, for a backend that serves a phone or a page.
#[derive(uniffi::Record)]
pub struct Token {
    /// The token itself: a secret.
    pub value: String,
    /// When it expires, in milliseconds since 1970, if that is known.
    pub expires_at_ms: Option<i64>,
}

impl Token {
    /// Reads what the core says of the token.
    ///
    /// # Errors
    /// [`Class::Decode`](larkspur_core::Class) for what is no token.
    pub(crate) fn of(reply: &larkspur_core::Reply) -> Result<Self, Error> {
        let shown: Shown = serde_json::from_slice(reply.data()).map_err(|_| Error::new(Class::Decode, "the token cannot be read"))?;
        Ok(Self { value: shown.token, expires_at_ms: shown.expires_at })
    }
}

#[derive(Deserialize)]
struct Shown {
    token: String,
    expires_at: Option<i64>,
}

/// The JSON text of `data`.
pub(crate) fn data(reply: &larkspur_core::Reply) -> String {
    text(reply.data())
}

/// A part of a reply's body: the core has checked that it is JSON, which half a surrogate pair does not contradict.
pub(crate) fn text(part: &[u8]) -> String {
    String::from_utf8_lossy(part).into_owned()
}

impl From<larkspur_core::Reply> for Reply {
    fn from(reply: larkspur_core::Reply) -> Self {
        let data = data(&reply);
        let headers = reply.headers.shown().into_iter().collect();
        Self { status: reply.status, headers, log_id: reply.log_id, code: reply.code, msg: reply.msg, data, attempts: reply.attempts }
    }
}
