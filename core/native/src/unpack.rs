//! Answers that came compressed.

use std::io::{self, Write};

use bytes::{Buf, Bytes};
use flate2::write::MultiGzDecoder;

/// Unpacks gzip as it comes, in pieces of bounded size: a small answer that unfolds to a huge one is refused before it is in memory.
pub(crate) struct Unpack {
    decoder: MultiGzDecoder<Vec<u8>>,
    packed: Bytes,
    is_begun: bool,
}

impl Default for Unpack {
    fn default() -> Self {
        Self { decoder: MultiGzDecoder::new(Vec::new()), packed: Bytes::new(), is_begun: false }
    }
}

impl Unpack {
    /// Takes the next piece of the packed answer; the one before must be used up.
    pub(crate) fn feed(&mut self, packed: Bytes) {
        self.is_begun |= !packed.is_empty();
        self.packed = packed;
    }

    /// The next unpacked piece; `None` when more must be fed.
    pub(crate) fn next(&mut self) -> io::Result<Option<Bytes>> {
        loop {
            if !self.decoder.get_ref().is_empty() {
                return Ok(Some(std::mem::take(self.decoder.get_mut()).into()));
            }
            if self.packed.is_empty() {
                return Ok(None);
            }
            let taken = self.decoder.write(&self.packed)?;
            self.packed.advance(taken);
        }
    }

    /// The last piece, once everything has been fed; fails when the end is missing.
    pub(crate) fn finish(&mut self) -> io::Result<Option<Bytes>> {
        if self.is_begun {
            self.decoder.try_finish()?;
        }
        let rest = std::mem::take(self.decoder.get_mut());
        Ok((!rest.is_empty()).then(|| rest.into()))
    }
}
