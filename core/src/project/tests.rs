mod clients;
mod turns;

use super::*;
use crate::arguments::Arguments;
use crate::call::Call;
use crate::catalog::{Node, Operation, Style};
use crate::client::{Client, Invocation, Target};
use crate::error::Class;
use crate::http::{Head, Headers, Method, Piece, Received, Request, Response, TransportError, TransportKind};
use crate::options::{CallOptions, Options};
use crate::page::{Pages, Walk};
use crate::random::Entropy;
use crate::secret::Secret;
use crate::step::{Outcome, Reply, Step, Why};
use crate::time::Now;
use bytes::Bytes;

type Answered = Result<(u16, String), TransportError>;

/// A platform that answers from a list, and a clock that the waits move.
struct World {
    client: Client,
    now: u64,
    answers: Vec<Answered>,
    requests: Vec<Request>,
    tokens: u32,
    token_answer: fn(u32) -> String,
    waits: Vec<Why>,
}

fn world(project: ProjectOptions) -> World {
    let options = Options {
        app_id: "MII_1".into(),
        app_secret: Secret::new("s3cret"),
        project: Some(project),
        call: CallOptions { max_retries: Some(3), ..CallOptions::default() },
        ..Options::default()
    };
    let client = Client::new(options).unwrap();
    World { client, now: 0, answers: vec![], requests: vec![], tokens: 0, token_answer: granted, waits: vec![] }
}

fn granted(number: u32) -> String {
    format!(r#"{{"data":{{"token":"p-{number}","expire_time":7200}},"error":{{"code":0,"msg":"success"}}}}"#)
}

fn user() -> ProjectOptions {
    ProjectOptions { user_key: "7000001".into(), ..ProjectOptions::default() }
}

fn ok(data: &str) -> Answered {
    Ok((200, format!(r#"{{"err_code":0,"err_msg":"","err":{{}},"data":{data}}}"#)))
}

fn refusal(status: u16, code: i64, msg: &str) -> Answered {
    Ok((status, format!(r#"{{"err_code":{code},"err_msg":"{msg}","err":{{"code":{code},"msg":"{msg}","log_id":"L1"}}}}"#)))
}

fn lost() -> Answered {
    Err(TransportError::sent(TransportKind::Broken, "the connection broke"))
}

fn invocation(id: &str, json: &str) -> Invocation {
    let operation = Operation::find_below(Node::PROJECT, id).unwrap();
    let target = Target::Operation(operation, Arguments { json: json.to_owned(), files: vec![] });
    Invocation { target, options: CallOptions::default(), style: Style::Snake, sink: None, offset: 0 }
}

fn create() -> Invocation {
    invocation("work_item.create", r#"{"project_key":"p1","work_item_type_key":"story","name":"Login page"}"#)
}

fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.headers.get(name)
}

fn body(request: &Request) -> String {
    let [Piece::Bytes(bytes)] = request.body.as_slice() else { return String::new() };
    String::from_utf8(bytes.to_vec()).unwrap()
}

impl World {
    fn answering(mut self, answers: impl IntoIterator<Item = Answered>) -> Self {
        self.answers = answers.into_iter().collect();
        self.answers.reverse();
        self
    }

    fn call(&mut self, invocation: &Invocation) -> Result<Reply, Error> {
        let call = self.client.call(invocation, Entropy([self.now as u8; 32]))?;
        self.drive(call)
    }

    fn drive(&mut self, mut call: Call) -> Result<Reply, Error> {
        let mut outcome = Outcome::Start;
        loop {
            outcome = match call.resume(Now::new(self.now, self.now), outcome) {
                Step::Done(result) => return result,
                Step::Wait { until, why, .. } => {
                    self.waits.push(why);
                    self.now = self.now.max(until.0);
                    Outcome::Waited
                }
                Step::Send(request) => {
                    self.requests.push(*request);
                    answered(self.answers.pop().expect("no answer is left"))
                }
                Step::Spawn(mut refresh) => {
                    let Step::Send(request) = refresh.resume(Now::new(self.now, self.now), Outcome::Start) else { panic!() };
                    assert_eq!(request.url, "https://project.feishu.cn/open_api/authen/plugin_token");
                    assert!(header(&request, "x-plugin-token").is_none());
                    self.tokens += 1;
                    let answer = answered(Ok((200, (self.token_answer)(self.tokens))));
                    assert!(matches!(refresh.resume(Now::new(self.now, self.now), answer), Step::Done(_)));
                    Outcome::Spawned
                }
                Step::Ask(_) => panic!("nothing was supplied"),
            };
        }
    }
}

fn answered(answer: Answered) -> Outcome {
    match answer {
        Err(error) => Outcome::Failed(error),
        Ok((status, text)) => {
            let head = Head { status, headers: Headers::from_iter([("Content-Type", "application/json")]) };
            Outcome::Response(Response { head, body: Received::Buffered(Bytes::from(text)) })
        }
    }
}

#[test]
fn a_call_goes_out_with_token_user_and_idempotency_string() {
    let mut world = world(user()).answering([ok("7389012345678901234")]);
    let reply = world.call(&create()).unwrap();
    assert_eq!((reply.data(), reply.wide), (&b"7389012345678901234"[..], true));
    let request = &world.requests[0];
    assert_eq!((request.method, request.url.as_str()), (Method::Post, "https://project.feishu.cn/open_api/p1/work_item/create"));
    assert_eq!(header(request, "x-plugin-token"), Some("p-1"));
    assert_eq!(header(request, "x-user-key"), Some("7000001"));
    assert_eq!(header(request, "x-idem-uuid").map(str::len), Some(36));
    assert_eq!((header(request, "authorization"), header(request, "x-auth-mode")), (None, None));
    assert_eq!(body(request), r#"{"work_item_type_key":"story","name":"Login page"}"#);
}

#[test]
fn reads_carry_no_idempotency_string_and_writes_only_where_wanted() {
    let filter = invocation("work_item.filter", r#"{"project_key":"p1","work_item_type_keys":["story"]}"#);
    let mut reading = world(user()).answering([ok("[]")]);
    reading.call(&filter).unwrap();
    assert_eq!(header(&reading.requests[0], "x-idem-uuid"), None);
    let with_key = Invocation { options: CallOptions { idempotency_key: Some("k".into()), ..CallOptions::default() }, ..filter };
    assert_eq!(reading.call(&with_key).unwrap_err().class(), Class::Argument);
    let mut off = world(ProjectOptions { idempotency: false, ..user() }).answering([ok("1"), lost()]);
    off.call(&create()).unwrap();
    assert_eq!(header(&off.requests[0], "x-idem-uuid"), None);
    assert_eq!(off.call(&create()).unwrap_err().class(), Class::Transport, "without a key it is not sent again");
    let mut own = world(user()).answering([ok("1")]);
    own.call(&Invocation { options: with_key.options, ..create() }).unwrap();
    assert_eq!(header(&own.requests[0], "x-idem-uuid"), Some("k"));
}

#[test]
fn a_missing_user_key_is_refused_before_the_network() {
    let mut world = world(ProjectOptions::default()).answering([ok("[]"), ok("[]")]);
    let error = world.call(&create()).unwrap_err();
    assert_eq!((error.class(), world.requests.len()), (Class::Config, 0));
    assert!(error.to_string().contains("make the client with user_key"), "{error}");
    world.client = world.client.as_user(Secret::new("u-1")).unwrap();
    world.call(&create()).unwrap();
    let request = &world.requests[0];
    assert_eq!((header(request, "x-plugin-token"), header(request, "x-user-key")), (Some("u-1"), None));
    let exchange = invocation("auth.user_plugin_token", r#"{"code":"c","grant_type":"authorization_code"}"#);
    assert_eq!(world.call(&exchange).unwrap_err().class(), Class::Config, "a user's token is no plugin token");
    world.client = world.client.as_app();
    world.answers.push(Ok((200, r#"{"data":{"token":"u-2","user_key":"7"},"error":{"code":0,"msg":"success"}}"#.to_owned())));
    let reply = world.call(&exchange).unwrap();
    assert_eq!(reply.data(), br#"{"token":"u-2","user_key":"7"}"#);
    assert_eq!((header(&world.requests[1], "x-plugin-token"), header(&world.requests[1], "x-user-key")), (Some("p-1"), None));
}

#[test]
fn the_kind_of_token_and_the_strictness_are_options() {
    let mut world = world(ProjectOptions { is_virtual: true, checks_user_rights: Some(true), ..user() }).answering([ok("1")]);
    world.token_answer = |_| granted(9).replace("p-9", "v-9");
    world.call(&create()).unwrap();
    assert_eq!(header(&world.requests[0], "x-plugin-token"), Some("v-9"));
    assert_eq!(header(&world.requests[0], "x-auth-mode"), Some("1"));
}

#[test]
fn every_envelope_is_read_and_none_is_no_success() {
    for (status, text, data) in [
        (200, r#"{"err_code":0,"data":"x"}"#, r#""x""#),
        (200, r#"{"error":{"code":0,"msg":"success"},"data":{"a":1}}"#, r#"{"a":1}"#),
        (200, r#"{"code":0,"message":"","data":[1]}"#, "[1]"),
        (200, r#"{"err_code":0,"data":null,"err_msg":""}"#, ""),
        (200, r#"{"err_code":0}"#, ""),
    ] {
        let mut world = world(user()).answering([Ok((status, text.to_owned()))]);
        assert_eq!(world.call(&create()).unwrap().data(), data.as_bytes(), "{text}");
    }
    for (status, text, class) in [
        (200, r#"{"data":{}}"#, Class::Decode),
        (200, r#"{"statusCode":200}"#, Class::Decode),
        (502, "<html>bad gateway</html>", Class::Http),
        (400, r#"{"err_code":0,"data":{}}"#, Class::Http),
        (400, r#"{"error":{"code":20006,"msg":"bad"}}"#, Class::InvalidRequest),
        (200, r#"{"code":30005,"message":"gone"}"#, Class::NotFound),
    ] {
        let mut world = world(ProjectOptions { idempotency: false, ..user() }).answering([Ok((status, text.to_owned()))]);
        assert_eq!(world.call(&create()).unwrap_err().class(), class, "{text}");
    }
}

#[test]
fn rows_beside_the_code_are_the_data() {
    let text = r#"{"err_code":0,"err_msg":"","err":{},"data":"","datas":[{"id":1}],"pagination":{"pit":"p"},"extra_info":{}}"#;
    let mut world = world(user()).answering([Ok((200, text.to_owned()))]);
    let reply =
        world.call(&invocation("search.universal", r#"{"search_group":{},"project_key":"p1","work_item_type_key":"story"}"#)).unwrap();
    assert_eq!(reply.data(), br#"{"data":"","datas":[{"id":1}],"pagination":{"pit":"p"},"extra_info":{}}"#);
}

#[test]
fn errors_have_both_codes_the_log_id_and_what_to_do() {
    let text = r#"{"err_code":20094,"err_msg":"too many","err":{"code":1000050178,"msg":"more than 50","log_id":"L1"}}"#;
    let mut world = world(user()).answering([Ok((400, text.to_owned()))]);
    let error = world.call(&create()).unwrap_err();
    let answer = error.answer.as_ref().unwrap();
    assert_eq!((answer.code, answer.log_id.as_deref()), (20_094, Some("L1")));
    assert_eq!(answer.details[0], ("detail_code".to_owned(), "1000050178".to_owned()));
    let line = "work_item.create: too many (code 20094); narrow the search: the platform does not give more of it by paging [log id L1]";
    assert_eq!(error.to_string(), line);
}

#[test]
fn what_may_not_be_repeated_is_not() {
    for (status, code, msg, class) in [
        (429, 10_430, "conflict", Class::IdempotencyConflict),
        (401, 10_301, "no scope", Class::PermissionDenied),
        (500, 50_006, "template wrong", Class::Api),
        (400, 1_000_051_942, "quota", Class::QuotaExceeded),
    ] {
        let mut world = world(user()).answering([refusal(status, code, msg)]);
        let error = world.call(&create()).unwrap_err();
        assert_eq!((error.class(), error.attempts, world.tokens, error.retryable), (class, 1, 1, false), "{code}");
    }
}

#[test]
fn overload_and_too_many_calls_are_tried_again_with_the_same_string() {
    let mut world =
        world(user()).answering([refusal(429, 10_429, "slow down"), refusal(500, 50_006, "overloaded, try again later"), ok("1")]);
    assert_eq!(world.call(&create()).unwrap().attempts, 3);
    let keys: Vec<_> = world.requests.iter().map(|request| header(request, "x-idem-uuid").unwrap()).collect();
    assert!(keys.iter().all(|key| *key == keys[0]));
    assert!(world.waits.contains(&Why::RateLimit { attempt: 2 }));
    assert!(world.now >= 1000, "after too many calls nothing goes for a second: {}", world.now);
}

#[test]
fn a_refused_token_is_renewed_once() {
    for code in [10_021, 10_022] {
        let mut world = world(user()).answering([refusal(401, code, "token"), ok("1")]);
        world.call(&create()).unwrap();
        let sent: Vec<_> = world.requests.iter().map(|request| header(request, "x-plugin-token").unwrap()).collect();
        assert_eq!(sent, ["p-1", "p-2"], "{code}");
    }
}

#[test]
fn a_write_that_may_have_happened_is_repeated_under_its_own_token_only() {
    let mut same = world(user()).answering([lost(), refusal(429, 10_430, "conflict")]);
    assert_eq!(same.call(&create()).unwrap_err().class(), Class::IdempotencyConflict);
    assert_eq!(header(&same.requests[0], "x-idem-uuid"), header(&same.requests[1], "x-idem-uuid"));
    let mut other = world(user()).answering([lost(), refusal(401, 10_022, "token")]);
    let error = other.call(&create()).unwrap_err();
    assert_eq!((other.requests.len(), other.tokens), (2, 2), "the new token is never used for it");
    assert!(error.to_string().contains("look whether it was executed"), "{error}");
    let mut reading = world(user()).answering([lost(), refusal(401, 10_022, "token"), ok("[]")]);
    reading.call(&invocation("work_item.filter", r#"{"project_key":"p1"}"#)).unwrap();
}

#[test]
fn pages_are_walked_to_their_end() {
    let page = |rows: &str, number: u32| {
        Ok((200, format!(r#"{{"err_code":0,"data":{rows},"pagination":{{"page_num":{number},"page_size":2,"total":3}}}}"#)))
    };
    let mut world = world(user()).answering([page("[1,2]", 1), page("[3]", 2)]);
    let filter = invocation("work_item.filter", r#"{"project_key":"p1","page_size":2}"#);
    let mut pages = Pages::new(&world.client, filter, Walk::Items).unwrap();
    let mut rows = Vec::new();
    while let Some(call) = pages.next_call(Entropy([3; 32])) {
        let reply = world.drive(call.unwrap()).unwrap();
        let items = pages.received(&reply).unwrap();
        rows.push(String::from_utf8(reply.body[items].to_vec()).unwrap());
    }
    assert_eq!(rows, ["[1,2]", "[3]"]);
    assert_eq!(body(&world.requests[1]), r#"{"page_num":2,"page_size":2}"#);
}

#[test]
fn search_after_asks_in_its_snapshot() {
    let page = |rows: &str| Ok((200, format!(r#"{{"err_code":0,"datas":{rows},"pagination":{{"search_after":7,"pit":"p1"}}}}"#)));
    let mut world = world(user()).answering([page("[1]"), page("[]")]);
    let search = invocation(
        "search.universal",
        r#"{"search_group":{},"project_key":"p1","work_item_type_key":"story","pagination":{"page_size":1}}"#,
    );
    let mut pages = Pages::new(&world.client, search, Walk::Items).unwrap();
    while let Some(call) = pages.next_call(Entropy([3; 32])) {
        let reply = world.drive(call.unwrap()).unwrap();
        pages.received(&reply).unwrap();
    }
    assert!(body(&world.requests[1]).contains(r#""pagination":{"page_size":1,"search_after":7,"pit":"p1"}"#));
}

#[test]
fn a_path_of_ones_own_is_called_like_an_operation() {
    let mut world = world(user()).answering([ok("[]")]);
    let reply = world.call(&path("/open_api/projects")).unwrap();
    assert_eq!(reply.data(), b"[]");
    assert_eq!((header(&world.requests[0], "x-plugin-token"), header(&world.requests[0], "x-user-key")), (Some("p-1"), Some("7000001")));
}

fn path(path: &str) -> Invocation {
    let call = crate::PathCall { method: "POST".into(), path: path.into(), body: "{}".into(), ..crate::PathCall::default() };
    Invocation { target: Target::Path(call), ..create() }
}

#[test]
fn part_of_a_file_is_sent_as_it_is() {
    let operation = Operation::find_below(Node::PROJECT, "file.multipart_upload_part").unwrap();
    let names: Vec<String> = operation
        .parameters()
        .filter(|found| found.required && found.name != "file")
        .map(|found| format!(r#""{}":"1""#, found.name))
        .collect();
    let file = crate::FileArgument { name: "file".into(), content: Piece::Bytes(Bytes::from_static(b"abc")), file_name: None };
    let arguments = Arguments { json: format!("{{{}}}", names.join(",")), files: vec![file] };
    let mut world = world(user()).answering([Ok((200, r#"{"code":0,"message":""}"#.to_owned()))]);
    world.call(&Invocation { target: Target::Operation(operation, arguments), ..create() }).unwrap();
    assert_eq!(body(&world.requests[0]), "abc");
    assert_eq!(header(&world.requests[0], "content-type"), Some("application/octet-stream"));
}
