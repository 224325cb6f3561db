//! Permissions: the least that a list of operations needs, and what a permission allows.
//!
//! An operation names scopes of which any one is enough; the one that allows least is chosen (its [`Score`] says so), unless another that is needed
//! anyway is enough. Whoever calls with the app's authority and with a user's needs both kinds. See the platform's page on
//! [API permissions](https://open.feishu.cn/document/ukTMukTMukTM/uQjN3QjL0YzN04CN2cDN).

mod choice;
mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use super::about::Score;
use super::operation::Operation;
use crate::encode::{Object, quote};
use crate::error::Error;
use crate::json::Value;
use crate::text::join;

pub use source::called_in;

/// Scopes by the authority that they are granted for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes {
    /// Those of the app itself.
    pub tenant: BTreeSet<String>,
    /// Those of its users.
    pub user: BTreeSet<String>,
}

/// With whose authority operations are called that take either.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Authority {
    /// The app's.
    #[default]
    Tenant,
    /// The user's.
    User,
    /// Now the one, now the other.
    Both,
}

/// What permissions are sought for.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// What is called.
    pub operations: Vec<Operation>,
    /// With whose authority.
    pub authority: Authority,
    /// Also the scopes without which some fields of the answers are left out.
    pub fields: bool,
    /// What the app has already.
    pub granted: Scopes,
}

/// The permissions to ask for.
#[derive(Clone, Debug, Default)]
pub struct Least {
    /// The scopes, without those that are granted.
    pub scopes: Scopes,
    /// The operations of which nobody has documented what they need.
    pub undocumented: Vec<Operation>,
    /// The operations whose pages tie their scopes to further conditions in prose.
    pub conditional: Vec<Operation>,
}

impl Wanted {
    /// The least permissions with which all operations can be called.
    pub fn least(&self) -> Least {
        let mut scopes = Scopes::default();
        scopes.tenant.extend(self.chosen(Authority::Tenant, &self.granted.tenant));
        scopes.user.extend(self.chosen(Authority::User, &self.granted.user));
        let undocumented = self.those(|operation| operation.about().scopes().is_none() && !operation.tokens().needs_none());
        let conditional = self.those(|operation| operation.about().scopes_are_conditional());
        Least { scopes, undocumented, conditional }
    }

    fn chosen(&self, authority: Authority, granted: &BTreeSet<String>) -> impl Iterator<Item = String> {
        let called = self.operations.iter().filter(|operation| self.is_called_with(**operation, authority));
        let needs: Vec<_> = called.flat_map(|operation| self.needs(*operation, authority)).collect();
        choice::least(&needs, granted).into_iter().map(str::to_owned)
    }

    /// By their ids, each once.
    fn those(&self, holds: fn(Operation) -> bool) -> Vec<Operation> {
        let mut found = BTreeMap::new();
        found.extend(self.operations.iter().filter(|it| holds(**it)).map(|it| (it.id(), *it)));
        found.into_values().collect()
    }

    fn is_called_with(&self, operation: Operation, authority: Authority) -> bool {
        let tokens = operation.tokens();
        let takes_app = tokens.accepts_tenant() || tokens.accepts_app() || tokens.is_unknown();
        let takes_user = tokens.accepts_user() || tokens.is_unknown();
        match (authority, self.authority) {
            (Authority::Tenant, Authority::User) => takes_app && !takes_user,
            (Authority::Tenant, _) => takes_app,
            (_, Authority::Tenant) => takes_user && !takes_app,
            _ => takes_user,
        }
    }

    /// What one operation needs: of each list any one.
    fn needs(&self, operation: Operation, authority: Authority) -> Vec<Vec<&'static str>> {
        let about = operation.about();
        let alternatives = about.scopes().unwrap_or_default();
        let mut needs: Vec<Vec<&str>> = about.scopes_need_all().iter().map(|scope| vec![*scope]).collect();
        if !alternatives.is_empty() {
            needs.push(fitting(alternatives, authority));
        }
        if self.fields {
            // A scope that allows the whole operation unlocks fields too; the narrow ones are what is asked for.
            let narrow = about.field_scopes().iter().filter(|scope| !alternatives.contains(scope) && fits(scope, authority));
            needs.extend(narrow.map(|scope| vec![*scope]));
        }
        needs
    }
}

/// The operations for which this scope is enough, or for whose full answers it is needed.
///
/// # Errors
/// [`Class::Argument`](crate::Class::Argument) for a scope that no operation names, with the nearest that one does.
pub fn allowed_by(scope: &str) -> Result<Vec<Operation>, Error> {
    let names = |operation: &Operation| {
        let about = operation.about();
        about.scopes().unwrap_or_default().contains(&scope) || about.scopes_need_all().contains(&scope)
    };
    let allowed: Vec<Operation> = Operation::all().filter(names).collect();
    let is_known = || Operation::all().any(|operation| operation.about().field_scopes().contains(&scope));
    if !allowed.is_empty() || is_known() {
        return Ok(allowed);
    }
    let error = Error::argument(format!("no operation names the scope {}", quote(scope)));
    let mut all = BTreeSet::new();
    all.extend(Operation::all().flat_map(|operation| operation.about().scopes().unwrap_or_default().to_vec()));
    let nearest = super::nearest(scope, all.into_iter());
    Err(match nearest {
        Some(nearest) => error.with_remedy(format!("did you mean {nearest}?")),
        None => error,
    })
}

/// Of scopes of which any one is enough, the one that allows least.
pub(crate) fn narrowest<'a>(scopes: &[&'a str]) -> Option<&'a str> {
    // Of two that score alike, the longer name says more.
    scopes.iter().copied().max_by_key(|scope| (Score::find(scope), scope.len(), std::cmp::Reverse(*scope)))
}

/// The alternatives that can be granted for this authority; all of them where the names would leave none.
fn fitting(alternatives: &[&'static str], authority: Authority) -> Vec<&'static str> {
    let fitting: Vec<&str> = alternatives.iter().copied().filter(|scope| fits(scope, authority)).collect();
    if fitting.is_empty() { alternatives.to_vec() } else { fitting }
}

/// Some scopes say in their names for whom they are.
fn fits(scope: &str, authority: Authority) -> bool {
    match authority {
        Authority::User => !scope.ends_with("as_app") && !scope.ends_with("as_bot"),
        _ => !scope.ends_with("as_user"),
    }
}

impl Scopes {
    /// Reads what the developer console exports: `{"scopes": {"tenant": […], "user": […]}}`.
    ///
    /// # Errors
    /// [`Class::Argument`](crate::Class::Argument) for anything else.
    pub fn read(exported: &str) -> Result<Self, Error> {
        let scopes = Value::read(exported).and_then(|whole| whole.get("scopes"));
        let Some(scopes) = scopes.filter(|scopes| scopes.json().starts_with('{')) else {
            return Err(Error::argument("what is granted is no export of the developer console")
                .with_remedy(r#"pass {"scopes": {"tenant": […], "user": […]}}"#));
        };
        let list = |name: &str| scopes.get(name).into_iter().flat_map(|list| list.items()).map(|scope| scope.as_text());
        let mut read = Self::default();
        read.tenant.extend(list("tenant"));
        read.user.extend(list("user"));
        Ok(read)
    }

    /// The text that the developer console imports.
    pub fn to_json(&self) -> String {
        let list = |scopes: &BTreeSet<String>| {
            let quoted: Vec<String> = scopes.iter().map(|scope| quote(scope)).collect();
            format!("[{}]", join(&quoted, ","))
        };
        Object::of(&[("scopes", &Object::of(&[("tenant", &list(&self.tenant)), ("user", &list(&self.user))]))])
    }
}

impl FromStr for Authority {
    type Err = Error;

    /// Reads `tenant`, `user` or `both`.
    fn from_str(word: &str) -> Result<Self, Error> {
        match word {
            "tenant" => Ok(Self::Tenant),
            "user" => Ok(Self::User),
            "both" => Ok(Self::Both),
            other => Err(Error::argument(format!("identity is {}", quote(other))).with_remedy("pass tenant, user or both")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(ids: &[&str], authority: Authority) -> Wanted {
        let operations = ids.iter().map(|id| Operation::find(id).unwrap()).collect();
        Wanted { operations, authority, ..Wanted::default() }
    }

    fn least(wanted: &Wanted) -> String {
        wanted.least().scopes.to_json()
    }

    #[test]
    fn each_operation_can_be_called_with_the_least_for_all() {
        let all: Vec<Operation> = Operation::all().collect();
        for authority in [Authority::Tenant, Authority::User, Authority::Both] {
            let wanted = Wanted { operations: all.clone(), authority, ..Wanted::default() };
            let Scopes { tenant, user } = wanted.least().scopes;
            for operation in &all {
                for (kind, chosen) in [(Authority::Tenant, &tenant), (Authority::User, &user)] {
                    let needs = if wanted.is_called_with(*operation, kind) { wanted.needs(*operation, kind) } else { Vec::new() };
                    assert!(needs.iter().all(|need| need.iter().any(|scope| chosen.contains(*scope))), "{operation:?}");
                }
            }
            let again = Wanted { granted: Scopes { tenant, user }, ..wanted };
            assert_eq!(least(&again), r#"{"scopes":{"tenant":[],"user":[]}}"#);
        }
    }

    #[test]
    fn one_alone_gets_the_alternative_that_scores_best() {
        for operation in Operation::all().filter(|operation| operation.tokens().accepts_tenant()) {
            let scopes = Wanted { operations: vec![operation], ..Wanted::default() }.least().scopes;
            let about = operation.about();
            let fitting = fitting(about.scopes().unwrap_or_default(), Authority::Tenant);
            let best = fitting.iter().filter_map(|scope| Score::find(scope)).max();
            let is_best = |scope: &&str| scopes.tenant.contains(*scope) && Score::find(scope) == best;
            assert!(fitting.is_empty() || !about.scopes_need_all().is_empty() || fitting.iter().any(is_best), "{operation:?}");
        }
    }

    #[test]
    fn what_is_exported_is_read() {
        let text = r#"{ "scopes": { "tenant": ["b:c", "a:b", "a:b"], "user": [] } }"#;
        assert_eq!(Scopes::read(text).unwrap().to_json(), r#"{"scopes":{"tenant":["a:b","b:c"],"user":[]}}"#);
        for wrong in ["", "[]", "{}", r#"{"scopes":["a:b"]}"#] {
            assert!(Scopes::read(wrong).unwrap_err().to_string().starts_with("what is granted is no export"), "{wrong}");
        }
    }

    #[test]
    fn a_scope_tells_what_it_allows() {
        let allowed = allowed_by("im:message:send_as_bot").unwrap();
        assert!(allowed.contains(&Operation::find("im.v1.message.create").unwrap()));
        assert!(allowed.iter().all(|operation| operation.about().scopes().unwrap().contains(&"im:message:send_as_bot")));
        assert!(allowed_by("contact:user.employee_id:readonly").unwrap().is_empty(), "it unlocks a field and allows nothing");
        let unknown = allowed_by("im:mesage").unwrap_err().to_string();
        assert_eq!(unknown, "no operation names the scope \"im:mesage\"; did you mean im:message?");
    }

    #[test]
    fn who_calls_as_a_user_asks_for_no_scope_of_the_apps() {
        let one = ["im.v1.message.create"];
        assert_eq!(least(&wanted(&one, Authority::Tenant)), r#"{"scopes":{"tenant":["im:message:send_as_bot"],"user":[]}}"#);
        assert_eq!(least(&wanted(&one, Authority::User)), r#"{"scopes":{"tenant":[],"user":["im:message"]}}"#);
        let only_user = wanted(&["authen.v1.userInfo.get"], Authority::Tenant);
        assert_eq!(only_user.least().scopes.tenant, BTreeSet::new());
        assert!("app".parse::<Authority>().is_err());
    }
}
