//! `cargo xtask test`: the parts, what each counts, and the one line at the end.

use crate::run::{self, cargo, say};
use crate::tally::Tally;
use crate::{docs, lint, python_tests};
use anyhow::Result;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// One part of the tests, as it is named on the command line.
struct Part {
    name: &'static str,
    run: fn() -> Result<Tally>,
}

/// The parts in the order in which they run.
const PARTS: &[Part] = &[
    Part { name: "lint", run: || lint::tally(&[]) },
    Part { name: "rust", run: rust },
    Part { name: "python", run: python_tests::all },
    Part { name: "docs", run: docs::all },
];

/// The names that can follow the command.
pub fn names() -> Vec<&'static str> {
    PARTS.iter().map(|part| part.name).collect()
}

/// Runs the parts that are named, or all; the last line is `N passed, N failed`.
///
/// # Errors
/// When the command is interrupted; a failed test ends the process with code 1.
pub fn run(named: &[String]) -> Result<()> {
    let mut total = Tally::default();
    for part in PARTS.iter().filter(|part| is_wanted(part.name, named)) {
        total += run_part(part)?;
    }
    conclude(total)
}

/// Whether a part runs: none named means all of them.
pub fn is_wanted(name: &str, named: &[String]) -> bool {
    named.is_empty() || named.iter().any(|wanted| wanted == name)
}

/// Ends a command that counted: the counts alone on the last line, and code 1 if anything failed.
pub fn conclude(total: Tally) -> Result<()> {
    println!("\n{} passed, {} failed", total.passed, total.failed);
    if total.failed > 0 { std::process::exit(1) } else { Ok(()) }
}

/// A part that breaks or runs no test counts as one failure; only an interruption ends the run.
fn run_part(part: &Part) -> Result<Tally> {
    let name = part.name;
    println!("\n── {name} ──");
    let start = Instant::now();
    let mut tally = (part.run)().or_else(failure)?;
    if tally == Tally::default() {
        say("failed", &format!("{name} ran no test"));
        tally.failed = 1;
    }
    let skipped = if tally.skipped > 0 { format!(", {} left out", tally.skipped) } else { String::new() };
    let counts = format!("{} passed, {} failed{skipped}", tally.passed, tally.failed);
    say(name, &format!("{counts} in {:.1} s", start.elapsed().as_secs_f64()));
    Ok(tally)
}

/// Shows why something could not run and counts it as one failure.
///
/// # Errors
/// When the command is interrupted: then there is nothing left to count.
pub fn failure(error: anyhow::Error) -> Result<Tally> {
    if run::stopped() {
        return Err(error);
    }
    say("failed", &format!("{error:#}"));
    Ok(Tally::one(false))
}

/// Every Rust test of the workspace, those in the documentation included.
fn rust() -> Result<Tally> {
    runner(&mut cargo(&["test", "--workspace", "--no-fail-fast"]))
}

/// Runs a test runner, shows what is worth reading of its output, and counts its tests.
///
/// # Errors
/// When it cannot be started or the command is interrupted.
pub fn runner(command: &mut Command) -> Result<Tally> {
    say("run", &run::shown(command));
    let counts = Arc::new(Mutex::new(Tally::default()));
    let shared = Arc::clone(&counts);
    let status = run::follow(command, move |line| {
        if let Some(counted) = Tally::read(line) {
            *shared.lock().unwrap_or_else(PoisonError::into_inner) += counted;
        }
        if is_worth_reading(line) {
            println!("{:14}{line}", "");
        }
    })?;
    let mut tally = *counts.lock().unwrap_or_else(PoisonError::into_inner);
    if !status.success() && tally.failed == 0 {
        say("failed", &format!("{} ({status})", run::shown(command)));
        tally.failed = 1;
    }
    Ok(tally)
}

/// Progress and single passed tests are noise; everything else may explain a failure.
fn is_worth_reading(line: &str) -> bool {
    let word = line.trim_start().split(' ').next().unwrap_or_default();
    let builds = ["Compiling", "Downloading", "Downloaded", "Finished", "Updating", "Locking", "Adding", "Blocking", "Fresh"];
    let passed = line.starts_with("test ") && line.ends_with("... ok");
    let empty = line.trim().is_empty() || line.starts_with("test result: ok. 0 passed; 0 failed; 0 ignored");
    let started = line.starts_with("running ") && (line.ends_with(" tests") || line.ends_with(" test"));
    !(builds.contains(&word) || passed || empty || started)
}

#[cfg(test)]
mod tests {
    use super::is_worth_reading;

    #[test]
    fn hides_progress_and_shows_failures() {
        for noise in [
            "   Compiling serde v1.0.0",
            "test a::b ... ok",
            "running 3 tests",
            "",
            "test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured",
        ] {
            assert!(!is_worth_reading(noise), "{noise}");
        }
        for news in ["test a::b ... FAILED", "thread 'a' panicked at b.rs:1:1:", "test result: ok. 3 passed; 0 failed", "error: x"] {
            assert!(is_worth_reading(news), "{news}");
        }
    }
}
