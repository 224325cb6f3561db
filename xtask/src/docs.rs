//! `cargo xtask test docs`: every code block of the documentation runs, or says that it cannot.

use crate::blocks::{Block, blocks};
use crate::run::{follow, say};
use crate::sandbox::Sandbox;
use crate::tally::Tally;
use crate::{place, python, tracked};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::Path;

/// Kinds of blocks with nothing to run: they show output, a tree, a picture or a change.
const NOT_CODE: &[&str] = &["text", "mermaid", "diff"];

/// Runs every page.
///
/// # Errors
/// When the package or the sandbox does not build, or the command is interrupted.
pub fn all() -> Result<Tally> {
    let mut tally = Tally::default();
    for name in tracked::files(".md")? {
        tally += run_page(&name, &fs::read_to_string(place::root().join(&name))?)?;
    }
    Ok(tally)
}

fn run_page(name: &str, text: &str) -> Result<Tally> {
    let blocks = blocks(text);
    let mut tally = Tally::default();
    let (python, others): (Vec<_>, Vec<_>) = blocks.iter().partition(|block| block.kind == "python");
    for block in others.into_iter().filter(|block| !NOT_CODE.contains(&block.kind.as_str())) {
        tally += outcome(name, block, check(block, &place::root().join(name)));
    }
    if !python.is_empty() {
        tally += run_python(name, &python)?;
    }
    tally += links(name, text);
    Ok(tally)
}

fn check(block: &Block, page: &Path) -> Result<()> {
    match block.kind.as_str() {
        "sh" | "bash" | "console" => block.text.lines().try_for_each(check_shell),
        "json" => serde_json::from_str::<serde_json::Value>(&block.text).map(drop).context("not JSON"),
        "rust" => check_rust(page),
        "js" | "ts" => check_js(page),
        "kotlin" => check_sample(&block.text, "bindings-uniffi/kotlin/src/test/kotlin/io/github/larkspur/samples"),
        "swift" => check_sample(&block.text, "bindings-uniffi/swift/Samples"),
        "" => bail!("the block names no kind; write ```text where nothing can run"),
        kind => bail!("nothing runs a block of the kind `{kind}`"),
    }
}

/// A line of a shell block is a command of this repository, or one that comes before all others.
fn check_shell(line: &str) -> Result<()> {
    let line = line.split(" #").next().unwrap_or_default().trim().trim_start_matches("$ ");
    if let Some(words) = line.strip_prefix("cargo xtask ") {
        let words: Vec<_> = words.split_whitespace().map(str::to_owned).collect();
        return crate::find(&words).map(drop);
    }
    let known = matches!(line, "" | "cargo xtask") || line.starts_with('#');
    if known || line == format!("pip install {}", python::NAME) { Ok(()) } else { bail!("nothing checks `{line}`") }
}

/// The samples of these pages run with the part `browser`; its tests count that none is left out.
fn check_js(page: &Path) -> Result<()> {
    let run = ["docs/web.md", "bindings-wasm/README.md"];
    if run.iter().any(|name| page.ends_with(name)) { Ok(()) } else { bail!("only the samples of {} run", run.join(" and ")) }
}

/// A block of a compiled language is part of a sample that the tests of its package run.
fn check_sample(block: &str, folder: &str) -> Result<()> {
    let lines = |text: &str| text.lines().map(|line| format!("{}\n", line.trim())).collect::<String>();
    let samples = fs::read_dir(place::root().join(folder))?.map(|entry| Ok(fs::read_to_string(entry?.path())?));
    let samples = samples.collect::<Result<Vec<_>>>()?;
    let is_part = samples.iter().any(|sample| lines(sample).contains(&lines(block)));
    if is_part { Ok(()) } else { bail!("no sample in {folder} has these lines, so nothing runs them") }
}

/// A crate that takes its README as documentation has its Rust blocks run by `cargo test`.
fn check_rust(page: &Path) -> Result<()> {
    let source = page.with_file_name("src").join("lib.rs");
    let included = fs::read_to_string(&source).is_ok_and(|text| text.contains(r#"include_str!("../README.md")"#));
    if page.ends_with("README.md") && included { Ok(()) } else { bail!("no crate takes this page as documentation, so nothing runs it") }
}

/// Runs the Python blocks of one page in one process, in order, so that a later one may use an earlier one's names.
fn run_python(name: &str, blocks: &[&Block]) -> Result<Tally> {
    let sources: Vec<_> = blocks.iter().map(|block| serde_json::json!([block.line, block.text])).collect();
    let sandbox = Sandbox::start()?;
    let mut process = python::develop()?.program("python");
    process.args(["-c", include_str!("docs.py"), name, &serde_json::to_string(&sources)?]);
    let (mut tally, mut printed) = (Tally::default(), Vec::new());
    follow(sandbox.lend(&mut process), |line| match line.strip_prefix('\u{1}').and_then(|report| report.split_once(' ')) {
        Some((word, number)) => tally += python_outcome(word, &format!("{name}:{number} python"), &std::mem::take(&mut printed)),
        None => printed.push(line.to_owned()),
    })?;
    // A block that ends the process would hide the ones after it.
    tally.failed += blocks.len() - (tally.passed + tally.failed);
    Ok(tally)
}

/// What `docs.py` reports of one block; what was printed until then matters if it failed.
fn python_outcome(word: &str, what: &str, printed: &[String]) -> Tally {
    say(word, what);
    if word != "ok" {
        printed.iter().for_each(|line| println!("{:14}{line}", ""));
    }
    Tally::one(word == "ok")
}

/// Checks that what the page links to in this repository exists; one check a page.
fn links(name: &str, text: &str) -> Tally {
    let folder = place::root().join(name).parent().map(Path::to_path_buf).unwrap_or_default();
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
    let own = targets.filter(|target| !target.is_empty() && !target.contains("://"));
    let missing: Vec<_> = own.filter(|target| !folder.join(target).exists()).collect();
    if !missing.is_empty() {
        say("failed", &format!("{name} links to {}, which is not there", missing.join(", ")));
    }
    Tally::one(missing.is_empty())
}

fn outcome(name: &str, block: &Block, outcome: Result<()>) -> Tally {
    match &outcome {
        Ok(()) => say("ok", &format!("{name}:{} {}", block.line, block.kind)),
        Err(error) => say("failed", &format!("{name}:{} {}: {error:#}", block.line, block.kind)),
    }
    Tally::one(outcome.is_ok())
}
