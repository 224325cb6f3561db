//! Files of any size in little memory: small ones are kept, large ones are kept when they follow the sandbox's own pattern.

use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::sync::OnceLock;

/// Files up to this size are kept as they came (32 MiB).
pub(crate) const KEPT: u64 = 32 << 20;

/// A prime number of bytes, so that a piece lost or doubled at any usual block size shows.
const PERIOD: u64 = 65_521;

/// What the sandbox knows of a file.
#[derive(Clone)]
pub(crate) struct Blob {
    pub(crate) length: u64,
    pub(crate) sha256: String,
    content: Content,
}

#[derive(Clone)]
enum Content {
    Kept(Bytes),
    Pattern,
    Lost,
}

/// A part of a file that is about to be sent.
pub(crate) struct Slice {
    blob: Blob,
    at: u64,
    end: u64,
}

/// Takes a file in piece by piece.
pub(crate) struct Intake {
    hash: Sha256,
    length: u64,
    kept: Vec<u8>,
    follows_pattern: bool,
}

impl Blob {
    /// A file of `length` bytes of the pattern: byte number `i` is the pattern's byte `i % 65521`.
    pub(crate) fn pattern(length: u64) -> Blob {
        Blob { length, sha256: String::new(), content: Content::Pattern }
    }

    /// A file kept in memory.
    pub(crate) fn kept(data: Bytes) -> Blob {
        Blob { length: data.len() as u64, sha256: hex(&Sha256::digest(&data)), content: Content::Kept(data) }
    }

    /// Whether the content can be sent again; a large file that did not follow the pattern cannot.
    pub(crate) fn is_readable(&self) -> bool {
        !matches!(self.content, Content::Lost)
    }

    /// The content, when it is kept in memory.
    pub(crate) fn bytes(&self) -> Option<&Bytes> {
        match &self.content {
            Content::Kept(data) => Some(data),
            _ => None,
        }
    }

    /// The bytes from `start` to before `end`.
    pub(crate) fn slice(&self, start: u64, end: u64) -> Slice {
        Slice { blob: self.clone(), at: start, end }
    }
}

impl Slice {
    /// How many bytes are still to come.
    pub(crate) fn remaining(&self) -> u64 {
        self.end - self.at
    }
}

impl Iterator for Slice {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        if self.at >= self.end {
            return None;
        }
        let piece = match &self.blob.content {
            Content::Kept(data) => data.slice(to_index(self.at)..to_index(self.end)),
            _ => pattern_at(self.at, self.remaining()),
        };
        self.at += piece.len() as u64;
        Some(piece)
    }
}

impl Intake {
    /// An empty file.
    pub(crate) fn new() -> Intake {
        Intake { hash: Sha256::new(), length: 0, kept: Vec::new(), follows_pattern: true }
    }

    /// Adds the next piece.
    pub(crate) fn add(&mut self, piece: &[u8]) {
        self.hash.update(piece);
        self.follows_pattern = self.follows_pattern && continues_pattern(self.length, piece);
        self.length += piece.len() as u64;
        if self.length <= KEPT {
            self.kept.extend_from_slice(piece);
        } else {
            self.kept = Vec::new();
        }
    }

    /// The whole file.
    pub(crate) fn finish(self) -> Blob {
        let content = match (self.length <= KEPT, self.follows_pattern) {
            (true, _) => Content::Kept(self.kept.into()),
            (false, true) => Content::Pattern,
            (false, false) => Content::Lost,
        };
        Blob { length: self.length, sha256: hex(&self.hash.finalize()), content }
    }
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn pattern() -> &'static Bytes {
    static PATTERN: OnceLock<Bytes> = OnceLock::new();
    PATTERN.get_or_init(|| {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let next = |_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 32) as u8
        };
        (0..PERIOD).map(next).collect()
    })
}

fn pattern_at(at: u64, most: u64) -> Bytes {
    let start = at % PERIOD;
    let length = most.min(PERIOD - start);
    pattern().slice(to_index(start)..to_index(start + length))
}

fn continues_pattern(mut at: u64, mut piece: &[u8]) -> bool {
    while !piece.is_empty() {
        let want = pattern_at(at, piece.len() as u64);
        let (head, rest) = piece.split_at(want.len());
        if head != want {
            return false;
        }
        at += want.len() as u64;
        piece = rest;
    }
    true
}

fn to_index(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Blob, Intake, KEPT};

    #[test]
    fn a_large_file_of_the_pattern_comes_back() {
        let source = Blob::pattern(KEPT + 1000);
        let mut intake = Intake::new();
        source.slice(0, source.length).for_each(|piece| intake.add(&piece));
        let blob = intake.finish();
        assert_eq!((blob.length, blob.is_readable()), (KEPT + 1000, true));
        let tail: Vec<u8> = blob.slice(KEPT, KEPT + 10).flatten().collect();
        let want: Vec<u8> = source.slice(0, KEPT + 10).flatten().skip(KEPT as usize).collect();
        assert_eq!(tail, want);
    }

    #[test]
    fn a_large_file_of_anything_else_does_not() {
        let mut intake = Intake::new();
        (0..33).for_each(|_| intake.add(&vec![7; 1 << 20]));
        assert!(!intake.finish().is_readable());
    }

    #[test]
    fn a_small_file_is_kept() {
        let mut intake = Intake::new();
        intake.add(b"ab");
        intake.add(b"c");
        let blob = intake.finish();
        assert_eq!(blob.bytes().unwrap(), &b"abc"[..]);
        assert_eq!(blob.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
