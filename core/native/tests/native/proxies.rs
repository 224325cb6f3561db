use std::io::{BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::Ordering;
use std::thread;

use larkspur_core::Host;
use larkspur_core::http::TransportKind;
use larkspur_native::{Native, NativeOptions, ProxyChoice};

use crate::support::*;
use crate::tls::{self, Ca};

fn through(url: String) -> Native {
    Native::new(&NativeOptions { proxy: ProxyChoice::Url(url), ..NativeOptions::default() }, None).unwrap()
}

/// Passes plain requests on by itself, and opens tunnels, for `me:s3cret` only.
fn http_proxy() -> Server {
    Server::raw(|stream, number, seen| {
        let mut out = stream.try_clone().unwrap();
        let Some(heard) = hear(&mut BufReader::new(stream.try_clone().unwrap()), number, 0) else { return };
        seen.requests.fetch_add(1, Ordering::SeqCst);
        if heard.header("proxy-authorization") != Some("Basic bWU6czNjcmV0") {
            reply(&mut out, "407 Proxy Authentication Required", "", b"");
        } else if heard.line.starts_with("CONNECT ") {
            let target = TcpStream::connect(heard.path()).unwrap();
            out.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
            join(stream, target);
        } else {
            reply(&mut out, "200 OK", "", heard.path().as_bytes());
        }
    })
}

/// Opens tunnels for anybody.
fn socks_proxy() -> Server {
    Server::raw(|mut stream, _, seen| {
        let mut greeting = [0; 2];
        if stream.read_exact(&mut greeting).is_err() {
            return;
        }
        let mut methods = vec![0; usize::from(greeting[1])];
        stream.read_exact(&mut methods).unwrap();
        stream.write_all(&[5, 0]).unwrap();
        let mut head = [0; 4];
        stream.read_exact(&mut head).unwrap();
        let mut name = match head[3] {
            1 => vec![0; 4],
            _ => {
                let mut length = [0];
                stream.read_exact(&mut length).unwrap();
                vec![0; usize::from(length[0])]
            }
        };
        stream.read_exact(&mut name).unwrap();
        let mut port = [0; 2];
        stream.read_exact(&mut port).unwrap();
        seen.requests.fetch_add(1, Ordering::SeqCst);
        let target = TcpStream::connect(("127.0.0.1", u16::from_be_bytes(port))).unwrap();
        stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).unwrap();
        join(stream, target);
    })
}

fn join(one: TcpStream, two: TcpStream) {
    let (mut from, mut to) = (one.try_clone().unwrap(), two.try_clone().unwrap());
    let up = thread::spawn(move || {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Both);
    });
    let (mut from, mut to) = (two, one);
    let _ = std::io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Both);
    up.join().unwrap();
}

#[tokio::test]
async fn an_http_proxy_passes_requests_on_and_opens_tunnels() {
    let ca = Ca::new();
    let (proxy, server) = (http_proxy(), tls::server(ca.server("localhost", |_| {})));
    let url = format!("http://me:s3cret@127.0.0.1:{}", proxy.port);
    let answer = through(url.clone()).host().send(request("http://open.example/x")).await.unwrap();
    assert_eq!(answer.body, larkspur_core::http::Received::Buffered("http://open.example/x".into()));
    let error = through(url).host().send(request(format!("https://localhost:{}/", server.port))).await.unwrap_err();
    // The tunnel stood: what fails is the certificate of the server behind it.
    assert_eq!((error.kind, error.sent, proxy.requests()), (TransportKind::Tls, false, 2));
}

#[tokio::test]
async fn a_proxy_that_refuses_is_told_without_its_password() {
    let proxy = http_proxy();
    let host = through(format!("http://me:wr0ng@127.0.0.1:{}", proxy.port)).host();
    let error = host.send(request("https://open.example/x")).await.unwrap_err();
    assert_eq!((error.kind, error.sent), (TransportKind::Connect, false));
    assert!(error.reason.starts_with("connecting to open.example:443 through the proxy failed: "), "{}", error.reason);
    assert!(error.reason.contains("proxy") && !error.reason.contains("wr0ng"), "{}", error.reason);
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = through(format!("http://me:wr0ng@127.0.0.1:{port}")).host().send(request("http://open.example/x")).await.unwrap_err();
    assert_eq!((error.sent, error.reason.as_str()), (false, "connecting to open.example:80 through the proxy refused"));
}

#[tokio::test]
async fn a_socks_proxy_opens_tunnels() {
    let (proxy, server) = (socks_proxy(), Server::start(|_, out| reply_ok(out)));
    for scheme in ["socks5", "socks5h"] {
        let host = through(format!("{scheme}://127.0.0.1:{}", proxy.port)).host();
        assert_eq!(host.send(request(format!("http://localhost:{}/", server.port))).await.unwrap().head.status, 200);
    }
    assert_eq!((proxy.requests(), server.requests()), (2, 2));
}

#[test]
fn the_environment_names_proxies_and_exceptions() {
    let (proxy, server) = (http_proxy(), Server::start(|_, out| reply_ok(out)));
    let (proxied, plain) = (format!("http://me:s3cret@127.0.0.1:{}", proxy.port), server.port.to_string());
    for (exceptions, expected) in [("", "1"), ("127.0.0.1", "0")] {
        let before = proxy.requests();
        let variables = [("http_proxy", proxied.as_str()), ("NO_PROXY", exceptions), ("no_proxy", exceptions), ("TEST_PORT", &plain)];
        crate::run_alone("proxies::alone_sends_by_the_environment", &variables);
        assert_eq!((proxy.requests() - before).to_string(), expected, "NO_PROXY={exceptions}");
    }
    assert_eq!(server.requests(), 2 + 1);
}

#[tokio::test]
#[ignore = "run in a process of its own"]
async fn alone_sends_by_the_environment() {
    let url = format!("http://127.0.0.1:{}/", std::env::var("TEST_PORT").unwrap());
    let native = Native::new(&NativeOptions::default(), None).unwrap();
    assert_eq!(native.host().send(request(url.clone())).await.unwrap().head.status, 200);
    // Without the environment it always goes straight.
    assert_eq!(crate::support::native().host().send(request(url)).await.unwrap().head.status, 200);
}
