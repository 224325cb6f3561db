//! `cargo xtask test`: the parts, what each counts, and the one line at the end.

use crate::parts::{conclude, failure, is_wanted};
use crate::run::{cargo, say};
use crate::runner::runner;
use crate::tally::Tally;
use crate::{browser, docs, kotlin, lint, npm, python_tests, swift};
use anyhow::Result;
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
    Part { name: "npm", run: npm::all },
    Part { name: "browser", run: browser::all },
    Part { name: "kotlin", run: kotlin::all },
    Part { name: "swift", run: swift::all },
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

/// Every Rust test of the workspace, those in the documentation included.
fn rust() -> Result<Tally> {
    runner(&mut cargo(&["test", "--workspace", "--no-fail-fast"]))
}
