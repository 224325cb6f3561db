use std::io::{self, BufRead, Read};
use std::sync::{Arc, Mutex};

use larkspur_core::Host;
use larkspur_core::http::{Method, Piece, Request, Source, TransportKind};
use larkspur_native::stream::{FileSource, ReaderSource, watch_source};

use crate::support::*;

fn upload(url: String, sources: Vec<Arc<dyn Source>>) -> Request {
    let mut body = vec![Piece::Bytes("head-".into())];
    body.extend(sources.into_iter().map(Piece::Source));
    body.push(Piece::Bytes("-tail".into()));
    Request { method: Method::Post, body, ..request(url) }
}

#[tokio::test]
async fn pieces_arrive_in_order_with_their_length_where_it_is_known() {
    let server = Server::start(|heard, out| {
        let length = heard.header("content-length").unwrap_or("none");
        let text = format!("{length} {} {}", heard.length, String::from_utf8_lossy(&heard.body));
        reply(out, "200 OK", "", text.as_bytes())
    });
    let known: Arc<dyn Source> = Arc::new(ReaderSource::once(&b"known"[..], Some(5)));
    let unknown: Arc<dyn Source> = Arc::new(ReaderSource::once(&b"unknown"[..], None));
    let nothing: Arc<dyn Source> = Arc::new(ReaderSource::once(&b""[..], Some(0)));
    for (sources, echo) in [(vec![nothing, known], "15 15 head-known-tail"), (vec![unknown], "none 17 head-unknown-tail")] {
        let answer = native().host().send(upload(server.url("/"), sources)).await.unwrap();
        assert_eq!(answer.body, larkspur_core::http::Received::Buffered(echo.into()));
    }
}

#[tokio::test]
async fn a_source_that_fails_or_lies_about_its_length_is_told() {
    struct Bad;
    impl Read for Bad {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is gone"))
        }
    }
    let server = Server::start(|_, out| reply_ok(out));
    let sources: [(Arc<dyn Source>, &str); 3] = [
        (Arc::new(ReaderSource::once(Bad, Some(5))), "the upload's source cannot be read: the disk is gone"),
        (Arc::new(ReaderSource::once(&b"abc"[..], Some(9))), "the upload's source ended before the length that it had said"),
        (Arc::new(ReaderSource::once(&b"abcdefghijklmnop"[..], Some(2))), "the upload's source gave more bytes than it had said"),
    ];
    for (source, reason) in sources {
        let error = native().host().send(upload(server.url("/"), vec![source])).await.unwrap_err();
        assert_eq!((error.kind, error.sent, error.reason.as_str()), (TransportKind::Source, true, reason));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_sent_again_over_a_fresh_connection_with_its_progress() {
    let path = std::env::temp_dir().join(format!("larkspur-upload-{}", std::process::id()));
    std::fs::write(&path, vec![7; 600_000]).unwrap();
    let server = Server::start(|heard, out| {
        assert_eq!(heard.length, 600_010);
        reply_ok(out);
        Then::Close
    });
    let steps = Arc::new(Mutex::new(Vec::new()));
    let told = steps.clone();
    let source =
        watch_source(Arc::new(FileSource::new(&path).unwrap()), Arc::new(move |done, total| told.lock().unwrap().push((done, total))));
    let host = native().host();
    for _ in 0..5 {
        host.send(upload(server.url("/"), vec![source.clone()])).await.unwrap();
        server.wait_open(0);
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    std::fs::remove_file(&path).unwrap();
    let steps = steps.lock().unwrap();
    assert_eq!(steps.iter().filter(|step| **step == (600_000, Some(600_000))).count(), 5, "{steps:?}");
}

#[tokio::test]
async fn an_upload_that_was_answered_before_its_end_holds_up_nobody() {
    // Refuses after the head, and never reads the body.
    let server = Server::raw(|stream, _, seen| {
        let mut lines = io::BufReader::new(stream.try_clone().unwrap()).lines();
        while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
        seen.requests.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        reply(&mut &stream, "413 Content Too Large", "", b"{}");
        std::thread::sleep(std::time::Duration::from_secs(3));
    });
    let host = native().host();
    let endless: Arc<dyn Source> = Arc::new(ReaderSource::once(io::repeat(1).take(64 << 20), Some(64 << 20)));
    let first = host.send(upload(server.url("/"), vec![endless])).await.unwrap();
    let began = std::time::Instant::now();
    let second = host.send(request(server.url("/"))).await.unwrap();
    assert!(began.elapsed() < std::time::Duration::from_secs(1), "{:?}", began.elapsed());
    assert_eq!((first.head.status, second.head.status, server.requests()), (413, 413, 2));
}
