//! What JavaScript sees, and the host that it is.

mod body;
mod catalog;
mod client;
mod files;
mod flight;
mod host;
mod js;
mod message;
mod options;
mod proxy;
mod sink;
mod walk;
