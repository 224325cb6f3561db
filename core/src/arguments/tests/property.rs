//! Whatever is given, there is an answer or an error, never a panic.

use bytes::Bytes;

use super::*;
use crate::catalog::Place;

/// Values that fit nowhere, or only just.
const VALUES: [&str; 16] = [
    "null",
    "true",
    "0",
    "-1",
    "1.5",
    "1e400",
    "\"\"",
    "\"..\"",
    "\"a/b?\\u4f60\"",
    "\"\\ud83d\\ude00\"",
    "[]",
    "[1,\"a\",null,[],{}]",
    "{}",
    "{\"$message\":{}}",
    "{\"$message\":{\"msg_type\":1,\"content\":\"x\"}}",
    "{\"a\":{\"b\":[{}]}}",
];

fn given(operation: Operation, random: &mut Random) -> Arguments {
    let mut members = Vec::new();
    let mut files = Vec::new();
    for parameter in operation.parameters().filter(|_| random.up_to(9) > 0).collect::<Vec<_>>() {
        let value = VALUES[random.up_to(15) as usize];
        match parameter.place {
            Place::File if random.up_to(3) > 0 => files.push(FileArgument {
                name: parameter.name.into(),
                content: Piece::Bytes(Bytes::from_static(b"x")),
                file_name: Some("名\".txt".into()),
            }),
            _ => members.push(format!("\"{}\":{value}", parameter.name)),
        }
    }
    Arguments { json: format!("{{{}}}", members.join(",")), files }
}

/// Cuts, doubles and overwrites pieces of a text, anywhere between its characters.
fn mutate(text: &str, random: &mut Random) -> String {
    let place = |random: &mut Random| {
        let at = random.up_to(text.len() as u64) as usize;
        (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
    };
    let (one, other) = (place(random), place(random));
    let piece = ["\"", "\\", "{", "]", "\u{0}", "你", "\\ud800", ",", ":", "body", "$message"][random.up_to(10) as usize];
    match random.up_to(2) {
        0 => format!("{}{}", &text[..one], &text[other..]),
        1 => format!("{}{piece}{}", &text[..one], &text[one..]),
        _ => format!("{}{piece}", &text[..one]),
    }
}

#[test]
fn every_operation_answers_whatever_is_given() {
    let mut random = random();
    let (mut taken, mut refused) = (0, 0);
    for operation in Operation::all() {
        for _ in 0..12 {
            let mut arguments = given(operation, &mut random);
            if random.up_to(1) == 1 {
                arguments.json = mutate(&arguments.json, &mut random);
            }
            let page_token = (random.up_to(3) == 0).then_some("t\"");
            let idempotency_key = (random.up_to(3) == 0).then_some("k");
            let extras = Extras { style: Style::Camel, idempotency_key, page_token };
            match prepare(operation, &arguments, &extras, &mut random) {
                Ok(prepared) => {
                    taken += 1;
                    check(operation, &prepared);
                }
                Err(error) => {
                    refused += 1;
                    assert!(!error.to_string().is_empty());
                }
            }
        }
    }
    assert!(taken > 1000 && refused > 1000, "{taken} taken, {refused} refused");
}

/// What is sent is well formed.
fn check(operation: Operation, prepared: &Prepared) {
    let (path, query) = prepared.path.split_once('?').unwrap_or((&prepared.path, ""));
    let plain =
        |text: &str, more: &[u8]| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte) || more.contains(&byte));
    assert!(plain(path, b"/") && plain(query, b"&="), "{operation:?} {}", prepared.path);
    assert_eq!(path.split('/').count(), operation.path().split('/').count(), "{operation:?} {path}");
    assert!(!path.contains("/../") && !path.ends_with("/.."), "{operation:?} {path}");
    match prepared.headers.get("content-type") {
        Some(kind) if kind.starts_with("application/json") => {
            let body = text(&prepared.body);
            assert!(serde_json::from_str::<serde::de::IgnoredAny>(&body).is_ok(), "{operation:?} {body}");
        }
        Some(_) => assert!(text(&prepared.body).ends_with("--\r\n"), "{operation:?}"),
        None => assert!(prepared.body.is_empty(), "{operation:?}"),
    }
}

#[test]
fn every_path_answers_whatever_is_given() {
    let mut random = random();
    for _ in 0..4000 {
        let mut call = PathCall {
            method: "POST".into(),
            path: "/open-apis/:a/b/:c".into(),
            path_params: r#"{"a":"1","c":"2"}"#.into(),
            query: r#"{"q":[1,"2"],"page_token":""}"#.into(),
            body: r#"{"x":[1,{}]}"#.into(),
            ..PathCall::default()
        };
        let part =
            [&mut call.path, &mut call.path_params, &mut call.query, &mut call.body].into_iter().nth(random.up_to(3) as usize).unwrap();
        *part = mutate(part, &mut random);
        let page_token = (random.up_to(1) == 0).then_some("t");
        if let Ok(prepared) = prepare_path(&call, &Extras { page_token, ..extras() }, &mut random) {
            assert!(prepared.path.starts_with("/") && prepared.path.is_ascii(), "{}", prepared.path);
        }
    }
}
