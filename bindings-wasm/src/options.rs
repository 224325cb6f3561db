//! Options of clients and calls, as the TypeScript writes them.

use std::time::Duration;

#[cfg(feature = "tokens")]
use larkspur_core::AppType;
#[cfg(feature = "project")]
use larkspur_core::ProjectOptions;
use larkspur_core::json::Value;
use larkspur_core::{CallOptions, Error, Options, Secret};

/// Reads the options of a client, and from `env` what was left out.
pub fn client(text: &str) -> Result<Options, Error> {
    let told = read(text)?;
    let mut options = Options {
        app_id: string(&told, "appId")?.unwrap_or_default(),
        app_secret: Secret::new(string(&told, "appSecret")?.unwrap_or_default()),
        base_url: string(&told, "baseUrl")?.unwrap_or_default(),
        allow_http: is_set(&told, "allowHttp"),
        in_page: is_set(&told, "inPage"),
        has_token_provider: is_set(&told, "hasTokenProvider"),
        share_flights: !is_set(&told, "alone"),
        helpdesk: told.get("helpdesk").map(|pair| self::pair(&pair)).map(|(id, token)| (id, Secret::new(token))),
        user_agent: string(&told, "userAgent")?.unwrap_or_default(),
        #[cfg(feature = "tokens")]
        app_type: string(&told, "appType")?.map_or(Ok(AppType::SelfBuilt), |kind| kind.parse())?,
        #[cfg(feature = "tokens")]
        accounts_url: string(&told, "accountsUrl")?.unwrap_or_default(),
        #[cfg(feature = "tokens")]
        has_client_assertion: is_set(&told, "hasClientAssertion"),
        #[cfg(feature = "tokens")]
        has_token_store: is_set(&told, "hasTokenStore"),
        #[cfg(feature = "server")]
        pacing: is_set(&told, "pacing"),
        #[cfg(feature = "server")]
        has_pacing_store: is_set(&told, "hasPacingStore"),
        #[cfg(feature = "project")]
        project: told.get("project").map(|told| project(&told)).transpose()?,
        call: call_options(&told.get("call").unwrap_or_default())?,
        ..Options::default()
    };
    options.max_answer = number(&told, "maxAnswer").unwrap_or(options.max_answer);
    let env = told.get("env").unwrap_or_default();
    options.fill_from(|name| env.text(name));
    Ok(options)
}

/// What makes it a client of Feishu Project.
#[cfg(feature = "project")]
fn project(told: &Value<'_>) -> Result<ProjectOptions, Error> {
    let kind = string(told, "pluginTokenType")?;
    if kind.as_deref().is_some_and(|kind| !matches!(kind, "plugin" | "virtual")) {
        return Err(Error::config("pluginTokenType is neither \"plugin\" nor \"virtual\""));
    }
    Ok(ProjectOptions {
        user_key: string(told, "userKey")?.unwrap_or_default(),
        is_virtual: kind.as_deref() == Some("virtual"),
        checks_user_rights: told.get("checkUserRights").map(|_| is_set(told, "checkUserRights")),
        idempotency: told.get("idempotency").is_none() || is_set(told, "idempotency"),
        pacing: told.get("pacing").is_none() || is_set(told, "pacing"),
    })
}

/// Reads the options of a view or a call; empty where there are none.
pub fn call(text: &str) -> Result<CallOptions, Error> {
    if text.is_empty() { Ok(CallOptions::default()) } else { call_options(&read(text)?) }
}

/// What a client, a view and a call have in common; spans in milliseconds.
fn call_options(told: &Value<'_>) -> Result<CallOptions, Error> {
    let span = |name| number(told, name).map(Duration::from_millis);
    Ok(CallOptions {
        timeout: span("timeout"),
        max_wait: span("maxWait"),
        max_retries: number(told, "maxRetries").map(|most| u32::try_from(most).unwrap_or(u32::MAX)),
        headers: told.get("headers").unwrap_or_default().items().map(|field| pair(&field)).collect(),
        idempotency_key: string(told, "idempotencyKey")?,
    })
}

fn read(text: &str) -> Result<Value<'_>, Error> {
    Value::read(text).ok_or_else(|| Error::config("the options cannot be read"))
}

fn string(told: &Value<'_>, name: &str) -> Result<Option<String>, Error> {
    match told.get(name) {
        Some(value) if !value.json().starts_with(['"', 'n']) => {
            Err(Error::config(format!("{name} is no string")).with_remedy("pass a string"))
        }
        value => Ok(value.map(|value| value.as_text())),
    }
}

fn is_set(told: &Value<'_>, name: &str) -> bool {
    told.get(name).is_some_and(|value| value.json() == "true")
}

fn number(told: &Value<'_>, name: &str) -> Option<u64> {
    told.get(name)?.json().parse().ok()
}

/// A list of two.
fn pair(list: &Value<'_>) -> (String, String) {
    let mut parts = list.items().map(|part| part.as_text());
    (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
}
