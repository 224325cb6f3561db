//! `cargo xtask bench`: each part measures itself beside its peers and writes its rows; the table is printed here.

use crate::parts::is_wanted;
use crate::place;
use crate::run::{cargo, quiet, run as run_program, say};
use crate::{browser, kotlin, swift};
use crate::{python, tools::Venv};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;

/// One part: the program that measures; it takes `--out FILE` and writes its rows there.
struct Part {
    name: &'static str,
    program: fn() -> Result<Command>,
}

const PARTS: &[Part] = &[
    Part { name: "core", program: || Ok(core_program()) },
    Part { name: "python", program: python_program },
    Part { name: "npm", program: npm_program },
    Part { name: "kotlin", program: kotlin::bench },
    Part { name: "swift", program: swift::bench },
    Part { name: "browser", program: browser::bench },
];

/// What the Python part measures Larkspur against.
const PEERS: &str = "lark-oapi==1.7.5\naiohttp==3.14.5";

/// The names that can follow the command.
pub fn names() -> Vec<&'static str> {
    PARTS.iter().map(|part| part.name).collect()
}

/// Measures the parts that are named, or all, and prints their tables.
///
/// # Errors
/// When a part breaks, or a row misses what it needs.
pub fn run(named: &[String]) -> Result<()> {
    let mut missed = 0;
    for part in PARTS.iter().filter(|part| is_wanted(part.name, named)) {
        let rows = measured(part)?;
        missed += rows.iter().filter(|row| row["holds"] == Value::Bool(false)).count();
        print!("{}", table(&rows));
    }
    if missed > 0 { bail!("{missed} rows miss what they need") } else { Ok(()) }
}

fn measured(part: &Part) -> Result<Vec<Value>> {
    let folder = place::target().join("bench");
    fs::create_dir_all(&folder)?;
    let file = folder.join(format!("{}.json", part.name));
    // Rows of an earlier run are no answer for this one.
    if file.exists() {
        fs::remove_file(&file)?;
    }
    say("measure", part.name);
    run_program((part.program)()?.arg("--out").arg(&file))?;
    read(&file).with_context(|| format!("the bench of {} left no rows in {}", part.name, file.display()))
}

fn core_program() -> Command {
    cargo(&["run", "--release", "--quiet", "--package", "larkspur-bench", "--"])
}

/// Larkspur as it ships (a release wheel) and its peers, in one environment.
fn python_program() -> Result<Command> {
    let venv = Venv::with("python-peers", PEERS)?;
    say("build", "the Python wheel and the servers of the bench (release)");
    let words = ["--release", "--strip", "--compatibility", "linux"];
    python::install(&python::wheel(&python::tools()?, &words, &place::target().join("bench").join("wheel"))?, &venv)?;
    build_servers()?;
    let mut script = venv.program("python");
    script.arg("tests/bench/python/bench.py");
    for (option, program) in [("--server", "bench-server"), ("--reqwest", "bench-reqwest")] {
        script.arg(option).arg(place::program("release", program));
    }
    Ok(script)
}

/// The npm package as it is published and its peers, in a folder as a user's project has it.
fn npm_program() -> Result<Command> {
    let mut node = browser::script("bench/node.mjs")?;
    say("build", "the servers of the bench (release)");
    build_servers()?;
    node.arg("--server").arg(place::program("release", "bench-server"));
    Ok(node)
}

fn build_servers() -> Result<()> {
    quiet(&mut cargo(&["build", "--release", "--quiet", "--package", "larkspur-bench", "--bins"])).map(drop)
}

fn read(file: &Path) -> Result<Vec<Value>> {
    let rows: Vec<Value> = serde_json::from_slice(&fs::read(file)?)?;
    if rows.is_empty() { bail!("no rows") } else { Ok(rows) }
}

/// The rows as a table for a person; `spread` is shown where a row has it.
fn table(rows: &[Value]) -> String {
    let head = ["work", "ours", "peer", "peer is", "ratio", "need", "holds", "spread"].map(str::to_owned);
    let lines: Vec<_> = std::iter::once(head).chain(rows.iter().map(cells)).collect();
    let width = |column: usize| lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0);
    let pad = |line: &[String; 8]| {
        let cells = line.iter().enumerate().map(|(column, cell)| format!("{cell:<width$}", width = width(column)));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    lines.iter().map(|line| pad(line) + "\n").collect()
}

fn cells(row: &Value) -> [String; 8] {
    let unit = text(&row["unit"]);
    let measured = |value: &Value| if value.is_null() { "–".to_owned() } else { format!("{} {unit}", text(value)) };
    let holds = match row["holds"].as_bool() {
        Some(true) => "yes",
        Some(false) => "NO",
        None => "–",
    };
    [
        text(&row["work"]),
        measured(&row["ours"]),
        measured(&row["peer"]),
        text(&row["peer_name"]),
        text(&row["ratio"]),
        text(&row["need"]),
        holds.to_owned(),
        text(&row["spread"]),
    ]
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(number) => number.as_f64().map_or_else(|| number.to_string(), short),
        other => other.to_string(),
    }
}

/// Three digits that matter.
fn short(number: f64) -> String {
    match number.abs() {
        size if size >= 100.0 => format!("{number:.0}"),
        size if size >= 10.0 => format!("{number:.1}"),
        _ => format!("{number:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::table;
    use serde_json::json;

    #[test]
    fn shows_a_row_that_misses_and_one_without_a_peer() {
        let rows = [
            json!({"work": "call", "unit": "/s", "ours": 7000.4, "peer": 900, "peer_name": "x", "ratio": 7.778, "need": 8, "holds": false}),
            json!({"work": "import", "unit": "ms", "ours": 31.25, "holds": true}),
        ];
        let table = table(&rows);
        let lines: Vec<Vec<&str>> = table.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(lines[1], ["call", "7000", "/s", "900", "/s", "x", "7.78", "8.00", "NO", "–"]);
        assert_eq!(lines[2], ["import", "31.2", "ms", "–", "–", "–", "–", "yes", "–"]);
    }
}
