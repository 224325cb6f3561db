//! What is refused before the network, with its message.

use super::*;

#[test]
fn what_cannot_be_sent_is_refused_with_its_reason() {
    let get = "im.v1.message.get";
    let patch = "contact.v3.user.patch";
    for (id, json, expected) in [
        (get, r#"{"mesage_id":"1"}"#, "mesage_id is not an argument of it; use message_id"),
        (
            get,
            r#"{"message_id":"1","zebra":1}"#,
            "zebra is not an argument of it; it takes message_id, user_id_type, card_msg_content_type, with_sender_name",
        ),
        (get, r#"{"message_id":"1","timeout":2}"#, "timeout is not an argument of it; pass it with the options of the call"),
        (get, r#"{"message_id":"1","message_id_":"2"}"#, "message_id_ is given twice; give it once"),
        (get, r#"{"message_id":"1","message_id":"2"}"#, "message_id is given twice; give it once"),
        (get, r#"{"message_id":"1","body":{},"body":{}}"#, "body is given, and this operation takes none; leave it out"),
        (patch, r#"{"user_id":"1","body":{},"body_":{}}"#, "body_ is given twice; give it once"),
        (get, r#"{"message_id":"1","body":{}}"#, "body is given, and this operation takes none; leave it out"),
        (get, "", "message_id is missing; call it as im.v1.message.get(message_id)"),
        (get, r#"{"message_id":""}"#, "message_id is empty; it is a part of the path"),
        (get, r#"{"message_id":"."}"#, r#"message_id is ".", which would leave the path; pass an id"#),
        (get, r#"{"message_id":"\u002e."}"#, r#"message_id is "..", which would leave the path; pass an id"#),
        (get, r#"{"message_id":null}"#, "message_id is null, which only a body can carry; leave it out"),
        (get, r#"{"message_id":{"a":1}}"#, "message_id is an object; pass a string"),
        (get, r#"{"message_id":["a"]}"#, "message_id is a list; pass a string"),
        (get, r#"{"message_id":"1","with_sender_name":"maybe"}"#, "with_sender_name is a string; pass true or false"),
        (get, r#"{"message_id":"1","user_id_type":null}"#, "user_id_type is null, which only a body can carry; leave it out"),
        (
            SEND,
            r#"{"msg_type":"text"}"#,
            "receive_id_type, receive_id, content are missing; call it as im.v1.message.create(receive_id_type, receive_id, msg_type, content)",
        ),
        ("contact.v3.user.batch", r#"{"user_ids":[]}"#, "user_ids is missing; call it as contact.v3.user.batch(user_ids)"),
        (patch, r#"{"user_id":"1","name":"a","body":{"name":"b"}}"#, "name is given twice: by itself and in body; give it once"),
        (patch, r#"{"user_id":"1","body":{"name":"b","name":"c"}}"#, "name is given twice in body; give it once"),
        (
            patch,
            r#"{"user_id":"1","name":"a","body":[1]}"#,
            "name is given, and body is no object that it could go into; give either body or its fields",
        ),
        (patch, r#"{"user_id":"1","body":{"gender":"x"}}"#, "gender is text that is no integer; pass an integer"),
        (patch, r#"{"user_id":"1","gender":1.5}"#, "gender is the number 1.5; pass an integer"),
        (patch, r#"{"user_id":"1","orders":"x"}"#, "orders is a string; pass a list"),
        (patch, r#"{"user_id":"1","name":"\ud800"}"#, "arguments: text holds half of a UTF-16 pair, which UTF-8 cannot encode; remove it"),
        (
            "aily.v1.ailySession.create",
            r#"{"x_aily_biz_user_id":"a\r\nAuthorization: b"}"#,
            "header X-Aily-BizUserID holds the control character '\\r'; remove it",
        ),
        (
            "aily.v1.ailySession.create",
            r#"{"x_aily_biz_user_id":"张"}"#,
            "header X-Aily-BizUserID holds 张, which is not ASCII; percent-encode it",
        ),
        ("aily.v1.ailySession.create", r#"{"x_aily_biz_user_id":{"a":1}}"#, "x_aily_biz_user_id is an object; pass a string"),
        (get, "[1]", "arguments is no JSON object; pass an object"),
        (get, "null", "arguments is no JSON object; pass an object"),
        (get, r#"{"message_id":NaN}"#, "arguments cannot be read as JSON at line 1, column 15"),
        (get, r#"{"message_id":"s3cret"#, "arguments cannot be read as JSON at line 1, column 21"),
        (get, r#"{"message_id":"1"}x"#, "arguments cannot be read as JSON at line 1, column 19"),
        (get, r#"{"message_id":"1"#, "arguments cannot be read as JSON at line 1, column 16"),
        (get, " ", "arguments cannot be read as JSON at line 1, column 1"),
    ] {
        assert_eq!(refused(id, json), expected, "{id} {json}");
    }
}

#[test]
fn the_missing_are_told_in_the_callers_spelling() {
    let extras = Extras { style: Style::Camel, ..extras() };
    let error = prepare(operation("contact.v3.user.find_by_department"), &arguments("{}"), &extras, &mut random()).err().unwrap();
    assert_eq!(error.to_string(), "department_id is missing; call it as contact.v3.user.findByDepartment(department_id)");
}

#[test]
fn many_members_are_looked_through_too() {
    let members = |last: usize| (0..100).chain([last]).map(|number| format!(r#""f{number}":{number}"#)).collect::<Vec<_>>().join(",");
    assert!(call("contact.v3.user.patch", &format!(r#"{{"user_id":"1","body":{{{}}}}}"#, members(100))).is_ok());
    let twice = refused("contact.v3.user.patch", &format!(r#"{{"user_id":"1","body":{{{}}}}}"#, members(7)));
    assert_eq!(twice, "f7 is given twice in body; give it once");
}

#[test]
fn depth_has_its_limit() {
    let nested = |levels: usize| format!(r#"{{"user_id":"1","body":{{"x":{}{}}}}}"#, "[".repeat(levels), "]".repeat(levels));
    assert!(call("contact.v3.user.patch", &nested(126)).is_ok());
    for levels in [127, 100_000] {
        let message = "arguments: nested more than 128 levels deep; pass a flatter value";
        assert_eq!(refused("contact.v3.user.patch", &nested(levels)), message);
    }
}

#[test]
fn no_message_repeats_a_text_value() {
    for json in [
        r#"{"message_id":"s3cret","with_sender_name":"s3cret"}"#,
        r#"{"message_id":["s3cret"]}"#,
        r#"{"message_id":"s3cret"#,
        r#"{"message_id":"s3cret","body":"s3cret"}"#,
    ] {
        assert!(!refused("im.v1.message.get", json).contains("s3cret"), "{json}");
    }
}
