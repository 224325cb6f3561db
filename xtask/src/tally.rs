//! Counts of passed and failed tests, read from what the test runners print.

use std::ops::AddAssign;

/// How many tests passed, failed and were left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Tests that ran and held.
    pub passed: usize,
    /// Tests that ran and did not hold.
    pub failed: usize,
    /// Tests the runner left out.
    pub skipped: usize,
}

impl Tally {
    /// One test more, by its outcome.
    pub fn one(held: bool) -> Self {
        Self { passed: usize::from(held), failed: usize::from(!held), skipped: 0 }
    }

    /// The counts in a closing line of cargo, pytest, Node's test runner or Maven, and in the line `ok: …` of a script for each
    /// step that held; nothing for any other line.
    pub fn read(line: &str) -> Option<Self> {
        let line = line.trim_matches(|letter: char| letter == '=' || letter.is_whitespace());
        if line.starts_with("ok: ") {
            return Some(Self::one(true));
        }
        if let Some(counts) = line.strip_prefix("test result: ") {
            return Some(counted(counts));
        }
        if let Some(test) = line.strip_prefix("✔ Test ").or_else(|| line.strip_prefix("✘ Test ")) {
            return swift(test);
        }
        if let Some((_, counts)) = line.split_once("Tests run: ") {
            return maven(counts);
        }
        if let Some(count) = line.strip_prefix("# ").or_else(|| line.strip_prefix("ℹ ")) {
            return node(count);
        }
        is_pytest(line).then(|| counted(line))
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, more: Self) {
        self.passed += more.passed;
        self.failed += more.failed;
        self.skipped += more.skipped;
    }
}

/// Pytest closes with `3 passed, 1 skipped in 0.12s`.
fn is_pytest(line: &str) -> bool {
    let Some((counts, time)) = line.rsplit_once(" in ") else { return false };
    let seconds = time.split_once('s').map_or("", |(seconds, _)| seconds);
    let mut items = counts.split(", ");
    seconds.parse::<f64>().is_ok()
        && items.all(|item| count_and_word(item).is_some_and(|(count, word)| add(&mut Tally::default(), count, word)))
}

fn counted(line: &str) -> Tally {
    let mut tally = Tally::default();
    let items = line.split([',', ';', '.']).map(|item| item.split(" in ").next().unwrap_or_default());
    for (count, word) in items.filter_map(count_and_word) {
        add(&mut tally, count, word);
    }
    tally
}

fn count_and_word(item: &str) -> Option<(usize, &str)> {
    let (count, word) = item.trim().split_once(' ')?;
    Some((count.parse().ok()?, word))
}

fn node(count: &str) -> Option<Tally> {
    let (word, count) = count.split_once(' ')?;
    let mut tally = Tally::default();
    add(&mut tally, count.parse().ok()?, word).then_some(tally)
}

/// Swift Testing tells of each test and, at the end, of the run; `vector(_:)` has cases that tell of themselves.
fn swift(test: &str) -> Option<Tally> {
    let held = test.contains(" passed after ");
    let told = held || test.contains(" failed after ");
    (told && test.contains(" seconds") && !test.starts_with("run with ") && !test.starts_with("vector(_:)")).then(|| Tally::one(held))
}

/// Maven closes with `Tests run: 5, Failures: 1, Errors: 0, Skipped: 0`; a class ends with the same and its time.
fn maven(counts: &str) -> Option<Tally> {
    let count = |name: &str| {
        let item = counts.split(", ").find_map(|item| item.strip_prefix(name));
        item.and_then(|count| count.trim().parse::<usize>().ok())
    };
    let run = counts.split(',').next()?.parse::<usize>().ok().filter(|_| !counts.contains("Time elapsed"))?;
    let (failed, skipped) = (count("Failures: ")? + count("Errors: ")?, count("Skipped: ")?);
    Some(Tally { passed: run.saturating_sub(failed + skipped), failed, skipped })
}

fn add(tally: &mut Tally, count: usize, word: &str) -> bool {
    match word {
        "passed" | "pass" | "xpassed" => tally.passed += count,
        "failed" | "fail" | "error" | "errors" | "cancelled" => tally.failed += count,
        "ignored" | "skipped" | "deselected" | "todo" | "xfailed" => tally.skipped += count,
        "warning" | "warnings" => {}
        _ => return false,
    }
    true
}

#[cfg(test)]
mod tests {
    use super::Tally;

    fn tally(passed: usize, failed: usize, skipped: usize) -> Option<Tally> {
        Some(Tally { passed, failed, skipped })
    }

    #[test]
    fn reads_the_closing_line_of_each_runner() {
        let cargo = "test result: FAILED. 12 passed; 1 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.31s";
        assert_eq!(Tally::read(cargo), tally(12, 1, 2));
        assert_eq!(Tally::read("==== 3 passed, 1 skipped in 0.12s ===="), tally(3, 0, 1));
        assert_eq!(Tally::read("1 failed, 3 passed, 1 warning, 2 errors in 61.20s (0:01:01)"), tally(3, 3, 0));
        assert_eq!(Tally::read("# pass 7"), tally(7, 0, 0));
        assert_eq!(Tally::read("ℹ fail 2"), tally(0, 2, 0));
        assert_eq!(Tally::read("ok: send a message"), tally(1, 0, 0));
        assert_eq!(Tally::read("✔ Test \"a call\" passed after 0.023 seconds."), tally(1, 0, 0));
        assert_eq!(Tally::read("✘ Test other(_:) failed after 4.100 seconds with 1 issue."), tally(0, 1, 0));
        assert_eq!(Tally::read("✘ Test vector(_:) failed after 4.100 seconds with 1 issue."), None);
        assert_eq!(Tally::read("✘ Test case \"calls: a call\" failed after 0.1 seconds."), tally(0, 1, 0));
        assert_eq!(Tally::read("✘ Test run with 2 tests failed after 4.102 seconds with 1 issue."), None);
        assert_eq!(Tally::read("[ERROR] Tests run: 534, Failures: 1, Errors: 2, Skipped: 3"), tally(528, 3, 3));
    }

    #[test]
    fn takes_no_other_line_for_a_count() {
        for line in [
            "",
            "3 files in 0.1s",
            "no tests ran in 0.01s",
            "# tests 7",
            "collected 3 items",
            "1 passed over",
            "[INFO] Tests run: 2, Failures: 0, Errors: 0, Skipped: 0, Time elapsed: 8 s",
        ] {
            assert_eq!(Tally::read(line), None, "{line}");
        }
    }
}
