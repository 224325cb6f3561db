//! The core as WebAssembly: built for servers and for browsers.

use crate::place;
use crate::run::{cargo, quiet, say};
use crate::tools;
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const TARGET: &str = "wasm32-unknown-unknown";

/// The section of a module that names what it needs of its surroundings: the core needs nothing.
const IMPORTS: u8 = 2;

/// The builds, as the compiler leaves them.
pub struct Cores {
    /// Everything.
    pub server: PathBuf,
    /// What a page needs.
    pub browser: PathBuf,
    /// What makes messages to send, which a page fetches with its first one.
    pub message: PathBuf,
    /// What is known of operations, which a page may ask for too.
    pub about: PathBuf,
}

/// Builds all.
///
/// # Errors
/// When the compiler cannot be had, or the crate does not build.
pub fn build() -> Result<Cores> {
    let compiler = Compiler::find()?;
    say("build", "the core as WebAssembly (the first time with its standard library: a few minutes)");
    let browser = one(&compiler, "browser", "wasm", &[])?;
    let message = one(&compiler, "message", "wasm", &["--no-default-features", "--features", "messages"])?;
    let about = one(&compiler, "about", "wasm", &["--features", "about,proxy"])?;
    let server = one(&compiler, "server", "wasm-server", &["--features", "server"])?;
    Ok(Cores { server, browser, message, about })
}

/// Lints the crate as it is compiled for WebAssembly.
///
/// # Errors
/// When the compiler cannot be had, or a lint does not hold.
pub fn clippy() -> Result<()> {
    let words = ["clippy", "--quiet", "--package", "larkspur-wasm", "--all-features"];
    let mut clippy = match Compiler::find()? {
        Compiler::Rustup { .. } => cargo(&words),
        // Debian's compiler comes without clippy; rustc's own lints hold there.
        debian => debian.cargo(&["check", "--quiet", "--package", "larkspur-wasm", "--all-features"]),
    };
    clippy.args(["--target", TARGET]);
    quiet(clippy.env("CARGO_TARGET_DIR", target()).env("CARGO_BUILD_WARNINGS", "deny")).map(drop)
}

/// Who compiles.
enum Compiler {
    /// The toolchain in use, which has the target; without the source of the standard library the package grows by a tenth.
    Rustup { has_source: bool },
    /// Debian's, which has the source of the standard library: it is built along.
    Debian {
        /// The linker of the toolchain in use.
        linker: PathBuf,
    },
}

impl Compiler {
    fn find() -> Result<Self> {
        if has_target()? || quiet(Command::new("rustup").args(["target", "add", TARGET])).is_ok() {
            let has_source = quiet(Command::new("rustup").args(["component", "add", "rust-src"])).is_ok();
            return Ok(Self::Rustup { has_source });
        }
        let source = Path::new("/usr/bin/rustc");
        if !source.exists() {
            let remedy = format!("run `rustup target add {TARGET}` where rustup can download");
            tools::debian(&["rustc-web", "rust-web-src"]).context(remedy)?;
        }
        Ok(Self::Debian { linker: linker()? })
    }

    fn cargo(&self, words: &[&str]) -> Command {
        let mut command = cargo(words);
        command.env("CARGO_TARGET_DIR", target());
        if let Self::Rustup { has_source: true } = self {
            with_std(&mut command);
        }
        if let Self::Debian { linker } = self {
            with_std(&mut command).env("RUSTC", "/usr/bin/rustc");
            command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
        }
        command
    }
}

/// Builds the standard library along, small: a panic ends the core at once, without a message that nobody would read.
fn with_std(command: &mut Command) -> &mut Command {
    command.args(["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"]);
    command.env("RUSTC_BOOTSTRAP", "1");
    command.env("RUSTFLAGS", "-Zunstable-options -Cpanic=immediate-abort -Zlocation-detail=none -Zfmt-debug=none")
}

/// A folder of its own, so that two compilers do not rebuild each other's work.
fn target() -> PathBuf {
    place::target().join("wasm")
}

fn one(compiler: &Compiler, name: &str, profile: &str, features: &[&str]) -> Result<PathBuf> {
    let mut build = compiler.cargo(&["build", "--quiet", "--profile", profile, "--target", TARGET, "--package", "larkspur-wasm"]);
    quiet(build.args(features))?;
    let module = fs::read(target().join(TARGET).join(profile).join("larkspur_wasm.wasm"))?;
    if sections(&module).any(|section| section == IMPORTS) {
        bail!("the core for {name} imports something; some crate asks for a clock, a socket or randomness");
    }
    // The next build of the same profile takes the compiler's place for it.
    let kept = target().join(format!("{name}.wasm"));
    fs::write(&kept, module)?;
    Ok(kept)
}

/// The numbers of a module's sections: each is followed by its length, in groups of seven bits.
fn sections(module: &[u8]) -> impl Iterator<Item = u8> + '_ {
    let mut rest = module.get(8..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (section, after) = rest.split_first()?;
        let groups = after.iter().position(|group| group & 0x80 == 0)? + 1;
        let length = after.iter().take(groups).rev().fold(0, |length, group| length << 7 | usize::from(group & 0x7f));
        rest = after.get(groups + length..).unwrap_or_default();
        Some(*section)
    })
}

fn has_target() -> Result<bool> {
    Ok(sysroot()?.join("lib/rustlib").join(TARGET).join("lib").exists())
}

/// `rust-lld` itself: its wrapper beside it gets flags that it does not know.
fn linker() -> Result<PathBuf> {
    let host = quiet(Command::new("rustc").arg("-vV"))?;
    let host = host.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names no host")?;
    Ok(sysroot()?.join("lib/rustlib").join(host).join("bin/rust-lld"))
}

fn sysroot() -> Result<PathBuf> {
    Ok(quiet(Command::new("rustc").args(["--print", "sysroot"]))?.trim().into())
}

#[cfg(test)]
mod tests {
    use super::{IMPORTS, sections};

    #[test]
    fn finds_the_sections_of_a_module() {
        let long = [&b"\0asm\x01\0\0\0\x01\x82\x01"[..], &[7; 130], &[IMPORTS, 1, 0, 10, 0]].concat();
        assert_eq!(sections(&long).collect::<Vec<_>>(), [1, IMPORTS, 10]);
    }
}
