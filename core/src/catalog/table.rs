//! Reading a packed table. What lies outside it reads as zero or as the empty word, so nothing here can panic.

use super::format::BLOCK;

/// Where the sections of the first table begin.
pub mod layout {
    include!(concat!(env!("OUT_DIR"), "/catalog.rs"));
}

/// What a call needs of every operation.
pub static CALLS: Table = Table {
    text: include_str!(concat!(env!("OUT_DIR"), "/catalog.txt")),
    bytes: include_bytes!(concat!(env!("OUT_DIR"), "/catalog.bin")),
    lengths: layout::WORD_LENGTHS,
    blocks: layout::WORD_BLOCKS,
};

/// A packed table and its words.
pub struct Table {
    pub text: &'static str,
    pub bytes: &'static [u8],
    /// Where the lengths of the words begin.
    pub lengths: usize,
    /// Where each block of words begins.
    pub blocks: Pairs,
}

/// A section of numbers of two bytes: first all low bytes, then all high ones.
#[derive(Clone, Copy)]
pub struct Pairs {
    pub at: usize,
    pub count: usize,
}

impl Table {
    /// The byte at a place.
    pub fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    /// The number of two bytes at an index of a section.
    pub fn pair(&self, section: Pairs, index: usize) -> u16 {
        let at = section.at + index;
        u16::from_le_bytes([self.byte(at), self.byte(at + section.count)])
    }

    /// A word by its index.
    pub fn word(&self, index: usize) -> &'static str {
        let block = index / BLOCK;
        let before = self.bytes.get(self.lengths + block * BLOCK..self.lengths + index).unwrap_or_default();
        let begin = usize::from(self.pair(self.blocks, block)) + before.iter().map(|length| usize::from(*length)).sum::<usize>();
        let end = begin + usize::from(self.byte(self.lengths + index));
        self.text.get(begin..end).unwrap_or("")
    }

    /// Reads on from a place.
    pub fn cursor(&'static self, at: usize) -> Cursor {
        Cursor { table: self, at }
    }
}

/// Reads a section step by step.
#[derive(Clone)]
pub struct Cursor {
    table: &'static Table,
    at: usize,
}

impl Cursor {
    /// The next byte.
    pub fn byte(&mut self) -> u8 {
        self.at += 1;
        self.table.byte(self.at - 1)
    }

    /// The next number: groups of seven bits, the lowest first.
    pub fn number(&mut self) -> usize {
        let mut value = 0;
        for shift in [0, 7, 14] {
            let group = self.byte();
            value |= usize::from(group & 0x7f) << shift;
            if group < 0x80 {
                break;
            }
        }
        value
    }

    /// The word that the next number names.
    pub fn word(&mut self) -> &'static str {
        let index = self.number();
        self.table.word(index)
    }
}
