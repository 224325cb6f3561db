//! What each call asks of its operation, kept once it is put together.

use std::sync::OnceLock;

use super::lookup::Style;
use super::operation::{Operation, Paging};
use super::parameter::Parameter;

/// How many places are made at a time. All at once would fill 56 KB of a native library, and a program calls few operations.
const BLOCK: usize = 32;

type Block = [OnceLock<Box<Kept>>; BLOCK];

/// What is put together from the packed table.
pub(crate) struct Kept {
    /// With its placeholders.
    pub(crate) path: String,
    /// As [`Operation::parameters`] gives them.
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) paging: Option<Paging>,
    camel: String,
    snake: String,
}

impl Kept {
    /// What there is of an operation that is not there.
    pub(super) const NONE: Self =
        Self { path: String::new(), parameters: Vec::new(), paging: None, camel: String::new(), snake: String::new() };

    fn of(operation: Operation) -> Self {
        Self {
            path: operation.build_path(),
            parameters: operation.parameters().collect(),
            paging: operation.paging(),
            camel: operation.name(Style::Camel),
            snake: operation.name(Style::Snake),
        }
    }

    /// The dotted name.
    pub(crate) fn name(&self, style: Style) -> &str {
        match style {
            Style::Camel => &self.camel,
            Style::Snake => &self.snake,
        }
    }
}

/// A place for each operation of a family.
pub struct Places<const BLOCKS: usize>([OnceLock<Box<Block>>; BLOCKS]);

/// The blocks for so many operations.
pub const fn blocks(operations: usize) -> usize {
    operations.div_ceil(BLOCK)
}

impl<const BLOCKS: usize> Places<BLOCKS> {
    /// Empty places.
    pub const fn new() -> Self {
        Self([const { OnceLock::new() }; BLOCKS])
    }

    /// What is kept of the operation at this position; `None` behind the last.
    pub fn get(&self, position: usize, operation: Operation) -> Option<&Kept> {
        let block = self.0.get(position / BLOCK)?;
        let place = block.get_or_init(|| Box::new([const { OnceLock::new() }; BLOCK])).get(position % BLOCK)?;
        Some(place.get_or_init(|| Box::new(Kept::of(operation))))
    }
}
