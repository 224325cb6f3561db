//! The order in which a table is squeezed, and what each of its numbers is like: the same code squeezes it and reads it.
//!
//! Each number is written to its place as it is settled, so that both know the same of what stands before it.

use super::format::{HEADER, PAGING_ENTRY, PLACE, Sizes};
use super::guess::{Coder, Guesser, LIKENESSES, mix};

/// The kinds of symbols.
const LETTER: u32 = 0;
const CHILDREN: u32 = 1;
const NAME: u32 = 2;
const STEP: u32 = 3;
const SEGMENT: u32 = 4;
const TRAITS: u32 = 5;
const PAGING: u32 = 6;
const COUNT: u32 = 7;
const WORD: u32 = 8;
const ARGUMENT: u32 = 9;
const WIRE: u32 = 10;
const TABLE: u32 = 11;

/// A word's index has so many bits, and a segment's code and a table's entry so many.
const WORDS: u32 = 12;
const PAIR: u32 = 16;

/// Squeezes or reads the words and the bytes of a table, and gives them back; who squeezes knows them.
pub fn fold<C: Coder>(coder: C, sizes: Sizes, known_text: &[u8], known_bytes: &[u8]) -> (C, Vec<u8>, Vec<u8>) {
    let mut guesser = Guesser::new(coder);
    let text = words(&mut guesser, sizes.text, known_text);
    let mut fold = Fold { guesser, sizes, known: known_bytes, bytes: vec![0; sizes.bytes], parents: vec![0] };
    fold.tree();
    fold.operations();
    (fold.guesser.into_coder(), text, fold.bytes)
}

fn words<C: Coder>(guesser: &mut Guesser<C>, length: usize, known: &[u8]) -> Vec<u8> {
    let (mut text, mut word, mut part, mut passed) = (Vec::new(), Vec::new(), 0, 0);
    for at in 0..length {
        let last = |back: usize| word.iter().rev().nth(back).map_or(0, |letter| u32::from(*letter));
        let likenesses = [last(0), mix(mix(last(0), last(1)), last(2)), part, passed];
        let letter = guesser.symbol(LETTER, 7, likenesses, byte_at(known, at)) as u8;
        text.push(letter);
        if letter < b' ' {
            passed = byte_at(&word, letter.into()) << 8;
            word.truncate(letter.into());
        } else {
            word.push(letter);
            passed = word.len() as u32;
        }
        part = word.iter().rev().take_while(|letter| **letter != b'_').fold(1, |part, letter| mix(part, (*letter).into()));
    }
    text
}

fn byte_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at).copied().unwrap_or_default().into()
}

fn pair_at(bytes: &[u8], at: usize, count: usize) -> u32 {
    byte_at(bytes, at) | byte_at(bytes, at + count) << 8
}

struct Fold<'a, C> {
    guesser: Guesser<C>,
    sizes: Sizes,
    known: &'a [u8],
    bytes: Vec<u8>,
    /// The node above each node and operation.
    parents: Vec<usize>,
}

impl<C: Coder> Fold<'_, C> {
    fn tree(&mut self) {
        let names = self.sizes.operations + self.sizes.nodes;
        for node in 0..self.sizes.nodes {
            let at = names * 2 + node;
            let above = byte_at(&self.bytes, names * 2 + self.parent(node));
            let children = self.byte(CHILDREN, [byte_at(&self.bytes, at - 1), above, 0, 0], at);
            self.parents.extend((0..children).map(|_| node));
        }
        let (mut before, mut last) = (0, 0);
        for item in 0..names {
            let parent = self.parent(item);
            if parent != self.parent(item.saturating_sub(1)) {
                (before, last) = (0, 0);
            }
            let level = u32::from(item < self.sizes.nodes);
            let likenesses = [level, mix(level, last), mix(mix(level, last), before), mix(self.name(parent), last)];
            let name = self.pair(NAME, WORDS, likenesses, item, names);
            (before, last) = (last, name + 1);
        }
    }

    fn operations(&mut self) {
        let names = self.sizes.operations + self.sizes.nodes;
        let steps = names * 2 + self.sizes.nodes;
        let segments = steps + self.sizes.operations;
        let traits = segments + self.sizes.segments * 2;
        let trait_of = traits + self.sizes.traits * 2;
        let pagings = trait_of + self.sizes.operations;
        let paging_of = pagings + self.sizes.pagings * 2;
        self.table(traits, self.sizes.traits, 1);
        self.table(pagings, self.sizes.pagings, PAGING_ENTRY);
        let (mut path, mut segment, mut step, mut trait_, mut count) = (Vec::new(), segments, 0, 0, 0);
        let mut arguments = paging_of + self.sizes.operations;
        for operation in 0..self.sizes.operations {
            let item = self.sizes.nodes + operation;
            let above = self.parent(item);
            let (verb, resource) = (self.name(item), self.name(above));
            let along = mix(path.len() as u32, u32::from(above == self.parent(item - 1)));
            let likenesses = [step, mix(verb, u32::from(above == self.parent(item - 1))), along, mix(verb, along)];
            step = self.byte(STEP, likenesses, steps + operation);
            path.truncate(step as usize >> 4);
            for left in (0..step & 15).rev() {
                let last = path.last().copied().unwrap_or_default();
                let likenesses = [last, mix(resource, left), mix(verb, left), mix(last >> 13, left)];
                path.push(self.pair(SEGMENT, PAIR, likenesses, segment, self.sizes.segments));
                segment += 1;
            }
            let end = mix(verb, path.last().copied().unwrap_or_default());
            trait_ = self.byte(TRAITS, [verb, mix(verb, resource), trait_, mix(verb, end >> 13)], trait_of + operation);
            let paging = self.byte(PAGING, [verb, trait_, mix(trait_, above as u32), end], paging_of + operation);
            let kind = mix(trait_, paging);
            count = self.number(COUNT, 8, [kind, mix(verb, above as u32), mix(verb, trait_), mix(verb, count)], &mut arguments);
            self.arguments(count, [verb, above as u32, kind, trait_], &mut arguments);
        }
    }

    fn arguments(&mut self, count: u32, [verb, above, kind, trait_]: [u32; 4], at: &mut usize) {
        let (mut last, mut code) = (0, 0);
        for _ in 0..count {
            let place = *at;
            *at += 1;
            let word = self.number(WORD, WORDS, [last, mix(verb, last), mix(above, last), mix(kind, code)], at);
            code = self.byte(ARGUMENT, [word, mix(word, trait_), mix(code, trait_), mix(word, code)], place);
            if code as u8 & PLACE == HEADER {
                self.number(WIRE, WORDS, [word, 0, 0, 0], at);
            }
            last = word + 1;
        }
    }

    /// A table of numbers of two bytes, of which so many make an entry.
    fn table(&mut self, at: usize, count: usize, entry: usize) {
        let (mut last, mut row) = (0, [0; PAGING_ENTRY]);
        for index in 0..count {
            let column = index % entry;
            let above = row.get(column).copied().unwrap_or_default();
            let likenesses = [column as u32, mix(column as u32, above), last, entry as u32];
            last = self.pair(TABLE, PAIR, likenesses, at + index, count);
            row.iter_mut().skip(column).take(1).for_each(|above| *above = last);
        }
    }

    fn parent(&self, item: usize) -> usize {
        self.parents.get(item).copied().unwrap_or_default()
    }

    fn name(&self, item: usize) -> u32 {
        pair_at(&self.bytes, item, self.sizes.operations + self.sizes.nodes)
    }

    fn put(&mut self, at: usize, value: u32) {
        self.bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte = value as u8);
    }

    fn byte(&mut self, kind: u32, likenesses: [u32; LIKENESSES], at: usize) -> u32 {
        let byte = self.guesser.symbol(kind, 8, likenesses, byte_at(self.known, at));
        self.put(at, byte);
        byte
    }

    /// A number of two bytes, of which the high one stands `count` places behind the low one.
    fn pair(&mut self, kind: u32, width: u32, likenesses: [u32; LIKENESSES], at: usize, count: usize) -> u32 {
        let pair = self.guesser.symbol(kind, width, likenesses, pair_at(self.known, at, count));
        self.put(at, pair);
        self.put(at + count, pair >> 8);
        pair
    }

    /// A number in one or two groups of seven bits.
    fn number(&mut self, kind: u32, width: u32, likenesses: [u32; LIKENESSES], at: &mut usize) -> u32 {
        let (low, high) = (byte_at(self.known, *at), byte_at(self.known, *at + 1));
        let known = if low < 0x80 { low } else { low & 0x7f | high << 7 };
        let number = self.guesser.symbol(kind, width, likenesses, known);
        if number < 0x80 {
            self.put(*at, number);
            *at += 1;
        } else {
            self.put(*at, number & 0x7f | 0x80);
            self.put(*at + 1, number >> 7);
            *at += 2;
        }
        number
    }
}
