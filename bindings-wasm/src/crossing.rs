//! How JavaScript reaches what crosses, whatever else the module can do.

use crate::state::Core;

/// Room for the input of the next call, so many bytes; it holds for that call alone.
#[unsafe(no_mangle)]
pub extern "C" fn room(length: u32) -> *mut u8 {
    Core::enter(|core| core.input.room(length))
}

/// Where the numbers are that the core tells.
#[unsafe(no_mangle)]
pub extern "C" fn cells() -> *const f64 {
    Core::enter(|core| core.output.cells())
}
