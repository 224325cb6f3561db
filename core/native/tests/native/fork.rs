//! A forked child has its parent's client, and none of its threads.
#![cfg(unix)]

use std::thread;
use std::time::{Duration, Instant};

use larkspur_core::Client;
use larkspur_native::Native;

use crate::support::*;

/// Runs the work in a forked child and says whether it ended well in time.
fn in_child(work: impl FnOnce() -> bool) -> bool {
    // SAFETY: the child runs only what a child of a program with threads may run with glibc: its allocator is safe after a fork.
    match unsafe { libc::fork() } {
        -1 => panic!("no fork"),
        0 => {
            // SAFETY: ends the child without running what the harness left for its own end.
            unsafe { libc::_exit(if std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).unwrap_or(false) { 0 } else { 1 }) }
        }
        child => ended_well(child),
    }
}

fn ended_well(child: libc::pid_t) -> bool {
    let began = Instant::now();
    loop {
        let mut status = 0;
        // SAFETY: `child` is a child of this process that nobody else waits for.
        match unsafe { libc::waitpid(child, &raw mut status, libc::WNOHANG) } {
            0 if began.elapsed() > Duration::from_secs(15) => {
                // SAFETY: as above.
                unsafe { libc::kill(child, libc::SIGKILL) };
                return false;
            }
            0 => thread::sleep(Duration::from_millis(5)),
            _ => return libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0,
        }
    }
}

fn run(native: &Native, client: &Client) -> bool {
    native.run(call(client, &invocation("POST", "/x")), &mut || true, None).is_ok_and(|result| result.is_ok())
}

fn spawn(native: &Native, client: &Client) -> bool {
    let (done, result) = std::sync::mpsc::channel();
    let spawned = native.spawn(call(client, &invocation("POST", "/x")), None, move |result| done.send(result.is_ok()).unwrap_or_default());
    spawned.is_ok() && result.recv_timeout(Duration::from_secs(10)) == Ok(true)
}

#[test]
fn parent_and_child_go_on_with_connections_of_their_own() {
    let server = Server::start(|_, out| reply_ok(out));
    let (native, client) = (native(), client(&server.url("")));
    assert!(run(&native, &client) && spawn(&native, &client));
    let before = server.connections();
    for _ in 0..3 {
        let ended = in_child(|| {
            let both = run(&native, &client) && spawn(&native, &client) && run(&native, &client);
            // A grandchild, too.
            both && in_child(|| run(&native, &client) && spawn(&native, &client)) && run(&native, &client)
        });
        assert!(ended, "the child failed or hung");
        assert!(run(&native, &client) && spawn(&native, &client));
    }
    // The parent kept its two; each child and grandchild opened two.
    assert_eq!(server.connections(), before + 3 * 4);
}

#[test]
fn a_child_may_drop_what_it_inherited() {
    let server = Server::start(|_, out| reply_ok(out));
    let (native, client) = (native(), client(&server.url("")));
    assert!(run(&native, &client) && spawn(&native, &client));
    let inherited = native.clone();
    assert!(in_child(move || {
        inherited.close();
        drop(inherited);
        true
    }));
    let twin = std::mem::ManuallyDrop::new(native.clone());
    assert!(in_child(|| {
        drop(std::mem::ManuallyDrop::into_inner(twin));
        true
    }));
    let before = server.connections();
    assert!(run(&native, &client) && spawn(&native, &client));
    assert_eq!(server.connections(), before, "a child closed its parent's connections");
}

#[test]
fn a_fork_in_the_middle_of_a_call_ends_the_call_in_the_child_only() {
    let server = Server::start(|_, out| {
        thread::sleep(Duration::from_millis(400));
        reply_ok(out)
    });
    let (native, client) = (native(), client(&server.url("")));
    let (parent, mut child) = (std::process::id(), None);
    let mut tick = || {
        if child.is_none() {
            // SAFETY: as in `in_child`; the child ends below.
            child = Some(unsafe { libc::fork() });
        }
        true
    };
    let result = native.run(call(&client, &invocation("POST", "/x")), &mut tick, None);
    if std::process::id() != parent {
        let told = result.is_ok_and(|result| result.is_err_and(|error| error.to_string().contains("was forked in the middle of the call")));
        // SAFETY: as in `in_child`.
        unsafe { libc::_exit(if told && run(&native, &client) { 0 } else { 1 }) };
    }
    assert!(result.unwrap().is_ok());
    assert!(ended_well(child.unwrap()), "the child failed or hung");
}
