//! The program itself: its first line, and how it ends.
#![allow(clippy::unwrap_used)]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

fn start(arguments: &[&str]) -> (Child, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_larkspur-sandbox"));
    let mut child = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (child, line)
}

fn ends(mut child: Child) -> ExitStatus {
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(5) {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    panic!("the sandbox did not end");
}

#[test]
fn it_says_where_it_listens_and_ends_with_its_parent() {
    let (mut child, line) = start(&["--port", "0", "--quiet", "--with-parent"]);
    let port = line.strip_prefix("listening on http://127.0.0.1:").unwrap().trim_end();
    std::net::TcpStream::connect(("127.0.0.1", port.parse().unwrap())).unwrap();
    drop(child.stdin.take());
    assert!(ends(child).success());
}

#[cfg(unix)]
#[test]
fn it_ends_on_sigterm() {
    let (child, _) = start(&["--port", "0"]);
    let killed = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(killed.success() && ends(child).success());
}

#[test]
fn a_wrong_option_is_explained() {
    let output = Command::new(env!("CARGO_BIN_EXE_larkspur-sandbox")).arg("--prot").output().unwrap();
    assert!(!output.status.success() && String::from_utf8_lossy(&output.stderr).contains("--prot is no option"));
}
