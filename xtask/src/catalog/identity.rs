//! What things are called: ids, look-ups, reserved names, endpoints.

use super::format::letters;
use super::source::{self, Service};
use super::{in_each, operations, tree};
use std::collections::BTreeMap;
use std::path::Path;

/// What an operation, and what a client, offers besides the catalogue's names.
const OF_OPERATIONS: &[&str] = &["raw", "iter", "pages", "stream"];
const OF_CLIENTS: &[&str] = &[
    "aio",
    "as_app",
    "as_user",
    "call",
    "close",
    "export_tokens",
    "for_tenant",
    "import_tokens",
    "jsapi",
    "listen",
    "oauth",
    "options",
    "request",
    "scopes",
    "set_app_ticket",
    "token",
    "used_operations",
    "with_options",
];

/// Files are named after their service and list its operations by id.
pub fn files(folder: &Path, services: &[Service]) -> Vec<String> {
    let Ok(files) = source::files(folder) else { return vec!["the folder of the catalogue cannot be read".to_owned()] };
    let stems = files.iter().filter_map(|file| file.file_stem()?.to_str());
    let misnamed = stems.zip(services).filter(|(stem, service)| *stem != service.service);
    let mut problems: Vec<String> = misnamed.map(|(stem, service)| format!("{stem}.json: holds the service {}", service.service)).collect();
    for service in services {
        let pairs = service.operations.iter().zip(service.operations.iter().skip(1));
        let unsorted = pairs.filter(|(one, next)| one.id >= next.id);
        problems.extend(unsorted.map(|(_, next)| format!("{}: stands too late in its file; operations are sorted by id", next.id)));
    }
    problems
}

/// An id has four parts, `service.version.resource.method`, and no id continues another.
pub fn ids(services: &[Service]) -> Vec<String> {
    let mut problems = in_each(services, |service, operation| {
        let parts: Vec<&str> = operation.id.split('.').collect();
        let [first, version, resource, method] = parts.as_slice() else {
            return vec!["an id has four parts: service, version, resource, method".to_owned()];
        };
        let checks = [
            (*first == service.service && is_snake(first), format!("the first part must be the service {}", service.service)),
            (is_version(version), format!("`{version}` is no version such as v1")),
            (is_camel(resource), format!("`{resource}` is not in camelCase")),
            (is_camel(method), format!("`{method}` is not in camelCase")),
        ];
        checks.into_iter().filter(|(holds, _)| !holds).map(|(_, problem)| problem).collect()
    });
    let mut all: Vec<&str> = operations(services).map(|(_, operation)| operation.id.as_str()).collect();
    all.sort_unstable();
    let pairs = all.iter().zip(all.iter().skip(1));
    let continued = pairs.filter(|(one, next)| next.strip_prefix(**one).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')));
    problems.extend(continued.map(|(one, next)| format!("{next}: continues or repeats the id {one}")));
    problems
}

/// No two ids are the same once case and underscores are gone, and each word survives the way to snake_case and back.
pub fn spellings(services: &[Service]) -> Vec<String> {
    let mut known: BTreeMap<Vec<Vec<u8>>, &str> = BTreeMap::new();
    let mut problems = Vec::new();
    for (_, operation) in operations(services) {
        let key = operation.id.split('.').map(|part| letters(part).collect()).collect();
        if let Some(other) = known.insert(key, &operation.id) {
            problems.push(format!("{}: cannot be told from {other} in another spelling", operation.id));
        }
        let lost = operation.id.split('.').skip(1).filter(|part| camel(&tree::snake(part)) != **part);
        problems.extend(lost.map(|part| format!("{}: `{part}` does not survive the way to snake_case and back", operation.id)));
    }
    problems
}

/// No name hides what every operation or every client offers.
pub fn reserved(services: &[Service]) -> Vec<String> {
    in_each(services, |service, operation| {
        let inside = operation.id.split('.').skip(1).filter(|part| is_one_of(part, OF_OPERATIONS));
        let root = Some(service.service.as_str()).filter(|name| is_one_of(name, OF_OPERATIONS) || is_one_of(name, OF_CLIENTS));
        inside.chain(root).map(|name| format!("`{name}` is reserved")).collect()
    })
}

/// No two operations share method and path, and every path is one.
pub fn endpoints(services: &[Service]) -> Vec<String> {
    let mut known: BTreeMap<(&str, String), &str> = BTreeMap::new();
    let mut problems = in_each(services, |_, operation| {
        let right = operation.path.starts_with('/') && !operation.path.contains(['?', '#', ' ']) && !operation.path.contains("//");
        if right { Vec::new() } else { vec![format!("`{}` is no path", operation.path)] }
    });
    for (_, operation) in operations(services) {
        let shape: Vec<&str> = operation.path.split('/').map(|segment| if segment.starts_with(':') { ":" } else { segment }).collect();
        if let Some(other) = known.insert((&operation.method, shape.join("/")), &operation.id) {
            problems.push(format!("{}: has the method and path of {other}", operation.id));
        }
    }
    problems
}

fn is_one_of(name: &str, reserved: &[&str]) -> bool {
    reserved.iter().any(|known| letters(known).eq(letters(name)))
}

fn is_version(part: &str) -> bool {
    part.strip_prefix('v').is_some_and(|number| !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit()))
}

pub fn is_snake(part: &str) -> bool {
    part.starts_with(|first: char| first.is_ascii_lowercase())
        && part.bytes().all(|letter| letter == b'_' || letter.is_ascii_lowercase() || letter.is_ascii_digit())
}

pub fn is_camel(part: &str) -> bool {
    part.starts_with(|first: char| first.is_ascii_lowercase()) && part.bytes().all(|letter| letter.is_ascii_alphanumeric())
}

fn camel(word: &str) -> String {
    let (first, rest) = word.split_once('_').unwrap_or((word, ""));
    let capital = |part: &str| {
        let mut letters = part.chars();
        letters.next().map_or_else(String::new, |initial| initial.to_ascii_uppercase().to_string() + letters.as_str())
    };
    first.to_owned() + &rest.split('_').map(capital).collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::super::sample::{found, with};
    use super::*;

    #[test]
    fn refuses_an_id_of_the_wrong_form() {
        for id in ["im.v1.message", "im.v1.message.create.raw", "chat.v1.message.create", "im.1.message.create", "im.v1.message.Create"] {
            assert!(!found(ids, with("/operations/0/id", id.into())).is_empty(), "{id}");
        }
        assert_eq!(found(ids, with("/operations/1/id", "im.v1.message.create".into())).len(), 1);
    }

    #[test]
    fn refuses_ids_that_differ_in_spelling_only() {
        let problems = found(spellings, with("/operations/1/id", "im.v1.messagE.create".into()));
        assert!(problems[0].contains("cannot be told from im.v1.message.create"), "{problems:?}");
        assert_eq!(found(spellings, with("/operations/1/id", "im.v1.message._list".into())).len(), 1);
        assert_eq!(found(spellings, with("/operations/1/id", "im.v1.消息.list".into())).len(), 0);
    }

    #[test]
    fn refuses_reserved_names() {
        for id in ["im.v1.message.raw", "im.v1.iter.create", "im.v1.message.PAGES"] {
            assert_eq!(found(reserved, with("/operations/0/id", id.into())).len(), 1, "{id}");
        }
        assert!(!found(reserved, with("/service", "with_options".into())).is_empty());
    }

    #[test]
    fn refuses_an_endpoint_twice_and_a_path_that_is_none() {
        let mut service = with("/operations/1/method", "POST".into());
        service["operations"][1]["path"] = "/open-apis/im/v1/messages/:id".into();
        service["operations"][0]["path"] = "/open-apis/im/v1/messages/:message_id".into();
        assert_eq!(found(endpoints, service).len(), 1);
        assert_eq!(found(endpoints, with("/operations/0/path", "open-apis/im".into())).len(), 1);
        assert_eq!(found(endpoints, with("/operations/0/path", "/open-apis/im?x=1".into())).len(), 1);
    }

    #[test]
    fn refuses_an_unsorted_or_misnamed_file() {
        let service = with("/operations/0/id", "im.v1.zebra.create".into());
        let folder = std::env::temp_dir().join(format!("catalogue-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("chat.json"), service.to_string()).unwrap();
        let problems = files(&folder, &source::read(&folder).unwrap());
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(problems.len(), 2, "{problems:?}");
    }
}
