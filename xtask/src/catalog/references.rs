//! What refers to something else: types, placeholders, marks, paging.

use super::source::{Field, Operation, Service};
use super::{format, in_each, operations};
use std::collections::BTreeSet;

/// Every type that is named exists and every type is named.
pub fn types(services: &[Service]) -> Vec<String> {
    let mut problems = Vec::new();
    for service in services {
        let roots = service.operations.iter().flat_map(|operation| [operation.body.as_deref(), operation.answer.as_deref()]);
        let beside = service.operations.iter().flat_map(|operation| &operation.beside);
        let fields = service.types.values().flat_map(|found| &found.fields).chain(beside).map(|field| field.kind.as_str());
        let named: BTreeSet<&str> = roots.flatten().chain(fields).filter_map(reference).collect();
        let missing = named.iter().filter(|name| !service.types.contains_key(**name));
        problems.extend(missing.map(|name| format!("{}: there is no type {name}", service.service)));
        let idle = service.types.keys().filter(|name| !named.contains(name.as_str()));
        problems.extend(idle.map(|name| format!("{}: nothing uses the type {name}", service.service)));
        let fields = service.types.iter().flat_map(|(name, found)| found.fields.iter().map(move |field| (name, field)));
        let strange = fields.filter(|(_, field)| !is_type(field));
        problems.extend(strange.map(|(name, field)| format!("{}: {name}.{} has no type `{}`", service.service, field.name, field.kind)));
    }
    problems
}

/// The placeholders of a path are its parameters, in that order.
pub fn paths(services: &[Service]) -> Vec<String> {
    in_each(services, |_, operation| {
        let placeholders: Vec<&str> = operation.path.split('/').filter_map(|segment| segment.strip_prefix(':')).collect();
        let declared: Vec<&str> = operation.path_params.iter().map(|field| field.name.as_str()).collect();
        let right = placeholders == declared;
        if right { Vec::new() } else { vec![format!("the path has {placeholders:?}, but {declared:?} are declared")] }
    })
}

/// The marks of an operation: known words, and what they refer to.
pub fn marks(services: &[Service]) -> Vec<String> {
    let historic: BTreeSet<&str> = operations(services).filter(|(_, found)| found.historic).map(|(_, found)| found.id.as_str()).collect();
    let ids: BTreeSet<&str> = operations(services).map(|(_, found)| found.id.as_str()).collect();
    in_each(services, |service, operation| {
        let successor = operation.successor.as_deref();
        let checks = [
            (format::METHODS.contains(&operation.method.as_str()), "the method is unknown"),
            (matches!(operation.kind.as_str(), "json" | "upload" | "download"), "the kind is unknown"),
            (operation.tokens.iter().flatten().all(|token| matches!(token.as_str(), "tenant" | "user" | "app")), "a token is unknown"),
            (operation.envelope.as_deref().is_none_or(|envelope| envelope == "root"), "the envelope is unknown"),
            (operation.rate.as_deref().is_none_or(is_rate), "the rate is neither `special` nor figures such as `1000/min,50/s`"),
            (operation.doc.as_deref().is_none_or(|doc| doc.starts_with('/')), "the documentation page does not begin with /"),
            (operation.app_types.iter().all(|kind| matches!(kind.as_str(), "custom" | "isv")), "a kind of application is unknown"),
            (operation.write.is_none_or(|write| !write && operation.method == "POST"), "`write` is `false`, at a POST, or absent"),
            (!operation.stream || operation.kind == "json", "only JSON answers are streamed"),
            (successor.is_none() || operation.historic, "only a historic operation has a successor"),
            (successor.is_none_or(|id| ids.contains(id) && !historic.contains(id)), "the successor does not exist or is historic itself"),
            (is_idempotency(service, operation), "the idempotency key is no string in the query or body of a writing operation"),
        ];
        checks.into_iter().filter(|(holds, _)| !holds).map(|(_, problem)| problem.to_owned()).collect()
    })
}

/// Paging names fields of the answer and an argument that takes the token.
pub fn paging(services: &[Service]) -> Vec<String> {
    in_each(services, |service, operation| {
        let Some(paging) = &operation.paging else { return Vec::new() };
        let answer = |path: &str| operation.answer.as_deref().and_then(|name| resolve(service, name, path));
        let is = |path: &str, kind: &str| path.is_empty() || answer(path).is_some_and(|field| field.kind == kind);
        let is_list = |path: &str| path.is_empty() || answer(path).is_some_and(|field| field.kind.starts_with("[]"));
        let checks = [
            (is_list(&paging.items), format!("`{}` is no list of the answer", paging.items)),
            (paging.arrays.iter().all(|path| is_list(path)), "an array of the paging is no list of the answer".to_owned()),
            // One operation answers its token as a number, one says 0 or 1 for more.
            (
                !paging.token.is_empty() && (is(&paging.token, "string") || is(&paging.token, "int")),
                format!("`{}` is no token", paging.token),
            ),
            (is(&paging.more, "bool") || is(&paging.more, "int"), format!("`{}` does not say whether there is more", paging.more)),
            (is_token_argument(service, operation), format!("`{}` is no argument for the page token", paging.param)),
        ];
        checks.into_iter().filter(|(holds, _)| !holds).map(|(_, problem)| problem).collect()
    })
}

fn is_token_argument(service: &Service, operation: &Operation) -> bool {
    let Some(paging) = &operation.paging else { return false };
    match (paging.place.as_deref(), &operation.body) {
        (None, _) => operation.query.iter().any(|field| field.name == paging.param && field.kind == "string"),
        (Some("body"), Some(body)) => resolve(service, body, &paging.param).is_some_and(|field| field.kind == "string"),
        _ => false,
    }
}

fn is_idempotency(service: &Service, operation: &Operation) -> bool {
    let Some(name) = &operation.idempotency else { return true };
    let mut fields = operation.query.iter().chain(service.body(operation).unwrap_or_default());
    let known = fields.any(|field| &field.name == name && field.kind == "string" && field.fmt.is_none());
    known && operation.method != "GET" && operation.write.is_none()
}

/// Follows a dotted path of fields from a type.
pub fn resolve<'a>(service: &'a Service, name: &str, path: &str) -> Option<&'a Field> {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let field = service.types.get(name)?.fields.iter().find(|field| field.name == first)?;
    if rest.is_empty() { Some(field) } else { resolve(service, &field.kind, rest) }
}

/// The named type in a type expression.
fn reference(kind: &str) -> Option<&str> {
    Some(element(kind)).filter(|name| name.starts_with('v') && name.contains('.'))
}

fn is_type(field: &Field) -> bool {
    let simple = matches!(element(&field.kind), "string" | "int" | "float" | "number" | "bool" | "any" | "file");
    let digits = field.fmt.as_deref().is_none_or(|fmt| fmt == "int" && element(&field.kind) == "string");
    (simple || reference(&field.kind).is_some()) && digits
}

fn element(mut kind: &str) -> &str {
    while let Some(inner) = kind.strip_prefix("[]").or_else(|| kind.strip_prefix("{}")) {
        kind = inner;
    }
    kind
}

pub fn is_rate(rate: &str) -> bool {
    let figure =
        |text: &str| text.split_once('/').is_some_and(|(calls, period)| calls.parse::<u32>().is_ok() && matches!(period, "s" | "min"));
    rate == "special" || rate.split(',').all(figure)
}

#[cfg(test)]
mod tests {
    use super::super::sample::{found, with, without};
    use super::*;
    use serde_json::json;

    #[test]
    fn refuses_a_type_that_is_missing_idle_or_none() {
        assert_eq!(found(types, with("/operations/0/body", "v1.Other".into())).len(), 2);
        assert_eq!(found(types, with("/types/v1.Page/fields/0/type", "[]v1.Nothing".into())).len(), 1);
        assert_eq!(found(types, with("/types/v1.Page/fields/1/type", "text".into())).len(), 1);
        assert_eq!(found(types, with("/types/v1.Page/fields/2/fmt", "int".into())).len(), 1);
    }

    #[test]
    fn refuses_a_path_whose_parameters_are_not_declared() {
        assert_eq!(found(paths, with("/operations/1/path_params/0/name", "chat".into())).len(), 1);
        assert_eq!(found(paths, with("/operations/1/path", "/open-apis/im/v1/messages".into())).len(), 1);
        assert_eq!(found(paths, without("/operations/1", "path_params")).len(), 1);
    }

    #[test]
    fn refuses_marks_that_mean_nothing() {
        for (key, value) in [
            ("method", json!("FETCH")),
            ("kind", json!("xml")),
            ("tokens", json!(["bot"])),
            ("envelope", json!("flat")),
            ("rate", json!("often")),
            ("doc", json!("page")),
            ("app_types", json!(["shop"])),
            ("write", json!(true)),
            ("successor", json!("im.v1.message.list")),
            ("idempotency", json!("content_type")),
            ("idempotency", json!("size")),
        ] {
            assert!(!found(marks, with(&format!("/operations/0/{key}"), value)).is_empty(), "{key}");
        }
        assert!(!found(marks, with("/operations/1/write", json!(false))).is_empty());
    }

    #[test]
    fn refuses_a_successor_that_does_not_exist_or_is_historic() {
        let mut service = with("/operations/0/historic", json!(true));
        service["operations"][0]["successor"] = "im.v1.message.nothing".into();
        assert_eq!(found(marks, service.clone()).len(), 1);
        service["operations"][0]["successor"] = "im.v1.message.list".into();
        assert_eq!(found(marks, service.clone()).len(), 0);
        service["operations"][1]["historic"] = true.into();
        assert_eq!(found(marks, service).len(), 1);
    }

    #[test]
    fn refuses_paging_that_leads_nowhere() {
        for (key, value) in [
            ("items", json!("message")),
            ("items", json!("has_more")),
            ("token", json!("next")),
            ("token", json!("")),
            ("more", json!("page_token")),
            ("param", json!("token")),
            ("in", json!("body")),
            ("arrays", json!(["items", "others"])),
        ] {
            assert_eq!(found(paging, with(&format!("/operations/1/paging/{key}"), value)).len(), 1, "{key}");
        }
    }
}
