//! A server that answers at once with answers made beforehand, so that the clients are what is measured.
//!
//! `bench-server [--tls FOLDER | --prompt]` prints `listening on URL`; with `--tls` it leaves its certificate in `FOLDER/ca.pem`, with
//! `--prompt` it gives tokens at once too.
//! It ends when its standard input ends.

use std::cell::Cell;
use std::io::Read;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use larkspur_bench::{message_body, token_body, users_body};
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

type Failure = Box<dyn std::error::Error>;

/// What a token request waits, so that all cold callers arrive before the first token is there.
const TOKEN_DELAY: Duration = Duration::from_millis(200);

struct Answers {
    token_delay: Duration,
    token: Vec<u8>,
    message: Vec<u8>,
    users: Vec<u8>,
    token_requests: Cell<u32>,
}

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let (folder, token_delay) = match arguments.next().as_deref() {
        Some("--tls") => (Some(arguments.next().ok_or("--tls needs a folder")?), TOKEN_DELAY),
        Some("--prompt") => (None, Duration::ZERO),
        _ => (None, TOKEN_DELAY),
    };
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    tokio::task::LocalSet::new().block_on(&runtime, serve(folder, token_delay))
}

async fn serve(folder: Option<String>, token_delay: Duration) -> Result<(), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let acceptor = folder.as_deref().map(acceptor).transpose()?;
    let scheme = if acceptor.is_some() { "https" } else { "http" };
    println!("listening on {scheme}://localhost:{}", listener.local_addr()?.port());
    let answers = Rc::new(Answers {
        token_delay,
        token: answer(&token_body()),
        message: answer(&message_body()),
        users: answer(&users_body()),
        token_requests: Cell::new(0),
    });
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (answers, acceptor) = (answers.clone(), acceptor.clone());
        tokio::task::spawn_local(async move {
            // A client that goes away is no failure of the bench.
            let _ = match acceptor {
                Some(acceptor) => match acceptor.accept(stream).await {
                    Ok(stream) => converse(stream, &answers).await,
                    Err(error) => Err(error),
                },
                None => converse(stream, &answers).await,
            };
        });
    }
}

/// A certificate for `localhost` of its own making.
fn acceptor(folder: &str) -> Result<TlsAcceptor, Failure> {
    let certified = rcgen::generate_simple_self_signed(vec!["localhost".into(), "127.0.0.1".into()])?;
    std::fs::create_dir_all(folder)?;
    std::fs::write(Path::new(folder).join("ca.pem"), certified.cert.pem())?;
    let key = PrivateKeyDer::try_from(certified.signing_key.serialize_der())?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], key)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Answers the requests of one connection, pipelined ones too.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, answers: &Answers) -> std::io::Result<()> {
    let mut buffer = Vec::with_capacity(16 << 10);
    let mut out = Vec::new();
    loop {
        while let Some((path, length)) = request(&buffer) {
            match path {
                Wanted::Token => {
                    answers.token_requests.set(answers.token_requests.get() + 1);
                    tokio::time::sleep(answers.token_delay).await;
                    out.extend_from_slice(&answers.token);
                }
                Wanted::Users => out.extend_from_slice(&answers.users),
                Wanted::Message => out.extend_from_slice(&answers.message),
                Wanted::Count => out.extend_from_slice(&answer(&answers.token_requests.replace(0).to_string())),
            }
            buffer.drain(..length);
        }
        if !out.is_empty() {
            stream.write_all(&out).await?;
            out.clear();
        }
        if stream.read_buf(&mut buffer).await? == 0 {
            return Ok(());
        }
    }
}

enum Wanted {
    Token,
    Message,
    Users,
    Count,
}

/// The first whole request in the buffer and its length.
fn request(buffer: &[u8]) -> Option<(Wanted, usize)> {
    let head = buffer.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(buffer.get(..head)?).ok()?;
    let length = text
        .lines()
        .find_map(|line| line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("content-length")))
        .and_then(|(_, value)| value.trim().parse::<usize>().ok())
        .unwrap_or(0);
    let path = text.split(' ').nth(1)?;
    let wanted = match path {
        _ if path.contains("access_token") => Wanted::Token,
        _ if path.contains("/contact/") => Wanted::Users,
        "/token-requests" => Wanted::Count,
        _ => Wanted::Message,
    };
    (buffer.len() >= head + length).then_some((wanted, head + length))
}

fn answer(body: &str) -> Vec<u8> {
    let head = format!(
        concat!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: {}\r\n",
            "Date: Fri, 20 Nov 2026 10:00:00 GMT\r\nX-Tt-Logid: 20261120100000BENCH0000000000000000\r\n",
            "X-Request-Id: bench\r\nServer: bench\r\nTt_stable: 1\r\n\r\n"
        ),
        body.len()
    );
    [head.as_bytes(), body.as_bytes()].concat()
}
