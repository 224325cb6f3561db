//! The platform's operations, read from the same data that the clients are built from, but with no line of code shared with them.

use std::collections::HashMap;
use std::sync::OnceLock;

use serde::Deserialize;

use crate::platform::Handler;
use crate::router::Router;

const SERVICES: &[&str] = &include!(concat!(env!("OUT_DIR"), "/services.rs"));

/// Every operation, the types of its body and answer, and the way from a request to it.
pub(crate) struct Catalog {
    pub(crate) operations: Vec<Operation>,
    pub(crate) router: Router,
}

/// One operation as the catalogue describes it.
#[derive(Deserialize)]
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) tokens: Option<Vec<String>>,
    pub(crate) kind: String,
    pub(crate) scopes: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) envelope: String,
    pub(crate) paging: Option<Paging>,
    /// Whether a POST of Feishu Project writes.
    write: Option<bool>,
    /// How often a token may call an operation of Feishu Project.
    #[serde(default)]
    rate: Option<String>,
    /// What stands beside the data in an answer of Feishu Project.
    #[serde(default)]
    pub(crate) beside: Vec<Field>,
    #[serde(default)]
    pub(crate) query: Vec<Field>,
    pub(crate) body: Option<String>,
    pub(crate) answer: Option<String>,
    #[serde(skip)]
    pub(crate) types: &'static Types,
    #[serde(skip)]
    pub(crate) handler: Option<Handler>,
}

/// Where a page says that there is another one.
#[derive(Deserialize)]
pub(crate) struct Paging {
    #[serde(default)]
    pub(crate) total: String,
    #[serde(default)]
    pub(crate) token: String,
    #[serde(default)]
    pub(crate) more: String,
}

/// A parameter or a member of a type.
#[derive(Default, Deserialize)]
pub(crate) struct Field {
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) required: bool,
    #[serde(default, rename = "enum")]
    pub(crate) values: Vec<String>,
    #[serde(default)]
    pub(crate) fmt: String,
}

/// The types of one service, by name.
#[derive(Default)]
pub(crate) struct Types(HashMap<String, Shape>);

#[derive(Deserialize)]
struct Shape {
    #[serde(default)]
    fields: Vec<Field>,
}

#[derive(Deserialize)]
struct Service {
    operations: Vec<Operation>,
    #[serde(default)]
    types: HashMap<String, Shape>,
}

impl Catalog {
    /// The one catalogue of the process, read when first used.
    pub(crate) fn get() -> &'static Catalog {
        static CATALOG: OnceLock<Catalog> = OnceLock::new();
        CATALOG.get_or_init(Catalog::read)
    }

    /// The operation called `id`.
    pub(crate) fn operation(&self, id: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.id == id)
    }

    fn read() -> Catalog {
        let mut operations = Vec::new();
        for text in SERVICES {
            let service: Service = serde_json::from_str(text).unwrap_or_else(|error| panic!("the catalogue is damaged: {error}"));
            let types: &'static Types = Box::leak(Box::new(Types(service.types)));
            operations.extend(service.operations.into_iter().map(|operation| {
                let handler = crate::platform::handler(&operation.id);
                Operation { types, handler, ..operation }
            }));
        }
        let router = Router::new(operations.iter().map(|operation| (operation.method.as_str(), operation.path.as_str())));
        Catalog { operations, router }
    }
}

impl Types {
    /// The members of the type called `name`; `None` when `name` is no type of the service.
    pub(crate) fn fields(&self, name: &str) -> Option<&[Field]> {
        self.0.get(name).map(|shape| shape.fields.as_slice())
    }
}

impl Default for &'static Types {
    fn default() -> Self {
        static EMPTY: OnceLock<Types> = OnceLock::new();
        EMPTY.get_or_init(Types::default)
    }
}

impl Operation {
    /// Whether the operation accepts a token of `kind` (`tenant`, `user`, `app`, `plugin`); one of unknown needs accepts any.
    pub(crate) fn accepts(&self, kind: &str) -> bool {
        self.tokens.as_ref().is_none_or(|kinds| kinds.iter().any(|accepted| accepted == kind))
    }

    /// Whether the operation can be called without a token.
    pub(crate) fn is_open(&self) -> bool {
        self.tokens.as_ref().is_some_and(Vec::is_empty)
    }

    /// Whether a fault or a script calls this a token request.
    pub(crate) fn issues_tokens(&self) -> bool {
        self.id.starts_with("auth.v3.") || self.id == "auth.pluginToken"
    }

    /// Whether it is one of Feishu Project.
    pub(crate) fn is_project(&self) -> bool {
        self.path.starts_with("/open_api/")
    }

    /// Whether an operation of Feishu Project changes something.
    pub(crate) fn is_write(&self) -> bool {
        self.method != "GET" && self.write.unwrap_or(true)
    }

    /// The windows of an operation of Feishu Project: `15/s,450/min`.
    pub(crate) fn rate(&self) -> &str {
        self.rate.as_deref().unwrap_or("15/s")
    }
}

#[cfg(test)]
mod tests {
    use super::Catalog;

    #[test]
    fn the_whole_catalogue_is_there() {
        let catalog = Catalog::get();
        assert!(catalog.operations.len() > 1840, "{}", catalog.operations.len());
        let send = catalog.operation("im.v1.message.create").unwrap();
        assert!(send.accepts("tenant") && send.accepts("user") && !send.accepts("app"));
        assert!(send.types.fields(send.body.as_ref().unwrap()).unwrap().iter().any(|field| field.name == "content" && field.required));
    }
}
