//! Larkspur for JavaScript: the core's machines, driven step by step by the TypeScript in `ts/`.
//!
//! Nothing here is public for users, and nothing is imported: a call of an export takes texts and numbers, runs a machine until it wants
//! something of the world, and says what. JavaScript sends, waits and asks, and comes back with the outcome. See `exports.rs` for what can
//! be called and `memory.rs` for how texts cross.

// What calls the rest exists in WebAssembly alone.
#![cfg_attr(not(all(target_arch = "wasm32", feature = "calls")), allow(dead_code))]

#[cfg(feature = "about")]
mod about;
#[cfg(feature = "calls")]
mod catalog;
#[cfg(feature = "calls")]
mod entries;
#[cfg(feature = "calls")]
mod files;
#[cfg(feature = "calls")]
mod flight;
#[cfg(feature = "calls")]
mod invoke;
#[cfg(feature = "calls")]
mod machine;
mod memory;
#[cfg(feature = "calls")]
mod options;
#[cfg(feature = "proxy")]
mod proxy;
#[cfg(feature = "server")]
mod redis;
mod state;
#[cfg(feature = "tokens")]
mod tokens;
mod wide;

// The names of the exports are those of the module, which a library of another platform would share with everybody.
#[cfg(target_arch = "wasm32")]
mod crossing;
#[cfg(all(target_arch = "wasm32", feature = "calls"))]
mod exports;
#[cfg(all(target_arch = "wasm32", feature = "messages"))]
mod messages;
#[cfg(all(target_arch = "wasm32", feature = "server"))]
mod server;

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();
