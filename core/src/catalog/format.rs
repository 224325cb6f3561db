//! The codes of the packed tables, shared by the reader and by the build script that writes them.

// Some are used by one of the two only.
#![allow(dead_code)]

use std::ops::RangeInclusive;

/// An argument's code: the shape in the low five bits, the required mark, and the place in the high two.
pub const SHAPE: u8 = 0b0001_1111;
pub const REQUIRED: u8 = 0b0010_0000;
pub const PLACE: u8 = 0b1100_0000;
pub const QUERY: u8 = 0b0000_0000;
pub const BODY: u8 = 0b0100_0000;
pub const HEADER: u8 = 0b1000_0000;

pub const STRING: u8 = 0;
pub const INT_STRING: u8 = 1;
pub const INT: u8 = 2;
pub const BOOL: u8 = 3;
pub const FLOAT: u8 = 4;
pub const NUMBER: u8 = 5;
pub const ANY: u8 = 6;
pub const OBJECT: u8 = 7;
pub const MAP: u8 = 8;
pub const LIST: u8 = 9;
pub const FILE: u8 = 10;
/// Added to the code of a list's items.
pub const LIST_OF: u8 = 16;
/// A string by which the platform recognises a repeated write.
pub const IDEMPOTENCY: u8 = 31;

/// An operation's traits: the method in the low three bits, then the kind, then one bit each.
pub const METHOD: u16 = 0b111;
pub const UPLOAD: u16 = 1 << 3;
pub const DOWNLOAD: u16 = 1 << 4;
pub const TENANT: u16 = 1 << 5;
pub const USER: u16 = 1 << 6;
pub const APP: u16 = 1 << 7;
pub const TOKENS_UNKNOWN: u16 = 1 << 8;
pub const ROOT_ENVELOPE: u16 = 1 << 9;
pub const READS: u16 = 1 << 10;
pub const HELPDESK: u16 = 1 << 11;
pub const STREAMS: u16 = 1 << 12;
pub const TAKES_BODY: u16 = 1 << 13;
pub const BYTES: u16 = 1 << 14;
/// In no table, but the mark of a family's indices.
pub const OF_PROJECT: u16 = 1 << 15;

/// The wire names of the methods; the index is the code.
pub const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

/// A segment of a path: the word in the low bits, and whether it is a parameter, one of integers, one of digits in a string.
pub const SEGMENT: u16 = 0x1fff;
pub const PARAMETER: u16 = 0x8000;
pub const INTEGER: u16 = 0x4000;
pub const DIGITS: u16 = 0x2000;

/// A segment's form in the packed table: the marks in the low bits, then where its word is from: from the list of words; one of the
/// operation's own names, counted from the last; made of others, see [`made`].
pub const MARKS_AT: u8 = 13;
pub const FORM_AT: u8 = 3;
pub const LISTED: u8 = 0;
pub const OWN: RangeInclusive<u8> = 1..=4;
pub const ABOVE: u8 = 2;
pub const MADE: RangeInclusive<u8> = 5..=10;

/// The use of a word: the next new one, the one that followed the word before it the last time, or, added, one by its number.
pub const NEW: u8 = 0;
pub const EXPECTED: u8 = 1;
pub const KNOWN: u8 = 2;
/// The first of the bytes that one more byte follows.
pub const ONE_BYTE: u8 = 232;

/// Paging: the token is an argument of the body, and there are several lists.
pub const IN_BODY: u8 = 1;
pub const SEVERAL: u8 = 2;
/// Where the style begins among the bits of a paging's flags; the index in the list is its code.
pub const PAGING_STYLE: u8 = 4;
pub const PAGING_STYLES: [&str; 5] = ["token", "number", "cursor", "after", "offset"];

/// The most parameters a path may have.
pub const PATH_PARAMETERS: usize = 8;

/// How many words make an entry of the paging table.
pub const PAGING_WORDS: usize = 4;

/// What `about` says of an operation besides its lists.
pub const SCOPES_KNOWN: u8 = 1;
pub const SCOPES_CONDITIONAL: u8 = 2;
pub const HISTORIC: u8 = 4;
pub const HAS_SUCCESSOR: u8 = 8;
pub const CUSTOM_ONLY: u8 = 16;
pub const STORE_ONLY: u8 = 32;

/// The form in which two spellings of a name are the same: lower case, no underscores.
pub fn letters(name: &str) -> impl DoubleEndedIterator<Item = u8> + Clone + '_ {
    name.bytes().filter(|letter| *letter != b'_').map(|letter| letter.to_ascii_lowercase())
}

/// The word of a segment that is made of the name above the operation's own, of the last part of that, or of the segment before:
/// `messages` of `message` or `thread_message`, then `message_id`.
pub fn made(form: u8, name: &[u8], before: &[u8]) -> Vec<u8> {
    let part = name.iter().rposition(|letter| *letter == b'_').map_or(0, |end| end + 1);
    let part = name.get(part..).unwrap_or_default();
    let (stem, ending): (&[u8], &[u8]) = match form {
        5 => (name, b"s"),
        6 => (name, b"_id"),
        7 => (before.strip_suffix(b"s").unwrap_or(before), b"_id"),
        8 => (part, b"s"),
        9 => (part, b"_id"),
        _ => (part, b""),
    };
    [stem, ending].concat()
}
