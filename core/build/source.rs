//! The catalogue's JSON files, as `core/catalog/README.md` describes them.

use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What went wrong, in words for whoever edits the catalogue.
pub type Result<T> = std::result::Result<T, String>;

/// One file: a service with its operations and types.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    pub service: String,
    pub operations: Vec<Operation>,
    pub types: BTreeMap<String, Type>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    pub id: String,
    pub method: String,
    pub path: String,
    #[serde(deserialize_with = "present")]
    pub tokens: Option<Vec<String>>,
    pub kind: String,
    #[serde(deserialize_with = "present")]
    pub scopes: Option<Vec<String>>,
    #[serde(default)]
    pub scopes_all: Vec<String>,
    #[serde(default)]
    pub scopes_cond: bool,
    #[serde(default)]
    pub field_scopes: Vec<String>,
    pub rate: Option<String>,
    pub doc: Option<String>,
    #[serde(default)]
    pub app_types: Vec<String>,
    #[serde(default)]
    pub historic: bool,
    pub successor: Option<String>,
    pub envelope: Option<String>,
    pub idempotency: Option<String>,
    pub write: Option<bool>,
    #[serde(default)]
    pub stream: bool,
    #[serde(default)]
    pub helpdesk: bool,
    pub paging: Option<Paging>,
    #[serde(default)]
    pub path_params: Vec<Field>,
    #[serde(default)]
    pub query: Vec<Field>,
    #[serde(default)]
    pub headers: Vec<Header>,
    pub body: Option<String>,
    pub answer: Option<String>,
    #[serde(default)]
    pub beside: Vec<Field>,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub struct Paging {
    pub style: Option<String>,
    #[serde(default)]
    pub items: String,
    #[serde(default)]
    pub token: String,
    #[serde(default)]
    pub total: String,
    #[serde(default)]
    pub more: String,
    pub param: String,
    #[serde(rename = "in")]
    pub place: Option<String>,
    #[serde(default)]
    pub arrays: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Type {
    pub fields: Vec<Field>,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub struct Field {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default)]
    pub required: bool,
    #[serde(default, rename = "enum")]
    pub values: Vec<String>,
    #[serde(default)]
    pub fmt: Option<String>,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub struct Header {
    pub name: String,
    pub wire: String,
    #[serde(default)]
    pub required: bool,
}

impl Service {
    /// The fields of an operation's body; none without a body.
    pub fn body<'a>(&'a self, operation: &Operation) -> Result<&'a [Field]> {
        let Some(name) = &operation.body else { return Ok(&[]) };
        let found = self.types.get(name).ok_or_else(|| format!("{}: no type {name}", operation.id))?;
        Ok(&found.fields)
    }
}

/// Reads every service of the folder, by name.
pub fn read(folder: &Path) -> Result<Vec<Service>> {
    files(folder)?.iter().map(|file| parse(file)).collect()
}

/// How narrow each scope is: from 0 to 100, and whether it is recommended.
pub type Scores = BTreeMap<String, (f64, bool)>;

/// Reads the scores of scopes that belong to the services of the folder.
pub fn scores(folder: &Path) -> Result<Scores> {
    let file = folder.join("scopes").join("scores.json");
    let fail = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let text = fs::read_to_string(&file).map_err(|error| fail(&error))?;
    serde_json::from_str(&text).map_err(|error| fail(&error))
}

/// The service files of the folder, by name.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.retain(|file| file.file_name().is_some_and(|name| name != "schema.json"));
    files.sort();
    Ok(files)
}

fn parse(file: &Path) -> Result<Service> {
    let fail = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let text = fs::read_to_string(file).map_err(|error| fail(&error))?;
    serde_json::from_str(&text).map_err(|error| fail(&error))
}

/// A member that may be null but may not be missing.
fn present<'de, D: Deserializer<'de>>(source: D) -> std::result::Result<Option<Vec<String>>, D::Error> {
    Option::deserialize(source)
}
