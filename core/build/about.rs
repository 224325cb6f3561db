//! Packs what is known about an operation beyond calling it: scopes, rates, documentation, enum values.

use super::format as code;
use super::pack::Packed;
use super::section::Sections;
use super::source::{Operation, Result, Scores, Service};
use super::tree::{self, Entry};
use super::words::{Counter, Words, number};
use std::collections::{BTreeMap, HashMap};

/// Packs what is known about every operation, in the order of the first table.
pub fn pack(services: &[Service], scores: &Scores) -> Result<Packed> {
    let entries = tree::sort(services);
    let words = count(&entries)?;
    let positions: HashMap<&str, usize> = entries.iter().map(|(_, operation)| operation.id.as_str()).zip(0..).collect();
    let (mut records, mut places, mut sets) = (Vec::new(), Vec::new(), Sets::default());
    for entry in &entries {
        places.push(records.len());
        record(&mut records, entry.1, &words, &positions)?;
        enums(&mut records, entry, &words, &mut sets)?;
    }
    let mut out = Sections::default();
    out.triples("RECORD_OF", &places)?;
    out.bytes("SETS", &sets.bytes);
    out.bytes("RECORDS", &records);
    out.bytes("SCORES", &scored(scores, &words)?);
    out.bytes("WORDS", &words.text()?);
    Ok(Packed { bytes: out.bytes, layout: out.layout })
}

fn count(entries: &[Entry<'_>]) -> Result<Words> {
    let mut counter = Counter::default();
    for (service, operation) in entries {
        let scopes = operation.scopes.iter().flatten().chain(&operation.scopes_all).chain(&operation.field_scopes);
        scopes.chain(&operation.rate).for_each(|word| counter.take(word, true));
        segments(operation).for_each(|word| counter.take(word, true));
        let fields = operation.path_params.iter().chain(&operation.query).chain(service.body(operation)?);
        fields.flat_map(|field| &field.values).for_each(|value| counter.take(value, true));
    }
    Ok(counter.settle())
}

/// How many scopes have a score; for each its word, and its score in hundredths with the recommendation as the lowest bit.
fn scored(scores: &Scores, words: &Words) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    number(&mut out, scores.len());
    for (scope, (score, is_recommended)) in scores {
        number(&mut out, words.index(scope)?.into());
        number(&mut out, (score * 100.0).round() as usize * 2 + usize::from(*is_recommended));
    }
    Ok(out)
}

/// The documentation page's path in pieces, which pages of a kind share.
fn segments(operation: &Operation) -> impl Iterator<Item = &str> {
    operation.doc.iter().flat_map(|doc| doc.split('/').skip(1))
}

fn record(out: &mut Vec<u8>, operation: &Operation, words: &Words, positions: &HashMap<&str, usize>) -> Result<()> {
    out.push(flags(operation));
    list(out, operation.scopes.iter().flatten().map(String::as_str), words)?;
    list(out, operation.scopes_all.iter().map(String::as_str), words)?;
    list(out, operation.field_scopes.iter().map(String::as_str), words)?;
    list(out, operation.rate.iter().map(String::as_str), words)?;
    list(out, segments(operation), words)?;
    if let Some(successor) = &operation.successor {
        let position = positions.get(successor.as_str());
        number(out, *position.ok_or_else(|| format!("{}: no successor {successor}", operation.id))?);
    }
    Ok(())
}

fn flags(operation: &Operation) -> u8 {
    let only = |kind: &str| operation.app_types.len() == 1 && operation.app_types.iter().all(|found| found == kind);
    let marks = [
        (code::SCOPES_KNOWN, operation.scopes.is_some()),
        (code::SCOPES_CONDITIONAL, operation.scopes_cond),
        (code::HISTORIC, operation.historic),
        (code::HAS_SUCCESSOR, operation.successor.is_some()),
        (code::CUSTOM_ONLY, only("custom")),
        (code::STORE_ONLY, only("isv")),
    ];
    marks.into_iter().filter(|(_, set)| *set).fold(0, |sum, (mark, _)| sum | mark)
}

fn list<'a>(out: &mut Vec<u8>, items: impl Iterator<Item = &'a str>, words: &Words) -> Result<()> {
    let items: Vec<&str> = items.collect();
    number(out, items.len());
    items.into_iter().try_for_each(|item| {
        number(out, words.index(item)?.into());
        Ok(())
    })
}

/// The lists of enum values, each once.
#[derive(Default)]
struct Sets {
    bytes: Vec<u8>,
    known: BTreeMap<Vec<u8>, usize>,
}

impl Sets {
    fn place(&mut self, set: Vec<u8>) -> usize {
        *self.known.entry(set).or_insert_with_key(|set| {
            self.bytes.extend_from_slice(set);
            self.bytes.len() - set.len()
        })
    }
}

/// For each parameter with known values: its position and the place of the values.
fn enums(out: &mut Vec<u8>, (service, operation): &Entry<'_>, words: &Words, sets: &mut Sets) -> Result<()> {
    let fields = operation.path_params.iter().chain(&operation.query).chain(service.body(operation)?);
    let known: Vec<_> = fields.enumerate().filter(|(_, field)| !field.values.is_empty()).collect();
    number(out, known.len());
    for (position, field) in known {
        let mut set = Vec::new();
        list(&mut set, field.values.iter().map(String::as_str), words)?;
        number(out, position);
        number(out, sets.place(set));
    }
    Ok(())
}
