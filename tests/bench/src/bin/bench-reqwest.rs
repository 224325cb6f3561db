//! The peer in Rust: reqwest and serde_json doing the same call by hand, and a raw socket that shows the server's own ceiling.
//!
//! `bench-reqwest URL message|users CALLS sequential|raw` prints one JSON line: `{"calls", "wall", "cpu"}` in seconds.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Instant;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, work, calls, mode] = arguments.as_slice() else {
        return Err("usage: bench-reqwest URL message|users CALLS sequential|raw".into());
    };
    let calls: u32 = calls.parse()?;
    let (wall, cpu) = if mode == "raw" { raw(url, calls)? } else { with_reqwest(url, work, calls)? };
    println!("{}", serde_json::json!({ "calls": calls, "wall": wall, "cpu": cpu }));
    Ok(())
}

fn with_reqwest(url: &str, work: &str, calls: u32) -> Result<(f64, f64), Failure> {
    rustls::crypto::ring::default_provider().install_default().map_err(|_| "a TLS provider is there already")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let client = reqwest::Client::builder().no_proxy().http1_only().build()?;
    let call = async |count: u32| -> Result<(), Failure> {
        for _ in 0..count {
            let request = match work {
                "users" => client.get(format!("{url}/open-apis/contact/v3/users?page_size=50")),
                _ => client
                    .post(format!("{url}/open-apis/im/v1/messages?receive_id_type=chat_id"))
                    .header("Content-Type", "application/json; charset=utf-8")
                    .body(serde_json::json!({"receive_id": "oc_1", "msg_type": "text", "content": "{\"text\":\"hello\"}"}).to_string()),
            };
            let body = request.header("Authorization", "Bearer t-bench").send().await?.bytes().await?;
            let parsed: serde_json::Value = serde_json::from_slice(&body)?;
            assert_eq!(parsed.get("code").and_then(serde_json::Value::as_i64), Some(0));
        }
        Ok(())
    };
    runtime.block_on(call(200))?;
    let started = (Instant::now(), cpu_seconds());
    runtime.block_on(call(calls))?;
    Ok((started.0.elapsed().as_secs_f64(), cpu_seconds() - started.1))
}

/// One request at a time over a bare socket, nothing parsed.
fn raw(url: &str, calls: u32) -> Result<(f64, f64), Failure> {
    let mut stream = TcpStream::connect(url.trim_start_matches("http://"))?;
    stream.set_nodelay(true)?;
    let mut buffer = vec![0; 64 << 10];
    let mut exchange = |count: u32| -> Result<(), Failure> {
        for _ in 0..count {
            stream.write_all(b"GET /open-apis/im/v1/messages HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
            if stream.read(&mut buffer)? == 0 {
                return Err("the server closed".into());
            }
        }
        Ok(())
    };
    exchange(200)?;
    let started = (Instant::now(), cpu_seconds());
    exchange(calls)?;
    Ok((started.0.elapsed().as_secs_f64(), cpu_seconds() - started.1))
}

/// User and system time of this process so far.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks: f64 = [11, 12].iter().filter_map(|at| fields.get(*at)?.parse::<f64>().ok()).sum();
    ticks / 100.0
}
