use std::sync::Arc;
use std::time::{Duration, Instant};

use larkspur_core::Host;
use larkspur_core::http::{Received, TransportKind};

use crate::support::*;

#[tokio::test]
async fn a_connection_is_kept_and_headers_are_found_in_any_case() {
    let server = Server::start(|_, out| reply(out, "200 OK", "X-Tt-Logid: L1\r\n", b"{}"));
    let host = native().host();
    for _ in 0..10 {
        let answer = host.send(post(server.url("/"), "{}")).await.unwrap();
        assert_eq!((answer.head.status, answer.head.headers.get("x-TT-logid")), (200, Some("L1")));
        assert_eq!(answer.body, Received::Buffered("{}".into()));
    }
    assert_eq!((server.connections(), server.requests()), (1, 10));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pooled_connection_that_died_is_replaced() {
    // Says nothing of closing, and closes.
    let server = Server::start(|_, out| {
        reply_ok(out);
        Then::Close
    });
    let host = native().host();
    for _ in 0..40 {
        host.send(post(server.url("/"), "{}")).await.unwrap();
        server.wait_open(0);
        // The end of the connection takes a moment to get here.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(server.requests(), 40);
}

#[tokio::test]
async fn a_closed_port_is_unsent() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = native().host().send(request(format!("http://127.0.0.1:{port}/x?secret=1"))).await.unwrap_err();
    assert_eq!((error.kind, error.sent), (TransportKind::Connect, false));
    assert_eq!(error.reason, format!("connecting to 127.0.0.1:{port} refused"));
}

#[tokio::test]
async fn an_unknown_name_is_told() {
    let error = native().host().send(request("http://no-such-host.invalid/x?secret=1")).await.unwrap_err();
    assert_eq!((error.kind, error.sent), (TransportKind::Connect, false));
    assert!(error.reason.starts_with("looking up no-such-host.invalid failed: "), "{}", error.reason);
}

#[tokio::test]
async fn what_may_have_been_read_counts_as_sent_and_is_not_sent_twice() {
    let server = Server::start(|_, _| Then::Close);
    let error = native().host().send(post(server.url("/"), "{}")).await.unwrap_err();
    assert_eq!((error.kind, error.sent), (TransportKind::Broken, true));
    assert_eq!(error.reason, format!("127.0.0.1:{} closed the connection before it answered", server.port));
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn no_redirect_is_followed() {
    let server = Server::start(|_, out| reply(out, "302 Found", "Location: /elsewhere\r\n", b""));
    let answer = native().host().send(request(server.url("/"))).await.unwrap();
    assert_eq!((answer.head.status, answer.head.headers.get("location"), server.requests()), (302, Some("/elsewhere"), 1));
}

#[tokio::test]
async fn what_is_no_http_is_told() {
    let server = Server::start(|_, out| {
        out.write_all(b"SSH-2.0-OpenSSH_9.2\r\n\r\n").unwrap();
        Then::Close
    });
    let error = native().host().send(request(server.url("/"))).await.unwrap_err();
    assert_eq!(
        (error.kind, error.sent, error.reason),
        (TransportKind::Broken, true, format!("what 127.0.0.1:{} sent is no HTTP", server.port))
    );
}

#[tokio::test]
async fn a_dropped_request_closes_its_connection() {
    let server = Server::raw(|mut stream, _, _| {
        let _ = std::io::copy(&mut stream, &mut std::io::sink());
    });
    let host = native().host();
    let url = server.url("/");
    let task = tokio::spawn(async move { host.send(request(url)).await });
    tokio::task::spawn_blocking(move || {
        server.wait_open(1);
        std::thread::sleep(Duration::from_millis(50));
        task.abort();
        let took = server.wait_open(0);
        assert!(took < Duration::from_millis(100), "{took:?}");
    })
    .await
    .unwrap();
}

#[test]
fn sixty_four_calls_at_once_take_as_long_as_one() {
    let server = Server::start(|_, out| {
        std::thread::sleep(Duration::from_millis(200));
        reply_ok(out)
    });
    let native = native();
    let client = client(&server.url(""));
    let (done, results) = std::sync::mpsc::channel();
    let began = Instant::now();
    for _ in 0..64 {
        let done = done.clone();
        native.spawn(call(&client, &invocation("POST", "/x")), None, move |result| done.send(result).unwrap()).unwrap();
    }
    for _ in 0..64 {
        assert_eq!(results.recv_timeout(Duration::from_secs(20)).unwrap().unwrap().data(), br#"{"a":1}"#);
    }
    assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
    assert_eq!(server.requests(), 64);
}

#[test]
fn an_aborted_call_closes_its_connection_and_says_nothing() {
    let server = Server::raw(|mut stream, _, _| {
        let _ = std::io::copy(&mut stream, &mut std::io::sink());
    });
    let native = native();
    let spoke = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let heard = spoke.clone();
    let task = native.spawn(call(&client(&server.url("")), &invocation("GET", "/x")), None, move |_| {
        heard.store(true, std::sync::atomic::Ordering::SeqCst)
    });
    server.wait_open(1);
    task.unwrap().abort();
    assert!(server.wait_open(0) < Duration::from_millis(100));
    assert!(!spoke.load(std::sync::atomic::Ordering::SeqCst));
}
