//! `cargo xtask demo`: the wheel, the sandbox, and scripts that use both.

use crate::run::{quiet, run, say};
use crate::sandbox::Sandbox;
use crate::tools::Venv;
use crate::{place, python};
use anyhow::Result;
use std::path::Path;
use std::process::Command;

/// One for each family.
const SCRIPTS: [&str; 2] = ["bindings-py/examples/demo.py", "bindings-py/examples/project_demo.py"];

/// Builds the wheel, installs it by itself, and runs the demo scripts against a sandbox.
///
/// # Errors
/// When something does not build or a script fails.
pub fn demo() -> Result<()> {
    say("build", "the Python wheel and the sandbox server (a first build takes minutes, the next one seconds)");
    start(run)
}

/// Does the same without showing what the scripts print, unless one fails.
///
/// # Errors
/// When something does not build or a script fails.
pub fn check() -> Result<()> {
    start(|script| quiet(script).map(drop))
}

fn start(run: impl Fn(&mut Command) -> Result<()>) -> Result<()> {
    let venv = installed(&place::target().join("demo"))?;
    let sandbox = Sandbox::start()?;
    SCRIPTS.iter().try_for_each(|script| {
        say("run", script);
        run(sandbox.lend(venv.program("python").arg(script)))
    })
}

/// An environment that holds the wheel of these sources and nothing else.
fn installed(folder: &Path) -> Result<Venv> {
    let wheel = python::wheel(&python::tools()?, &["--profile", "dev", "--compatibility", "linux"], &folder.join("wheel"))?;
    say("install", &format!("{} into an empty environment", wheel.file_name().unwrap_or_default().to_string_lossy()));
    let venv = Venv::empty(&folder.join("python"))?;
    python::install(&wheel, &venv)?;
    Ok(venv)
}
