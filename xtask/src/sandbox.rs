//! The sandbox server, started for as long as a command needs it.

use crate::place;
use crate::run::{self, cargo, say};
use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

/// A running sandbox; it ends when this is dropped.
pub struct Sandbox {
    child: Child,
    url: String,
}

impl Sandbox {
    /// Builds the server and starts it on a free port of the loopback.
    ///
    /// # Errors
    /// When it does not build, or does not say where it listens.
    pub fn start() -> Result<Self> {
        let mut command = Command::new(program()?);
        // It ends when its input ends, so that it outlives this process in no case.
        command.args(["--port", "0", "--quiet", "--with-parent"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = run::spawn(&mut command)?;
        let output = child.stdout.take();
        let mut sandbox = Self { child, url: String::new() };
        sandbox.url = output.context("the sandbox has no output").and_then(address)?;
        Ok(sandbox)
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Lets a program talk to this sandbox: sets the addresses, ids and secrets that Larkspur reads for both families.
    pub fn lend<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env("LARK_BASE_URL", &self.url).env("LARK_APP_ID", "cli_sandbox").env("LARK_APP_SECRET", "sandbox-secret");
        command.env("LARK_PROJECT_URL", &self.url).env("LARK_PLUGIN_ID", "MII_sandbox").env("LARK_PLUGIN_SECRET", "sandbox-secret")
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if let Err(error) = run::end(&mut self.child) {
            say("failed", &format!("the sandbox (process {}) did not end: {error}", self.child.id()));
        }
    }
}

/// Builds the server and returns the path of its program.
///
/// # Errors
/// When it does not build.
pub fn program() -> Result<std::path::PathBuf> {
    run::quiet(&mut cargo(&["build", "--quiet", "--package", "larkspur-sandbox"]))?;
    Ok(place::program("debug", "larkspur-sandbox"))
}

fn address(output: ChildStdout) -> Result<String> {
    let mut lines = BufReader::new(output).lines();
    while let Some(line) = lines.next().transpose()? {
        if let Some(url) = line.strip_prefix("listening on ") {
            let url = url.trim().to_owned();
            // Whoever stops reading makes the server fail at its next line.
            std::thread::spawn(move || lines.for_each(drop));
            return Ok(url);
        }
    }
    bail!("the sandbox ended before it said where it listens")
}
