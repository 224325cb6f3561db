//! `cargo xtask test lint`: formatting, lints, documentation, types, purity and the data of the catalogue.

use crate::python;
use crate::run::{self, cargo, quiet, say};
use crate::tally::Tally;
use crate::tools::Venv;
use crate::{committed, purity};
use anyhow::Result;
use std::time::Instant;

/// One check that holds or does not.
struct Lint {
    name: &'static str,
    check: fn() -> Result<()>,
}

const LINTS: &[Lint] = &[
    Lint { name: "cargo fmt", check: || passes(&["fmt", "--all", "--check"]) },
    Lint { name: "committed files", check: committed::check },
    Lint { name: "purity of the core", check: purity::core },
    Lint { name: "features of what is shipped", check: purity::shipped },
    Lint { name: "cargo clippy", check: clippy },
    Lint { name: "cargo doc", check: rustdoc },
    Lint { name: "ruff format", check: || ruff(&["format", "--check"]) },
    Lint { name: "ruff check", check: || ruff(&["check"]) },
    Lint { name: "mypy --strict", check: mypy },
    Lint { name: "stubtest", check: stubtest },
];

/// Runs every check and counts it as one test.
///
/// # Errors
/// When the command is interrupted.
pub fn all() -> Result<Tally> {
    let mut tally = Tally::default();
    for lint in LINTS {
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

fn clippy() -> Result<()> {
    passes(&["clippy", "--workspace", "--all-targets", "--quiet", "--", "--deny", "warnings"])
}

fn rustdoc() -> Result<()> {
    let mut doc = cargo(&["doc", "--workspace", "--no-deps", "--quiet", "--document-private-items"]);
    quiet(doc.env("RUSTDOCFLAGS", "--deny warnings")).map(drop)
}

fn ruff(words: &[&str]) -> Result<()> {
    quiet(python::tools()?.program("ruff").args(words)).map(drop)
}

fn mypy() -> Result<()> {
    let venv: Venv = python::develop()?;
    let mut mypy = venv.program("mypy");
    mypy.current_dir(crate::place::root().join(python::FOLDER)).args(["--strict", "python/larkspur"]);
    quiet(&mut mypy).map(drop)
}

fn stubtest() -> Result<()> {
    let mut stubtest = python::develop()?.program("stubtest");
    stubtest.current_dir(crate::place::root().join(python::FOLDER)).arg("larkspur._native");
    quiet(&mut stubtest).map(drop)
}
