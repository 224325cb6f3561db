//! Calls of real operations, down to the bytes.

mod paths;
mod property;
mod refusals;
mod uploads;

use super::*;
use crate::random::Entropy;

fn operation(id: &str) -> Operation {
    Operation::find(id).unwrap()
}

fn arguments(json: &str) -> Arguments {
    Arguments { json: json.into(), files: vec![] }
}

fn extras<'a>() -> Extras<'a> {
    Extras { style: Style::Snake, idempotency_key: None, page_token: None }
}

fn random() -> Random {
    Random::new(Entropy([7; 32]))
}

fn call(id: &str, json: &str) -> Result<Prepared, Error> {
    prepare(operation(id), &arguments(json), &extras(), &mut random())
}

fn refused(id: &str, json: &str) -> String {
    call(id, json).err().unwrap_or_else(|| panic!("{id} {json} is taken")).to_string()
}

fn text(pieces: &[Piece]) -> String {
    let bytes = pieces.iter().flat_map(|piece| match piece {
        Piece::Bytes(bytes) => bytes.to_vec(),
        Piece::Source(_) => b"<source>".to_vec(),
    });
    String::from_utf8(bytes.collect()).unwrap()
}

/// Path with query, and body.
fn sent(id: &str, json: &str) -> (String, String) {
    let prepared = call(id, json).unwrap_or_else(|error| panic!("{id} {json}: {error}"));
    let content_type = prepared.headers.get("content-type");
    assert_eq!(content_type, (!prepared.body.is_empty()).then_some("application/json; charset=utf-8"), "{id} {json}");
    let body = text(&prepared.body);
    (prepared.path, body)
}

fn body(id: &str, json: &str) -> String {
    sent(id, json).1
}

const SEND: &str = "im.v1.message.create";
const MESSAGES: &str = "/open-apis/im/v1/messages?receive_id_type=chat_id";

#[test]
fn both_samples_of_the_call_guide_are_sent() {
    let guide = r#"{"receive_id_type":"user_id","content":{
	                	"text": "Hello World"
	        	},"msg_type":"text","receive_id":"ou_1","uuid":"u-1"}"#;
    let (path, body) = sent(SEND, guide);
    assert_eq!(path, "/open-apis/im/v1/messages?receive_id_type=user_id");
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    let content: serde_json::Value = serde_json::from_str(body["content"].as_str().unwrap()).unwrap();
    assert_eq!((body["receive_id"].as_str(), content["text"].as_str()), (Some("ou_1"), Some("Hello World")));
    let user = sent("contact.v3.user.get", r#"{"user_id":"ou_c99c5f35d542efc7ee492afe11af19ef","user_id_type":"user_id"}"#);
    assert_eq!(user, ("/open-apis/contact/v3/users/ou_c99c5f35d542efc7ee492afe11af19ef?user_id_type=user_id".into(), String::new()));
}

#[test]
fn a_message_is_written_byte_for_byte() {
    let content = r#""{\"text\":\"Hi <at user_id=\\\"ou_x\\\">Tom</at> \\\"q\\\" \\\\ \\n你好\"}""#;
    let given = format!(r#"{{"uuid":"u-1","content":{content},"msg_type":"text","receive_id":"oc_1","receive_id_type":"chat_id"}}"#);
    let expected = format!(r#"{{"receive_id":"oc_1","msg_type":"text","content":{content},"uuid":"u-1"}}"#);
    assert_eq!(expected.len(), 141);
    assert_eq!(sent(SEND, &given), (MESSAGES.into(), expected));
}

#[test]
fn paths_are_one_encoded_segment_for_each_argument() {
    for (value, expected) in [
        (r#""a/b ?#%你""#, "a%2Fb%20%3F%23%25%E4%BD%A0"),
        (r#""om_dc13""#, "om_dc13"),
        ("7389012345678901234", "7389012345678901234"),
        (r#""...""#, "..."),
        (r#""\u4f60\/""#, "%E4%BD%A0%2F"),
    ] {
        assert_eq!(sent("im.v1.message.get", &format!(r#"{{"message_id":{value}}}"#)).0, format!("/open-apis/im/v1/messages/{expected}"));
    }
    let range = sent("sheets.v2.values.get", r#"{"range":"Q!A1:B2","spreadsheet_token":"s"}"#).0;
    assert_eq!(range, "/open-apis/sheets/v2/spreadsheets/s/values/Q%21A1%3AB2");
    assert_eq!(sent("hire.v1.talentPool.search", "{}").0, "/open-apis/hire/v1/talent_pools/");
}

#[test]
fn queries_repeat_keys_and_keep_the_order_of_the_catalogue() {
    let path = |id, json| sent(id, json).0.split_once('?').map_or(String::new(), |(_, query)| query.to_owned());
    for (id, json, expected) in [
        (
            "contact.v3.user.batch",
            r#"{"user_id_type":"open_id","user_ids":["1","2 ","你"]}"#,
            "user_ids=1&user_ids=2%20&user_ids=%E4%BD%A0&user_id_type=open_id",
        ),
        ("contact.v3.user.batch", r#"{"user_ids":"ou_1"}"#, "user_ids=ou_1"),
        ("im.v1.chat.search", r#"{"page_size":0,"query":"a b&c","user_id_type":""}"#, "user_id_type=&query=a%20b%26c&page_size=0"),
        (
            "im.v1.message.list",
            r#"{"container_id_type":"chat","container_id":"oc_1","with_sender_name":false,"start_time":1760000000}"#,
            "container_id_type=chat&container_id=oc_1&start_time=1760000000&with_sender_name=false",
        ),
        ("im.v1.message.get", r#"{"message_id":"om_1"}"#, ""),
    ] {
        assert_eq!(path(id, json), expected, "{id} {json}");
    }
}

#[test]
fn bodies_keep_the_order_of_the_catalogue_and_every_digit() {
    for (id, json, expected) in [
        (
            "report.v1.task.query",
            r#"{"page_size":"20","rule_id":7389012345678901234,"commit_end_time":1760003600,"commit_start_time":"7389012345678901234"}"#,
            r#"{"commit_start_time":7389012345678901234,"commit_end_time":1760003600,"rule_id":"7389012345678901234","page_token":"","page_size":20}"#,
        ),
        ("contact.v3.user.patch", r#"{"user_id":"1","leader_user_id":null,"name":"T"}"#, r#"{"name":"T","leader_user_id":null}"#),
        ("contact.v3.user.patch", r#"{"user_id":"1"}"#, "{}"),
        ("im.v1.chatMembers.delete", r#"{"chat_id":"oc_1"}"#, ""),
        ("im.v1.chatMembers.delete", r#"{"chat_id":"oc_1","body":{}}"#, "{}"),
        ("contact.v3.user.patch", r#"{"user_id":"1","body":{}}"#, "{}"),
        ("contact.v3.user.patch", r#"{"user_id":"1","body":[1,{"a":null}]}"#, r#"[1,{"a":null}]"#),
        ("contact.v3.user.patch", r#"{"user_id":"1","body":"x"}"#, r#""x""#),
        (
            "contact.v3.user.patch",
            r#"{"user_id":"1","gender":"1","body":{"new \"field\"":{"x": 1},"employee_type":"2","name":"T","\u4f60":[]}}"#,
            r#"{"name":"T","gender":1,"employee_type":2,"new \"field\"":{"x": 1},"你":[]}"#,
        ),
        ("im.v1.chatMembers.delete", r#"{"chat_id":"oc_1","id_list":["ou_1"]}"#, r#"{"id_list":["ou_1"]}"#),
        ("mdm.v3.countryRegion.list", r#"{"languages":["zh-CN"],"fields":["name"],"common":{}}"#, r#"{"common":{}}"#),
    ] {
        assert_eq!(body(id, json), expected, "{id} {json}");
    }
}

#[test]
fn a_taken_name_goes_inside_body() {
    let (path, body) = sent("drive.v1.permissionMember.create", r#"{"token":"d","type":"docx","perm":"view","body":{"type":"user"}}"#);
    assert_eq!((path.as_str(), body.as_str()), ("/open-apis/drive/v1/permissions/d/members?type=docx", r#"{"perm":"view","type":"user"}"#));
    let block = self::body("block.v2.message.create", r#"{"version":1,"block_id":"b","open_ids":["o"],"body":{"body":{"k":1}}}"#);
    assert_eq!(block, r#"{"body":"{\"k\":1}","version":"1","block_id":"b","open_ids":["o"]}"#);
}

#[test]
fn a_trailing_underscore_means_the_plain_name() {
    let (path, _) = sent("im.v1.message.get", r#"{"message_id_":"om_1","user_id_type_":"open_id"}"#);
    assert_eq!(path, "/open-apis/im/v1/messages/om_1?user_id_type=open_id");
}

#[test]
fn header_arguments_go_to_their_header() {
    let prepared = call("aily.v1.ailySession.create", r#"{"x_aily_biz_user_id":7,"channel_context":{"a":1}}"#).unwrap();
    assert_eq!(prepared.headers.get("X-Aily-BizUserID"), Some("7"));
    assert_eq!(text(&prepared.body), r#"{"channel_context":"{\"a\":1}"}"#);
}

#[test]
fn an_idempotency_key_is_filled_in() {
    let given = r#"{"receive_id_type":"chat_id","receive_id":"oc_1","msg_type":"text","content":"{}""#;
    let keyed = |json: &str, option| {
        let extras = Extras { idempotency_key: option, ..extras() };
        prepare(operation(SEND), &arguments(json), &extras, &mut random()).map(|prepared| {
            let body: serde_json::Value = serde_json::from_str(&text(&prepared.body)).unwrap();
            (body["uuid"].as_str().unwrap_or("-").to_owned(), prepared.has_idempotency_key)
        })
    };
    let own = random().uuid();
    assert_eq!(keyed(&format!("{given}}}"), None).unwrap(), (own, true));
    assert_eq!(keyed(&format!("{given}}}"), Some("k")).unwrap(), ("k".into(), true));
    assert_eq!(keyed(&format!(r#"{given},"uuid":"k"}}"#), Some("k")).unwrap(), ("k".into(), true));
    assert_eq!(keyed(&format!(r#"{given},"uuid":""}}"#), None).unwrap(), (String::new(), false));
    assert_eq!(keyed(&format!(r#"{given},"uuid":null}}"#), None).unwrap(), ("-".into(), false));
    let differ = keyed(&format!(r#"{given},"uuid":"a"}}"#), Some("b")).unwrap_err();
    assert_eq!(differ.to_string(), "uuid and idempotency_key differ; pass one of them");
    let empty = keyed(&format!("{given}}}"), Some("")).unwrap_err();
    assert_eq!(empty.to_string(), "idempotency_key is empty; leave it out or pass a key");
}

#[test]
fn a_key_that_the_platform_would_not_recognise_is_refused() {
    let extras = Extras { idempotency_key: Some("k"), ..extras() };
    let error = prepare(operation("im.v1.message.get"), &arguments(r#"{"message_id":"1"}"#), &extras, &mut random()).err().unwrap();
    assert_eq!(error.to_string(), "takes no idempotency key; leave idempotency_key out: the platform would not recognise it");
    assert!(!call("im.v1.message.get", r#"{"message_id":"1"}"#).unwrap().has_idempotency_key);
}

#[test]
fn a_message_brings_its_type_along() {
    let message = r#"{"$message":{"msg_type":"text","content":{"text":"a\n\"q\""}}}"#;
    let rest = r#""receive_id_type":"chat_id","receive_id":"oc_1","uuid":"u""#;
    let expected = r#"{"receive_id":"oc_1","msg_type":"text","content":"{\"text\":\"a\\n\\\"q\\\"\"}","uuid":"u"}"#;
    assert_eq!(body(SEND, &format!(r#"{{{rest},"content":{message}}}"#)), expected);
    assert_eq!(body(SEND, &format!(r#"{{{rest},"msg_type":"text","content":{message}}}"#)), expected);
    assert_eq!(body(SEND, &format!(r#"{{{rest},"body":{{"content":{message}}}}}"#)), expected);
    let built = r#"{"$message":{"content":"{\"text\":\"a\\n\\\"q\\\"\"}","msg_type":"text"}}"#;
    assert_eq!(body(SEND, &format!(r#"{{{rest},"content":{built}}}"#)), expected);
    let update = r#"{"message_id":"om_1","content":{"$message":{"msg_type":"interactive","content":{"elements":[]}}}}"#;
    assert_eq!(body("im.v1.message.patch", update), r#"{"content":"{\"elements\":[]}"}"#);
    assert_eq!(
        refused(SEND, &format!(r#"{{{rest},"msg_type":"image","content":{message}}}"#)),
        "msg_type is image, and content is a message of the type text; leave msg_type out"
    );
    let no_message = r#"{"message_id":"om_1","content":{"$message":{"msg_type":"a","content":1},"x":2}}"#;
    assert_eq!(body("im.v1.message.patch", no_message), r#"{"content":"{\"$message\":{\"msg_type\":\"a\",\"content\":1},\"x\":2}"}"#);
}

#[test]
fn the_page_goes_where_the_catalogue_says() {
    let page = |id: &str, json: &str| {
        let extras = Extras { page_token: Some("t\"1"), ..extras() };
        prepare(operation(id), &arguments(json), &extras, &mut random()).map(|prepared| (prepared.path, text(&prepared.body)))
    };
    let users = page("contact.v3.user.findByDepartment", r#"{"department_id":"0","page_token":"old"}"#).unwrap();
    assert_eq!(users.0, "/open-apis/contact/v3/users/find_by_department?department_id=0&page_token=t%221");
    let reports = page("report.v1.task.query", r#"{"commit_start_time":1,"commit_end_time":2,"page_size":3,"body":{"page_token":"old"}}"#);
    assert_eq!(reports.unwrap().1, r#"{"commit_start_time":1,"commit_end_time":2,"page_token":"t\"1","page_size":3}"#);
    let people = r#"{"filter":{},"required_fields":["name"],"page_request":{"page_token":"","page_size":9}}"#;
    let expected = r#"{"filter":{},"required_fields":["name"],"page_request":{"page_size":9,"page_token":"t\"1"}}"#;
    assert_eq!(page("directory.v1.employee.filter", people).unwrap().1, expected);
    assert_eq!(page("im.v1.message.get", r#"{"message_id":"1"}"#).unwrap_err().to_string(), "has no pages; call it directly");
    let whole = page("report.v1.task.query", r#"{"body":[1]}"#).unwrap_err().to_string();
    assert_eq!(whole, "body is no object, so that it cannot ask for the next page; pass an object");
}
