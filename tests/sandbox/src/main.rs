//! `larkspur-sandbox`: the sandbox as a program. Its first line of output says where it listens.

use std::io::{Read, Write};
use std::net::IpAddr;
use std::process::ExitCode;

use larkspur_sandbox::{Options, Sandbox};

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
    let sandbox = Sandbox::start_with(arguments.options).map_err(|error| format!("cannot listen: {error}"))?;
    println!("listening on {}", sandbox.url());
    if !arguments.quiet {
        println!("faults, scripts and the request log are under {}/__sandbox/", sandbox.url());
    }
    // Whoever started the program may have closed the pipe after the first line.
    let _ = std::io::stdout().flush();
    if arguments.with_parent {
        std::thread::spawn(end_with_input);
    }
    wait_for_signal().map_err(|error| format!("cannot wait for signals: {error}"))
}

fn end_with_input() {
    let mut rest = [0; 64];
    while std::io::stdin().read(&mut rest).is_ok_and(|read| read > 0) {}
    std::process::exit(0);
}

fn wait_for_signal() -> std::io::Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(signal())
}

#[cfg(unix)]
async fn signal() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminated = signal(SignalKind::terminate())?;
    tokio::select! {
        result = tokio::signal::ctrl_c() => result,
        _ = terminated.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn signal() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
