//! How large the packed tables are.

use super::pack::Packed;
use super::source::{Result, Scores, Service};
use super::{about, pack};
use anyhow::Error;
use flate2::{Compression, write::GzEncoder};
use std::io::Write;

/// The most bytes the table of calls may have, as it stands and compressed.
const RAW: usize = 52 * 1024;
const COMPRESSED: usize = 29 * 1024;

/// The table that every call needs stays small.
pub fn limits(services: &[Service]) -> Vec<String> {
    match of_calls(services) {
        Ok(size) => over(size),
        Err(problem) => vec![problem],
    }
}

/// The sizes as a table to print.
///
/// # Errors
/// When the catalogue cannot be packed.
pub fn table(services: &[Service], scores: &Scores) -> anyhow::Result<String> {
    let mut text = format!("{:<8}{:>10}{:>10}", "table", "raw", "gzip");
    for (name, packed) in [("calls", pack::pack(services)), ("about", about::pack(services, scores))] {
        let (raw, compressed) = packed.and_then(|packed| measured(&packed)).map_err(Error::msg)?;
        text += &format!("\n{name:<8}{raw:>10}{compressed:>10}");
    }
    Ok(text)
}

fn over((raw, compressed): (usize, usize)) -> Vec<String> {
    let sizes = [("", raw, RAW), (" compressed", compressed, COMPRESSED)];
    let over = sizes.into_iter().filter(|(_, size, limit)| size > limit);
    over.map(|(how, size, limit)| format!("the table of calls has {size} bytes{how}, more than {limit}")).collect()
}

/// How large the table of a family's calls is, as it stands and compressed.
///
/// # Errors
/// When the catalogue cannot be packed.
pub fn of_calls(services: &[Service]) -> Result<(usize, usize)> {
    measured(&pack::pack(services)?)
}

fn measured(packed: &Packed) -> Result<(usize, usize)> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let written = encoder.write_all(&packed.bytes);
    let compressed = written.and_then(|()| encoder.finish()).map_err(|error| error.to_string())?;
    Ok((packed.bytes.len(), compressed.len()))
}

#[cfg(test)]
mod tests {
    use super::super::sample::{found, with};
    use super::*;

    #[test]
    fn refuses_a_table_that_grew_too_large() {
        assert_eq!(over((RAW, COMPRESSED)), Vec::<String>::new());
        assert_eq!(over((RAW + 1, COMPRESSED + 1)).len(), 2);
    }

    #[test]
    fn says_what_cannot_be_packed() {
        let problems = found(limits, with("/operations/0/method", "FETCH".into()));
        assert_eq!(problems, ["im.v1.message.create: no method FETCH"]);
    }
}
