use std::io::Write;

use larkspur_core::Host;
use larkspur_core::http::{Received, Request, Response, TransportError, TransportKind};
use larkspur_native::stream::{Incoming, channel};

use crate::support::*;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

async fn get(server: &Server) -> Result<Response, TransportError> {
    native().host().send(request(server.url("/"))).await
}

async fn download(server: &Server, offset: u64) -> (Result<Response, TransportError>, Incoming) {
    let (sink, incoming) = channel(offset);
    let request = Request { sink: Some(sink), offset, max_answer: 64, ..request(server.url("/")) };
    (native().host().send(request).await, incoming)
}

fn read(incoming: &Incoming) -> Vec<u8> {
    let mut all = Vec::new();
    while let Some(chunk) = incoming.next(&mut || true).unwrap() {
        all.extend_from_slice(&chunk);
    }
    all
}

#[tokio::test]
async fn gzip_is_asked_for_and_undone() {
    let server = Server::start(|heard, out| {
        assert_eq!(heard.header("accept-encoding"), Some("gzip"));
        reply(out, "200 OK", "Content-Encoding: gzip\r\n", &gzip(OK.as_bytes()))
    });
    assert_eq!(get(&server).await.unwrap().body, Received::Buffered(OK.into()));
}

#[tokio::test]
async fn broken_gzip_is_told() {
    let server = Server::start(|_, out| reply(out, "200 OK", "Content-Encoding: gzip\r\n", b"no gzip at all"));
    let error = get(&server).await.unwrap_err();
    assert_eq!((error.kind, error.reason), (TransportKind::Broken, format!("what 127.0.0.1:{} sent is no valid gzip", server.port)));
}

#[tokio::test]
async fn answers_are_bounded_before_and_after_decompression() {
    let plain = Server::start(|_, out| reply(out, "200 OK", "", &vec![b' '; (1 << 20) + 1]));
    let endless = Server::start(|_, out| {
        out.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").unwrap();
        while out.write_all(b"4000\r\n").and_then(|()| out.write_all(&[b' '; 0x4000])).and_then(|()| out.write_all(b"\r\n")).is_ok() {}
        Then::Close
    });
    let bomb = Server::start(|_, out| reply(out, "200 OK", "Content-Encoding: gzip\r\n", &gzip(&vec![0; 100 << 20])));
    for server in [plain, endless, bomb] {
        let error = get(&server).await.unwrap_err();
        assert_eq!((error.kind, error.sent), (TransportKind::TooLarge, true));
        assert_eq!(error.reason, format!("the answer of 127.0.0.1:{} is larger than 1048576 bytes", server.port));
    }
    let fits = Server::start(|_, out| reply(out, "200 OK", "", &vec![b' '; 1 << 20]));
    assert!(get(&fits).await.is_ok());
}

#[tokio::test]
async fn a_cut_body_is_no_answer() {
    let server = Server::start(|_, out| {
        out.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"code\":0").unwrap();
        Then::Close
    });
    let error = get(&server).await.unwrap_err();
    assert_eq!((error.kind, error.sent), (TransportKind::Broken, true));
    assert_eq!(error.reason, format!("127.0.0.1:{} closed the connection in the middle of its answer", server.port));
}

#[tokio::test]
async fn a_file_goes_to_the_sink_uncompressed() {
    let server = Server::start(|heard, out| {
        assert_eq!(heard.header("accept-encoding"), Some("identity"));
        reply(out, "200 OK", "Content-Type: image/png\r\n", &[1; 5000])
    });
    let (answer, incoming) = download(&server, 0).await;
    assert_eq!(answer.unwrap().body, Received::Sunk { length: 5000 });
    assert_eq!(incoming.head(&mut || true).unwrap().unwrap().headers.get("content-type"), Some("image/png"));
    assert_eq!(read(&incoming), [1; 5000]);
}

#[tokio::test]
async fn json_is_a_file_unless_it_is_an_error() {
    let refusal = r#"{"code":234001,"msg":"no"}"#;
    let long = format!(r#"{{"code":1,"msg":"{}"}}"#, "x".repeat(200));
    for (status, body, is_file) in
        [("200 OK", refusal, false), ("200 OK", r#"{"rows":[1,2]}"#, true), ("200 OK", &long, true), ("404 Not Found", refusal, false)]
    {
        let text = body.to_owned();
        let server = Server::start(move |_, out| reply(out, status, "Content-Type: application/json\r\n", text.as_bytes()));
        let (answer, incoming) = download(&server, 0).await;
        match (is_file, answer.unwrap().body) {
            (true, received) => {
                assert_eq!((received, read(&incoming)), (Received::Sunk { length: body.len() as u64 }, body.as_bytes().to_vec()))
            }
            (false, received) => {
                assert_eq!((received, incoming.head(&mut || true).unwrap().is_none()), (Received::Buffered(body.to_owned().into()), true))
            }
        }
    }
}

#[tokio::test]
async fn a_download_resumes_where_the_server_says() {
    let part = |range: &'static str| {
        Server::start(move |_, out| reply(out, "206 Partial Content", &format!("Content-Range: bytes {range}\r\n"), b"fgh"))
    };
    let (answer, incoming) = download(&part("5-7/8"), 5).await;
    assert_eq!((answer.unwrap().body, read(&incoming)), (Received::Sunk { length: 3 }, b"fgh".to_vec()));
    let error = download(&part("3-5/8"), 5).await.0.unwrap_err();
    assert_eq!((error.kind, error.reason.as_str()), (TransportKind::Broken, "byte 5 of the file was asked for, and byte 3 came"));
}

#[tokio::test]
async fn a_server_that_begins_again_gains_only_what_is_new() {
    let server = Server::start(|_, out| {
        out.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabcdefgh").unwrap();
        Then::Close
    });
    let (answer, incoming) = download(&server, 5).await;
    let error = answer.unwrap_err();
    assert_eq!((error.received, read(&incoming)), (3, b"fgh".to_vec()));
    let error = download(&server, 20).await.0.unwrap_err();
    assert_eq!(error.received, 0);
}

#[tokio::test]
async fn a_download_that_nobody_reads_any_more_ends() {
    let server = Server::start(|_, out| reply(out, "200 OK", "", &vec![0; 8 << 20]));
    let (sink, incoming) = channel(0);
    drop(incoming);
    let error = native().host().send(Request { sink: Some(sink), ..request(server.url("/")) }).await.unwrap_err();
    assert_eq!((error.kind, error.reason.as_str()), (TransportKind::Sink, "the download's target was closed before the end"));
}
