//! The token store of a vector: what lies there, and what others put there meanwhile.

use larkspur_core::{Answer, Ask, Secret};
use serde_json::Value;

use crate::format::{MeanwhilePart, Records, StorePart};
use crate::shelf::Shelf;
use crate::wire;

/// A store as the vector wants it; times are milliseconds from the beginning, which is `start` by the wall clock.
pub struct Store<'v> {
    part: &'v StorePart,
    shelf: Shelf,
    base: &'v str,
    start: u64,
    happened: usize,
}

impl<'v> Store<'v> {
    pub fn new(part: &'v StorePart, base: &'v str, start: u64) -> Self {
        let mut store = Self { part, shelf: Shelf::default(), base, start, happened: 0 };
        store.put(&part.holds);
        store
    }

    pub fn answer(&mut self, ask: Ask) -> Answer {
        self.shelf.answer(ask)
    }

    /// The moment at which others do something next.
    pub fn next(&self) -> Option<u64> {
        self.part.meanwhile.get(self.happened).map(|part| part.at)
    }

    /// What others do until this moment; gives what was not there as the vector says.
    pub fn meanwhile(&mut self, elapsed: u64) -> Vec<String> {
        let mut faults = Vec::new();
        while let Some(MeanwhilePart { at, puts, has }) = self.part.meanwhile.get(self.happened).filter(|part| part.at <= elapsed) {
            faults.extend(self.faults(has, &format!("after {at} ms")));
            self.put(puts);
            self.happened += 1;
        }
        faults
    }

    /// What does not lie there at the end as the vector says.
    pub fn end(&self) -> Vec<String> {
        self.part.keeps.as_ref().map(|keeps| self.faults(keeps, "at the end")).unwrap_or_default()
    }

    fn put(&mut self, records: &Records) {
        for (key, record) in records {
            let text = record.as_str().map_or_else(|| spelled_out(record, self.base, self.start).to_string(), str::to_owned);
            self.shelf.put(names(key, self.base), Secret::new(text));
        }
    }

    fn faults(&self, records: &Records, when: &str) -> Vec<String> {
        let fault = |(key, record): (&String, &Value)| {
            let found = self.shelf.values.get(&names(key, self.base)).map(|stored| stored.value.reveal());
            let actual = found.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_else(|| found.into());
            let fits = wire::json_fits(&spelled_out(record, self.base, self.start), &actual, &mut Default::default());
            (!fits).then(|| format!("{when} {key} holds {actual}"))
        };
        records.iter().filter_map(fault).collect()
    }
}

/// What `$base` and `$app_id` stand for is written out, and `"$ms+5"` becomes the moment 5 ms after the beginning.
pub fn spelled_out(value: &Value, base: &str, start: u64) -> Value {
    match value {
        Value::String(text) => match text.strip_prefix("$ms").and_then(|offset| offset.parse().ok()) {
            Some(offset) => start.saturating_add_signed(offset).into(),
            None => names(text, base).into(),
        },
        Value::Array(items) => items.iter().map(|item| spelled_out(item, base, start)).collect(),
        Value::Object(members) => members.iter().map(|(name, member)| (name.clone(), spelled_out(member, base, start))).collect(),
        _ => value.clone(),
    }
}

fn names(text: &str, base: &str) -> String {
    text.replace("$base", base).replace("$app_id", wire::APP_ID)
}
