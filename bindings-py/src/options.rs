//! Options of clients and calls, from Python's keywords.

use std::time::Duration;

use larkspur_core::http::Headers;
use larkspur_core::{AppType, CallOptions, Error, Options, ProjectOptions, Secret};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyMapping};

use crate::keywords::{get, taken, wrong};
use crate::{errors, json, store, stores};

/// The options of a client, without those of its host.
pub fn client(options: &Bound<'_, PyDict>) -> PyResult<Options> {
    let text = |name| Ok::<_, PyErr>(taken::<String>(options, name)?.unwrap_or_default());
    let mut client = Options {
        app_id: text("app_id")?,
        app_secret: Secret::new(text("app_secret")?),
        base_url: text("base_url")?,
        allow_http: flag(options, "allow_http")?.unwrap_or_default(),
        accounts_url: text("accounts_url")?,
        app_type: app_type(options)?,
        has_token_provider: get(options, "token_provider")?.is_some(),
        has_client_assertion: get(options, "client_assertion")?.is_some(),
        has_token_store: store::is_outside(options)?,
        pacing: pacing(options)?.unwrap_or(false),
        has_pacing_store: stores::pacing(options)?.is_some(),
        project: project(options)?,
        helpdesk: taken::<(String, String)>(options, "helpdesk")?.map(|(id, token)| (id, Secret::new(token))),
        user_agent: user_agent(options.py()),
        call: call(options)?,
        ..Options::default()
    };
    if let Some(most) = taken(options, "max_answer")? {
        client.max_answer = most;
    }
    client.fill_from(|name| std::env::var(name).ok());
    Ok(client)
}

/// What makes it a client of Feishu Project: only that one has a kind of plugin token.
fn project(options: &Bound<'_, PyDict>) -> PyResult<Option<ProjectOptions>> {
    let Some(kind) = taken::<String>(options, "plugin_token_type")? else { return Ok(None) };
    if !matches!(kind.as_str(), "plugin" | "virtual") {
        return Err(errors::config(options.py(), "plugin_token_type is neither \"plugin\" nor \"virtual\""));
    }
    Ok(Some(ProjectOptions {
        user_key: words(options, "user_key")?.unwrap_or_default(),
        is_virtual: kind == "virtual",
        checks_user_rights: flag(options, "check_user_rights")?,
        idempotency: flag(options, "idempotency")?.unwrap_or(true),
        pacing: pacing(options)?.unwrap_or(true),
    }))
}

/// Whether calls are paced, if that is said; a store says yes.
fn pacing(options: &Bound<'_, PyDict>) -> PyResult<Option<bool>> {
    match (get(options, "pacing")?, stores::pacing(options)?) {
        (_, Some(_)) => Ok(Some(true)),
        (Some(pacing), _) if !pacing.is_instance_of::<PyBool>() => Err(errors::config(
            options.py(),
            format!("pacing is a {}; pass True, False or larkspur.RedisStore(url)", json::type_name(&pacing)),
        )),
        _ => taken(options, "pacing"),
    }
}

/// The options that a client, a view and a call have in common.
pub fn call(options: &Bound<'_, PyDict>) -> PyResult<CallOptions> {
    Ok(CallOptions {
        timeout: seconds(options, "timeout")?,
        max_wait: seconds(options, "max_wait")?,
        max_retries: taken(options, "max_retries")?,
        headers: headers(options)?,
        idempotency_key: words(options, "idempotency_key")?,
    })
}

/// The keyword's value as text: a number is a common slip.
fn words(options: &Bound<'_, PyDict>, name: &str) -> PyResult<Option<String>> {
    let Some(value) = get(options, name)? else { return Ok(None) };
    let text = value.extract::<String>();
    text.map(Some).map_err(|_| errors::config(options.py(), format!("{name} is of the type {}; pass a str", json::type_name(&value))))
}

/// The keyword's value as a choice of two: a word is a common slip.
pub fn flag(options: &Bound<'_, PyDict>, name: &str) -> PyResult<Option<bool>> {
    let Some(value) = get(options, name)? else { return Ok(None) };
    let said = value.extract::<bool>();
    said.map(Some).map_err(|_| errors::config(options.py(), format!("{name} is a {}; pass True or False", json::type_name(&value))))
}

fn app_type(options: &Bound<'_, PyDict>) -> PyResult<AppType> {
    let Some(word) = taken::<String>(options, "app_type")? else { return Ok(AppType::default()) };
    word.parse().map_err(|error: Error| errors::raise(options.py(), &error))
}

fn seconds(options: &Bound<'_, PyDict>, name: &str) -> PyResult<Option<Duration>> {
    let Some(value) = taken::<f64>(options, name)? else { return Ok(None) };
    let span = Duration::try_from_secs_f64(value);
    span.map(Some).map_err(|_| errors::config(options.py(), format!("{name} is {value}; pass seconds above zero")))
}

fn headers(options: &Bound<'_, PyDict>) -> PyResult<Headers> {
    let Some(value) = get(options, "headers")? else { return Ok(Headers::new()) };
    let Ok(mapping) = value.cast::<PyMapping>() else { return Err(wrong(&value, "headers")) };
    let mut headers = Headers::new();
    for field in mapping.items()?.iter() {
        let (name, value) = field.extract::<(String, String)>().map_err(|_| wrong(&field, "headers"))?;
        headers.push(name, value);
    }
    Ok(headers)
}

fn user_agent(py: Python<'_>) -> String {
    let version = py.version_info();
    format!("python/{}.{}.{}", version.major, version.minor, version.patch)
}
