//! `cargo xtask test python`: the package's own tests, the demo, and the official SDKs against the sandbox.

use crate::parts::failure;
use crate::run::say;
use crate::runner::runner;
use crate::sandbox::Sandbox;
use crate::tally::Tally;
use crate::tools::{Venv, npm, program};
use crate::{place, python};
use anyhow::Result;
use std::process::Command;

const OFFICIAL_PYTHON: &str = "lark-oapi==1.7.5";
const OFFICIAL_NODE: &str = "@larksuiteoapi/node-sdk@1.74.0";

/// Runs all of it.
///
/// # Errors
/// When the command is interrupted.
pub fn all() -> Result<Tally> {
    let mut tally = Tally::default();
    for run in [own, demo, official_python, official_node] {
        tally += run().or_else(failure)?;
    }
    Ok(tally)
}

fn own() -> Result<Tally> {
    program("redis-server", "6", &["redis-server"])?;
    let mut pytest = python::develop()?.program("python");
    pytest.current_dir(place::root().join(python::FOLDER)).args(["-m", "pytest", "--quiet", "-rs", "tests"]);
    runner(pytest.env("LARKSPUR_SANDBOX", crate::sandbox::program()?))
}

fn demo() -> Result<Tally> {
    crate::demo::check()?;
    say("ok", "demo");
    Ok(Tally::one(true))
}

fn official_python() -> Result<Tally> {
    let venv = Venv::with("official-python", OFFICIAL_PYTHON)?;
    official(venv.program("python").arg("tests/sandbox/tests/official_python.py"))
}

fn official_node() -> Result<Tally> {
    let folder = npm("official-node", &[OFFICIAL_NODE])?;
    let script = place::root().join("tests/sandbox/tests/official_node.mjs");
    official(Command::new("node").current_dir(folder).arg(script))
}

/// A script prints `ok: …` for each step that held and breaks at the first that did not.
fn official(script: &mut Command) -> Result<Tally> {
    let sandbox = Sandbox::start()?;
    runner(script.env("SANDBOX_URL", sandbox.url()))
}
