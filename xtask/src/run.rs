//! Running other programs: each child ends when the command is interrupted or told to stop.

use crate::place;
use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader, PipeReader, pipe};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

/// How long a child may take to end by itself once the command is interrupted.
const GRACE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(20);

static STOP: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// Makes Ctrl-C and a polite kill end the children first, and the command then.
pub fn watch_signals() -> Result<()> {
    let stop = STOP.get_or_init(Arc::default);
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(stop)).context("cannot listen for signals")?;
    }
    Ok(())
}

/// Whether the command was interrupted or told to stop.
pub fn stopped() -> bool {
    STOP.get().is_some_and(|stop| stop.load(Ordering::Relaxed))
}

/// Tells what the command is doing, in a word and a phrase.
pub fn say(what: &str, phrase: &str) {
    println!("{what:>12}  {phrase}");
}

/// Cargo, started in the checkout and building into this checkout's build folder.
pub fn cargo(words: &[&str]) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(place::root()).env("CARGO_TARGET_DIR", place::target()).args(words);
    cargo
}

/// Runs a program whose output goes straight to the terminal.
///
/// # Errors
/// When the program is missing, fails, or the command is interrupted.
pub fn run(command: &mut Command) -> Result<()> {
    let status = finish(&mut spawn(command)?)?;
    if !status.success() {
        bail!("{} failed ({status})", shown(command));
    }
    Ok(())
}

/// Runs a program and hands each line of its output (both streams) to `on_line`; returns how it ended.
///
/// # Errors
/// When the program is missing or the command is interrupted.
pub fn follow(command: &mut Command, mut on_line: impl FnMut(&str)) -> Result<ExitStatus> {
    let (reader, writer) = pipe()?;
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
    let child = spawn(command);
    // The command holds the writing ends: as long as it does, the reader never sees the end.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let (mut child, lines) = (child?, lines_of(reader));
    while let Some(line) = next_line(&lines, &mut child)? {
        on_line(&line);
    }
    finish(&mut child)
}

/// Runs a program in silence and returns its output (both streams); a failure shows it.
///
/// # Errors
/// When the program is missing, fails, or the command is interrupted.
pub fn quiet(command: &mut Command) -> Result<String> {
    let mut output = String::new();
    let status = follow(command, |line| output += &format!("{line}\n"))?;
    if !status.success() {
        bail!("{} failed ({status})\n{output}", shown(command));
    }
    Ok(output)
}

/// Starts a program that runs on beside the command.
///
/// # Errors
/// When the program is missing.
pub fn spawn(command: &mut Command) -> Result<Child> {
    if stopped() {
        bail!("interrupted");
    }
    command.spawn().with_context(|| format!("cannot start {}", name(command)))
}

/// The command line, as a person would type it.
pub fn shown(command: &Command) -> String {
    let words = command.get_args().map(|word| word.to_string_lossy().into_owned());
    std::iter::once(name(command)).chain(words).collect::<Vec<_>>().join(" ")
}

fn name(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    program.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn lines_of(reader: PipeReader) -> Receiver<String> {
    let (send, receive) = channel();
    thread::spawn(move || {
        let lines = BufReader::new(reader).split(b'\n').map_while(Result::ok);
        lines.map(|line| String::from_utf8_lossy(&line).trim_end().to_owned()).try_for_each(|line| send.send(line))
    });
    receive
}

/// Waits for the next line; `None` once the output has ended.
fn next_line(lines: &Receiver<String>, child: &mut Child) -> Result<Option<String>> {
    loop {
        match lines.recv_timeout(PAUSE) {
            Ok(line) => return Ok(Some(line)),
            Err(RecvTimeoutError::Disconnected) => return Ok(None),
            Err(RecvTimeoutError::Timeout) if stopped() => drop(finish(child)?),
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}

fn finish(child: &mut Child) -> Result<ExitStatus> {
    loop {
        if let Some(status) = child.try_wait()? {
            return if stopped() { bail!("interrupted") } else { Ok(status) };
        }
        if stopped() {
            // A terminal sends Ctrl-C to the children too: a second signal would cut their cleaning up.
            wait_for(child, GRACE)?;
            end(child)?;
            bail!("interrupted");
        }
        thread::sleep(PAUSE);
    }
}

fn wait_for(child: &mut Child, limit: Duration) -> Result<()> {
    let limit = Instant::now() + limit;
    while Instant::now() < limit && child.try_wait()?.is_none() {
        thread::sleep(PAUSE);
    }
    Ok(())
}

/// Ends a child: asks first, so that it can end its own children, and insists after five seconds.
///
/// # Errors
/// When the system does not let go of the child.
pub fn end(child: &mut Child) -> Result<()> {
    if cfg!(unix) && child.try_wait()?.is_none() {
        let _ = Command::new("kill").args(["-INT", &child.id().to_string()]).stderr(Stdio::null()).status();
        wait_for(child, GRACE)?;
    }
    if child.try_wait()?.is_none() {
        child.kill()?;
    }
    child.wait()?;
    Ok(())
}
