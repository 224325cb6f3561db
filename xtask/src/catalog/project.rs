//! The catalogue of Feishu Project: the same format, with ids of two parts and paging in four styles.

use super::source::{self, Field, Operation, Paging, Service};
use super::{Rule, arguments, format, identity, in_each, operations, references, size};
use crate::place;
use anyhow::{Error, Result, bail};

const RULES: &[Rule] = &[
    ids,
    identity::spellings,
    identity::reserved,
    identity::endpoints,
    arguments::names,
    arguments::places,
    arguments::types,
    references::types,
    references::paths,
    marks,
    paging,
];

/// Checks the family's catalogue, and prints what it holds and how large the table is.
///
/// # Errors
/// Names every place that breaks a rule.
pub fn check() -> Result<()> {
    let folder = place::root().join("core").join("catalog-project");
    let services = source::read(&folder).map_err(Error::msg)?;
    let mut problems = identity::files(&folder, &services);
    problems.extend(RULES.iter().flat_map(|rule| rule(&services)));
    if !problems.is_empty() {
        bail!("{} problems in the catalogue of Feishu Project\n{}", problems.len(), problems.join("\n"));
    }
    let (raw, compressed) = size::of_calls(&services).map_err(Error::msg)?;
    let paged = operations(&services).filter(|(_, operation)| operation.paging.is_some()).count();
    let count = operations(&services).count();
    println!("feishu project: {} resources, {count} operations, {paged} paged\n{:<8}{raw:>10}{compressed:>10}", services.len(), "calls");
    Ok(())
}

/// An id has two parts, `resource.method`; the resource is what the file holds.
fn ids(services: &[Service]) -> Vec<String> {
    in_each(services, |service, operation| {
        let right = operation
            .id
            .split_once('.')
            .is_some_and(|(resource, method)| resource == service.service && identity::is_snake(resource) && identity::is_camel(method));
        if right { Vec::new() } else { vec!["an id is the resource of its file and a method in camelCase".to_owned()] }
    })
}

fn marks(services: &[Service]) -> Vec<String> {
    in_each(services, |_, operation| {
        let rate = operation.rate.as_deref();
        let reads = operation.method == "GET" || operation.write == Some(false);
        let checks = [
            (format::METHODS.contains(&operation.method.as_str()), "the method is unknown"),
            (matches!(operation.kind.as_str(), "json" | "upload" | "bytes" | "download"), "the kind is unknown"),
            (is_tokens(operation), "the tokens are `plugin`, and `user` besides, or none"),
            (operation.envelope.as_deref().is_none_or(|kind| matches!(kind, "error" | "code" | "root")), "the envelope is unknown"),
            (rate.is_some_and(|rate| rate != "special" && references::is_rate(rate)), "the rate is no figures such as `15/s,450/min`"),
            (operation.write.is_none_or(|write| !write && operation.method == "POST"), "`write` is `false`, at a POST, or absent"),
            (operation.paging.is_none() || reads, "only what reads has pages"),
            (operation.path.starts_with("/open_api/"), "the path does not begin with /open_api/"),
        ];
        checks.into_iter().filter(|(holds, _)| !holds).map(|(_, problem)| problem.to_owned()).collect()
    })
}

fn is_tokens(operation: &Operation) -> bool {
    let tokens: Option<Vec<&str>> = operation.tokens.as_ref().map(|tokens| tokens.iter().map(String::as_str).collect());
    matches!(tokens.as_deref(), Some([] | ["plugin"] | ["plugin", "user"]))
}

/// Paging names what its style needs, as fields of the whole answer, and an argument that asks for the next page.
fn paging(services: &[Service]) -> Vec<String> {
    in_each(services, |service, operation| {
        let Some(paging) = &operation.paging else { return Vec::new() };
        let is = |path: &str, kinds: &[&str]| {
            path.is_empty() || answer(service, operation, path).is_some_and(|kind| kinds.iter().any(|known| kind.starts_with(known)))
        };
        let lists = paging.arrays.iter().chain([&paging.items]);
        let checks = [
            (is_complete(paging), "the paging lacks what its style needs, or has what it does not".to_owned()),
            (lists.into_iter().all(|path| is(path, &["[]"])), "what should be a list of the answer is none".to_owned()),
            (paging.items.is_empty() || paging.arrays.is_empty(), "the paging has both `items` and `arrays`".to_owned()),
            (is(&paging.token, &["string", "any"]), format!("`{}` leads to no cursor", paging.token)),
            (is(&paging.total, &["int"]), format!("`{}` is no total", paging.total)),
            (is(&paging.more, &["bool"]), format!("`{}` does not say whether there is more", paging.more)),
            (is_argument(service, operation, paging), format!("`{}` is no argument that asks for a page", paging.param)),
        ];
        checks.into_iter().filter(|(holds, _)| !holds).map(|(_, problem)| problem).collect()
    })
}

fn is_complete(paging: &Paging) -> bool {
    let given = (!paging.token.is_empty(), !paging.total.is_empty(), !paging.more.is_empty());
    match paging.style.as_deref() {
        Some("number") => matches!(given, (false, true, false) | (false, false, true)),
        Some("cursor") => given.0 && !given.1,
        Some("after") => given == (true, false, false),
        Some("offset") => given == (false, false, true),
        _ => false,
    }
}

/// The type at a dotted path into the whole answer: `data` and what stands beside it.
fn answer<'a>(service: &'a Service, operation: &'a Operation, path: &str) -> Option<&'a str> {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let beside = |field: &&Field| field.name == first;
    let kind = match first {
        "data" => operation.answer.as_deref()?,
        _ => &operation.beside.iter().find(beside)?.kind,
    };
    if rest.is_empty() { Some(kind) } else { Some(&references::resolve(service, kind, rest)?.kind) }
}

fn is_argument(service: &Service, operation: &Operation, paging: &Paging) -> bool {
    match (paging.place.as_deref(), &operation.body) {
        (None, _) => operation.query.iter().any(|field| field.name == paging.param),
        (Some("body"), Some(body)) => references::resolve(service, body, &paging.param).is_some(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Service;
    use super::*;
    use serde_json::{Value, json};

    fn service() -> Value {
        json!({
            "service": "view",
            "operations": [{
                "id": "view.listItems", "method": "POST", "path": "/open_api/:project_key/view", "tokens": ["plugin", "user"],
                "kind": "json", "scopes": null, "rate": "15/s,450/min", "write": false,
                "paging": {"style": "number", "items": "data", "total": "pagination.total", "param": "page_num", "in": "body"},
                "path_params": [{"name": "project_key", "type": "string"}],
                "beside": [{"name": "pagination", "type": "v1.Pagination"}],
                "body": "v1.Body", "answer": "[]int"
            }],
            "types": {
                "v1.Body": {"fields": [{"name": "page_num", "type": "int"}]},
                "v1.Pagination": {"fields": [{"name": "total", "type": "int"}]}
            }
        })
    }

    fn found(pointer: &str, value: Value) -> usize {
        let mut service = service();
        *service.pointer_mut(pointer).unwrap() = value;
        let services: [Service; 1] = [serde_json::from_value(service).unwrap()];
        RULES.iter().flat_map(|rule| rule(&services)).count()
    }

    #[test]
    fn the_sample_breaks_no_rule() {
        assert_eq!(found("/service", json!("view")), 0);
    }

    #[test]
    fn refuses_what_this_family_does_not_have() {
        for (member, value) in [
            ("id", json!("view.v1.item.list")),
            ("id", json!("other.listItems")),
            ("method", json!("FETCH")),
            ("kind", json!("xml")),
            ("tokens", json!(["tenant"])),
            ("tokens", json!(["user"])),
            ("rate", json!("special")),
            ("rate", json!("often")),
            ("write", json!(true)),
            ("path", json!("/open-apis/:project_key/view")),
        ] {
            assert!(found(&format!("/operations/0/{member}"), value) > 0, "{member}");
        }
    }

    #[test]
    fn refuses_paging_that_leads_nowhere() {
        for (member, value) in [
            ("style", json!("token")),
            ("style", json!("cursor")),
            ("items", json!("pagination")),
            ("items", json!("datas")),
            ("total", json!("pagination.count")),
            ("total", json!("")),
            ("param", json!("page")),
            ("in", json!("query")),
        ] {
            assert!(found(&format!("/operations/0/paging/{member}"), value) > 0, "{member}");
        }
    }
}
