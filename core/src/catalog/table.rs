//! Reading a packed table. What lies outside it reads as zero or as the empty word, so nothing here can panic.

use super::format::{HEADER, PLACE};
use std::ops::Deref;
use std::sync::LazyLock;

/// Where the sections of the first table begin.
pub mod layout {
    include!(concat!(env!("OUT_DIR"), "/catalog.rs"));
}

/// What a call needs of every operation; unpacked at the first look, in less than a millisecond.
pub static CALLS: LazyLock<Calls> = LazyLock::new(|| {
    Calls::unpack(Table::unpack(
        include_bytes!(concat!(env!("OUT_DIR"), "/catalog.txt")),
        include_bytes!(concat!(env!("OUT_DIR"), "/catalog.bin")),
    ))
});

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
}

/// The first table, and what is found in it by index: the packed one tells it from each entry to the next.
pub struct Calls {
    table: Table,
    first_children: Vec<usize>,
    paths: Lists<u16>,
    arguments: Vec<usize>,
}

impl Calls {
    fn unpack(table: Table) -> Self {
        Self { first_children: first_children(&table), paths: paths(&table), arguments: arguments(&table), table }
    }

    /// The first child of a node, or where the children of the last one end.
    pub fn first_child(&self, node: usize) -> usize {
        self.first_children.get(node).copied().unwrap_or_default()
    }

    /// The segments of an operation's path.
    pub fn path(&self, operation: u16) -> &[u16] {
        self.paths.get(operation.into())
    }

    /// The arguments of an operation.
    pub fn arguments(&self, operation: u16) -> Cursor<'_> {
        self.cursor(self.arguments.get(usize::from(operation)).copied().unwrap_or_default())
    }
}

impl Deref for Calls {
    type Target = Table;

    fn deref(&self) -> &Table {
        &self.table
    }
}

/// The root has one place, its children follow, and so on level by level.
fn first_children(table: &Table) -> Vec<usize> {
    let counts = (0..layout::NODES).map(|node| usize::from(table.byte(layout::CHILD_COUNTS + node)));
    let ends = counts.scan(1, |end, count| {
        *end += count;
        Some(*end)
    });
    std::iter::once(1).chain(ends).collect()
}

fn paths(table: &Table) -> Lists<u16> {
    let mut paths = Lists::default();
    let mut fresh = 0..;
    for operation in 0..layout::OPERATIONS {
        let step = usize::from(table.byte(layout::PATH_STEPS + operation));
        let rest: Vec<u16> = fresh.by_ref().take(step & 15).map(|index| table.pair(layout::SEGMENTS, index)).collect();
        paths.push(step >> 4, &rest);
    }
    paths
}

fn arguments(table: &Table) -> Vec<usize> {
    let mut cursor = table.cursor(layout::ARGUMENTS);
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
    (0..layout::OPERATIONS).map(|_| list()).collect()
}

/// Lists of which each may begin like the one before.
struct Lists<T> {
    items: Vec<T>,
    begins: Vec<usize>,
}

impl<T: Copy> Lists<T> {
    fn push(&mut self, shared: usize, rest: &[T]) {
        let before = self.begins.last().copied().unwrap_or_default();
        self.begins.push(self.items.len());
        for at in before..before + shared {
            self.items.extend(self.items.get(at).copied());
        }
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
