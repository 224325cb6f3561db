//! The catalogue: every operation of the platform by name, with what a call needs to know about it.
//!
//! The tables are packed from `catalog/*.json` when the crate is built, and unpacked at the first look. From then on reading them allocates
//! nothing: an [`Operation`] is an index, a look-up is a binary search per part of the name, and an argument list is read as it is walked.

#[cfg(feature = "about")]
mod about;
mod format;
mod kept;
mod lookup;
mod nearest;
mod operation;
mod parameter;
#[cfg(feature = "project")]
mod project;
mod route;
#[cfg(feature = "about")]
pub mod scopes;
mod table;
#[cfg(test)]
mod tests;
mod unpack;

#[cfg(feature = "about")]
pub use about::{About, Rate, Score, Times};
pub use lookup::{Child, Node, Style, Unknown, child, children};
pub use nearest::nearest;
pub use operation::{Kind, Operation, Paging, PagingStyle, Tokens};
pub use parameter::{Item, Parameter, Parameters, Place, Shape};
#[cfg(feature = "project")]
pub use project::Pace;
