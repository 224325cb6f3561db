//! Reading a packed table. What lies outside it reads as zero or as the empty word, so nothing here can panic.

use super::format::BLOCK;

/// Where the sections of the open platform's table begin.
pub mod layout {
    include!(concat!(env!("OUT_DIR"), "/catalog.rs"));
}

/// What a call needs of every operation of a family, and where the sections begin.
pub struct Calls {
    pub table: Table,
    /// Added to the index of the family's nodes and operations.
    pub mark: u16,
    pub operations: usize,
    pub nodes: usize,
    pub names: Pairs,
    pub first_children: Pairs,
    pub path_parents: Pairs,
    pub path_segments: Pairs,
    pub paths: Pairs,
    pub traits: Pairs,
    pub trait_of: usize,
    pub pagings: Pairs,
    pub paging_of: usize,
    pub arguments_of: Pairs,
    pub arguments: usize,
}

/// A family's table by the name of its files and the module of its layout.
macro_rules! calls {
    ($name:literal, $layout:ident, $mark:expr) => {
        Calls {
            table: Table {
                text: include_str!(concat!(env!("OUT_DIR"), "/", $name, ".txt")),
                bytes: include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".bin")),
                lengths: $layout::WORD_LENGTHS,
                blocks: $layout::WORD_BLOCKS,
            },
            mark: $mark,
            operations: $layout::OPERATIONS,
            nodes: $layout::NODES,
            names: $layout::NAMES,
            first_children: $layout::FIRST_CHILDREN,
            path_parents: $layout::PATH_PARENTS,
            path_segments: $layout::PATH_SEGMENTS,
            paths: $layout::PATHS,
            traits: $layout::TRAITS,
            trait_of: $layout::TRAIT_OF,
            pagings: $layout::PAGINGS,
            paging_of: $layout::PAGING_OF,
            arguments_of: $layout::ARGUMENTS_OF,
            arguments: $layout::ARGUMENTS,
        }
    };
}
#[cfg(feature = "project")]
pub(super) use calls;

/// The open platform.
static PLATFORM: Calls = calls!("catalog", layout, 0);

/// The family that a node or an operation is of.
pub fn calls_of(index: u16) -> &'static Calls {
    #[cfg(feature = "project")]
    if index & super::project::MARK != 0 {
        return &super::project::CALLS;
    }
    let _ = index;
    &PLATFORM
}

impl Calls {
    /// The index of a node or an operation in the family's own sections.
    pub fn own(&self, index: u16) -> usize {
        usize::from(index & !self.mark)
    }

    /// The code of an operation's traits.
    pub fn traits(&self, index: u16) -> u16 {
        let code = self.table.byte(self.trait_of + self.own(index));
        self.table.pair(self.traits, code.into())
    }
}

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
