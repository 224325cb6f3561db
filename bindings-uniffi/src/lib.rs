//! Larkspur for Kotlin and Swift: what both packages call, by way of UniFFI.
//!
//! A [`Client`] takes an [`Invocation`] (an operation or a path, its arguments as JSON text) and gives the raw JSON text of `data`, a whole
//! [`Reply`], a walk over [`Pages`] or a [`Download`]. What the app supplied is asked through a mailbox ([`Client::next_ask`],
//! [`Client::answer`]) and never called from here. Kotlin's clients and calls come through a flat door of their own, over JNI, since each record
//! that crosses costs the JVM microseconds, and JNA nine megabytes. Every rule is in the core; types and idioms are in the sugar of each language.

// An error is rare, and what it holds crosses to the other language at once.
#![allow(clippy::large_enum_variant, clippy::result_large_err)]

mod bot;
mod client;
mod device;
mod door;
mod download;
mod error;
mod flight;
mod hooks;
mod inbox;
mod invocation;
mod jvm;
mod landing;
mod mailbox;
mod message;
mod options;
mod pages;
mod reply;
mod save;
mod scopes;
mod store;
mod upload;
mod users;
mod view;

pub use client::Client;
pub use device::Device;
pub use download::{Download, FileFacts};
pub use error::{FfiError, FieldViolation, Help, PermissionViolation, Reason, Refusal};
pub use flight::CancelToken;
pub use hooks::{CallEvent, Moment};
pub use invocation::{Content, FileArgument, Invocation, Target};
pub use mailbox::{Asked, Given, Question};
pub use message::{Message, build_message, escape_text, mention, mention_all, parse_message};
pub use options::{CallOptions, ClientOptions, Helpdesk, ProjectOptions, Proxy};
pub use pages::Pages;
pub use reply::{Reply, Token};
pub use scopes::{LeastScopes, least_scopes, operations_in_source, operations_of_scope};
pub use store::{FileStore, RedisStore, Script, StoredToken};
pub use upload::UploadStream;
pub use users::Authorization;

uniffi::setup_scaffolding!();
