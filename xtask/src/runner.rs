//! Test runners: what is worth reading of their output, and how many tests they ran.

use crate::run::{follow, say, shown};
use crate::tally::Tally;
use anyhow::Result;
use std::process::Command;

/// Runs a test runner, shows what is worth reading of its output, and counts its tests.
///
/// # Errors
/// When it cannot be started or the command is interrupted.
pub fn runner(command: &mut Command) -> Result<Tally> {
    say("run", &shown(command));
    count(command)
}

/// Does the same without telling of the command line, which the caller has told in fewer words.
///
/// # Errors
/// When it cannot be started or the command is interrupted.
pub fn count(command: &mut Command) -> Result<Tally> {
    let (mut tally, mut heading) = (Tally::default(), None);
    let status = follow(command, |line| {
        tally += Tally::read(line).unwrap_or_default();
        match worth(line) {
            Worth::Nothing => {}
            Worth::Heading => heading = Some(line.to_owned()),
            Worth::Reading => heading.take().iter().map(String::as_str).chain([line]).for_each(|line| println!("{:14}{line}", "")),
        }
    })?;
    if !status.success() && tally.failed == 0 {
        say("failed", &format!("{} ({status})", shown(command)));
        tally.failed = 1;
    }
    Ok(tally)
}

#[derive(Debug, PartialEq, Eq)]
enum Worth {
    /// Progress, a single test that passed, an empty line.
    Nothing,
    /// Says which tests follow: worth reading if they have something to say.
    Heading,
    Reading,
}

fn worth(line: &str) -> Worth {
    let word = line.trim_start().split(' ').next().unwrap_or_default();
    let builds =
        ["Compiling", "Downloading", "Downloaded", "Finished", "Updating", "Locking", "Adding", "Blocking", "Fresh", "Building", "Build"];
    let passed = line.starts_with("test ") && line.ends_with("... ok");
    let empty = line.trim().is_empty() || line.starts_with("test result: ok. 0 passed; 0 failed; 0 ignored");
    // Node's reporter, whose counts come at the end.
    let node = ["✔", "▶", "﹣"].contains(&word);
    // Swift's: the steps of the build, and what begins.
    let swift = word == "◇" || line.starts_with('[') && line.split_once(']').is_some_and(|(step, _)| step.contains('/'));
    let started = line.starts_with("running ") && (line.ends_with(" tests") || line.ends_with(" test"));
    match word {
        "Running" | "Doc-tests" => Worth::Heading,
        // Maven's, of which its counts are read elsewhere.
        "[INFO]" if !line.contains("Tests run: ") || line.contains("Time elapsed") => Worth::Nothing,
        _ if builds.contains(&word) || passed || node || swift || empty || started => Worth::Nothing,
        _ => Worth::Reading,
    }
}

#[cfg(test)]
mod tests {
    use super::{Worth, worth};

    #[test]
    fn hides_progress_and_shows_failures() {
        let quiet = "test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured";
        for noise in ["   Compiling serde v1.0.0", "test a::b ... ok", "  ✔ a call (1.5ms)", "running 3 tests", "", quiet] {
            assert_eq!(worth(noise), Worth::Nothing, "{noise}");
        }
        for news in ["test a::b ... FAILED", "thread 'a' panicked at b.rs:1:1:", "test result: ok. 3 passed; 0 failed", "error: x"] {
            assert_eq!(worth(news), Worth::Reading, "{news}");
        }
        assert_eq!(worth("     Running unittests src/lib.rs (target/debug/deps/a)"), Worth::Heading);
    }
}
