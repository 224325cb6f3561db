//! The commands of this repository. `cargo xtask` alone lists them.

mod place;
mod run;

use anyhow::{Result, bail};
use std::process::ExitCode;

/// One command: its words, what it does, and the code behind it, which gets the words that follow.
struct Command {
    words: &'static str,
    about: &'static str,
    run: fn(&[String]) -> Result<()>,
}

/// Every command, in the order of the usage text. The longest match of words wins.
const COMMANDS: &[Command] = &[];

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
    run::watch_signals()?;
    let Some((command, rest)) = find(arguments) else {
        bail!("no command `{}`\n\n{}", arguments.join(" "), usage());
    };
    (command.run)(rest)
}

fn find(arguments: &[String]) -> Option<(&'static Command, &[String])> {
    let matching = |command: &&Command| starts_with(arguments, command.words);
    let command = COMMANDS.iter().filter(matching).max_by_key(|command| command.words.len())?;
    Some((command, arguments.get(command.words.split(' ').count()..).unwrap_or_default()))
}

fn starts_with(arguments: &[String], words: &str) -> bool {
    let mut given = arguments.iter();
    words.split(' ').all(|word| given.next().is_some_and(|argument| argument == word))
}

fn usage() -> String {
    let mut text = String::from("usage: cargo xtask COMMAND\n\n");
    for command in COMMANDS {
        text += &format!("  {:<18} {}\n", command.words, command.about);
    }
    text
}
