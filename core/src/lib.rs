//! The sans-IO core of Larkspur: every rule of the Feishu / Lark Open Platform, and no I/O.
//!
//! A [`Call`] is a machine. It yields a [`Step`]; a [`Host`] performs it and hands the [`Outcome`] back; [`drive()`] is the loop.
//! Time ([`Now`]) and randomness ([`Entropy`]) are arguments. See `client.rs` for what a caller has, `call.rs` and `auth.rs` for the diagrams.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod arguments;
mod auth;
mod base_url;
#[cfg(feature = "bot")]
mod bot;
mod call;
pub mod catalog;
mod check;
mod client;
mod codes;
pub mod download;
mod drive;
mod encode;
mod envelope;
pub mod error;
pub mod http;
#[cfg(feature = "jsapi")]
mod jsapi;
pub mod json;
mod maybe;
pub mod message;
mod multipart;
mod options;
#[cfg(feature = "pacing")]
pub mod pacing;
mod page;
mod paging;
mod plan;
#[cfg(feature = "project")]
mod project;
mod random;
#[cfg(feature = "store")]
pub mod redis;
mod retry;
mod secret;
mod shared;
mod step;
mod text;
mod time;
mod transport;
#[cfg(feature = "about")]
mod used;

pub use arguments::{Arguments, FileArgument, PathCall};
pub use auth::{Refresh, Ticket};
#[cfg(feature = "bot")]
pub use bot::Bot;
pub use call::Call;
#[cfg(feature = "oauth")]
pub use client::{Authorization, AuthorizeOptions, Device, Exchange};
pub use client::{Client, Invocation, Target};
pub use drive::{Host, drive};
pub use envelope::is_error_envelope;
pub use error::{Class, Error};
pub use maybe::{BoxFuture, MaybeSend, MaybeSync};
#[cfg(feature = "isv")]
pub use options::AppType;
pub use options::{CallOptions, Options};
pub use page::{Pages, Walk};
#[cfg(feature = "project")]
pub use project::ProjectOptions;
pub use random::Entropy;
pub use secret::Secret;
#[cfg(feature = "store")]
pub use step::Stored;
pub use step::{Answer, Ask, Event, Outcome, Page, Reply, Step, TokenWanted, Trace, Why};
pub use time::{Mono, Now, Wall};
