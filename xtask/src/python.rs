//! The Python package: its tools, an editable install for tests, wheels.

use crate::place;
use crate::run::{quiet, say};
use crate::tools::Venv;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The name of the package.
pub const NAME: &str = "larkspur";

/// The tools, each pinned.
pub const REQUIREMENTS: &str = include_str!("../requirements.txt");

static DEVELOPED: OnceLock<Venv> = OnceLock::new();

/// The folder of the Python package, below the checkout.
pub const FOLDER: &str = "bindings-py";

/// The environment with the tools that build and check the package.
///
/// # Errors
/// When Python or one of the tools cannot be had.
pub fn tools() -> Result<Venv> {
    Venv::with("python", REQUIREMENTS)
}

/// Builds the package without optimisation and installs it, with its sources in place, beside the tools; once a run.
///
/// # Errors
/// When it does not build.
pub fn develop() -> Result<Venv> {
    if let Some(venv) = DEVELOPED.get() {
        return Ok(venv.clone());
    }
    let venv = tools()?;
    say("build", "larkspur for Python (debug)");
    quiet(maturin(&venv).args(["develop", "--quiet"]))?;
    Ok(DEVELOPED.get_or_init(|| venv).clone())
}

/// Builds a wheel into `folder` with the maturin of an environment and returns its path; `words` are maturin's.
///
/// # Errors
/// When it does not build.
pub fn wheel(venv: &Venv, words: &[&str], folder: &Path) -> Result<PathBuf> {
    quiet(maturin(venv).args(["build", "--quiet", "--out"]).arg(folder).args(words))?;
    newest(folder, "whl")
}

/// Builds the wheel of the sandbox server, the package that `larkspur[sandbox]` adds, with these words after `maturin build`.
///
/// # Errors
/// When it does not build.
pub fn sandbox_wheel(venv: &Venv, words: &[&str], folder: &Path) -> Result<PathBuf> {
    let mut maturin = maturin(venv);
    maturin.current_dir(place::root().join("tests/sandbox"));
    quiet(maturin.args(["build", "--quiet", "--out"]).arg(folder).args(words))?;
    newest(folder, "whl")
}

/// Installs a wheel, and nothing else, into an environment.
///
/// # Errors
/// When pip fails.
pub fn install(wheel: &Path, venv: &Venv) -> Result<()> {
    let mut pip = tools()?.program("python");
    pip.args(["-m", "pip", "--disable-pip-version-check", "--quiet", "--python"]).arg(&venv.folder);
    quiet(pip.args(["install", "--force-reinstall", "--no-deps", "--no-index"]).arg(wheel)).map(drop)
}

/// Maturin, started in the package's folder.
pub fn maturin(venv: &Venv) -> Command {
    let mut maturin = venv.program("maturin");
    maturin.current_dir(place::root().join(FOLDER)).env("CARGO_TARGET_DIR", place::target());
    maturin
}

/// The file with this ending that was written last.
///
/// # Errors
/// When the folder holds none.
pub fn newest(folder: &Path, ending: &str) -> Result<PathBuf> {
    let files = std::fs::read_dir(folder)?.filter_map(|entry| Some(entry.ok()?.path()));
    let fitting = files.filter(|path| path.to_string_lossy().ends_with(ending));
    let newest = fitting.max_by_key(|path| path.metadata().and_then(|about| about.modified()).ok());
    newest.with_context(|| format!("{} holds no {ending}", folder.display()))
}
