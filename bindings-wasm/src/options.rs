//! Options of clients and calls, as the TypeScript writes them.

use std::time::Duration;

use larkspur_core::http::Headers;
use larkspur_core::{CallOptions, Error, Options, Secret};
use serde::Deserialize;

use crate::js::Platform;

/// The options of a client.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct ClientOptions {
    app_id: String,
    app_secret: String,
    base_url: String,
    allow_http: bool,
    in_page: bool,
    has_token_provider: bool,
    helpdesk: Option<(String, String)>,
    max_answer: Option<u64>,
    user_agent: String,
    call: Told,
}

/// The options that a client, a view and a call have in common; spans in milliseconds.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Told {
    timeout: Option<f64>,
    max_wait: Option<f64>,
    max_retries: Option<u32>,
    headers: Vec<(String, String)>,
    idempotency_key: Option<String>,
}

/// Reads the options of a client, and what the environment says for those that are left out.
pub fn client(text: &str, platform: &Platform) -> Result<Options, Error> {
    let told: ClientOptions = read(text)?;
    let mut options = Options {
        app_id: told.app_id,
        app_secret: Secret::new(told.app_secret),
        base_url: told.base_url,
        allow_http: told.allow_http,
        in_page: told.in_page,
        has_token_provider: told.has_token_provider,
        helpdesk: told.helpdesk.map(|(id, token)| (id, Secret::new(token))),
        user_agent: told.user_agent,
        call: call_options(told.call),
        ..Options::default()
    };
    if let Some(most) = told.max_answer {
        options.max_answer = most;
    }
    options.fill_from(|name| platform.env(name));
    Ok(options)
}

/// Reads the options of a view or a call.
pub fn call(text: Option<String>) -> Result<CallOptions, Error> {
    text.map_or(Ok(CallOptions::default()), |text| Ok(call_options(read(&text)?)))
}

fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Error> {
    // Where it fails is told, not on what: that may be secret.
    serde_json::from_str(text).map_err(|error| Error::config(format!("the options cannot be read (column {})", error.column())))
}

fn call_options(told: Told) -> CallOptions {
    let span = |milliseconds: f64| Duration::try_from_secs_f64(milliseconds / 1000.0).unwrap_or_default();
    CallOptions {
        timeout: told.timeout.map(span),
        max_wait: told.max_wait.map(span),
        max_retries: told.max_retries,
        headers: Headers::from_iter(told.headers),
        idempotency_key: told.idempotency_key,
    }
}
