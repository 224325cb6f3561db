//! Where the paths of operations are kept once they are put together.

use std::sync::OnceLock;

/// How many places are made at a time. All at once would fill 56 KB of a native library, and a program calls few operations.
const BLOCK: usize = 32;

type Block = [OnceLock<String>; BLOCK];

/// A place for each operation of a family.
pub struct Paths<const BLOCKS: usize>([OnceLock<Box<Block>>; BLOCKS]);

/// The blocks for so many operations.
pub const fn blocks(operations: usize) -> usize {
    operations.div_ceil(BLOCK)
}

impl<const BLOCKS: usize> Paths<BLOCKS> {
    /// Empty places.
    pub const fn new() -> Self {
        Self([const { OnceLock::new() }; BLOCKS])
    }

    /// The place of the operation at this position; `None` behind the last.
    pub fn place(&self, position: usize) -> Option<&OnceLock<String>> {
        let block = self.0.get(position / BLOCK)?;
        block.get_or_init(|| Box::new([const { OnceLock::new() }; BLOCK])).get(position % BLOCK)
    }
}
