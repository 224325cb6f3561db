//! The words of a table: each stored once, named by its index.

use super::source::Result;
use std::collections::{BTreeMap, HashMap};

/// Counts the words before their order is settled.
#[derive(Default)]
pub struct Counter {
    counts: BTreeMap<String, usize>,
}

impl Counter {
    /// Takes a word that stands in the table; `often` if its index is written in a list, where a low one is shorter.
    pub fn take(&mut self, word: &str, often: bool) {
        *self.counts.entry(word.to_owned()).or_default() += usize::from(often);
    }

    /// Settles the order: the 128 words that lists name most, then the rest by the alphabet, which compresses best.
    pub fn settle(self) -> Words {
        let mut order: Vec<(String, usize)> = self.counts.into_iter().collect();
        order.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let mut words: Vec<String> = order.into_iter().map(|(word, _)| word).collect();
        if let Some(rest) = words.get_mut(128..) {
            rest.sort();
        }
        let index = words.iter().cloned().zip(0..).collect();
        Words { words, index }
    }
}

/// The words in their order.
pub struct Words {
    words: Vec<String>,
    index: HashMap<String, u16>,
}

impl Words {
    /// The index of a word that was counted.
    pub fn index(&self, word: &str) -> Result<u16> {
        self.index.get(word).copied().ok_or_else(|| format!("the word `{word}` was not counted"))
    }

    /// All words one after the other: how many letters a word shares with the one before (a control character), then its other letters.
    pub fn text(&self) -> Result<Vec<u8>> {
        let mut text = Vec::new();
        let mut before = "";
        for word in &self.words {
            if word.bytes().any(|letter| letter < b' ') {
                return Err(format!("`{}` holds a control character", word.escape_debug()));
            }
            let shared = shared(before.as_bytes(), word.as_bytes()).min(usize::from(b' ') - 1);
            text.push(shared as u8);
            text.extend(word.bytes().skip(shared));
            before = word;
        }
        Ok(text)
    }
}

/// How many items two lists begin with alike.
pub fn shared<T: PartialEq>(one: &[T], other: &[T]) -> usize {
    one.iter().zip(other).take_while(|(one, other)| one == other).count()
}

/// Writes a number in groups of seven bits, the lowest first.
pub fn number(out: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
