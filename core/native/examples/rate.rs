//! What a call costs through the host, beside reqwest by hand: over loopback, with answers of 1 KB.
//!
//! `cargo run --release -p larkspur-native --example rate` starts a server in a process of its own, goes round all ways seven times, and
//! prints the medians of calls a second and of CPU time a call. The CPU time bears a busy machine better. Reqwest by hand neither builds the
//! request from arguments nor reads the answer's JSON. A part of a name as argument, such as `run`, measures that way alone.
#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a program to measure with ends when something is missing")]

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use larkspur_core::catalog::Style;
use larkspur_core::http::{Head, Headers, Limits, Method, Patience, Received, Request, Response, TransportError};
use larkspur_core::{
    Answer, Ask, BoxFuture, Call, CallOptions, Client, Host, Invocation, Mono, Now, Options, PathCall, Secret, Target, Trace, drive,
};
use larkspur_native::{Native, NativeOptions, ProxyChoice};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const ROUNDS: usize = 7;
const CALLS: usize = 4000;
/// As many as the host's background runtime has.
const WORKERS: usize = 2;
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
    let body = answer();
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

fn answer() -> String {
    let data = "x".repeat(980);
    format!(r#"{{"code":0,"msg":"ok","data":{{"text":"{data}"}}}}"#)
}

fn compare() {
    let mut server =
        Command::new(std::env::current_exe().expect("this program")).arg("serve").stdout(Stdio::piped()).spawn().expect("a server");
    let mut url = String::new();
    BufReader::new(server.stdout.take().expect("its output")).read_line(&mut url).expect("its address");
    let only = std::env::args().nth(1).unwrap_or_default();
    let mut ways = Vec::from(ways(url.trim()));
    ways.retain(|way| way.name.contains(&only));
    (0..=ROUNDS).for_each(|number| ways.iter_mut().for_each(|way| way.go(number > 0)));
    let mut hand = (1.0, 1.0);
    for way in ways {
        let (rate, cpu) = (median(way.rates), median(way.cpu));
        if way.is_by_hand {
            hand = (rate, cpu);
        }
        println!("{:36} {rate:7.0} calls/s ({:.2} of reqwest)  {cpu:5.1} µs CPU ({:.2})", way.name, rate / hand.0, cpu / hand.1);
    }
    server.kill().expect("its end");
    server.wait().expect("its end");
}

/// One way to make calls.
struct Way {
    name: &'static str,
    is_by_hand: bool,
    round: Box<dyn FnMut()>,
    rates: Vec<f64>,
    cpu: Vec<f64>,
}

impl Way {
    fn new(name: &'static str, is_by_hand: bool, round: impl FnMut() + 'static) -> Self {
        Self { name, is_by_hand, round: Box::new(round), rates: Vec::new(), cpu: Vec::new() }
    }

    fn go(&mut self, counts: bool) {
        let (began, cpu) = (Instant::now(), cpu_time());
        (self.round)();
        if counts {
            self.rates.push(CALLS as f64 / began.elapsed().as_secs_f64());
            self.cpu.push((cpu_time() - cpu).as_secs_f64() * 1e6 / CALLS as f64);
        }
    }
}

fn ways(url: &str) -> [Way; 6] {
    [
        Way::new("reqwest by hand, one by one", true, raw_sync(url)),
        Way::new("the host's send, one by one", false, send(url)),
        Way::new("the core alone, one by one", false, core(url)),
        Way::new("Native::run, one by one", false, run(url)),
        Way::new("reqwest by hand, 64 in flight", true, raw_async(url)),
        Way::new("Native::spawn, 64 in flight", false, spawn(url)),
    ]
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.try_into().expect("a time"), time.tv_nsec.try_into().expect("a time"))
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

fn raw_sync(url: &str) -> impl FnMut() + 'static {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (client, url) = (plain(), format!("{url}/open-apis/im/v1/messages/om_1"));
    move || (0..CALLS).for_each(|_| runtime.block_on(fetch(&client, &url)))
}

fn send(url: &str) -> impl FnMut() + 'static {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (host, url) = (native().host(), format!("{url}/open-apis/im/v1/messages/om_1"));
    let request = move || Request {
        method: Method::Get,
        url: url.clone(),
        headers: Headers::from_iter([("User-Agent", "rate")]),
        body: Vec::new(),
        limits: Limits { connect: Duration::from_secs(10), answer: Patience::Total(Duration::from_secs(30)) },
        max_answer: 1 << 20,
        sink: None,
        offset: 0,
    };
    move || (0..CALLS).for_each(|_| drop(runtime.block_on(host.send(request())).expect("an answer")))
}

/// A host that has the answer already.
struct Canned(Response);

impl Host for Canned {
    fn now(&self) -> Now {
        Now::new(1, 1)
    }

    async fn send(&self, _: Request) -> Result<Response, TransportError> {
        Ok(self.0.clone())
    }

    async fn sleep(&self, _: Mono) {}

    async fn ask(&self, _: Ask) -> Answer {
        Answer::Failed("nobody asks".into())
    }

    fn spawn(&self, _: BoxFuture<()>) {}

    fn trace(&self, _: &Trace<'_>) {}
}

fn core(url: &str) -> impl FnMut() + 'static {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let headers = Headers::from_iter([("content-type", "application/json")]);
    let canned = Arc::new(Canned(Response { head: Head { status: 200, headers }, body: Received::Buffered(answer().into()) }));
    let client = client(url);
    move || (0..CALLS).for_each(|_| drop(runtime.block_on(drive(&canned, call(&client))).expect("a reply")))
}

fn raw_async(url: &str) -> impl FnMut() + 'static {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build().expect("a runtime");
    let (client, url) = (plain(), format!("{url}/open-apis/im/v1/messages/om_1"));
    move || {
        in_flight(|done| {
            let (client, url) = (client.clone(), url.clone());
            runtime.spawn(async move {
                fetch(&client, &url).await;
                done.send(()).expect("a listener");
            });
        });
    }
}

fn run(url: &str) -> impl FnMut() + 'static {
    let (native, client) = (native(), client(url));
    move || {
        for _ in 0..CALLS {
            native.run(call(&client), &mut || true, None).expect("no signal").expect("a reply");
        }
    }
}

fn spawn(url: &str) -> impl FnMut() + 'static {
    let (native, client) = (native(), client(url));
    move || {
        in_flight(|done| {
            let finish = move |result: Result<larkspur_core::Reply, larkspur_core::Error>| {
                result.expect("a reply");
                done.send(()).expect("a listener");
            };
            native.spawn(call(&client), None, finish).expect("a runtime");
        });
    }
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
