//! Calls of Feishu Project.

use std::borrow::Cow;

use super::{Client, Target, as_app};
use crate::arguments::{Arguments, Extras, Prepared, prepare};
use crate::auth::Grant;
use crate::catalog::{Kind, Node, Operation, Pace, Paging, PagingStyle, Style};
use crate::envelope::Expected;
use crate::error::Error;
use crate::http::{Headers, Method};
use crate::json;
use crate::options::CallOptions;
use crate::pacing::Paced;
use crate::paging::Asked;
use crate::plan::{Need, Plan};
use crate::project::Course;
use crate::random::Random;

/// What holds for every interface that the platform's table does not name.
const USUAL: Pace = Pace { per_second: 15, per_minute: None };

impl Client {
    /// Refuses an operation of the other family.
    pub(super) fn check_family(&self, target: &Target) -> Result<(), Error> {
        match (target, &self.shared.options.project) {
            (Target::Operation(operation, _), None) if operation.is_project() => {
                Err(Error::config("is an operation of Feishu Project").with_remedy("call it on a ProjectClient"))
            }
            (Target::Operation(operation, _), Some(_)) if !operation.is_project() => {
                Err(Error::config("is an operation of the open platform").with_remedy("call it on a Client"))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn plan_project(
        &self,
        operation: Operation,
        arguments: &Arguments,
        extras: &Extras<'_>,
        options: &CallOptions,
        random: &mut Random,
    ) -> Result<Plan, Error> {
        let need = self.need_of_project(operation, extras.style)?;
        check_own(&options.headers, &need)?;
        let others = Extras { idempotency_key: None, ..*extras };
        let mut prepared = prepare(operation, arguments, &others, random)?;
        let is_write = !operation.reads_only();
        self.add_key(&mut prepared, is_write, true, options, random)?;
        if operation.tokens().accepts_user() {
            self.add_user(&mut prepared, &need, options)?;
        }
        let asked = |paging: Paging| (paging, asked(&paging, &arguments.json, extras.page_token));
        Ok(Plan {
            is_safe: !is_write || prepared.has_idempotency_key,
            is_file: operation.kind() != Kind::Json,
            expected: Expected::of_project(operation.has_root_envelope(), operation.paging().map(asked)),
            course: Some(Course { is_write }),
            paced: self.paced_project(operation.method(), operation.path().into(), operation.pace()),
            template: operation.path().into(),
            prepared: Some(prepared),
            need,
            ..Plan::default()
        })
    }

    /// Turns the call of a path into one of this family, and into one of its operation if the catalogue knows that.
    pub(super) fn adapt_path(&self, mut plan: Plan, options: &CallOptions, random: &mut Random) -> Result<Plan, Error> {
        let Some(prepared) = &mut plan.prepared else { return Ok(plan) };
        let method = prepared.method;
        let known = Operation::at_below(Node::PROJECT, method, &plan.template);
        // What another path does, only its method can tell.
        let is_write = known.map_or(method != Method::Get && method != Method::Head, |operation| !operation.reads_only());
        check_own(&options.headers, &plan.need)?;
        self.add_key(prepared, is_write, known.is_some(), options, random)?;
        if !matches!(plan.need, Need::Nothing) && known.is_none_or(|operation| operation.tokens().accepts_user()) {
            self.add_user(prepared, &plan.need, options)?;
        }
        plan.is_safe = !is_write || prepared.has_idempotency_key;
        plan.course = Some(Course { is_write });
        let template = known.map_or_else(|| plan.template.clone(), |operation| operation.path().into());
        plan.paced = self.paced_project(method, template, known.and_then(Operation::pace));
        plan.expected = Expected::of_project(known.is_some_and(Operation::has_root_envelope), None);
        Ok(plan)
    }

    /// The platform counts the calls of one token on one interface.
    fn paced_project(&self, method: Method, template: Cow<'static, str>, pace: Option<Pace>) -> Option<Paced> {
        self.shared.options.project.as_ref().filter(|project| project.pacing)?;
        Some(Paced { interface: format!("{method} {template}").into(), owner: None, windows: pace.unwrap_or(USUAL).windows() })
    }

    /// A user view never falls back to the plugin's authority.
    fn need_of_project(&self, operation: Operation, style: Style) -> Result<Need, Error> {
        let tokens = operation.tokens();
        match self.user_need() {
            _ if tokens.needs_none() => Ok(Need::Nothing),
            Some(need) if tokens.accepts_user() => Ok(need),
            Some(_) => Err(Error::config("takes the plugin's token, and this view has a user's authority").with_remedy(as_app(style))),
            None => Ok(self.slot(Grant::Plugin)),
        }
    }

    /// The idempotency string: the caller's, or one for this call with all its attempts where it is known that it writes.
    fn add_key(
        &self,
        prepared: &mut Prepared,
        is_write: bool,
        is_known: bool,
        options: &CallOptions,
        random: &mut Random,
    ) -> Result<(), Error> {
        let makes_keys = is_known && self.shared.options.project.as_ref().is_some_and(|project| project.idempotency);
        let key = match options.idempotency_key.as_deref() {
            Some(_) if !is_write => {
                return Err(Error::argument("takes no idempotency key").with_remedy("leave it out: the call changes nothing"));
            }
            // A server takes the blanks at both ends of a header away.
            Some(key) if key.trim().is_empty() => {
                return Err(Error::argument("idempotency_key is empty").with_remedy("leave it out or pass a key"));
            }
            Some(key) => key.to_owned(),
            None if is_write && makes_keys => random.uuid(),
            None => return Ok(()),
        };
        crate::check::header("X-IDEM-UUID", &key)?;
        prepared.headers.push("X-IDEM-UUID", key);
        prepared.has_idempotency_key = true;
        Ok(())
    }

    /// Whom the plugin acts for; a user's own token says that itself.
    fn add_user(&self, prepared: &mut Prepared, need: &Need, options: &CallOptions) -> Result<(), Error> {
        let Some(project) = &self.shared.options.project else { return Ok(()) };
        if let Some(strict) = project.checks_user_rights {
            prepared.headers.push("x-auth-mode", if strict { "1" } else { "0" });
        }
        if !is_plugins(need) || options.headers.get("x-user-key").is_some() {
            return Ok(());
        }
        if project.user_key.trim().is_empty() {
            return Err(Error::config("needs a user_key: the plugin acts for a user")
                .with_remedy("make the client with user_key, or make the call on a view with a user's token"));
        }
        prepared.headers.push("X-USER-KEY", &project.user_key);
        Ok(())
    }
}

/// Whether the plugin's own token goes out, which says for whom.
fn is_plugins(need: &Need) -> bool {
    matches!(need, Need::Slot(grant, _) if grant.kind() != "user")
}

/// Refuses the headers that are the client's own business.
fn check_own(headers: &Headers, need: &Need) -> Result<(), Error> {
    let own = [
        ("X-PLUGIN-TOKEN", true, "make the call on a view with that token"),
        ("X-IDEM-UUID", true, "pass it as idempotency_key"),
        ("X-USER-KEY", !is_plugins(need), "leave it out: the token says who the user is"),
    ];
    match own.iter().find(|(name, is_own, _)| *is_own && headers.get(name).is_some()) {
        Some((name, _, remedy)) => Err(Error::argument(format!("header {name} cannot be set")).with_remedy(*remedy)),
        None => Ok(()),
    }
}

/// The page that a call asks for, as far as its answer may not repeat it.
fn asked(paging: &Paging, arguments: &str, page_token: Option<&str>) -> Asked {
    let given = |name: &str| {
        let text = arguments.as_bytes();
        let find = |path: &str| json::find(text, &(0..text.len()), path).and_then(|range| json::text(text.get(range)?));
        find(name).or_else(|| find(&format!("body.{name}")))?.parse().ok()
    };
    let position = match paging.style {
        PagingStyle::Number | PagingStyle::Offset => page_token.and_then(|token| token.parse().ok()).or_else(|| given(paging.param)),
        _ => None,
    };
    Asked { position, size: given("page_size") }
}
