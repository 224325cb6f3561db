//! Squeezes a table, for pages: the counterpart of `src/catalog/squeeze.rs`.

use super::fold::fold;
use super::guess::Coder;
use super::pack::Packed;

/// The words and the bytes of a table.
pub fn squeeze(table: &Packed) -> Vec<u8> {
    let writer = Writer { out: Vec::new(), low: 0, high: u32::MAX };
    let (Writer { mut out, high, .. }, ..) = fold(writer, table.sizes, &table.text, &table.bytes);
    // The reader takes what is missing for zeros, with which this stands in the range.
    out.push((high >> 24) as u8);
    out
}

/// Writes bits by arithmetic coding.
struct Writer {
    out: Vec<u8>,
    low: u32,
    high: u32,
}

impl Coder for Writer {
    fn bit(&mut self, chance: u32, known: bool) -> bool {
        let middle = self.low + ((self.high - self.low) >> 12) * chance;
        if known {
            self.high = middle;
        } else {
            self.low = middle + 1;
        }
        while (self.low ^ self.high) >> 24 == 0 {
            self.out.push((self.high >> 24) as u8);
            self.low <<= 8;
            self.high = self.high << 8 | 0xff;
        }
        known
    }
}
