//! The native host against servers, proxies and faults on loopback.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test ends when something is missing")]

mod answers;
mod connections;
mod fork;
mod lanes;
mod limits;
mod proxies;
mod tls;
mod uploads;

#[path = "../support/mod.rs"]
mod support;

/// Runs one ignored test of this binary in a process of its own, with other environment variables.
fn run_alone(test: &str, variables: &[(&str, &str)]) {
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--ignored", "--nocapture"]).envs(variables.iter().copied());
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{test}: {text}");
}
