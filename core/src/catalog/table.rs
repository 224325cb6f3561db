//! Reading a table. What lies outside it reads as zero or as the empty word, so nothing here can panic.

use std::sync::LazyLock;

/// Where the sections of the open platform's table begin.
pub mod layout {
    include!(concat!(env!("OUT_DIR"), "/catalog.rs"));
}

/// What a call needs of every operation of a family: what is found by index in its packed table, and what had to be unpacked.
pub struct Calls {
    pub table: Table,
    /// Added to the index of the family's nodes and operations.
    pub mark: u16,
    pub operations: usize,
    pub nodes: usize,
    pub traits: Pairs,
    pub trait_of: usize,
    pub paging_flags: usize,
    pub paging_of: usize,
    pub first_children: Vec<usize>,
    /// The words of the nodes and operations.
    pub names: Vec<u16>,
    /// Of each argument three numbers: its code, its name, and the name on the wire.
    pub arguments: Lists<u16>,
    pub paths: Lists<u16>,
    /// The words of the pagings, one after the other.
    pub pagings: Vec<u16>,
}

/// A family's table by the name of its files and the module of its layout; unpacked at the first look.
macro_rules! calls {
    ($name:literal, $layout:ident, $mark:expr) => {
        std::sync::LazyLock::new(|| {
            super::unpack::calls(
                include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".bin")),
                $mark,
                &super::unpack::Layout {
                    operations: $layout::OPERATIONS,
                    nodes: $layout::NODES,
                    often: $layout::OFTEN,
                    often_parts: $layout::OFTEN_PARTS,
                    words: $layout::WORDS,
                    word_steps: $layout::WORD_STEPS,
                    path_forms: $layout::PATH_FORMS,
                    path_steps: $layout::PATH_STEPS,
                    uses: $layout::USES,
                    child_counts: $layout::CHILD_COUNTS,
                    traits: $layout::TRAITS,
                    trait_of: $layout::TRAIT_OF,
                    pagings: $layout::PAGINGS,
                    paging_flags: $layout::PAGING_FLAGS,
                    paging_of: $layout::PAGING_OF,
                    marks: $layout::MARKS,
                    part_uses: $layout::PART_USES,
                    parts: $layout::PARTS,
                },
            )
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

    /// The last node whose children begin at or before the item.
    pub fn parent(&self, item: usize) -> usize {
        let (mut low, mut high) = (0, self.nodes);
        while low < high {
            let middle = low.midpoint(high);
            if self.first_child(middle) <= item { low = middle + 1 } else { high = middle }
        }
        low.saturating_sub(1)
    }

    /// The word of a node, or behind the nodes of an operation.
    pub fn word(&self, item: usize) -> &str {
        self.table.word(self.names.get(item).copied().unwrap_or_default().into())
    }

    /// The segments of an operation's path.
    pub fn path(&self, index: u16) -> &[u16] {
        self.paths.get(self.own(index))
    }

    /// The arguments of an operation, three numbers for each.
    pub fn arguments(&self, index: u16) -> &[u16] {
        self.arguments.get(self.own(index))
    }
}

/// A packed table and its words.
pub struct Table {
    pub bytes: &'static [u8],
    pub words: Lists<u8>,
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
    pub fn word(&self, index: usize) -> &str {
        std::str::from_utf8(self.words.get(index)).unwrap_or_default()
    }
}

/// Lists one after the other.
pub struct Lists<T> {
    items: Vec<T>,
    ends: Vec<usize>,
}

impl<T: Copy> Lists<T> {
    /// Adds to the list that is being made.
    pub fn add(&mut self, items: &[T]) {
        self.items.extend_from_slice(items);
    }

    /// Ends that list; its index is returned.
    pub fn end(&mut self) -> usize {
        self.ends.push(self.items.len());
        self.ends.len() - 1
    }

    pub fn get(&self, index: usize) -> &[T] {
        let begin = index.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or_default();
        let end = self.ends.get(index).copied().unwrap_or(begin);
        self.items.get(begin..end).unwrap_or_default()
    }
}

impl<T> Default for Lists<T> {
    fn default() -> Self {
        Self { items: Vec::new(), ends: Vec::new() }
    }
}
