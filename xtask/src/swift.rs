//! The Swift package: staged with its library and its generated sources, then built and tested.

use crate::run::{quiet, say};
use crate::runner::runner;
use crate::sandbox::Sandbox;
use crate::swift_tools::{Swift, swift};
use crate::tally::Tally;
use crate::test::failure;
use crate::{place, uniffi};
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// What the format check reads; generated sources are not among them.
const FORMATTED: &[&str] = &["Package.swift", "Sources/Larkspur", "Samples", "Tests"];

/// These measure the process, and so run by themselves.
const ALONE: &str = "CrowdTests";

/// Builds the library and runs the format check and the tests of the package; a warning of the compiler is an error.
///
/// # Errors
/// When something does not build, or the command is interrupted.
pub fn all() -> Result<Tally> {
    let swift = swift()?;
    stage("dev", &folder())?;
    let sandbox = Sandbox::start()?;
    let mut tally = format(&swift).or_else(failure)?;
    for which in ["--skip", "--filter"] {
        tally += tests(&swift, &sandbox, which).or_else(failure)?;
    }
    Ok(tally)
}

/// What is built.
fn folder() -> PathBuf {
    place::target().join("swift")
}

/// Lays the package with its library and its generated sources into `package` of a folder; what has not changed keeps its time, so
/// that it is not compiled again.
fn stage(profile: &str, folder: &Path) -> Result<()> {
    say("build", &format!("the library of the Swift package ({profile})"));
    let (library, package) = (uniffi::library(profile)?, folder.join("package"));
    let generated = folder.join("generated");
    uniffi::generate(&library, "swift", &generated)?;
    let ours = "bindings-uniffi/swift/";
    let files: Vec<String> = place::files("")?.into_iter().filter(|file| file.starts_with(ours)).collect();
    forget(&package, &files.iter().filter_map(|file| file.strip_prefix(ours)).collect::<Vec<_>>())?;
    for file in &files {
        copy(&place::root().join(file), &package.join(file.strip_prefix(ours).unwrap_or(file)))?;
    }
    copy(&generated.join("CLarkspur.h"), &package.join("Sources/CLarkspur/CLarkspur.h"))?;
    copy(&generated.join("LarkspurFFI.swift"), &package.join("Sources/LarkspurFFI/LarkspurFFI.swift"))?;
    copy(&library, &package.join("lib").join(uniffi::library_name()))
}

/// Takes away what an earlier state of the checkout had.
fn forget(package: &Path, files: &[&str]) -> Result<()> {
    for place in ["Sources/Larkspur", "Samples", "Tests"] {
        for entry in walk(&package.join(place))? {
            let name = entry.strip_prefix(package)?.to_string_lossy().into_owned();
            if !files.contains(&name.as_str()) {
                fs::remove_file(entry)?;
            }
        }
    }
    Ok(())
}

fn walk(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    if !folder.exists() {
        return Ok(files);
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { files.extend(walk(&path)?) } else { files.push(path) }
    }
    Ok(files)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let content = fs::read(from).with_context(|| format!("{} cannot be read", from.display()))?;
    if fs::read(to).is_ok_and(|there| there == content) {
        return Ok(());
    }
    fs::create_dir_all(to.parent().unwrap_or(to))?;
    Ok(fs::write(to, content)?)
}

fn format(swift: &Swift) -> Result<Tally> {
    let words = [&["swift", "format", "lint", "--strict", "--recursive"], FORMATTED].concat();
    quiet(&mut swift.command(&folder(), &[], &words))?;
    say("ok", "swift format");
    Ok(Tally::one(true))
}

fn tests(swift: &Swift, sandbox: &Sandbox, which: &str) -> Result<Tally> {
    let variables = [("LARKSPUR_SANDBOX_URL", sandbox.url()), ("LARKSPUR_STRICT", "1")];
    let words = ["swift", "test", "--disable-xctest", which, ALONE];
    runner(&mut swift.command(&folder(), &variables, &words))
}
