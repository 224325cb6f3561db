//! Words in the order of their use: one that is new, and one that followed the same word before, takes a mark alone.

use super::format::{EXPECTED, KNOWN, NEW, ONE_BYTE};
use super::source::Result;
use std::collections::HashMap;

/// The words in the order of their first use, and the codes by which their uses are told one after the other.
pub struct Uses {
    /// The empty word, those that were settled beforehand, and the others in the order in which they came.
    pub words: Vec<String>,
    known: HashMap<String, usize>,
    /// What followed each word the last time.
    after: HashMap<usize, usize>,
    before: usize,
    pub codes: Vec<u8>,
}

impl Uses {
    /// With words that are used often, whose codes are short; the empty one, which ends a list, comes before all.
    pub fn new<'a>(often: impl Iterator<Item = &'a str>) -> Self {
        let mut uses = Self { words: Vec::new(), known: HashMap::new(), after: HashMap::new(), before: 0, codes: Vec::new() };
        std::iter::once("").chain(often).for_each(|word| uses.learn(word));
        uses
    }

    /// Takes the next use of a word.
    pub fn put(&mut self, word: &str) -> Result<()> {
        let known = self.known.get(word).copied();
        let expected = self.after.get(&self.before).copied().unwrap_or_default();
        match known {
            Some(known) if known == expected => self.codes.push(EXPECTED),
            Some(known) => self.number(known + usize::from(KNOWN))?,
            None => {
                self.codes.push(NEW);
                self.learn(word);
            }
        }
        let number = known.unwrap_or(self.words.len() - 1);
        self.after.insert(self.before, number);
        self.before = number;
        Ok(())
    }

    /// Goes on as if that word, which is known, had come last.
    pub fn goes_on_after(&mut self, word: &str) {
        self.before = self.known.get(word).copied().unwrap_or_default();
    }

    fn learn(&mut self, word: &str) {
        self.known.insert(word.to_owned(), self.words.len());
        self.words.push(word.to_owned());
    }

    /// Small numbers as they are; of larger ones the first byte says by how many times 256.
    fn number(&mut self, number: usize) -> Result<()> {
        let Some(rest) = number.checked_sub(ONE_BYTE.into()) else {
            self.codes.push(number as u8);
            return Ok(());
        };
        let high = u8::try_from(rest >> 8).ok().and_then(|high| high.checked_add(ONE_BYTE));
        self.codes.extend([high.ok_or("the table has too many words")?, rest as u8]);
        Ok(())
    }
}
