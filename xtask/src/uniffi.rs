//! The native library of Kotlin and Swift, and the sources that its generator reads out of it.

use crate::place;
use crate::run::{cargo, quiet};
use anyhow::Result;
use std::env::consts::{DLL_PREFIX, DLL_SUFFIX, EXE_SUFFIX};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The name of the library on this platform.
pub fn library_name() -> String {
    format!("{DLL_PREFIX}larkspur_ffi{DLL_SUFFIX}")
}

/// Builds the library in a cargo profile.
///
/// # Errors
/// When it does not build.
pub fn library(profile: &str) -> Result<PathBuf> {
    let mut build = cargo(&["rustc", "--quiet", "--package", "larkspur-uniffi", "--crate-type", "cdylib", "--profile", profile]);
    if profile == "compact" && has_lld() {
        build.args(["--", "-Clink-arg=-Wl,--icf=all"]);
    }
    quiet(&mut build)?;
    let built = if profile == "dev" { "debug" } else { profile };
    Ok(place::target().join(built).join(library_name()))
}

/// Whether Rust links by its own lld, which makes one function of equal ones.
const fn has_lld() -> bool {
    cfg!(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))
}

/// Reads the sources of a language out of a library that is not stripped; `folder` holds nothing else afterwards.
///
/// # Errors
/// When the generator does not build or cannot read the library.
pub fn generate(library: &Path, language: &str, folder: &Path) -> Result<()> {
    let manifest = place::root().join("bindings-uniffi/bindgen/Cargo.toml");
    let target = place::target().join("bindgen");
    let mut build = cargo(&["build", "--quiet", "--locked", "--manifest-path"]);
    quiet(build.arg(manifest).env("CARGO_TARGET_DIR", &target))?;
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    let mut bindgen = Command::new(target.join("debug").join(format!("larkspur-bindgen{EXE_SUFFIX}")));
    bindgen.current_dir(place::root()).arg("generate").arg(library);
    quiet(bindgen.args(["--language", language, "--no-format", "--out-dir"]).arg(folder)).map(drop)
}
