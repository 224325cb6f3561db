//! `cargo xtask demo`: the wheel, the sandbox, and a script that uses both.

use crate::run::{run, say};
use crate::sandbox::Sandbox;
use crate::tools::Venv;
use crate::{place, python};
use anyhow::Result;
use std::path::Path;

/// Builds the wheel, installs it by itself, and runs the demo script against a sandbox.
///
/// # Errors
/// When something does not build or the script fails.
pub fn demo() -> Result<()> {
    say("build", "the Python wheel and the sandbox server (a first build takes minutes, the next one seconds)");
    let folder = place::target().join("demo");
    let venv = installed(&folder)?;
    let sandbox = Sandbox::start()?;
    say("run", "bindings-py/examples/demo.py");
    let mut script = venv.program("python");
    run(sandbox.lend(script.arg("bindings-py/examples/demo.py")))
}

/// An environment that holds the wheel of these sources and nothing else.
fn installed(folder: &Path) -> Result<Venv> {
    let wheel = python::wheel(&python::tools()?, &["--profile", "dev", "--compatibility", "linux"], &folder.join("wheel"))?;
    say("install", &format!("{} into an empty environment", wheel.file_name().unwrap_or_default().to_string_lossy()));
    let venv = Venv::empty(&folder.join("python"))?;
    python::install(&wheel, &venv)?;
    Ok(venv)
}
