//! Pages by number, by cursor, after the last row of a snapshot, and by offset.

use serde_json::{Value, json};

use super::envelope::refusal;
use super::number;
use crate::answer::Refusal;
use crate::platform::Call;

/// How a listing may be asked for.
pub(super) struct Bounds {
    /// The largest page.
    pub(super) largest: u64,
    /// The page of whoever does not say.
    pub(super) usual: u64,
    /// The last row that paging reaches.
    pub(super) ceiling: u64,
}

/// One page by its number, and the pagination that stands beside it.
pub(super) fn by_number(call: &Call, rows: Vec<Value>, bounds: &Bounds) -> Result<(Value, Value), Refusal> {
    let number = argument(call, "page_num")?.unwrap_or(1).max(1);
    let size = size(argument(call, "page_size")?, bounds)?;
    if number.saturating_mul(size) > bounds.ceiling && rows.len() as u64 > bounds.ceiling {
        return Err(refusal(20094, "the result is too large"));
    }
    let total = rows.len();
    let pagination = json!({"pagination": {"page_num": number, "page_size": size, "total": total}});
    Ok((part(rows, (number - 1).saturating_mul(size), size), pagination))
}

/// The rows from the place on, with the place of the next page; none behind the last.
pub(super) fn from_place(rows: Vec<Value>, start: u64, size: u64) -> (Value, Option<u64>) {
    let next = start.saturating_add(size);
    let next = (next < rows.len() as u64).then_some(next);
    (part(rows, start, size), next)
}

/// The size that is asked for, within its bounds.
pub(super) fn size(asked: Option<u64>, bounds: &Bounds) -> Result<u64, Refusal> {
    match asked.unwrap_or(bounds.usual) {
        size if size == 0 || size > bounds.largest => Err(refusal(20002, format!("Page Size Limit: 1 to {}", bounds.largest))),
        size => Ok(size),
    }
}

/// An argument of the query or the body that is a number.
pub(super) fn argument(call: &Call, name: &str) -> Result<Option<u64>, Refusal> {
    let wrong = || refusal(20006, format!("Invalid Param: {name}"));
    match (call.request.query(name), call.request.json.get(name).filter(|value| !value.is_null())) {
        (Some(text), _) => text.parse().map(Some).map_err(|_| wrong()),
        (None, Some(value)) => number(value).map(Some).ok_or_else(wrong),
        (None, None) => Ok(None),
    }
}

fn part(rows: Vec<Value>, start: u64, size: u64) -> Value {
    rows.into_iter().skip(usize::try_from(start).unwrap_or(usize::MAX)).take(usize::try_from(size).unwrap_or(usize::MAX)).collect()
}
