//! A bare HTTP client, so that a test sees exactly what the sandbox does.
#![allow(dead_code, clippy::unwrap_used, clippy::indexing_slicing)]

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use larkspur_sandbox::Sandbox;
use serde_json::{Value, json};

/// One app against a sandbox of its own.
pub struct App {
    sandbox: Sandbox,
    pub id: &'static str,
}

pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl App {
    pub fn new() -> App {
        App { sandbox: Sandbox::start().unwrap(), id: "cli_test" }
    }

    /// A tenant token.
    pub fn token(&self) -> String {
        let answer = self.token_answer("secret");
        answer["tenant_access_token"].as_str().unwrap().to_owned()
    }

    pub fn token_answer(&self, secret: &str) -> Value {
        let body = json!({"app_id": self.id, "app_secret": secret});
        self.call("POST", "/open-apis/auth/v3/tenant_access_token/internal", "", Some(body)).json()
    }

    /// A request with a token and JSON.
    pub fn call(&self, method: &str, path: &str, token: &str, body: Option<Value>) -> Answer {
        let text = body.map(|body| body.to_string()).unwrap_or_default();
        self.send(method, path, &[("Authorization", &format!("Bearer {token}"))], text.as_bytes()).unwrap()
    }

    pub fn control(&self, door: &str, body: Value) -> Value {
        let answer = self.send("POST", &format!("/__sandbox/{door}"), &[], body.to_string().as_bytes()).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    pub fn log(&self) -> Vec<Value> {
        let answer = self.send("GET", "/__sandbox/requests?since=0", &[], b"").unwrap().json();
        answer["requests"].as_array().unwrap().clone()
    }

    /// A request over a connection of its own; the answer is read to the end of the connection.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> io::Result<Answer> {
        let mut stream = self.connect();
        write_request(&mut stream, method, path, headers, body, "close")?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes)?;
        Answer::parse(&bytes)
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.sandbox.url().trim_start_matches("http://")).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream
    }

    /// A form with text fields and one file.
    pub fn upload(&self, path: &str, token: &str, fields: &[(&str, &str)], file: (&str, &[u8])) -> Answer {
        self.form(path, &[("Authorization", &format!("Bearer {token}"))], fields, file)
    }

    /// The same with any headers.
    pub fn form(&self, path: &str, headers: &[(&str, &str)], fields: &[(&str, &str)], file: (&str, &[u8])) -> Answer {
        let mut body = Vec::new();
        for (name, value) in fields {
            body.extend(format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
        }
        let kind = "Content-Type: application/octet-stream";
        body.extend(format!("--XX\r\nContent-Disposition: form-data; name=\"{}\"; filename=\"f\"\r\n{kind}\r\n\r\n", file.0).bytes());
        body.extend(file.1);
        body.extend(b"\r\n--XX--\r\n");
        let kind = ("Content-Type", "multipart/form-data; boundary=XX");
        self.send("POST", path, &[headers, &[kind]].concat(), &body).unwrap()
    }
}

impl Answer {
    fn parse(bytes: &[u8]) -> io::Result<Answer> {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        Ok(Answer { status: head[9..12].parse().unwrap(), body: bytes[end + 4..].to_vec(), head })
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn code(&self) -> i64 {
        self.json()["code"].as_i64().unwrap()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(have, _)| have.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

pub fn write_request(
    to: &mut TcpStream,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
    connection: &str,
) -> io::Result<()> {
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: sandbox\r\nConnection: {connection}\r\nContent-Length: {}\r\n", body.len());
    headers.iter().for_each(|(name, value)| head += &format!("{name}: {value}\r\n"));
    to.write_all(format!("{head}\r\n").as_bytes())?;
    to.write_all(body)
}
