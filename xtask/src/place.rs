//! Where things lie: the checkout, the build folder, the cache of tools.

use std::path::{Path, PathBuf};

/// The root folder of the checkout, wherever the command was started.
pub fn root() -> PathBuf {
    let own = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let own = own.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")));
    own.parent().map_or_else(|| own.clone(), Path::to_path_buf)
}

/// Cargo's build folder: `CARGO_TARGET_DIR` if that is set, else `target` in the checkout.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |folder| root().join(folder))
}

/// Installed tools: a folder beside the build, so that a clean clone starts without any.
pub fn tools() -> PathBuf {
    target().join("tools")
}
