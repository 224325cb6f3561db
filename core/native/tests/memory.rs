//! A gigabyte up and a gigabyte down leave the memory of the process flat.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test ends when something is missing")]

mod support;

use std::io::{self, Read};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use larkspur_core::http::Piece;
use larkspur_core::{FileArgument, Target};
use larkspur_native::stream::{ReaderSource, channel, watch_source};
use support::*;

const SIZE: u64 = 1 << 30;

/// The most memory that a stream may add.
const MOST: u64 = 30 << 20;

/// Resident bytes of this process, the most there ever were.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

/// Serves in a process of its own, so that its memory does not count.
fn serve() -> (std::process::Child, String) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "alone_serves", "--ignored", "--nocapture"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut server = command.spawn().unwrap();
    let mut line = String::new();
    let mut out = io::BufReader::new(server.stdout.as_mut().unwrap());
    while !line.contains("http://") {
        line.clear();
        assert!(io::BufRead::read_line(&mut out, &mut line).unwrap() > 0, "the server ended");
    }
    let url = line.split_whitespace().find(|word| word.starts_with("http://")).unwrap().to_owned();
    (server, url)
}

#[test]
#[ignore = "run in a process of its own"]
fn alone_serves() {
    let server = Server::start(|heard, out| {
        if heard.path() == "/up" {
            return reply(
                out,
                "200 OK",
                "Content-Type: application/json\r\n",
                format!(r#"{{"code":0,"data":{}}}"#, heard.length).as_bytes(),
            );
        }
        let part = vec![5; 1 << 20];
        let head = format!("HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: {SIZE}\r\n\r\n");
        let sent = out.write_all(head.as_bytes()).and_then(|()| (0..SIZE >> 20).try_for_each(|_| out.write_all(&part)));
        if sent.is_ok() { Then::Keep } else { Then::Close }
    });
    println!("\n{}", server.url(""));
    // Until the other process closes our input.
    io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

#[test]
fn a_gigabyte_up_and_down_leaves_memory_flat() {
    let (mut server, url) = serve();
    let (native, client) = (native(), client(&url));
    native.run(call(&client, &invocation("POST", "/up")), &mut || true, None).unwrap().unwrap();
    let before = peak();

    let progress = Arc::new(AtomicU64::new(0));
    let seen = progress.clone();
    let source = ReaderSource::again(|| Ok(Box::new(io::repeat(7).take(SIZE))), Some(SIZE));
    let source = watch_source(Arc::new(source), Arc::new(move |done, _| seen.store(done, Ordering::Relaxed)));
    let mut up = invocation("POST", "/up");
    if let Target::Path(path) = &mut up.target {
        path.files = vec![FileArgument { name: "file".into(), content: Piece::Source(source), file_name: Some("a.bin".into()) }];
    }
    let reply = native.run(call(&client, &up), &mut || true, None).unwrap().unwrap();
    let received: u64 = String::from_utf8_lossy(reply.data()).parse().unwrap();
    assert!(received > SIZE && received < SIZE + 1000 && progress.load(Ordering::Relaxed) == SIZE, "{received}");
    let after_upload = peak();
    assert!(after_upload - before < MOST, "the upload added {} MB", (after_upload - before) >> 20);

    let (sink, incoming) = channel(0);
    let mut down = invocation("GET", "/down");
    down.sink = Some(sink);
    let task = native.spawn(call(&client, &down), None, |result| assert_eq!(result.unwrap().sunk, Some(SIZE)));
    drop(down);
    assert!(task.is_ok());
    let mut length = 0;
    while let Some(chunk) = incoming.next(&mut || true).unwrap() {
        length += chunk.len() as u64;
    }
    assert_eq!(length, SIZE);
    let after_download = peak();
    assert!(after_download - after_upload < MOST, "the download added {} MB", (after_download - after_upload) >> 20);
    println!("upload +{} KB, download +{} KB", (after_upload - before) >> 10, (after_download - after_upload) >> 10);

    drop(server.stdin.take());
    assert!(server.wait().unwrap().success());
}
