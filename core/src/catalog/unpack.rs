//! Unpacking a family's table at the first look: much of it is told from each entry to the next. Takes a page a millisecond or two.

use super::format as code;
use super::table::{Calls, Lists, Pairs, Table};

/// More words than any table has.
const MOST: usize = code::SEGMENT as usize + 1;

/// How many there are of what, and where the sections of the table begin.
pub struct Layout {
    pub operations: usize,
    pub nodes: usize,
    pub often: usize,
    pub often_parts: usize,
    pub words: usize,
    pub word_steps: usize,
    pub path_forms: usize,
    pub path_steps: usize,
    pub uses: usize,
    pub child_counts: usize,
    pub traits: Pairs,
    pub trait_of: usize,
    pub pagings: usize,
    pub paging_flags: usize,
    pub paging_of: usize,
    pub marks: usize,
    pub part_uses: usize,
    pub parts: usize,
}

/// Unpacks what a call needs of a family.
pub fn calls(bytes: &'static [u8], mark: u16, layout: &Layout) -> Calls {
    let mut uses = Uses::new(Section { bytes, at: layout.uses }, layout.often);
    let mut names = vec![0];
    uses.list(&mut names);
    let mut calls = Calls {
        mark,
        operations: layout.operations,
        nodes: layout.nodes,
        traits: layout.traits,
        trait_of: layout.trait_of,
        paging_flags: layout.paging_flags,
        paging_of: layout.paging_of,
        first_children: first_children(Section { bytes, at: layout.child_counts }, layout.nodes),
        names,
        arguments: arguments(&mut uses, Section { bytes, at: layout.marks }, layout.operations),
        table: Table { bytes, words: words(bytes, layout) },
        paths: Lists::default(),
        pagings: Vec::new(),
    };
    calls.unpack_paths(&mut uses, Section { bytes, at: layout.path_steps }, Section { bytes, at: layout.path_forms });
    for _ in 0..layout.pagings * code::PAGING_WORDS {
        calls.pagings.push(uses.word());
    }
    calls
}

/// What of a section is still to be read.
struct Section {
    bytes: &'static [u8],
    at: usize,
}

impl Section {
    fn byte(&mut self) -> u8 {
        self.at += 1;
        self.bytes.get(self.at - 1).copied().unwrap_or_default()
    }

    /// How many items a list shares with the one before, and how many follow.
    fn step(&mut self) -> (usize, u8) {
        let step = self.byte();
        ((step >> 4).into(), step & 15)
    }
}

/// The uses of words, one after the other, as the build script tells them.
struct Uses {
    codes: Section,
    /// The next word that is new.
    new: u16,
    /// What followed each word the last time.
    after: Vec<u16>,
    before: u16,
}

impl Uses {
    /// The empty word and those that are used often come before the first new one.
    fn new(codes: Section, often: usize) -> Self {
        Self { codes, new: often as u16 + 1, after: vec![0; MOST], before: 0 }
    }

    fn word(&mut self) -> u16 {
        let mut none = 0;
        let expected = self.after.get_mut(usize::from(self.before)).unwrap_or(&mut none);
        match self.codes.byte() {
            code::NEW => {
                *expected = self.new;
                self.new += 1;
            }
            code::EXPECTED => {}
            low if low < code::ONE_BYTE => *expected = (low - code::KNOWN).into(),
            high => {
                let number = u16::from_le_bytes([self.codes.byte(), high - code::ONE_BYTE]);
                *expected = number + u16::from(code::ONE_BYTE - code::KNOWN);
            }
        }
        self.before = *expected;
        self.before
    }

    /// Adds the words up to the next empty one.
    fn list(&mut self, words: &mut Vec<u16>) {
        loop {
            match self.word() {
                0 => return,
                word => words.push(word),
            }
        }
    }
}

/// The root has one place, its children follow, and so on level by level.
fn first_children(mut counts: Section, nodes: usize) -> Vec<usize> {
    let mut ends = vec![1];
    let mut end = 1;
    for _ in 0..nodes {
        end += usize::from(counts.byte());
        ends.push(end);
    }
    ends
}

/// The words, each of which may begin with the parts of the one before. Every part stands behind an underscore.
fn words(bytes: &'static [u8], layout: &Layout) -> Lists<u8> {
    let parts = bytes.get(layout.parts..).unwrap_or_default();
    let mut begins = vec![0];
    for (place, letter) in parts.iter().enumerate() {
        if *letter == b'_' {
            begins.push(place);
        }
    }
    begins.push(parts.len());
    let part = |number: u16| match begins.get(number.into()..) {
        Some([begin, end, ..]) => parts.get(*begin..*end).unwrap_or_default(),
        _ => &[],
    };
    let mut uses = Uses::new(Section { bytes, at: layout.part_uses }, layout.often_parts);
    let mut steps = Section { bytes, at: layout.word_steps };
    let mut words = Lists::default();
    words.end();
    let mut word = Vec::new();
    for _ in 0..layout.words {
        let (shared, fresh) = steps.step();
        word.truncate(shared);
        uses.before = word.last().copied().unwrap_or_default();
        for _ in 0..fresh {
            word.push(uses.word());
        }
        let mut from = 1;
        for number in &word {
            words.add(part(*number).get(from..).unwrap_or_default());
            from = 0;
        }
        words.end();
    }
    words
}

/// The arguments of the operations. What is new has the place and the need of the argument before it, unless its mark says otherwise.
fn arguments(uses: &mut Uses, mut marks: Section, operations: usize) -> Lists<u16> {
    let mut known = vec![None; MOST];
    let mut arguments = Lists::default();
    for _ in 0..operations {
        let mut before = 0;
        loop {
            let name = uses.word();
            let Some(known) = known.get_mut(usize::from(name)).filter(|_| name != 0) else { break };
            before = marks.byte() ^ known.unwrap_or(before & !code::SHAPE);
            *known = Some(before);
            let wire = if before & code::PLACE == code::HEADER { uses.word() } else { name };
            arguments.add(&[before.into(), name, wire]);
        }
        arguments.end();
    }
    arguments
}

impl Calls {
    /// The paths, each of which may begin with the segments of the one before.
    fn unpack_paths(&mut self, uses: &mut Uses, mut steps: Section, mut forms: Section) {
        let mut path = Vec::new();
        for operation in 0..self.operations {
            let (shared, fresh) = steps.step();
            path.truncate(shared);
            for _ in 0..fresh {
                let form = forms.byte();
                let before = path.last().copied().unwrap_or_default();
                let word = match form >> code::FORM_AT {
                    code::LISTED => uses.word(),
                    form => self.derived(form, operation, before & code::SEGMENT),
                };
                path.push(word | u16::from(form) << code::MARKS_AT);
            }
            self.paths.add(&path);
            self.paths.end();
        }
    }

    /// The word of a segment that is from the operation's names or the segment before.
    fn derived(&mut self, form: u8, operation: usize, before: u16) -> u16 {
        let mut item = self.nodes + operation;
        let is_own = code::OWN.contains(&form);
        for _ in *code::OWN.start()..if is_own { form } else { code::ABOVE } {
            item = self.parent(item);
        }
        let name = self.names.get(item).copied().unwrap_or_default();
        if is_own {
            return name;
        }
        let words = &mut self.table.words;
        let made = code::made(form, words.get(name.into()), words.get(before.into()));
        words.add(&made);
        words.end() as u16
    }
}
