use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use larkspur_core::Host;
use larkspur_core::http::{Limits, Patience, Received, Request, TransportKind};
use larkspur_native::stream::channel;

use crate::support::*;

const fn ms(span: u64) -> Duration {
    Duration::from_millis(span)
}

fn patient(url: String, answer: Patience) -> Request {
    Request { limits: Limits { connect: ms(300), answer }, ..request(url) }
}

/// Ten bytes, one every so often.
fn drip(pause: Duration) -> Server {
    Server::start(move |_, out| {
        out.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n").unwrap();
        for _ in 0..10 {
            sleep(pause);
            if out.write_all(b"x").and_then(|()| out.flush()).is_err() {
                return Then::Close;
            }
        }
        Then::Keep
    })
}

#[tokio::test]
async fn a_stalled_server_ends_at_the_total() {
    let server = Server::start(|_, _| {
        sleep(ms(1500));
        Then::Close
    });
    let began = Instant::now();
    let error = native().host().send(patient(server.url("/"), Patience::Total(ms(250)))).await.unwrap_err();
    assert_eq!((error.kind, error.sent), (TransportKind::Timeout, true));
    assert_eq!(error.reason, format!("no complete answer from 127.0.0.1:{} within 0.25 s", server.port));
    assert!(began.elapsed() >= ms(250) && began.elapsed() < ms(1200), "{:?}", began.elapsed());
}

#[tokio::test]
async fn dripping_counts_against_the_total_and_not_against_the_idle_limit() {
    let server = drip(ms(60));
    let host = native().host();
    let error = host.send(patient(server.url("/"), Patience::Total(ms(200)))).await.unwrap_err();
    assert_eq!(error.kind, TransportKind::Timeout);
    let answer = host.send(patient(server.url("/"), Patience::Idle { idle: ms(400), total: None })).await.unwrap();
    assert_eq!(answer.body, Received::Buffered("xxxxxxxxxx".into()));
    let error = host.send(patient(server.url("/"), Patience::Idle { idle: ms(400), total: Some(ms(200)) })).await.unwrap_err();
    assert_eq!(error.reason, format!("no complete answer from 127.0.0.1:{} within 0.2 s", server.port));
}

#[tokio::test]
async fn a_download_that_stalls_says_how_far_it_came() {
    let server = Server::start(|_, out| {
        out.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabcd").unwrap();
        out.flush().unwrap();
        sleep(ms(1500));
        Then::Close
    });
    let (sink, _incoming) = channel(0);
    let request = Request { sink: Some(sink), ..patient(server.url("/"), Patience::Idle { idle: ms(200), total: None }) };
    let error = native().host().send(request).await.unwrap_err();
    assert_eq!((error.kind, error.sent, error.received), (TransportKind::Timeout, true, 4));
    assert_eq!(error.reason, format!("no byte to or from 127.0.0.1:{} moved for 0.2 s", server.port));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_of_a_download_is_no_stall() {
    let server = Server::start(|_, out| reply(out, "200 OK", "", &vec![7; 8 << 20]));
    let (sink, incoming) = channel(0);
    let request = Request { sink: Some(sink), ..patient(server.url("/"), Patience::Idle { idle: ms(150), total: None }) };
    let host = native().host();
    let download = tokio::spawn(async move { host.send(request).await });
    let read = tokio::task::spawn_blocking(move || {
        sleep(ms(700));
        let mut length = 0;
        while let Some(chunk) = incoming.next(&mut || true).unwrap() {
            length += chunk.len();
        }
        length
    });
    assert_eq!(download.await.unwrap().unwrap().body, Received::Sunk { length: 8 << 20 });
    assert_eq!(read.await.unwrap(), 8 << 20);
}

/// A listener whose queue is full answers no further connection.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_host_that_does_not_answer_ends_at_the_connect_limit() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    // SAFETY: the descriptor is open, and listening again only shortens the queue.
    assert_eq!(unsafe { libc::listen(std::os::fd::AsRawFd::as_raw_fd(&listener), 0) }, 0);
    let fill = || std::net::TcpStream::connect_timeout(&([127, 0, 0, 1], port).into(), ms(100));
    let queue = Arc::new((0..8).map_while(|_| fill().ok()).collect::<Vec<_>>());
    assert!(queue.len() < 8, "the queue never got full");
    let began = Instant::now();
    let error = native().host().send(patient(format!("http://127.0.0.1:{port}/"), Patience::Total(ms(5000)))).await.unwrap_err();
    assert_eq!((error.kind, error.sent), (TransportKind::Timeout, false));
    assert_eq!(error.reason, format!("connecting to 127.0.0.1:{port} took longer than 0.3 s"));
    assert!(began.elapsed() < ms(1500), "{:?}", began.elapsed());
}
