//! `cargo xtask test lint`: formatting, lints, documentation, types, purity and the data of the catalogue.

use crate::parts::{conclude, is_wanted};
use crate::python;
use crate::run::{self, cargo, quiet, say};
use crate::tally::Tally;
use crate::{catalog, committed, place, purity};
use anyhow::Result;
use std::time::Instant;

/// One check that holds or does not, as it is named on the command line.
struct Lint {
    name: &'static str,
    check: fn() -> Result<()>,
}

/// The checks in the order in which they run, the quick ones first.
const LINTS: &[Lint] = &[
    Lint { name: "fmt", check: || passes(&["fmt", "--all", "--check"]) },
    Lint { name: "committed", check: committed::check },
    Lint { name: "catalog", check: catalog::check },
    Lint { name: "purity", check: purity::core },
    Lint { name: "features", check: purity::shipped },
    Lint { name: "clippy", check: clippy },
    Lint { name: "rustdoc", check: rustdoc },
    Lint { name: "ruff-format", check: || ruff(&["format", "--check"]) },
    Lint { name: "ruff", check: || ruff(&["check"]) },
    Lint { name: "mypy", check: mypy },
    Lint { name: "stubs", check: stubs },
];

/// The names that can follow the command.
pub fn names() -> Vec<&'static str> {
    LINTS.iter().map(|lint| lint.name).collect()
}

/// Runs the checks that are named, or all; the last line is `N passed, N failed`.
///
/// # Errors
/// When the command is interrupted; a failed check ends the process with code 1.
pub fn run(named: &[String]) -> Result<()> {
    conclude(tally(named)?)
}

/// Runs the checks that are named, or all, and counts each as one test.
///
/// # Errors
/// When the command is interrupted.
pub fn tally(named: &[String]) -> Result<Tally> {
    let mut tally = Tally::default();
    for lint in LINTS.iter().filter(|lint| is_wanted(lint.name, named)) {
        let start = Instant::now();
        let outcome = (lint.check)();
        if run::stopped() {
            outcome?;
        } else {
            tally += report(lint.name, outcome, start);
        }
    }
    Ok(tally)
}

fn report(name: &str, outcome: Result<()>, start: Instant) -> Tally {
    match &outcome {
        Ok(()) => say("ok", &format!("{name} ({:.1} s)", start.elapsed().as_secs_f64())),
        Err(error) => say("failed", &format!("{name}: {error:#}")),
    }
    Tally::one(outcome.is_ok())
}

fn passes(words: &[&str]) -> Result<()> {
    quiet(&mut cargo(words)).map(drop)
}

/// Everything there is, and the core as the smallest build takes it.
fn clippy() -> Result<()> {
    passes(&["clippy", "--workspace", "--all-targets", "--all-features", "--quiet", "--", "--deny", "warnings"])?;
    passes(&["clippy", "--package", "larkspur-core", "--no-default-features", "--quiet", "--", "--deny", "warnings"])
}

fn rustdoc() -> Result<()> {
    let mut doc = cargo(&["doc", "--workspace", "--all-features", "--no-deps", "--quiet"]);
    quiet(doc.env("RUSTDOCFLAGS", "--deny warnings")).map(drop)
}

fn ruff(words: &[&str]) -> Result<()> {
    quiet(python::tools()?.program("ruff").args(words)).map(drop)
}

fn mypy() -> Result<()> {
    let mut mypy = python::develop()?.program("mypy");
    mypy.current_dir(place::root().join(python::FOLDER)).args(["--strict", "python/larkspur"]);
    quiet(&mut mypy).map(drop)
}

fn stubs() -> Result<()> {
    let mut stubtest = python::develop()?.program("stubtest");
    stubtest.current_dir(place::root().join(python::FOLDER)).arg("larkspur._native");
    quiet(&mut stubtest).map(drop)
}
