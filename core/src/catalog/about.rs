//! What is known about an operation beyond calling it: scopes, documented rates, documentation, known values.

use super::format as code;
use super::operation::Operation;
use super::table::{Lists, Table};
use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::Duration;

mod layout {
    include!(concat!(env!("OUT_DIR"), "/about.rs"));
}

static ABOUT: LazyLock<Table> = LazyLock::new(|| {
    let bytes = include_bytes!(concat!(env!("OUT_DIR"), "/about.bin"));
    Table { bytes, words: words(bytes.get(layout::WORDS..).unwrap_or_default()) }
});

/// What is known of the scopes that have a score.
static SCORES: LazyLock<BTreeMap<&'static str, Score>> = LazyLock::new(|| {
    let mut scores = ABOUT.cursor(layout::SCORES);
    let count = scores.number();
    (0..count).map(|_| (scores.word(), Score::of(scores.number()))).collect()
});

/// How narrow a scope is, as the platform holds it: the higher, the less it allows and the easier it is granted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Score {
    /// From 0 to 10,000.
    pub hundredths: u16,
    /// Whether the platform recommends it.
    pub is_recommended: bool,
}

impl Score {
    /// The score of a scope; `None` where the platform gives none.
    pub fn find(scope: &str) -> Option<Score> {
        SCORES.get(scope).copied()
    }

    fn of(packed: usize) -> Self {
        Self { hundredths: (packed / 2) as u16, is_recommended: packed % 2 == 1 }
    }
}

/// What is known about one operation beyond calling it.
pub struct About {
    flags: u8,
    scopes: Vec<&'static str>,
    scopes_all: Vec<&'static str>,
    field_scopes: Vec<&'static str>,
    rate: Option<&'static str>,
    doc: Vec<&'static str>,
    successor: Option<Operation>,
    /// The position of a parameter and the place of its values.
    values: Vec<(usize, usize)>,
    operation: Operation,
}

/// How often an operation may be called, as its page says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rate {
    /// The page's figures: `1000/min,50/s`, or `special` when the page explains them in prose.
    pub text: &'static str,
    /// The figures one by one; all of them hold. Empty for `special`.
    pub limits: Vec<Times>,
}

/// So many times in so much time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// How many calls.
    pub calls: u32,
    /// In how much time.
    pub period: Duration,
}

impl Operation {
    /// What is known about it beyond calling it. Reading it takes a few microseconds.
    pub fn about(self) -> About {
        About::read(self)
    }
}

impl About {
    /// The scopes of which any one is enough; empty if none is needed, `None` if that is not documented.
    pub fn scopes(&self) -> Option<&[&'static str]> {
        self.has(code::SCOPES_KNOWN).then_some(&self.scopes)
    }

    /// The scopes that are all needed for a full answer; mostly empty.
    pub fn scopes_need_all(&self) -> &[&'static str] {
        &self.scopes_all
    }

    /// Whether the page ties the scopes to further conditions in prose.
    pub fn scopes_are_conditional(&self) -> bool {
        self.has(code::SCOPES_CONDITIONAL)
    }

    /// The scopes without which the platform leaves out some fields of the answer.
    pub fn field_scopes(&self) -> &[&'static str] {
        &self.field_scopes
    }

    /// How often it may be called, if its page says so.
    pub fn rate(&self) -> Option<Rate> {
        let text = self.rate?;
        Some(Rate { text, limits: text.split(',').filter_map(times).collect() })
    }

    /// Its documentation page.
    pub fn doc_url(&self) -> Option<String> {
        (!self.doc.is_empty()).then(|| format!("https://open.feishu.cn/document/{}", self.doc.join("/")))
    }

    /// Whether the documentation calls it historic: it works, but something newer has taken its place.
    pub fn is_historic(&self) -> bool {
        self.has(code::HISTORIC)
    }

    /// What has taken its place, if one operation has.
    pub fn successor(&self) -> Option<Operation> {
        self.successor
    }

    /// Whether a self-built application may call it.
    pub fn allows_self_built(&self) -> bool {
        !self.has(code::STORE_ONLY)
    }

    /// Whether a store application may call it.
    pub fn allows_store(&self) -> bool {
        !self.has(code::CUSTOM_ONLY)
    }

    /// The known values of an argument; empty if any will do. The platform may add values.
    pub fn enum_values(&self, parameter: &str) -> Vec<&'static str> {
        let position = self.operation.parameters().position(|found| found.name == parameter);
        let place = self.values.iter().find(|(known, _)| Some(*known) == position);
        place.map(|(_, place)| list(&mut ABOUT.cursor(layout::SETS + place))).unwrap_or_default()
    }

    fn read(operation: Operation) -> About {
        #[cfg(feature = "project")]
        if operation.is_project() {
            return About::unknown(operation);
        }
        let mut record = ABOUT.cursor(layout::RECORDS + ABOUT.triple(layout::RECORD_OF, operation.0.into()));
        let flags = record.byte();
        About {
            flags,
            scopes: list(&mut record),
            scopes_all: list(&mut record),
            field_scopes: list(&mut record),
            rate: list(&mut record).into_iter().next(),
            doc: list(&mut record),
            successor: (flags & code::HAS_SUCCESSOR != 0).then(|| Operation(record.number() as u16)),
            values: (0..record.number()).map(|_| (record.number(), record.number())).collect(),
            operation,
        }
    }

    /// Nothing: Feishu Project has no public page for each operation, and its rates are [`Operation::pace`].
    #[cfg(feature = "project")]
    fn unknown(operation: Operation) -> About {
        let [scopes, scopes_all, field_scopes, doc] = [const { Vec::new() }; 4];
        About { flags: 0, scopes, scopes_all, field_scopes, rate: None, doc, successor: None, values: Vec::new(), operation }
    }

    fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

/// The words, each of which begins with the number of letters that it shares with the one before, a control character.
fn words(text: &[u8]) -> Lists<u8> {
    let mut words = Lists::default();
    let mut word = Vec::new();
    for entry in text.chunk_by(|_, next| *next >= b' ') {
        let Some((shared, rest)) = entry.split_first() else { continue };
        word.truncate((*shared).into());
        word.extend_from_slice(rest);
        words.add(&word);
        words.end();
    }
    words
}

impl Table {
    /// The number of three bytes at an index of a section.
    fn triple(&self, section: usize, index: usize) -> usize {
        let at = section + 3 * index;
        [2, 1, 0].into_iter().fold(0, |sum, offset| sum << 8 | usize::from(self.byte(at + offset)))
    }

    /// Reads on from a place.
    fn cursor(&self, at: usize) -> Cursor<'_> {
        Cursor { table: self, at }
    }
}

/// Reads a section step by step.
struct Cursor<'a> {
    table: &'a Table,
    at: usize,
}

impl<'a> Cursor<'a> {
    /// The next byte.
    fn byte(&mut self) -> u8 {
        self.at += 1;
        self.table.byte(self.at - 1)
    }

    /// The next number: groups of seven bits, the lowest first.
    fn number(&mut self) -> usize {
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
    fn word(&mut self) -> &'a str {
        let index = self.number();
        self.table.word(index)
    }
}

fn list(cursor: &mut Cursor<'static>) -> Vec<&'static str> {
    (0..cursor.number()).map(|_| cursor.word()).collect()
}

/// `50/s` as fifty times in a second.
fn times(text: &str) -> Option<Times> {
    let (calls, period) = text.split_once('/')?;
    let period = Duration::from_secs(if period == "min" { 60 } else { 1 });
    Some(Times { calls: calls.parse().ok()?, period })
}
