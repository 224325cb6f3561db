//! Runs `tests/vectors/*.json` on the bare machine: every step is looked at, the clock is moved by hand.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

mod caller;
mod expect;
mod format;
mod invoke;
mod schema;
#[path = "../steps/shelf.rs"]
mod shelf;
mod stage;
mod store;
mod wire;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use format::{ClientKind, ClientPart, Turn, Vector};
use larkspur_core::{AppType, Client, Error, Options, ProjectOptions, Secret};
use serde_json::Value;

/// One test for each file.
macro_rules! subjects {
    ($($subject:ident)*) => {
        const SUBJECTS: &[&str] = &[$(stringify!($subject)),*];
        $(#[test] fn $subject() { run(stringify!($subject)); })*
    };
}

subjects! { requests refusals answers errors tokens stores retries idempotency paging uploads downloads paths store_apps users scopes bots jsapi keyless project }

#[test]
fn every_file_follows_the_schema_and_has_a_test() {
    let schema = parse("schema");
    let files = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let names: BTreeSet<String> = files
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    let expected = SUBJECTS.iter().copied().chain(["schema"]).map(str::to_owned).collect();
    assert_eq!(names, expected);
    for subject in SUBJECTS {
        let faults = schema::check(&schema, &parse(subject));
        assert!(faults.is_empty(), "{subject}.json: {}", faults.join("\n"));
    }
}

#[test]
fn names_are_unique_and_few_vectors_are_for_one_runner() {
    let vectors: Vec<Vector> = SUBJECTS.iter().flat_map(|subject| load(subject)).collect();
    let names: BTreeSet<&str> = vectors.iter().map(|vector| vector.name.as_str()).collect();
    assert_eq!(names.len(), vectors.len(), "two vectors have the same name");
    assert!(vectors.len() >= 120, "{} vectors", vectors.len());
    let only: Vec<&Vector> = vectors.iter().filter(|vector| vector.only.is_some()).collect();
    assert!(only.len() <= 6, "{} vectors are for one runner only", only.len());
    for vector in &vectors {
        let is_special = vector.only.is_some() || vector.in_browser.is_some();
        assert_eq!(is_special, vector.because.is_some(), "{}: what is not for everybody says why, and nothing else does", vector.name);
        assert!(vector.jumps.is_empty() || vector.only.is_some(), "{}: a binding cannot move its clock", vector.name);
        assert_eq!(vector.refused.is_some(), vector.calls.is_empty(), "{}: either a refused client or calls", vector.name);
    }
}

fn run(subject: &str) {
    let faults: Vec<String> = load(subject)
        .iter_mut()
        .flat_map(|vector| play(vector).into_iter().map(|fault| format!("{}: {fault}", vector.name)).collect::<Vec<_>>())
        .collect();
    assert!(faults.is_empty(), "{subject}.json:\n{}", faults.join("\n"));
}

fn play(vector: &mut Vector) -> Vec<String> {
    vector.exchange.iter_mut().for_each(Turn::spell_out);
    match (client(&vector.client, vector.store.is_some()), &vector.refused) {
        (Ok(client), None) => stage::play(vector, &client),
        (Err(error), Some(expected)) => expect::error_faults(expected, &error),
        (Ok(_), Some(_)) => vec!["the client was made".into()],
        (Err(error), None) => vec![format!("the client was refused: {error:?}")],
    }
}

fn client(part: &ClientPart, has_token_store: bool) -> Result<Client, Error> {
    let defaults = Options::default();
    let call = format::OptionsPart {
        timeout: part.timeout,
        max_wait: part.max_wait,
        max_retries: part.max_retries,
        headers: part.headers.clone(),
        idempotency_key: None,
    };
    Client::new(Options {
        app_id: part.app_id.clone().unwrap_or_else(|| wire::APP_ID.into()),
        app_type: part.app_type.as_deref().map_or(Ok(AppType::SelfBuilt), str::parse)?,
        app_secret: Secret::new(part.app_secret.clone().unwrap_or_else(|| secret(part).into())),
        has_token_store,
        has_client_assertion: part.assertions.is_some(),
        base_url: base_url(part),
        project: part.kind.as_ref().map(|ClientKind::Project| project_options(part)),
        helpdesk: part.helpdesk.clone().map(|(id, token)| (id, Secret::new(token))),
        max_answer: part.max_answer.unwrap_or(defaults.max_answer),
        call: caller::options(&call),
        connect_timeout: Duration::from_secs(10),
        ..defaults
    })
}

fn project_options(part: &ClientPart) -> ProjectOptions {
    ProjectOptions {
        user_key: part.user_key.clone().unwrap_or_default(),
        is_virtual: part.plugin_token_type.as_deref() == Some("virtual"),
        checks_user_rights: part.check_user_rights,
        idempotency: part.idempotency.unwrap_or(true),
        pacing: part.pacing.unwrap_or(true),
    }
}

/// A client whose app has no secret gets none.
fn secret(part: &ClientPart) -> &'static str {
    if part.assertions.is_some() { "" } else { wire::SECRET }
}

/// `closed` is a port where nobody listens; here nobody listens anywhere.
fn base_url(part: &ClientPart) -> String {
    match part.base_url.as_deref() {
        None => "http://127.0.0.1:7001".into(),
        Some("closed") => "http://127.0.0.1:9".into(),
        Some(other) => other.into(),
    }
}

fn load(subject: &str) -> Vec<Vector> {
    let path = folder().join(format!("{subject}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{subject}.json: {error}"))
}

fn parse(name: &str) -> Value {
    let text = std::fs::read_to_string(folder().join(format!("{name}.json"))).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}.json: {error}"))
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors")
}
