//! The npm package in a real browser: the tests, the demo page, and the folder in which both find what they need.

use crate::run::{quiet, run, say};
use crate::runner::runner;
use crate::sandbox::Sandbox;
use crate::tally::Tally;
use crate::{npm, place, tools};
use anyhow::Result;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What drives the browser, and the bundlers that users have.
const PACKAGES: &[&str] =
    &["playwright-core@1.65.1", "vite@8.3.8", "webpack@5.112.2", "webpack-cli@7.3.1", "esbuild@0.28.2", "@larksuiteoapi/node-sdk@1.74.0"];

/// The folders of this repository that run beside the installed package, as those of a user do.
const FOLDERS: &[(&str, &str)] = &[("bindings-wasm/demo", "demo"), ("bindings-wasm/tests", "tests"), ("tests/bench/npm", "bench")];

/// Runs the tests in headless Chromium: pages behind the proxy, the vectors, the bundlers, the demo page, the samples of the guide.
///
/// # Errors
/// When something cannot be built or installed, or the command is interrupted.
pub fn all() -> Result<Tally> {
    let stage = stage()?;
    let mut node = node(&stage)?;
    node.args(["--test", "--test-concurrency=1", "--test-reporter=spec"]).args(tests(&stage)?);
    runner(node.env("LARKSPUR_SANDBOX", crate::sandbox::program()?))
}

/// Serves the demo page, the proxy and a sandbox until the command is interrupted.
///
/// # Errors
/// When something does not build, or the server fails.
pub fn demo() -> Result<()> {
    say("build", "the npm package and the sandbox server (a first build takes minutes, the next one seconds)");
    let mut server = script("demo/server.mjs")?;
    let sandbox = Sandbox::start()?;
    say("run", "bindings-wasm/demo/server.mjs; open the address below in a browser, Ctrl-C ends it");
    run(sandbox.lend(&mut server))
}

/// What `bench browser` runs.
///
/// # Errors
/// When something cannot be built or installed.
pub fn bench() -> Result<Command> {
    let mut node = node(&stage()?)?;
    node.arg("bench/browser.mjs").env("LARKSPUR_SANDBOX", crate::sandbox::program()?);
    Ok(node)
}

/// Node about to run a script beside the installed package.
///
/// # Errors
/// When something cannot be built or installed.
pub fn script(file: &str) -> Result<Command> {
    let mut node = Command::new("node");
    node.current_dir(stage()?).arg(file);
    Ok(node)
}

/// The files of tests; the oldest Node that is supported cannot find them itself.
fn tests(stage: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for folder in ["browser", "bundlers"] {
        let entries: std::io::Result<Vec<_>> = fs::read_dir(stage.join("tests").join(folder))?.collect();
        files.extend(entries?.into_iter().map(|entry| entry.path()).filter(|path| path.to_string_lossy().ends_with(".test.mjs")));
    }
    files.sort();
    Ok(files)
}

/// Node in the stage, told where Chromium, the vectors and the guide are.
fn node(stage: &Path) -> Result<Command> {
    let mut node = Command::new("node");
    node.current_dir(stage).env("LARKSPUR_CHROMIUM", chromium()?);
    node.env("LARKSPUR_VECTORS", place::root().join("tests/vectors")).env("LARKSPUR_GUIDE", place::root().join("docs/web.md"));
    Ok(node)
}

/// Chromium of the system, or Chrome, or the browser that `LARKSPUR_CHROMIUM` names.
fn chromium() -> Result<String> {
    if let Ok(path) = std::env::var("LARKSPUR_CHROMIUM") {
        return Ok(path);
    }
    let find = || quiet(Command::new("sh").args(["-c", "command -v chromium || command -v chromium-browser || command -v google-chrome"]));
    let found = find().or_else(|_| tools::program("chromium", "120", &["chromium"]).and_then(|()| find()))?;
    Ok(found.trim().to_owned())
}

/// A folder as a user's project has it: the package unpacked from what `npm pack` made, the other tools beside it.
fn stage() -> Result<PathBuf> {
    let tarball = npm::tarball()?;
    let folder = tools::npm("browser", PACKAGES)?;
    let package = folder.join("node_modules/larkspur");
    place::fresh(&package)?;
    let mut tar = Command::new("tar");
    quiet(tar.arg("-xzf").arg(&tarball).arg("-C").arg(&package).arg("--strip-components=1"))?;
    for (from, to) in FOLDERS {
        let to = folder.join(to);
        place::fresh(&to)?;
        place::copy(&place::root().join(from), &to)?;
    }
    Ok(folder)
}
