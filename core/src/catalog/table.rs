//! Reading a packed table. What lies outside it reads as zero or as the empty word, so nothing here can panic.

use super::format::{HEADER, PLACE};
use std::sync::LazyLock;

/// Where the sections of the open platform's table begin.
pub mod layout {
    include!(concat!(env!("OUT_DIR"), "/catalog.rs"));
}

/// What a call needs of every operation of a family: where the sections of its table begin, and what is found by index where the packed
/// table tells it from each entry to the next.
pub struct Calls {
    pub table: Table,
    /// Added to the index of the family's nodes and operations.
    pub mark: u16,
    pub operations: usize,
    pub nodes: usize,
    pub names: Pairs,
    pub traits: Pairs,
    pub trait_of: usize,
    pub pagings: Pairs,
    pub paging_of: usize,
    pub first_children: Vec<usize>,
    pub paths: Lists<u16>,
    pub arguments: Vec<usize>,
}

/// A family's table by the name of its files and the module of its layout; unpacked at the first look, which takes a page two milliseconds.
macro_rules! calls {
    ($name:literal, $layout:ident, $mark:expr) => {
        std::sync::LazyLock::new(|| {
            let table = Table::unpack(
                include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".txt")),
                include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".bin")),
            );
            Calls {
                mark: $mark,
                operations: $layout::OPERATIONS,
                nodes: $layout::NODES,
                names: $layout::NAMES,
                traits: $layout::TRAITS,
                trait_of: $layout::TRAIT_OF,
                pagings: $layout::PAGINGS,
                paging_of: $layout::PAGING_OF,
                first_children: table.first_children($layout::CHILD_COUNTS, $layout::NODES),
                paths: table.paths($layout::PATH_STEPS, $layout::SEGMENTS, $layout::OPERATIONS),
                arguments: table.argument_lists($layout::ARGUMENTS, $layout::OPERATIONS),
                table,
            }
        })
    };
}
#[cfg(feature = "project")]
pub(super) use calls;

/// The open platform.
static PLATFORM: LazyLock<Calls> = calls!("catalog", layout, 0);

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

    /// The first child of a node, or where the children of the last one end.
    pub fn first_child(&self, node: usize) -> usize {
        self.first_children.get(node).copied().unwrap_or_default()
    }

    /// The segments of an operation's path.
    pub fn path(&self, index: u16) -> &[u16] {
        self.paths.get(self.own(index))
    }

    /// The arguments of an operation.
    pub fn arguments(&self, index: u16) -> Cursor<'_> {
        self.table.cursor(self.arguments.get(self.own(index)).copied().unwrap_or_default())
    }
}

/// A packed table and its words.
pub struct Table {
    bytes: &'static [u8],
    words: Lists<u8>,
}

/// A section of numbers of two bytes: first all low bytes, then all high ones.
#[derive(Clone, Copy)]
pub struct Pairs {
    pub at: usize,
    pub count: usize,
}

impl Table {
    /// The words begin with the number of letters that they share with the one before, a control character.
    pub fn unpack(text: &'static [u8], bytes: &'static [u8]) -> Self {
        let mut words = Lists::default();
        for word in text.chunk_by(|_, next| *next >= b' ') {
            word.split_first().into_iter().for_each(|(shared, rest)| words.push((*shared).into(), rest));
        }
        Self { bytes, words }
    }

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
    pub fn word(&self, index: usize) -> &str {
        std::str::from_utf8(self.words.get(index)).unwrap_or_default()
    }

    /// Reads on from a place.
    pub fn cursor(&self, at: usize) -> Cursor<'_> {
        Cursor { table: self, at }
    }

    /// The root has one place, its children follow, and so on level by level.
    pub fn first_children(&self, counts: usize, nodes: usize) -> Vec<usize> {
        let mut ends = vec![1];
        let mut end = 1;
        for node in 0..nodes {
            end += usize::from(self.byte(counts + node));
            ends.push(end);
        }
        ends
    }

    /// The segments of the paths; a step says how many are those of the path before, and how many follow.
    pub fn paths(&self, steps: usize, segments: Pairs, operations: usize) -> Lists<u16> {
        let mut paths = Lists::default();
        let mut next = 0;
        for operation in 0..operations {
            let step = usize::from(self.byte(steps + operation));
            let end = next + (step & 15);
            paths.push(step >> 4, &[]);
            paths.items.extend((next..end).map(|index| self.pair(segments, index)));
            next = end;
        }
        paths
    }

    /// Where each argument list begins.
    pub fn argument_lists(&self, begin: usize, operations: usize) -> Vec<usize> {
        let mut cursor = self.cursor(begin);
        let mut list = || {
            let begin = cursor.at;
            for _ in 0..cursor.number() {
                if cursor.byte() & PLACE == HEADER {
                    cursor.number();
                }
                cursor.number();
            }
            begin
        };
        (0..operations).map(|_| list()).collect()
    }
}

/// Lists of which each may begin like the one before.
pub struct Lists<T> {
    items: Vec<T>,
    begins: Vec<usize>,
}

impl<T: Copy> Lists<T> {
    fn push(&mut self, shared: usize, rest: &[T]) {
        let before = self.begins.last().copied().unwrap_or_default();
        self.begins.push(self.items.len());
        self.items.extend_from_within(before..(before + shared).min(self.items.len()));
        self.items.extend_from_slice(rest);
    }

    fn get(&self, index: usize) -> &[T] {
        let begin = self.begins.get(index).copied().unwrap_or(self.items.len());
        let end = self.begins.get(index + 1).copied().unwrap_or(self.items.len());
        self.items.get(begin..end).unwrap_or_default()
    }
}

impl<T> Default for Lists<T> {
    fn default() -> Self {
        Self { items: Vec::new(), begins: Vec::new() }
    }
}

/// Reads a section step by step.
#[derive(Clone)]
pub struct Cursor<'a> {
    table: &'a Table,
    at: usize,
}

impl<'a> Cursor<'a> {
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
    pub fn word(&mut self) -> &'a str {
        let index = self.number();
        self.table.word(index)
    }
}
