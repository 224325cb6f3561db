//! `larkspur-bench --out FILE`: what one call costs in the core, without any I/O.

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use larkspur_bench::{message_body, token_body, users_body};
use larkspur_core::catalog::{Operation, Style};
use larkspur_core::http::{Head, Headers, Received, Response};
use larkspur_core::{Arguments, CallOptions, Client, Entropy, Invocation, Now, Options, Outcome, Reply, Secret, Step, Target};
use serde_json::{Value, json};

type Failure = Box<dyn std::error::Error>;

/// Counts allocations; the bench is the one place that may.
struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// SAFETY: every call is handed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const ROUNDS: usize = 9;
const CALLS: u32 = 20_000;

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--out").skip(1);
    let client = warm_client()?;
    let send = Call {
        client: &client,
        operation: "im.v1.message.create",
        arguments: r#"{"receive_id_type":"chat_id","receive_id":"oc_1","msg_type":"text","content":"{\"text\":\"hello\"}"}"#,
        answer: message_body(),
    };
    let list = Call {
        client: &client,
        operation: "contact.v3.user.findByDepartment",
        arguments: r#"{"department_id":"0","page_size":50}"#,
        answer: users_body(),
    };
    let mut rows = send.rows("build a message, read its 1 KB answer", Some(5.0), 21)?;
    rows.extend(list.rows("build a list call, read its 40 KB page", None, 15)?);
    let text = serde_json::to_string_pretty(&rows)?;
    match arguments.next() {
        Some(file) => std::fs::write(file, text)?,
        None => println!("{text}"),
    }
    Ok(())
}

struct Call<'a> {
    client: &'a Client,
    operation: &'static str,
    arguments: &'static str,
    answer: String,
}

impl Call<'_> {
    /// The time of a call, and its allocations, of which there may be so many.
    fn rows(&self, work: &str, need: Option<f64>, most: u64) -> Result<Vec<Value>, Failure> {
        let response = respond(self.answer.clone());
        let operation = Operation::find(self.operation).map_err(|unknown| format!("no {unknown:?}"))?;
        let arguments = Arguments { json: self.arguments.into(), files: vec![] };
        let run = || -> Result<Reply, Failure> {
            let target = Target::Operation(operation, arguments.clone());
            let invocation = Invocation { target, options: CallOptions::default(), style: Style::Snake, sink: None, offset: 0 };
            complete(self.client, &invocation, &response)
        };
        let mut times = Vec::new();
        for _ in 0..ROUNDS {
            let started = Instant::now();
            for _ in 0..CALLS {
                black_box(run()?);
            }
            times.push(started.elapsed().as_secs_f64() * 1e6 / f64::from(CALLS));
        }
        let before = ALLOCATIONS.load(Ordering::Relaxed);
        black_box(run()?);
        let allocations = ALLOCATIONS.load(Ordering::Relaxed) - before;
        times.sort_by(f64::total_cmp);
        let median = times.get(ROUNDS / 2).copied().unwrap_or(f64::NAN);
        let spread = format!("{:.2}..{:.2}", times.first().unwrap_or(&0.0), times.last().unwrap_or(&0.0));
        let holds = need.is_none_or(|need| median < need);
        Ok(vec![
            json!({"work": work, "unit": "us", "ours": round(median), "peer": null, "peer_name": null, "ratio": null,
                   "need": need.map(|need| format!("< {need}")), "holds": holds, "spread": spread}),
            json!({"work": format!("{work}: allocations"), "unit": "allocations", "ours": allocations, "peer": null, "peer_name": null,
                   "ratio": null, "need": format!("<= {most}"), "holds": allocations <= most, "spread": null}),
        ])
    }
}

/// A client whose token is there.
fn warm_client() -> Result<Client, Failure> {
    let options = Options { app_id: "cli_bench".into(), app_secret: Secret::new("secret"), ..Options::default() };
    let client = Client::new(options)?;
    let mut call = client.token(&CallOptions::default(), Entropy([1; 32]))?;
    let Step::Spawn(mut refresh) = call.resume(now(), Outcome::Start) else { return Err("expected a refresh".into()) };
    let Step::Send(_) = refresh.resume(now(), Outcome::Start) else { return Err("expected a token request".into()) };
    let Step::Done(_) = refresh.resume(now(), Outcome::Response(respond(token_body()))) else { return Err("expected a token".into()) };
    Ok(client)
}

fn complete(client: &Client, invocation: &Invocation, response: &Response) -> Result<Reply, Failure> {
    let mut call = client.call(invocation, Entropy([7; 32]))?;
    let Step::Send(request) = call.resume(now(), Outcome::Start) else { return Err("expected a request".into()) };
    black_box(request);
    match call.resume(now(), Outcome::Response(response.clone())) {
        Step::Done(result) => Ok(result?),
        _ => Err("expected the end".into()),
    }
}

fn respond(body: String) -> Response {
    let headers = Headers::from_iter([("Content-Type", "application/json; charset=utf-8"), ("X-Tt-Logid", "20261120100000BENCH")]);
    Response { head: Head { status: 200, headers }, body: Received::Buffered(body.into()) }
}

fn now() -> Now {
    Now::new(1_800_000_000_000, 1_000_000)
}

fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
