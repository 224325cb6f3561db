//! Larkspur for JavaScript: the core with a host over what every JavaScript runtime has, for the TypeScript in `ts/`.
//!
//! Nothing here is public for users. A call crosses as text and numbers, and what becomes of it goes to a `Flight`, a JavaScript object;
//! nothing is borrowed across an `await`, so that calls never meet each other's borrows.

#[cfg(target_arch = "wasm32")]
mod body;
#[cfg(target_arch = "wasm32")]
mod catalog;
#[cfg(target_arch = "wasm32")]
mod client;
#[cfg(target_arch = "wasm32")]
mod files;
#[cfg(target_arch = "wasm32")]
mod flight;
#[cfg(target_arch = "wasm32")]
mod host;
#[cfg(target_arch = "wasm32")]
mod js;
#[cfg(target_arch = "wasm32")]
mod message;
#[cfg(target_arch = "wasm32")]
mod options;
#[cfg(target_arch = "wasm32")]
mod panic;
#[cfg(target_arch = "wasm32")]
mod proxy;
#[cfg(target_arch = "wasm32")]
mod sink;
#[cfg(target_arch = "wasm32")]
mod walk;
#[cfg(any(target_arch = "wasm32", test))]
mod wide;
