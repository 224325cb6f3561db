//! Commands of several parts: which of them run, and what is counted.

use crate::run::{say, stopped};
use crate::tally::Tally;
use anyhow::Result;

/// Whether a part runs: none named means all of them.
pub fn is_wanted(name: &str, named: &[String]) -> bool {
    named.is_empty() || named.iter().any(|wanted| wanted == name)
}

/// Ends a command that counted: the counts alone on the last line, and code 1 if anything failed.
pub fn conclude(total: Tally) -> Result<()> {
    println!("\n{} passed, {} failed", total.passed, total.failed);
    if total.failed > 0 { std::process::exit(1) } else { Ok(()) }
}

/// Shows why something could not run and counts it as one failure.
///
/// # Errors
/// When the command is interrupted: then there is nothing left to count.
pub fn failure(error: anyhow::Error) -> Result<Tally> {
    if stopped() {
        return Err(error);
    }
    say("failed", &format!("{error:#}"));
    Ok(Tally::one(false))
}
