//! How texts and numbers cross: JavaScript writes into one buffer before it calls, and reads one text and a few numbers afterwards.

use std::ops::Range;

use bytes::Bytes;
use larkspur_core::{Entropy, Error};

use crate::wide;

/// What a call of an export came to; `ts/core.ts` has the same numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Kind {
    /// There is nothing (more).
    Nothing,
    /// Send a request: the text is a line of the method, one of the URL, and two of each header.
    Send,
    /// Wait.
    Wait,
    /// Ask the token provider: the text says for what, as JSON.
    Ask,
    /// The text is what was asked for.
    Told,
    /// The text is an error as JSON.
    Failed,
}

/// The numbers that go with a [`Kind`], by their places; `ts/core.ts` has the same.
#[derive(Clone, Copy)]
#[repr(usize)]
pub enum Cell {
    /// Where the text is, and its length.
    Text = 0,
    Length = 1,
    /// How many machines can go on.
    Ready = 2,
    /// The number of the machine, client or walk that was made.
    Made = 3,
    /// Of a request: where its body is (negative: it comes in pieces; zero: there is none), and its length (negative: unknown).
    Body = 4,
    BodyLength = 5,
    /// Of a request: milliseconds for the connection and for the answer; whether the latter are the longest pause; and the bound of the
    /// whole then, negative for none.
    Connect = 6,
    Timeout = 7,
    Idle = 8,
    Total = 9,
    /// Of a request: the most bytes of an answer that is wanted whole, or negative where it is a file.
    Collect = 10,
    /// Of a request or a wait: the number of the attempt; zero for what no hook is told.
    Attempt = 11,
    /// Of a wait: milliseconds, and whether the platform asked for them.
    Span = 12,
    RateLimit = 13,
    /// Of a wait: milliseconds with the turn that comes behind it, where calls can be paced.
    #[cfg(feature = "server")]
    Whole = 14,
}

/// How many cells there are.
const CELLS: usize = 15;

/// What JavaScript writes.
#[derive(Default)]
pub struct Input {
    bytes: Vec<u8>,
    at: usize,
}

impl Input {
    /// Room for so many bytes.
    pub fn room(&mut self, length: u32) -> *mut u8 {
        self.bytes.clear();
        self.bytes.resize(length as usize, 0);
        self.at = 0;
        self.bytes.as_mut_ptr()
    }

    /// The next bytes.
    pub fn take(&mut self, length: u32) -> &[u8] {
        let start = self.at;
        self.at += length as usize;
        self.bytes.get(start..self.at).unwrap_or_default()
    }

    /// The next text.
    pub fn text(&mut self, length: u32) -> &str {
        std::str::from_utf8(self.take(length)).unwrap_or_default()
    }

    /// The next bytes, without a copy; nothing can be read behind them.
    pub fn keep(&mut self, length: u32) -> Bytes {
        let (start, end) = (self.at, self.at + length as usize);
        let whole = Bytes::from(std::mem::take(&mut self.bytes));
        if end > whole.len() { Bytes::new() } else { whole.slice(start..end) }
    }

    /// The next bytes as a call's entropy.
    pub fn entropy(&mut self, length: u32) -> Entropy {
        let mut bytes = [0; 32];
        bytes.iter_mut().zip(self.take(length)).for_each(|(to, from)| *to = *from);
        Entropy(bytes)
    }
}

/// What JavaScript reads.
#[derive(Default)]
pub struct Output {
    cells: Box<[f64; CELLS]>,
    text: Bytes,
}

impl Output {
    /// Where the numbers are; they never move.
    pub fn cells(&self) -> *const f64 {
        self.cells.as_ptr()
    }

    /// Sets a number.
    pub fn set(&mut self, cell: Cell, number: f64) {
        self.cells.iter_mut().skip(cell as usize).take(1).for_each(|place| *place = number);
    }

    /// Tells a text.
    pub fn tell(&mut self, text: impl Into<Bytes>) -> Kind {
        self.text = text.into();
        self.set(Cell::Text, self.text.as_ptr() as usize as f64);
        self.set(Cell::Length, self.text.len() as f64);
        Kind::Told
    }

    /// Tells a part of an answer's body, in which `wide` integers become strings of their digits.
    pub fn tell_part(&mut self, body: &Bytes, part: Range<usize>, wide: bool) -> Kind {
        let part = if part.end > body.len() { Bytes::new() } else { body.slice(part) };
        match wide {
            true => self.tell(wide::quoted(&String::from_utf8_lossy(&part)).into_owned()),
            false => self.tell(part),
        }
    }

    /// Tells the number of what was made.
    pub fn made(&mut self, number: u32) -> Kind {
        self.set(Cell::Made, number.into());
        Kind::Told
    }

    /// Tells an error.
    pub fn fail(&mut self, error: &Error) -> Kind {
        self.tell(wide::quoted(&error.to_json()).into_owned());
        Kind::Failed
    }

    /// Tells a text or an error.
    pub fn result(&mut self, result: Result<String, Error>) -> Kind {
        match result {
            Ok(text) => self.tell(text),
            Err(error) => self.fail(&error),
        }
    }
}
