//! The core as WebAssembly: built for servers and for browsers, each with the glue that wasm-bindgen writes.

use crate::place;
use crate::run::{cargo, quiet, say};
use crate::tools;
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const TARGET: &str = "wasm32-unknown-unknown";

/// The folders of the two builds, with `larkspur_wasm.js` and `larkspur_wasm_bg.wasm` in each.
pub struct Cores {
    /// Everything.
    pub server: PathBuf,
    /// What a page needs.
    pub browser: PathBuf,
}

/// Builds both.
///
/// # Errors
/// When the compiler or wasm-bindgen cannot be had, or the crate does not build.
pub fn build() -> Result<Cores> {
    let compiler = Compiler::find()?;
    say("build", "the core as WebAssembly (the first time with its standard library: a few minutes)");
    let browser = one(&compiler, "browser", "wasm", &[])?;
    let server = one(&compiler, "server", "wasm-server", &["--features", "about"])?;
    Ok(Cores { server, browser })
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
    let folder = target().join(name);
    let module = target().join(TARGET).join(profile).join("larkspur_wasm.wasm");
    let mut bind = Command::new(wasm_bindgen()?);
    bind.args(["--target", "web", "--omit-default-module-path", "--no-typescript", "--out-name", "larkspur_wasm", "--out-dir"]);
    quiet(bind.arg(&folder).arg(module))?;
    check_imports(&folder.join("larkspur_wasm_bg.wasm"))?;
    Ok(folder)
}

/// No runtime has a module `env`: a core that imports from it needs something that is not there.
fn check_imports(module: &Path) -> Result<()> {
    let bytes = fs::read(module)?;
    let import = b"\x03env";
    let head = bytes.get(..bytes.len().min(64 << 10)).unwrap_or_default();
    if head.windows(import.len()).any(|window| window == import) {
        bail!("{} imports from env; some crate asks for a clock, a socket or randomness", module.display());
    }
    Ok(())
}

/// The program of exactly the crate's version, kept beside the user's other caches since it takes minutes to build.
fn wasm_bindgen() -> Result<PathBuf> {
    let version = locked("wasm-bindgen")?;
    let folder = cache()?.join(format!("wasm-bindgen-{version}"));
    let program = folder.join("bin").join(format!("wasm-bindgen{}", std::env::consts::EXE_SUFFIX));
    if !program.exists() {
        say("install", &format!("wasm-bindgen-cli {version} (3 minutes, once)"));
        let mut install = cargo(&["install", "--quiet", "--debug", "wasm-bindgen-cli", "--version"]);
        quiet(install.arg(format!("={version}")).arg("--root").arg(&folder))?;
    }
    Ok(program)
}

fn locked(package: &str) -> Result<String> {
    let lock = fs::read_to_string(place::root().join("Cargo.lock"))?;
    let entry = format!("name = \"{package}\"\nversion = \"");
    let rest = lock.split_once(&entry).with_context(|| format!("Cargo.lock has no {package}"))?.1;
    Ok(rest.split('"').next().unwrap_or_default().to_owned())
}

fn cache() -> Result<PathBuf> {
    let base = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = || std::env::home_dir().map(|home| home.join(".cache"));
    Ok(base.or_else(home).context("there is no home folder; set XDG_CACHE_HOME")?.join("larkspur"))
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
