//! `larkspur-sandbox`: the sandbox as a program. Its first line of output says where it listens.

use std::io::{self, Read, Write};
use std::net::IpAddr;
use std::process::ExitCode;

use larkspur_sandbox::{Options, Sandbox};
use tokio::runtime::{Builder, Runtime};

const USAGE: &str = "larkspur-sandbox [--port N] [--host ADDRESS] [--quiet] [--with-parent] [--tls CERT KEY]

  --port N         the port to listen on; 0 (the default) takes a free one
  --host ADDRESS   the address to listen on (127.0.0.1)
  --quiet          says nothing but where it listens
  --with-parent    ends when its standard input ends, so that it dies with the program that started it
  --tls CERT KEY   serves HTTPS with this chain and key (PEM files)";

#[derive(Default)]
struct Arguments {
    options: Options,
    quiet: bool,
    with_parent: bool,
    help: bool,
}

fn main() -> ExitCode {
    match parse(std::env::args().skip(1)).and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("larkspur-sandbox: {error}");
            ExitCode::from(2)
        }
    }
}

fn parse(mut given: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let mut arguments = Arguments::default();
    while let Some(name) = given.next() {
        let mut value = || given.next().ok_or_else(|| format!("{name} needs a value; see --help"));
        match name.as_str() {
            "--port" => arguments.options.port = number(&name, &value()?)?,
            "--host" => arguments.options.host = number::<IpAddr>(&name, &value()?)?,
            "--tls" => arguments.options.tls = Some((value()?.into(), value()?.into())),
            "--quiet" => arguments.quiet = true,
            "--with-parent" => arguments.with_parent = true,
            "--help" | "-h" => arguments.help = true,
            _ => return Err(format!("{name} is no option; see --help")),
        }
    }
    Ok(arguments)
}

fn number<T: std::str::FromStr>(name: &str, value: &str) -> Result<T, String> {
    value.parse().map_err(|_| format!("{name} is {value}, which cannot be read; see --help"))
}

fn run(arguments: Arguments) -> Result<(), String> {
    if arguments.help {
        println!("{USAGE}");
        return Ok(());
    }
    // Before the first line: whoever reads it may send a signal at once.
    let signals = Signals::catch().map_err(|error| format!("cannot catch signals: {error}"))?;
    let sandbox = Sandbox::start_with(arguments.options).map_err(|error| format!("cannot listen: {error}"))?;
    say(&format!("listening on {}", sandbox.url()));
    if !arguments.quiet {
        say(&format!("faults, scripts and the request log are under {}/__sandbox/", sandbox.url()));
    }
    if arguments.with_parent {
        std::thread::spawn(end_with_input);
    }
    signals.wait();
    Ok(())
}

fn say(line: &str) {
    // Whoever started the program may have closed the pipe after the first line.
    let mut out = std::io::stdout();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

fn end_with_input() {
    let mut rest = [0; 64];
    while std::io::stdin().read(&mut rest).is_ok_and(|read| read > 0) {}
    std::process::exit(0);
}

/// The signals that end the program.
struct Signals {
    runtime: Runtime,
    #[cfg(unix)]
    caught: [tokio::signal::unix::Signal; 2],
}

impl Signals {
    #[cfg(unix)]
    fn catch() -> io::Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let caught = {
            let _inside = runtime.enter();
            [signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?]
        };
        Ok(Signals { runtime, caught })
    }

    #[cfg(unix)]
    fn wait(mut self) {
        let [terminate, interrupt] = &mut self.caught;
        self.runtime.block_on(async {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        });
    }

    #[cfg(not(unix))]
    fn catch() -> io::Result<Signals> {
        Ok(Signals { runtime: Builder::new_current_thread().enable_all().build()? })
    }

    #[cfg(not(unix))]
    fn wait(self) {
        // Without a console there is nothing to wait for but the end of the input.
        if self.runtime.block_on(tokio::signal::ctrl_c()).is_err() {
            end_with_input();
        }
    }
}
