//! `cargo xtask catalog check`: the catalogue against its format, its own references and the reserved names, and the size of what it packs into.

mod arguments;
mod identity;
mod project;
mod references;
#[cfg(test)]
mod sample;
mod scopes;
mod size;

#[path = "../../core/build/about.rs"]
mod about;
#[path = "../../core/src/catalog/format.rs"]
mod format;
// What the reader finds its sections by is of no use here.
#[allow(dead_code)]
#[path = "../../core/build/pack.rs"]
mod pack;
#[path = "../../core/build/section.rs"]
mod section;
#[path = "../../core/build/source.rs"]
mod source;
#[path = "../../core/build/tree.rs"]
mod tree;
#[path = "../../core/build/uses.rs"]
mod uses;
#[path = "../../core/build/words.rs"]
mod words;

use crate::place;
use anyhow::{Error, Result, bail};
use source::{Operation, Service};

/// One rule: what it finds wrong, a line each.
type Rule = fn(&[Service]) -> Vec<String>;

const RULES: &[Rule] = &[
    identity::ids,
    identity::spellings,
    identity::reserved,
    identity::endpoints,
    arguments::names,
    arguments::places,
    arguments::types,
    references::types,
    references::paths,
    references::marks,
    references::paging,
    size::limits,
];

/// Checks the catalogue, and prints what it holds and how large the tables are.
///
/// # Errors
/// Names every place that breaks a rule.
pub fn check() -> Result<()> {
    let folder = place::root().join("core").join("catalog");
    let services = source::read(&folder).map_err(Error::msg)?;
    let mut problems = identity::files(&folder, &services);
    problems.extend(RULES.iter().flat_map(|rule| rule(&services)));
    let scores = source::scores(&folder).map_err(Error::msg)?;
    problems.extend(scopes::scores(&scores, &services));
    if !problems.is_empty() {
        bail!("{} problems in the catalogue\n{}", problems.len(), problems.join("\n"));
    }
    println!("{}\n{}", counts(&services), size::table(&services, &scores)?);
    project::check()
}

/// Every operation with its service.
fn operations(services: &[Service]) -> impl Iterator<Item = (&Service, &Operation)> {
    services.iter().flat_map(|service| service.operations.iter().map(move |operation| (service, operation)))
}

/// The problems a rule finds in each operation, with the operation's id before them.
fn in_each(services: &[Service], rule: impl Fn(&Service, &Operation) -> Vec<String>) -> Vec<String> {
    let found = operations(services).flat_map(|(service, operation)| {
        let problems = rule(service, operation);
        problems.into_iter().map(move |problem| format!("{}: {problem}", operation.id))
    });
    found.collect()
}

fn counts(services: &[Service]) -> String {
    let number = |holds: fn(&Operation) -> bool| operations(services).filter(|(_, operation)| holds(operation)).count();
    let types: usize = services.iter().map(|service| service.types.len()).sum();
    let fields: usize = services.iter().flat_map(|service| service.types.values()).map(|found| found.fields.len()).sum();
    format!(
        "{} services, {} operations, {types} types, {fields} fields\n\
         {} paged, {} historic ({} with a successor), {} with an idempotency key, {} POSTs that only read, {} streamed",
        services.len(),
        number(|_| true),
        number(|operation| operation.paging.is_some()),
        number(|operation| operation.historic),
        number(|operation| operation.successor.is_some()),
        number(|operation| operation.idempotency.is_some()),
        number(|operation| operation.write == Some(false)),
        number(|operation| operation.stream),
    )
}

#[cfg(test)]
mod tests {
    use super::{RULES, sample};

    #[test]
    fn the_sample_breaks_no_rule() {
        let services = [sample::service()];
        let problems: Vec<String> = RULES.iter().flat_map(|rule| rule(&services)).collect();
        assert_eq!(problems, Vec::<String>::new());
    }

    #[test]
    fn the_catalogue_breaks_no_rule() {
        super::check().unwrap();
    }
}
