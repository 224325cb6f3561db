//! Reading a squeezed table: for a page, which downloads it.
//!
//! A table that is squeezed takes three quarters of what `gzip` makes of it, and up to a tenth of a second at the first look.

mod fold;
mod guess;

use fold::fold;
use guess::Coder;

use super::format::{self, Sizes};

/// The words and the bytes of the open platform's table.
pub fn read() -> (Vec<u8>, Vec<u8>) {
    let sizes: Sizes = include!(concat!(env!("OUT_DIR"), "/sizes.rs"));
    let squeezed = include_bytes!(concat!(env!("OUT_DIR"), "/catalog.squeezed"));
    let (_, text, bytes) = fold(Reader::new(squeezed), sizes, &[], &[]);
    (text, bytes)
}

/// Reads bits by arithmetic decoding: what is left of the input is a number in a range, which each bit narrows to one of its parts.
struct Reader {
    input: std::slice::Iter<'static, u8>,
    low: u32,
    high: u32,
    number: u32,
}

impl Reader {
    fn new(input: &'static [u8]) -> Self {
        let mut reader = Self { input: input.iter(), low: 0, high: u32::MAX, number: 0 };
        (0..4).for_each(|_| reader.shift());
        reader
    }

    fn shift(&mut self) {
        self.number = self.number << 8 | u32::from(self.input.next().copied().unwrap_or_default());
    }
}

impl Coder for Reader {
    fn bit(&mut self, chance: u32, _: bool) -> bool {
        let middle = self.low + ((self.high - self.low) >> 12) * chance;
        let set = self.number <= middle;
        if set {
            self.high = middle;
        } else {
            self.low = middle + 1;
        }
        while (self.low ^ self.high) >> 24 == 0 {
            self.low <<= 8;
            self.high = self.high << 8 | 0xff;
            self.shift();
        }
        set
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn reads_what_was_squeezed() {
        let (text, bytes) = super::read();
        assert!(text == include_bytes!(concat!(env!("OUT_DIR"), "/catalog.txt")), "the words differ");
        assert!(bytes == include_bytes!(concat!(env!("OUT_DIR"), "/catalog.bin")), "the table differs");
    }
}
