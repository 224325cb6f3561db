//! Larkspur for JavaScript: the core with a host over what every JavaScript runtime has, for the TypeScript in `ts/`.
//!
//! Nothing here is public for users. A call crosses as text and numbers, and what becomes of it goes to a `Flight`, a JavaScript object;
//! nothing is borrowed across an `await`, so that calls never meet each other's borrows.

#[cfg(any(target_arch = "wasm32", test))]
mod wide;

// The rest exists where JavaScript does.
#[cfg(target_arch = "wasm32")]
mod binding;
