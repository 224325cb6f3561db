//! The arguments of an operation: their names, where they collide, what they look like.

use super::format::{self, letters};
use super::in_each;
use super::source::{Field, Operation, Result, Service};
use std::collections::BTreeMap;

/// What a call takes besides its arguments, and the operation that has an argument of the name all the same.
const OPTIONS: &[(&str, &str)] = &[
    ("timeout", ""),
    ("max_retries", ""),
    ("headers", ""),
    ("on_progress", ""),
    ("idempotency_key", "calendar.v4.calendarEvent.create"),
    ("body", "block.v2.message.create"),
];

/// Arguments that two places of an operation share; the one of the body is given inside `body`.
const SHARED: &[(&str, &str)] = &[
    ("drive.v1.permissionMember.create", "type"),
    ("drive.v1.permissionMember.delete", "type"),
    ("drive.v1.permissionMember.update", "type"),
];

/// An argument is an identifier and hides no option of a call.
pub fn names(services: &[Service]) -> Vec<String> {
    in_each(services, |service, operation| {
        let names = arguments(service, operation);
        let strange = names.iter().filter(|name| !is_identifier(name)).map(|name| format!("the argument `{name}` is not an identifier"));
        let hiding =
            names.iter().filter(|name| hides_option(&operation.id, name)).map(|name| format!("the argument `{name}` hides an option"));
        strange.chain(hiding).collect()
    })
}

/// No argument stands in two places, and no type has a field twice.
pub fn places(services: &[Service]) -> Vec<String> {
    let mut problems = in_each(services, |service, operation| {
        let shared = |name: &str| SHARED.contains(&(operation.id.as_str(), name));
        let twice = repeated(&arguments(service, operation)).into_iter().filter(|name| !shared(name));
        twice.map(|name| format!("the argument `{name}` stands in two places")).collect()
    });
    for service in services {
        for (name, found) in &service.types {
            let fields: Vec<&str> = found.fields.iter().map(|field| field.name.as_str()).collect();
            let twice = repeated(&fields).into_iter().map(|field| format!("{}: {name} has the field `{field}` twice", service.service));
            problems.extend(twice);
        }
    }
    problems
}

/// Types are type expressions; a path and a query hold what can be written there; what sends a file holds one, and nothing else does.
pub fn types(services: &[Service]) -> Vec<String> {
    in_each(services, |service, operation| {
        let unfit = |place: &str, field: &Field| format!("`{}` is a {}, which does not go into the {place}", field.name, field.kind);
        let in_path =
            operation.path_params.iter().filter(|field| !matches!(field.kind.as_str(), "string" | "int")).map(|field| unfit("path", field));
        let in_query = operation.query.iter().filter(|field| !fits_query(&field.kind)).map(|field| unfit("query", field));
        let mut problems: Vec<String> = in_path.chain(in_query).collect();
        let body = service.body(operation).unwrap_or_default();
        let files = body.iter().filter(|field| field.kind == "file").count();
        if files != usize::from(matches!(operation.kind.as_str(), "upload" | "bytes")) {
            problems.push(format!("the kind is {}, but its body holds {files} files", operation.kind));
        }
        problems.extend(body.iter().filter_map(|field| not_a_type(field).err()));
        problems
    })
}

fn fits_query(kind: &str) -> bool {
    matches!(kind.strip_prefix("[]").unwrap_or(kind), "string" | "int" | "bool" | "float" | "number")
}

fn not_a_type(field: &Field) -> Result<u8> {
    super::pack::shape(&field.kind, field.fmt.is_some()).ok_or_else(|| format!("`{}` has no type `{}`", field.name, field.kind))
}

fn arguments<'a>(service: &'a Service, operation: &'a Operation) -> Vec<&'a str> {
    let fields = operation.path_params.iter().chain(&operation.query).chain(service.body(operation).unwrap_or_default());
    fields.map(|field| field.name.as_str()).chain(operation.headers.iter().map(|header| header.name.as_str())).collect()
}

fn repeated<'a>(names: &[&'a str]) -> Vec<&'a str> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    names.iter().for_each(|name| *counts.entry(name).or_default() += 1);
    counts.into_iter().filter(|(_, count)| *count > 1).map(|(name, _)| name).collect()
}

fn hides_option(id: &str, name: &str) -> bool {
    OPTIONS.iter().any(|(option, allowed)| letters(option).eq(format::letters(name)) && *allowed != id)
}

fn is_identifier(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next().is_some_and(|first| first.is_ascii_alphabetic()) && letters.all(|letter| letter == '_' || letter.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::super::sample::{found, with};
    use super::*;
    use serde_json::json;

    #[test]
    fn refuses_arguments_that_no_language_can_take() {
        for name in ["zh-CN", "**name**", "", "1st", "timeout", "maxRetries", "body", "idempotency_key"] {
            assert_eq!(found(names, with("/operations/0/query/0/name", name.into())).len(), 1, "{name}");
        }
        let header = json!([{"name": "headers", "wire": "Headers"}]);
        assert_eq!(found(names, with("/operations/0/headers", header)).len(), 1);
    }

    #[test]
    fn refuses_an_argument_in_two_places() {
        assert_eq!(found(places, with("/operations/0/query/0/name", "content".into())).len(), 1);
        assert_eq!(found(places, with("/types/v1.Message/fields/0/name", "create_time".into())).len(), 1);
    }

    #[test]
    fn lets_the_known_ones_pass() {
        let mut service = with("/operations/0/query/0/name", "type".into());
        service["types"]["v1.Body"]["fields"][0]["name"] = "type".into();
        service["operations"][0]["id"] = "drive.v1.permissionMember.create".into();
        assert_eq!(found(places, service), Vec::<String>::new());
        let mut service = with("/operations/0/query/0/name", "idempotency_key".into());
        service["operations"][0]["id"] = "calendar.v4.calendarEvent.create".into();
        assert_eq!(found(names, service), Vec::<String>::new());
    }

    #[test]
    fn refuses_what_does_not_go_where_it_stands() {
        for (pointer, kind) in [
            ("/operations/0/query/0/type", "v1.Message"),
            ("/operations/0/query/0/type", "any"),
            ("/operations/1/path_params/0/type", "[]string"),
            ("/types/v1.Body/fields/0/type", "file"),
            ("/types/v1.Body/fields/0/type", "text"),
        ] {
            assert_eq!(found(types, with(pointer, kind.into())).len(), 1, "{pointer} {kind}");
        }
        assert_eq!(found(types, with("/operations/0/kind", "upload".into())).len(), 1);
    }
}
