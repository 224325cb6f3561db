//! Whatever comes, from the caller or from the network, the core neither panics nor hangs, and what it says is one line.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use bytes::Bytes;
use larkspur_core::catalog::{Operation, Style};
use larkspur_core::http::{Head, Headers, Received, Response, TransportError, TransportKind};
use larkspur_core::{
    Arguments, CallOptions, Client, Entropy, Invocation, Now, Options, Outcome, PathCall, Reply, Secret, Step, Target, download, message,
};
use serde_json::value::RawValue;

const ROUNDS: u64 = 12_000;

const ANSWERS: [&str; 7] = [
    r#"{"code":0,"msg":"success","data":{"items":[{"id":7389012345678901234},null,1.5e300],"has_more":true,"page_token":"p2"}}"#,
    r#"{"code":99991672,"msg":"Access denied\n","error":{"log_id":"L1","permission_violations":[{"type":"a","subject":"im:message"}],"details":[{"key":"k","value":"v"}]}}"#,
    r#"{"error":"invalid_grant","error_description":"d","code":20003}"#,
    r#"{"StatusCode":0,"StatusMessage":"ok \ud83d\ude00 \ud800","Extra":null}"#,
    r#"{"code":0.0,"data":[[[[{"a":{"b":"\u0000\\\""}}]]]],"code":-0}"#,
    "\u{feff} {\"code\":\"0\",\"bot\":{\"x\":123456789012345678901234567890}}\r\n",
    "<html>\r\n<head><title>502 Bad Gateway</title></head></html>",
];

const GRANT: &str = r#"{"code":0,"msg":"ok","tenant_access_token":"t-1","expire":7200}"#;

/// Operations with arguments that they take.
const CALLS: [(&str, &str); 8] = [
    ("im.v1.message.create", r#"{"receive_id_type":"chat_id","receive_id":"oc_1","msg_type":"text","content":{"text":"a"}}"#),
    (
        "im.v1.message.create",
        r#"{"content":{"$message":{"msg_type":"text","content":{"text":"a"}}},"receive_id":"x","receive_id_type":"chat_id"}"#,
    ),
    ("contact.v3.user.findByDepartment", r#"{"page_size":922337203685477580,"department_id":"0","page_token":""}"#),
    ("directory.v1.employee.filter", r#"{"body":{"filter":{"conditions":[]},"page_request":{"page_size":1}},"required_fields":["x"]}"#),
    ("sheets.v2.values.get", r#"{"spreadsheet_token":"a/b","range":"\ud83d\ude00","valueRenderOption":"x"}"#),
    ("bitable.v1.appTableRecord.create", r#"{"app_token":"b","table_id":"t","fields":{"a":[1.0,-0,1e400,{"b":null}]},"client_token":"k"}"#),
    ("aily.v1.ailySession.create", r#"{"x_aily_biz_user_id":"a b","channel_context":[1,"{}"]}"#),
    ("bot.v3.bot.info", "{}"),
];

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % limit as u64) as usize
    }

    /// A text with a few of its bytes changed, doubled, taken out or cut off.
    fn spoil(&mut self, text: &str) -> Vec<u8> {
        const ODD: [&[u8]; 10] = [b"\"", b"{", b"]", b"\\", b"\xff", b"\\ud800", b"-", b"e9", b"\0", b"\r\n"];
        let mut bytes = text.as_bytes().to_vec();
        for _ in 0..self.below(5) {
            let at = self.below(bytes.len().max(1)).min(bytes.len());
            match self.below(5) {
                0 => bytes.truncate(at),
                1 => drop(bytes.splice(at..at, ODD[self.below(ODD.len())].iter().copied())),
                2 => drop(bytes.drain(at..(at + 1 + self.below(9)).min(bytes.len()))),
                3 => bytes.extend_from_within(at..),
                _ => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << self.below(7)),
            }
        }
        bytes
    }

    fn spoiled(&mut self, texts: &[&str]) -> Vec<u8> {
        let text = texts[self.below(texts.len())];
        self.spoil(text)
    }

    fn spoiled_text(&mut self, texts: &[&str]) -> String {
        String::from_utf8_lossy(&self.spoiled(texts)).into_owned()
    }

    /// What the caller gives is right in three of four cases.
    fn given(&mut self, text: &str) -> String {
        if self.below(4) > 0 { text.to_owned() } else { self.spoiled_text(&[text]) }
    }
}

#[test]
fn spoiled_arguments_and_answers_end_in_a_result() {
    let (mut answered, mut failed, mut refused) = (0, 0, 0);
    for seed in 0..ROUNDS {
        let mut random = Random(seed);
        match play(&mut random) {
            None => refused += 1,
            Some(true) => answered += 1,
            Some(false) => failed += 1,
        }
    }
    let shown = format!("{answered} answered, {failed} failed, {refused} refused");
    println!("{shown}");
    assert!(answered > 500 && failed > 500 && refused > 500, "{shown}");
}

#[test]
fn spoiled_messages_and_file_names_do_no_harm() {
    const EVENTS: [&str; 2] = [
        r#"{"message_type":"text","content":"{\"text\":\"@_user_1 hi\"}","mentions":[{"key":"@_user_1","name":"Tom"}]}"#,
        r#"{"message_type":"post","content":"{\"title\":\"t\",\"content\":[[{\"tag\":\"text\",\"text\":\"a\"}]]}"}"#,
    ];
    const NAMES: [&str; 2] = [r#"attachment; filename="a\"b.txt"; filename*=UTF-8''%E4%BD%A0.txt"#, "inline; filename=..\\..\\x"];
    for seed in 0..ROUNDS {
        let mut random = Random(seed);
        let _ = message::parse(&random.spoiled_text(&EVENTS));
        let _ = message::build("post", &random.spoiled_text(&[r#"{"content":[[{"tag":"text","text":"a"}]],"title":"t"}"#]));
        if let Some(name) = download::file_name(&random.spoiled_text(&NAMES)) {
            assert!(!name.contains(['/', '\\', '\0', '\n']) && !name.is_empty() && name != "..", "{name:?}");
        }
    }
}

/// `None`: refused before the network.
fn play(random: &mut Random) -> Option<bool> {
    let client = client();
    let mut call = match client.call(&invocation(random), Entropy([7; 32])) {
        Ok(call) => call,
        Err(error) => {
            check_line(&error.to_string());
            return None;
        }
    };
    let mut now = Now::new(1_760_000_000_000, 0);
    let mut outcome = Outcome::Start;
    for _ in 0..200 {
        now.mono.0 += 50_000;
        outcome = match call.resume(now, outcome) {
            Step::Send(_) => answer(random),
            Step::Wait { .. } => Outcome::Waited,
            Step::Spawn(mut refresh) => {
                let mut inner = Outcome::Start;
                while let Step::Send(_) | Step::Wait { .. } = refresh.resume(now, inner) {
                    now.mono.0 += 10_000;
                    inner = if random.below(4) > 0 { response(200, GRANT.as_bytes().to_vec(), Headers::new()) } else { answer(random) };
                }
                Outcome::Spawned
            }
            Step::Ask(_) => panic!("there is no provider"),
            Step::Done(result) => return Some(check(result)),
        };
    }
    panic!("the call never ends");
}

fn check(result: Result<Reply, larkspur_core::Error>) -> bool {
    match result {
        Ok(reply) => {
            let data = reply.data();
            assert!(data.is_empty() || serde_json::from_slice::<&RawValue>(data).is_ok(), "{}", String::from_utf8_lossy(data));
            if let Some(page) = reply.page {
                assert!(reply.body.get(page.items).is_some());
            }
            true
        }
        Err(error) => {
            check_line(&error.to_string());
            assert!(serde_json::from_str::<&RawValue>(&error.to_json()).is_ok(), "{}", error.to_json());
            false
        }
    }
}

fn check_line(line: &str) {
    assert!(!line.is_empty() && !line.contains(['\n', '\r', '\0']), "{line:?}");
    assert!(line.len() < 2000, "a line of {} bytes: {line:.200}", line.len());
}

fn client() -> Client {
    let options = Options {
        app_id: "cli_1".into(),
        app_secret: Secret::new("secret"),
        base_url: "http://127.0.0.1:7001".into(),
        ..Options::default()
    };
    Client::new(options).unwrap()
}

fn invocation(random: &mut Random) -> Invocation {
    let target = if random.below(3) == 0 {
        Target::Path(PathCall {
            method: random.given("GET"),
            path: random.given("/open-apis/x/:id"),
            path_params: random.given(r#"{"id":"1"}"#),
            query: random.given(r#"{"a":[1,"b"],"c":true}"#),
            body: random.given(r#"{"a":{"b":[null]}}"#),
            ..PathCall::default()
        })
    } else {
        let (id, json) = CALLS[random.below(CALLS.len())];
        Target::Operation(Operation::find(id).unwrap(), Arguments { json: random.given(json), files: vec![] })
    };
    Invocation { target, options: CallOptions::default(), style: Style::Snake, sink: None, offset: 0 }
}

fn answer(random: &mut Random) -> Outcome {
    if random.below(12) == 0 {
        return Outcome::Failed(TransportError::sent(TransportKind::Broken, "the connection broke"));
    }
    let status = [200, 200, 200, 200, 200, 206, 400, 429, 500][random.below(9)];
    let kind = random.spoiled_text(&["application/json", "text/html"]);
    let reset = random.spoiled_text(&["1", "-1", "99999999999999999999", "Wed, 21 Oct 2015 07:28:00 GMT"]);
    let name = ["x-ogw-ratelimit-reset", "Retry-After"][random.below(2)];
    let headers = Headers::from_iter([("Content-Type", kind), (name, reset), ("X-Tt-Logid", random.spoiled_text(&["L1"]))]);
    response(status, random.spoiled(&ANSWERS), headers)
}

fn response(status: u16, body: Vec<u8>, headers: Headers) -> Outcome {
    Outcome::Response(Response { head: Head { status, headers }, body: Received::Buffered(Bytes::from(body)) })
}
