//! A small HTTP/1.1 server of threads, and what the tests send to it.
#![allow(dead_code, reason = "each test binary uses a part")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use larkspur_core::http::{Headers, Limits, Method, Patience, Piece, Request};
use larkspur_core::{Call, CallOptions, Client, Invocation, Options, PathCall, Secret, Target};
use larkspur_native::{Native, NativeOptions, ProxyChoice};

/// The answer of a message call: some of it is data, all of it is JSON.
pub const OK: &str = r#"{"code":0,"msg":"ok","data":{"a":1}}"#;

/// Both directions of a connection, encrypted or not.
pub trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

/// One request as the server heard it.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    /// The number of the connection, from zero.
    pub connection: usize,
    /// The number of the request on it, from zero.
    pub number: usize,
    pub line: String,
    pub headers: Vec<(String, String)>,
    /// The first bytes of the body.
    pub body: Vec<u8>,
    pub length: u64,
}

impl Heard {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub fn path(&self) -> &str {
        self.line.split(' ').nth(1).unwrap_or_default()
    }
}

/// Whether the connection stays open after an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    Keep,
    Close,
}

/// Counts what a server saw.
#[derive(Debug, Default)]
pub struct Seen {
    pub connections: AtomicUsize,
    pub open: AtomicUsize,
    pub requests: AtomicUsize,
}

pub struct Server {
    pub port: u16,
    pub seen: Arc<Seen>,
    stop: Arc<AtomicBool>,
}

impl Server {
    /// Answers each request by the function, on a thread for each connection.
    pub fn start(answer: impl Fn(&Heard, &mut dyn Write) -> Then + Send + Sync + 'static) -> Self {
        Self::over(|stream| Box::new(stream), answer)
    }

    /// The same over what `wrap` makes of the socket.
    pub fn over(
        wrap: impl Fn(TcpStream) -> Box<dyn Stream> + Send + Sync + 'static,
        answer: impl Fn(&Heard, &mut dyn Write) -> Then + Send + Sync + 'static,
    ) -> Self {
        Self::raw(move |stream, connection, seen| {
            let socket = stream.try_clone().unwrap();
            serve(BufReader::new(wrap(stream)), connection, seen, &answer);
            let _ = socket.shutdown(Shutdown::Both);
        })
    }

    /// Hands each socket to the function.
    pub fn raw(handle: impl Fn(TcpStream, usize, &Seen) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (seen, stop, handle) = (Arc::new(Seen::default()), Arc::new(AtomicBool::new(false)), Arc::new(handle));
        let server = Self { port, seen: seen.clone(), stop: stop.clone() };
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                stream.set_nodelay(true).unwrap();
                let (handle, seen) = (handle.clone(), seen.clone());
                let connection = seen.connections.fetch_add(1, Ordering::SeqCst);
                seen.open.fetch_add(1, Ordering::SeqCst);
                thread::spawn(move || {
                    handle(stream, connection, &seen);
                    seen.open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        server
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::SeqCst)
    }

    pub fn requests(&self) -> usize {
        self.seen.requests.load(Ordering::SeqCst)
    }

    /// Waits until so many connections are open, and says how long it took.
    pub fn wait_open(&self, count: usize) -> Duration {
        let began = std::time::Instant::now();
        while self.seen.open.load(Ordering::SeqCst) != count {
            assert!(began.elapsed() < Duration::from_secs(10), "{} connections are open", self.seen.open.load(Ordering::SeqCst));
            thread::sleep(Duration::from_millis(2));
        }
        began.elapsed()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn serve(
    mut stream: BufReader<Box<dyn Stream>>,
    connection: usize,
    seen: &Seen,
    answer: &(impl Fn(&Heard, &mut dyn Write) -> Then + Send + Sync),
) {
    let mut number = 0;
    while let Some(heard) = hear(&mut stream, connection, number) {
        seen.requests.fetch_add(1, Ordering::SeqCst);
        number += 1;
        let then = answer(&heard, stream.get_mut());
        let _ = stream.get_mut().flush();
        if then == Then::Close {
            return;
        }
    }
}

/// Reads one request with its body; `None` when the connection has ended.
pub fn hear(stream: &mut impl BufRead, connection: usize, number: usize) -> Option<Heard> {
    let mut heard = Heard { connection, number, line: read_line(stream)?, ..Heard::default() };
    loop {
        let line = read_line(stream)?;
        let Some((name, value)) = line.split_once(':') else { break };
        heard.headers.push((name.to_owned(), value.trim().to_owned()));
    }
    if heard.header("transfer-encoding").is_some() {
        loop {
            let size = u64::from_str_radix(read_line(stream)?.trim(), 16).ok()?;
            take(stream, size, &mut heard)?;
            read_line(stream)?;
            if size == 0 {
                return Some(heard);
            }
        }
    }
    let length = heard.header("content-length").map_or(0, |length| length.parse().unwrap());
    take(stream, length, &mut heard)?;
    Some(heard)
}

fn read_line(stream: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    match stream.read_line(&mut line) {
        Ok(1..) => Some(line.trim_end().to_owned()),
        _ => None,
    }
}

fn take(stream: &mut impl BufRead, size: u64, heard: &mut Heard) -> Option<()> {
    let mut left = size;
    let mut buffer = vec![0; 256 * 1024];
    while left > 0 {
        let most = usize::try_from(left.min(buffer.len() as u64)).unwrap();
        let count = stream.read(&mut buffer[..most]).ok().filter(|count| *count > 0)?;
        if heard.body.len() < 65_536 {
            heard.body.extend_from_slice(&buffer[..count]);
        }
        left -= count as u64;
        heard.length += count as u64;
    }
    Some(())
}

/// Writes an answer with its length.
pub fn reply(out: &mut dyn Write, status: &str, headers: &str, body: &[u8]) -> Then {
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n{headers}\r\n", body.len());
    match out.write_all(&[head.as_bytes(), body].concat()) {
        Ok(()) => Then::Keep,
        Err(_) => Then::Close,
    }
}

/// Writes the usual answer.
pub fn reply_ok(out: &mut dyn Write) -> Then {
    reply(out, "200 OK", "Content-Type: application/json; charset=utf-8\r\n", OK.as_bytes())
}

/// A host's network without proxy.
pub fn native() -> Native {
    Native::new(&NativeOptions { proxy: ProxyChoice::None, ..NativeOptions::default() }, None).unwrap()
}

/// A request with a second for everything.
pub fn request(url: impl Into<String>) -> Request {
    Request {
        method: Method::Get,
        url: url.into(),
        headers: Headers::from_iter([("User-Agent", "larkspur-test")]),
        body: Vec::new(),
        limits: Limits { connect: Duration::from_secs(1), answer: Patience::Total(Duration::from_secs(5)) },
        max_answer: 1 << 20,
        sink: None,
        offset: 0,
    }
}

/// A POST with the body.
pub fn post(url: impl Into<String>, body: impl Into<Bytes>) -> Request {
    Request { method: Method::Post, body: vec![Piece::Bytes(body.into())], ..request(url) }
}

/// A client of the server that never asks for a token and never tries again.
pub fn client(base_url: &str) -> Client {
    let call = CallOptions { max_retries: Some(0), ..CallOptions::default() };
    Client::new(Options {
        app_id: "cli_a1".into(),
        app_secret: Secret::new("s3cret"),
        base_url: base_url.into(),
        call,
        ..Options::default()
    })
    .unwrap()
}

pub fn invocation(method: &str, path: &str) -> Invocation {
    Invocation {
        target: Target::Path(PathCall { method: method.into(), path: path.into(), token: Some("none".into()), ..PathCall::default() }),
        options: CallOptions::default(),
        style: larkspur_core::catalog::Style::Snake,
        sink: None,
        offset: 0,
    }
}

pub fn call(client: &Client, invocation: &Invocation) -> Call {
    client.call(invocation, larkspur_native::entropy().unwrap()).unwrap()
}
