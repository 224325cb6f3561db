//! How many calls a second the host makes, beside reqwest by hand, over loopback with answers of 1 KB.
//!
//! `cargo run --release -p larkspur-native --example rate` starts a server in a process of its own and prints the median of seven rounds of
//! each way. Reqwest by hand neither builds the request from arguments nor reads the answer's JSON.
#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a program to measure with ends when something is missing")]

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use larkspur_core::catalog::Style;
use larkspur_core::{Call, CallOptions, Client, Invocation, Options, PathCall, Secret, Target};
use larkspur_native::{Native, NativeOptions, ProxyChoice};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const ROUNDS: usize = 7;
const CALLS: usize = 4000;
const IN_FLIGHT: usize = 64;

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("serve") => serve(),
        _ => compare(),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn serve() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    println!("http://{}", listener.local_addr().expect("an address"));
    let data = "x".repeat(980);
    let body = format!(r#"{{"code":0,"msg":"ok","data":{{"text":"{data}"}}}}"#);
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    while let Ok((mut stream, _)) = listener.accept().await {
        let answer = answer.clone();
        stream.set_nodelay(true).expect("a socket");
        tokio::spawn(async move {
            let mut buffer = [0; 4096];
            // A request without body comes in one piece.
            while stream.read(&mut buffer).await.is_ok_and(|count| count > 0) {
                if stream.write_all(answer.as_bytes()).await.is_err() {
                    return;
                }
            }
        });
    }
}

fn compare() {
    let mut server =
        Command::new(std::env::current_exe().expect("this program")).arg("serve").stdout(Stdio::piped()).spawn().expect("a server");
    let mut url = String::new();
    BufReader::new(server.stdout.take().expect("its output")).read_line(&mut url).expect("its address");
    let url = url.trim();
    let raw_sync = raw_sync(url);
    row("reqwest, current thread, one by one", raw_sync, raw_sync);
    row("Native::run", run(url), raw_sync);
    let raw_async = raw_async(url);
    row("reqwest, 64 in flight", raw_async, raw_async);
    row("Native::spawn, 64 in flight", spawn(url), raw_async);
    server.kill().expect("its end");
    server.wait().expect("its end");
}

fn row(name: &str, rate: f64, raw: f64) {
    println!("{name:40} {rate:8.0} calls/s  {:6.1} µs  {:.2} of reqwest", 1e6 / rate, rate / raw);
}

fn median(mut round: impl FnMut()) -> f64 {
    round();
    let mut rates: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let began = Instant::now();
            round();
            CALLS as f64 / began.elapsed().as_secs_f64()
        })
        .collect();
    rates.sort_by(f64::total_cmp);
    rates[ROUNDS / 2]
}

fn plain() -> reqwest::Client {
    let tls = rustls::ClientConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .expect("protocol versions")
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy().build().expect("a client")
}

async fn fetch(client: &reqwest::Client, url: &str) {
    let answer = client.get(url).header("user-agent", "rate").timeout(Duration::from_secs(30)).send().await.expect("an answer");
    assert!(answer.bytes().await.expect("a body").len() > 900);
}

fn raw_sync(url: &str) -> f64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (client, url) = (plain(), format!("{url}/open-apis/im/v1/messages/om_1"));
    median(|| (0..CALLS).for_each(|_| runtime.block_on(fetch(&client, &url))))
}

fn raw_async(url: &str) -> f64 {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let (client, url) = (plain(), format!("{url}/open-apis/im/v1/messages/om_1"));
    median(|| {
        in_flight(|done| {
            let (client, url) = (client.clone(), url.clone());
            runtime.spawn(async move {
                fetch(&client, &url).await;
                done.send(()).expect("a listener");
            });
        })
    })
}

fn run(url: &str) -> f64 {
    let (native, client) = (native(), client(url));
    median(|| {
        for _ in 0..CALLS {
            native.run(call(&client), &mut || true, None).expect("no signal").expect("a reply");
        }
    })
}

fn spawn(url: &str) -> f64 {
    let (native, client) = (native(), client(url));
    median(|| {
        in_flight(|done| {
            let finish = move |result: Result<larkspur_core::Reply, larkspur_core::Error>| {
                result.expect("a reply");
                done.send(()).expect("a listener");
            };
            native.spawn(call(&client), None, finish).expect("a runtime");
        })
    })
}

/// Starts so many calls that 64 of them are always in flight.
fn in_flight(start: impl Fn(mpsc::Sender<()>)) {
    let (done, ended) = mpsc::channel();
    (0..IN_FLIGHT).for_each(|_| start(done.clone()));
    for number in 0..CALLS {
        ended.recv().expect("an end");
        if number + IN_FLIGHT < CALLS {
            start(done.clone());
        }
    }
}

fn native() -> Native {
    Native::new(&NativeOptions { proxy: ProxyChoice::None, ..NativeOptions::default() }, None).expect("a host")
}

fn client(url: &str) -> Client {
    Client::new(Options { app_id: "cli_a1".into(), app_secret: Secret::new("s3cret"), base_url: url.into(), ..Options::default() })
        .expect("a client")
}

fn call(client: &Client) -> Call {
    let path =
        PathCall { method: "GET".into(), path: "/open-apis/im/v1/messages/om_1".into(), token: Some("none".into()), ..PathCall::default() };
    let target = Target::Path(path);
    let invocation = Invocation { target, options: CallOptions::default(), style: Style::Snake, sink: None, offset: 0 };
    client.call(&invocation, larkspur_native::entropy().expect("entropy")).expect("a call")
}
