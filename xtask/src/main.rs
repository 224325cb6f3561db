//! The commands of this repository. `cargo xtask` alone lists them.

mod aar;
mod bench;
mod blocks;
mod browser;
mod catalog;
mod committed;
mod demo;
mod docs;
mod kotlin;
mod lint;
mod npm;
mod package;
mod parts;
mod place;
mod purity;
mod python;
mod python_tests;
mod redis;
mod run;
mod runner;
mod sandbox;
mod swift;
mod swift_tools;
mod tally;
mod test;
mod tools;
mod tracked;
mod uniffi;
mod wasm;

use anyhow::{Result, bail};
use std::process::ExitCode;

/// One command: its words, the parts that may follow them, what it does, and the code behind it, which gets the parts.
struct Command {
    words: &'static str,
    parts: fn() -> Vec<&'static str>,
    about: &'static str,
    run: fn(&[String]) -> Result<()>,
}

/// Every command, in the order of the usage text.
const COMMANDS: &[Command] = &[
    Command {
        words: "demo",
        parts: || vec!["--web"],
        about: "the main job against the embedded sandbox server; --web: as a page in your browser",
        run: |parts| if parts.is_empty() { demo::demo() } else { browser::demo() },
    },
    Command { words: "test", parts: test::names, about: "all tests, or the parts named; ends with `N passed, N failed`", run: test::run },
    Command { words: "lint", parts: lint::names, about: "the checks of `test lint`, or those named", run: lint::run },
    Command { words: "bench", parts: bench::names, about: "speed and size beside the peers, into target/bench", run: bench::run },
    Command {
        words: "catalog check",
        parts: Vec::new,
        about: "the catalogue against its rules; its counts and sizes",
        run: |_| catalog::check(),
    },
    Command { words: "package", parts: package::names, about: "what would be published, into dist", run: package::run },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match start(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn start(arguments: &[String]) -> Result<()> {
    if arguments.is_empty() || arguments.iter().any(|word| word == "--help" || word == "-h") {
        print!("{}", usage());
        return Ok(());
    }
    let (command, parts) = find(arguments)?;
    run::watch_signals()?;
    (command.run)(parts)
}

/// The command that these words name, and its parts.
///
/// # Errors
/// When there is no such command, or it has no such part.
fn find(arguments: &[String]) -> Result<(&'static Command, &[String])> {
    let Some(command) = COMMANDS.iter().find(|command| starts_with(arguments, command.words)) else {
        bail!("no command `{}`\n\n{}", arguments.join(" "), usage());
    };
    let parts = arguments.get(command.words.split(' ').count()..).unwrap_or_default();
    let known = (command.parts)();
    if let Some(unknown) = parts.iter().find(|part| !known.contains(&part.as_str())) {
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        bail!("`{}` has no part `{unknown}`; it has {known}", command.words);
    }
    Ok((command, parts))
}

fn starts_with(arguments: &[String], words: &str) -> bool {
    let mut given = arguments.iter();
    words.split(' ').all(|word| given.next().is_some_and(|argument| argument == word))
}

fn usage() -> String {
    let mut text = String::from("usage: cargo xtask COMMAND [PART…]\n\n");
    for command in COMMANDS {
        text += &format!("  {:<14} {}\n", command.words, command.about);
        let parts = (command.parts)();
        if !parts.is_empty() {
            text += &format!("  {:<14} parts: {}\n", "", parts.join(" "));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::find;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn finds_a_command_and_its_parts() {
        let given = words("test rust lint");
        let (command, parts) = find(&given).unwrap();
        assert_eq!((command.words, parts), ("test", &given[1..]));
    }

    #[test]
    fn refuses_what_does_not_exist() {
        assert!(find(&words("tset")).err().unwrap().to_string().starts_with("no command `tset`"));
        assert_eq!(
            find(&words("test perl")).err().unwrap().to_string(),
            "`test` has no part `perl`; it has lint, rust, python, npm, browser, kotlin, swift, docs"
        );
    }
}
