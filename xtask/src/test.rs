//! `cargo xtask test`: the parts, what each counts, and the one line at the end.

use crate::run::{self, cargo, say};
use crate::runner::runner;
use crate::tally::Tally;
use crate::{browser, docs, kotlin, lint, npm, python_tests, swift};
use anyhow::Result;
use std::time::Instant;

/// One part of the tests, as it is named on the command line.
struct Part {
    name: &'static str,
    run: fn() -> Result<Tally>,
    /// Whether it runs only when it is named: it is not finished, or needs what a clean machine has not.
    by_name: bool,
}

/// The parts in the order in which they run.
const PARTS: &[Part] = &[
    Part { name: "lint", run: || lint::tally(&[]), by_name: false },
    Part { name: "rust", run: rust, by_name: false },
    Part { name: "python", run: python_tests::all, by_name: false },
    Part { name: "npm", run: npm::all, by_name: false },
    Part { name: "browser", run: browser::all, by_name: false },
    Part { name: "kotlin", run: kotlin::all, by_name: false },
    Part { name: "swift", run: swift::all, by_name: false },
    Part { name: "docs", run: docs::all, by_name: false },
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
    for part in PARTS.iter().filter(|part| is_wanted(part.name, named) && !(part.by_name && named.is_empty())) {
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
