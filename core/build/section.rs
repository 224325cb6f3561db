//! A table as sections of bytes, and the constants by which the reader finds them.

use super::source::Result;

/// The bytes of a table and the Rust constants that say where each section begins.
#[derive(Default)]
pub struct Sections {
    pub bytes: Vec<u8>,
    pub layout: String,
}

impl Sections {
    /// Names a count.
    pub fn count(&mut self, name: &str, count: usize) {
        self.layout += &format!("pub const {name}: usize = {count};\n");
    }

    /// Adds a section of bytes.
    pub fn bytes(&mut self, name: &str, section: &[u8]) {
        self.count(name, self.bytes.len());
        self.bytes.extend_from_slice(section);
    }

    /// Adds a section of numbers of two bytes: first all low bytes, then all high ones, which compresses better.
    pub fn pairs(&mut self, name: &str, section: &[u16]) {
        self.layout +=
            &format!("pub const {name}: super::Pairs = super::Pairs {{ at: {}, count: {} }};\n", self.bytes.len(), section.len());
        self.bytes.extend(section.iter().map(|number| *number as u8));
        self.bytes.extend(section.iter().map(|number| (*number >> 8) as u8));
    }

    /// Adds a section of numbers of three bytes.
    pub fn triples(&mut self, name: &str, section: &[usize]) -> Result<()> {
        let mut bytes = Vec::with_capacity(section.len() * 3);
        for number in section {
            let [low, middle, high, 0, ..] = number.to_le_bytes() else { return Err(format!("{name}: {number} needs four bytes")) };
            bytes.extend([low, middle, high]);
        }
        self.bytes(name, &bytes);
        Ok(())
    }
}
