use super::*;
use crate::error::{Class, FieldViolation, Help, PermissionViolation};
use crate::http::Headers;

const JSON: &str = "application/json; charset=utf-8";

fn head(status: u16, kind: &str) -> Head {
    Head { status, headers: Headers::from_iter([("Content-Type", kind), ("X-Tt-Logid", "H1")]) }
}

fn read_as(status: u16, kind: &str, body: impl AsRef<[u8]>, root: bool) -> Result<Reply, Box<Refusal>> {
    read(head(status, kind), Bytes::copy_from_slice(body.as_ref()), &Expected::new(root, None))
}

fn ok(status: u16, body: &str) -> Reply {
    read_as(status, JSON, body, false).unwrap_or_else(|refusal| panic!("{body}: {:?}", refusal.error))
}

fn refused(status: u16, body: &str) -> Refusal {
    *read_as(status, JSON, body, false).expect_err(body)
}

fn data(reply: &Reply) -> &str {
    std::str::from_utf8(reply.data()).unwrap()
}

#[test]
fn answers_that_are_successes() {
    for (body, expected, msg) in [
        (r#"{"code":0,"msg":"success","data":{"a":1}}"#, r#"{"a":1}"#, "success"),
        (r#"{"code":0,"msg":"ok","tenant_access_token":"t-x","expire":7200}"#, r#"{"tenant_access_token":"t-x","expire":7200}"#, "ok"),
        (r#"{"code":"0","access_token":"a","expires_in":7200}"#, r#"{"access_token":"a","expires_in":7200}"#, ""),
        (r#"{"access_token":"a","token_type":"Bearer"}"#, r#"{"access_token":"a","token_type":"Bearer"}"#, ""),
        (r#"{"StatusCode":0,"StatusMessage":"success","code":0,"data":{},"msg":"success"}"#, "{}", "success"),
        (r#"{"Extra":null,"StatusCode":0,"StatusMessage":"success"}"#, "", "success"),
        (r#"{"code":0,"msg":"ok","bot":{"open_id":"ou_x"}}"#, r#"{"bot":{"open_id":"ou_x"}}"#, "ok"),
        (r#"{"code":0,"message":"ok","data":{}}"#, "{}", "ok"),
        (r#"{"code":0,"msg":"","data":{"id":7389012345678901234}}"#, r#"{"id":7389012345678901234}"#, ""),
        (r#"{"code":0,"error":{},"data":{}}"#, "{}", ""),
        (r#"{"code":0,"msg":"ok"}"#, "", "ok"),
        (r#"{"code":0,"data":null,"bot":1}"#, "", ""),
        (r#"{"code":null,"data":[1]}"#, "[1]", ""),
        (r#"{"code":"","data":"x"}"#, r#""x""#, ""),
        (r#"{"code":0.0,"data":1}"#, "1", ""),
        (r#"{"code":99991663,"data":1,"data":2,"code":0}"#, "2", ""),
        (r#"{"\u0063ode":0,"d\u0061ta":1}"#, "1", ""),
        (r#"{"code":0,"msg":"a\ud800b","data":{"t":"\ud800"}}"#, r#"{"t":"\ud800"}"#, "a\u{FFFD}b"),
        ("\u{FEFF} { \"code\" : 0 , \"data\" : { \"a\" : 1 } } \n", r#"{ "a" : 1 }"#, ""),
        (r#"{"code":0,"data":{"run":{"error":{"code":"sp_ec1"}}}}"#, r#"{"run":{"error":{"code":"sp_ec1"}}}"#, ""),
        ("{}", "", ""),
    ] {
        let reply = ok(200, body);
        assert_eq!((data(&reply), reply.msg.as_str()), (expected, msg), "{body}");
        assert_eq!((reply.status, reply.code, reply.log_id.as_deref()), (200, 0, Some("H1")), "{body}");
    }
}

#[test]
fn an_empty_success_has_no_data() {
    for (status, body) in [(200, ""), (204, ""), (200, " \r\n"), (200, "\u{FEFF}")] {
        assert_eq!(data(&ok(status, body)), "", "{body:?}");
    }
}

#[test]
fn fields_beside_the_code_become_the_data() {
    let root = |body: &str| data(&read_as(200, JSON, body, true).unwrap()).to_owned();
    assert_eq!(root(r#"{ "code" : 0, "msg": "ok", "expire" : 7, "data" : {"a":1} }"#), r#"{"expire":7,"data":{"a":1}}"#);
    assert_eq!(root(r#"{"code":0,"msg":"ok","message":{"id":1}}"#), r#"{"message":{"id":1}}"#);
    assert_eq!(root(r#"{"code":0,"message":"ok"}"#), "");
}

#[test]
fn wide_integers_are_marked_where_the_data_has_them() {
    for (body, wide) in [
        (r#"{"code":0,"data":{"id":7389012345678901234}}"#, true),
        (r#"{"code":0,"data":{"id":"7389012345678901234"}}"#, false),
        (r#"{"code":0,"data":{"id":1},"seq":7389012345678901234}"#, false),
        (r#"{"code":0,"seq":7389012345678901234}"#, true),
    ] {
        assert_eq!(ok(200, body).wide, wide, "{body}");
    }
}

#[test]
fn envelopes_that_are_refusals() {
    use Action::*;
    for (status, body, code, action, msg) in [
        (200, r#"{"code":10003,"data":{},"msg":"invalid param"}"#, 10_003, Parameter, "invalid param"),
        (200, r#"{"code":230002,"msg":"Bot is NOT in the chat."}"#, 230_002, Scope, "Bot is NOT in the chat."),
        (400, r#"{"code":99991663,"msg":"m"}"#, 99_991_663, TenantToken, "m"),
        (400, r#"{"error":"invalid_grant","error_description":"d","code":20003}"#, 20_003, Reauthorize, "d"),
        (500, r#"{"code":20050,"error":"server_error","error_description":"d"}"#, 20_050, Busy, "d"),
        (400, r#"{"error":"invalid_grant"}"#, 0, Reauthorize, "invalid_grant"),
        (200, r#"{"error":"slow_down","error_description":""}"#, 0, Rate, "slow_down"),
        (401, r#"{"error":"invalid_client","error_description":"d"}"#, 0, Config, "d"),
        (429, r#"{"code":99991400,"msg":"m"}"#, 99_991_400, Rate, "m"),
        (400, r#"{"code":99991400,"msg":"m"}"#, 99_991_400, Rate, "m"),
        (200, r#"{"code":1061003,"msg":"not found."}"#, 1_061_003, NotFound, "not found."),
        (200, r#"{"code":19021,"msg":"sign match fail","data":{}}"#, 19_021, Config, "sign match fail"),
        (200, r#"{"StatusCode":9499,"StatusMessage":"bad"}"#, 9499, Parameter, "bad"),
        (200, r#"{"code":"99991400","message":"m"}"#, 99_991_400, Rate, "m"),
        (200, r#"{"code":0,"code":99991400}"#, 99_991_400, Rate, ""),
        (200, r#"{"code":-1,"msg":null,"message":"m"}"#, -1, Parameter, "m"),
    ] {
        let refusal = refused(status, body);
        let answer = refusal.error.answer.as_ref().expect(body);
        assert_eq!((answer.status, answer.code, answer.msg.as_str()), (status, code, msg), "{body}");
        assert_eq!((refusal.action, refusal.error.class()), (Some(action), action.class()), "{body}");
        assert_eq!((answer.log_id.as_deref(), refusal.error.retryable), (Some("H1"), action.is_retryable()), "{body}");
    }
    let token = read_as(200, JSON, r#"{"code":10003,"msg":"invalid param"}"#, true).expect_err("10003");
    assert_eq!(token.action, Some(Config));
    assert_eq!(token.error.to_string(), "invalid param (code 10003); check app_id and app_secret [log id H1]");
}

#[test]
fn answers_that_are_no_envelope() {
    for (status, kind, body, class, line, retryable) in [
        (
            404,
            "text/plain",
            &b"404 page not found"[..],
            Class::Http,
            "HTTP 404: 404 page not found; check base_url, method and path",
            false,
        ),
        (
            502,
            "text/html",
            b"<html><head><style>a{}</style></head>\n<body><h1>502 Bad\tGateway</h1><hr>nginx</body></html>",
            Class::Http,
            "HTTP 502: 502 Bad Gateway nginx",
            true,
        ),
        (503, "text/html", b"", Class::Http, "HTTP 503 without a body", true),
        (302, "text/html", b"", Class::Http, "HTTP 302 without a body; check base_url, method and path", false),
        (500, JSON, br#"{"message":"no route"}"#, Class::Http, "HTTP 500: no route", true),
        (500, JSON, br#"{"code":0,"data":{}}"#, Class::Http, r#"HTTP 500: {"code":0,"data":{}}"#, true),
        (400, JSON, br#"{"code":99991663,"ms"#, Class::Http, r#"HTTP 400: {"code":99991663,"ms"#, false),
        (200, "text/html", b"<p>login</p>", Class::Decode, "the answer is no JSON (text/html): login", false),
        (
            200,
            JSON,
            br#"{"code":0,"da"#,
            Class::Decode,
            r#"the answer broke off after 13 bytes (application/json; charset=utf-8): {"code":0,"da"#,
            true,
        ),
        (200, "a/b", b"[1]", Class::Decode, "the answer is no JSON object (a/b): [1]", false),
        (
            200,
            "a/b",
            b"{\"code\":0,\"msg\":\"\xff\"}",
            Class::Decode,
            "the answer is not UTF-8 (a/b): {\"code\":0,\"msg\":\"\u{FFFD}\"}",
            false,
        ),
        (200, "a/b", br#"{"code":"sp_ec1"}"#, Class::Decode, r#"the answer's code is no integer (a/b): {"code":"sp_ec1"}"#, false),
        (200, "a/b", br#"{"code":0} x"#, Class::Decode, r#"the answer is no JSON (a/b): {"code":0} x"#, false),
    ] {
        let refusal = read_as(status, kind, body, false).expect_err(line);
        assert_eq!(refusal.error.to_string(), format!("{line} [log id H1]"));
        assert_eq!((refusal.action, refusal.error.class(), refusal.error.retryable), (None, class, retryable), "{line}");
        assert_eq!(refusal.error.answer.as_ref().map(|answer| (answer.status, answer.code)), Some((status, 0)), "{line}");
    }
    let long = read_as(500, "text/plain", "ä".repeat(3000), false).expect_err("long");
    assert_eq!(long.error.answer.as_ref().map(|answer| answer.msg.len()), Some(500));
}

#[test]
fn nesting_has_a_limit() {
    let nested = |depth: usize| format!(r#"{{"code":0,"data":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
    assert_eq!(ok(200, &nested(127)).data().len(), 254);
    for depth in [128, 100_000] {
        let refusal = refused(200, &nested(depth));
        assert_eq!(refusal.error.to_string(), "the answer is nested deeper than 128 levels [log id H1]");
        assert_eq!(refusal.error.class(), Class::Decode);
    }
}

/// The call guide's example of an error answer.
const GUIDE: &str = r#"{
    "code": 44004,
    "msg": "{error msg}, {help}, {url}.",
    "error": {
        "message": "Refer to the documentation to fix the error: https://open.feishu.cn/document/x/how-to-obtain-openid",
        "field_violations": [{"field": "para_a", "value": "testvalue_a", "description": "test description_a"}],
        "permission_violations": [{"scope": "lark.im.xxx", "url": "https://open.feishu.cn/apps/cli_xxxx/auth"}],
        "helps": [{"url": "https://open.feishu.cn/app/cli_a6/auth?q=event:ip_list&op_from=openapi",
                   "description": "Learn more about scopes and how to add them: [event:ip_list]"}],
        "logid": "xxx",
        "troubleshooter": "排查建议查看（Troubleshooting suggestions）：https://open.feishu.cn/search?from=openapi&log_id=XXXX&code=XXX&method_id=XXX"
    }
}"#;

#[test]
fn the_error_block_is_read_in_full() {
    let refusal = refused(400, GUIDE);
    let answer = refusal.error.answer.as_ref().unwrap();
    assert_eq!((answer.code, answer.msg.as_str(), answer.log_id.as_deref()), (44_004, "{error msg}, {help}, {url}.", Some("xxx")));
    let violation = FieldViolation { field: "para_a".into(), value: "testvalue_a".into(), description: "test description_a".into() };
    assert_eq!(answer.field_violations, [violation]);
    let permission =
        PermissionViolation { scope: "lark.im.xxx".into(), url: "https://open.feishu.cn/apps/cli_xxxx/auth".into(), ..Default::default() };
    assert_eq!((&answer.permission_violations[..], &answer.missing_scopes[..]), (&[permission][..], &["lark.im.xxx".to_owned()][..]));
    let url = "https://open.feishu.cn/app/cli_a6/auth?q=event:ip_list&op_from=openapi".to_owned();
    assert_eq!(answer.helps, [Help { url, description: "Learn more about scopes and how to add them: [event:ip_list]".into() }]);
    let page = "https://open.feishu.cn/search?from=openapi&log_id=XXXX&code=XXX&method_id=XXX";
    assert_eq!(answer.troubleshooter.as_deref(), Some(page));
    let message = "Refer to the documentation to fix the error: https://open.feishu.cn/document/x/how-to-obtain-openid";
    assert_eq!(answer.details, [("message".to_owned(), message.to_owned())]);
    assert_eq!(refusal.error.to_string(), "{error msg}, {help}, {url} (code 44004); check para_a: test description_a [log id xxx]");
}

#[test]
fn the_other_shape_of_the_error_block() {
    let body = r#"{"code":99991672,"msg":"m","error":{"log_id":"L1","permission_violations":[{"type":"action_scope_required","subject":"im:message"}]}}"#;
    let refusal = refused(400, body);
    let answer = refusal.error.answer.as_ref().unwrap();
    assert_eq!((refusal.action, answer.log_id.as_deref()), (Some(Action::Scope), Some("L1")));
    assert_eq!(answer.permission_violations[0].kind, "action_scope_required");
    assert_eq!(answer.missing_scopes, ["im:message"]);
    let details =
        refused(400, r#"{"code":190014,"msg":"m","error":{"details":[{"key":"k","value":7},"x"],"helps":null,"field_violations":{}}}"#);
    assert_eq!(details.error.answer.as_ref().map(|answer| answer.details.clone()), Some(vec![("k".into(), "7".into())]));
}

#[test]
fn missing_scopes_are_found_where_the_platform_names_them() {
    let page = "https://open.feishu.cn/app/cli_1/auth?q=im:message,im:chat%3Areadonly&op_from=openapi";
    let msg = format!(
        "Access denied. One of the following scopes is required: [im:message, im:message:send_as_bot].应用尚未开通，点击链接：{page}"
    );
    let refusal = refused(400, &serde_json::json!({ "code": 99_991_672, "msg": msg }).to_string());
    let answer = refusal.error.answer.as_ref().unwrap();
    assert_eq!(answer.missing_scopes, ["im:message", "im:message:send_as_bot", "im:chat:readonly"]);
    let remedy = format!("add the scope im:message or im:message:send_as_bot or im:chat:readonly at {page}");
    assert_eq!(refusal.error.remedy.as_deref(), Some(remedy.as_str()));

    let body = r#"{"code":99991679,"msg":"m","error":{"helps":[{"url":"https://open.feishu.cn/page/scope-apply?clientID=cli_1&scopes=calendar%3Acalendar"}]}}"#;
    assert_eq!(refused(400, body).error.to_string(), "m (code 99991679); let the user grant calendar:calendar [log id H1]");

    let other = refused(400, r#"{"code":230001,"msg":"see [im:message]"}"#);
    assert!(other.error.answer.as_ref().is_some_and(|answer| answer.missing_scopes.is_empty()));
}

#[test]
fn a_refusal_says_what_to_do() {
    for (body, expected) in [
        (r#"{"code":10014,"msg":"app secret invalid"}"#, "app secret invalid (code 10014); check app_id and app_secret [log id H1]"),
        (
            r#"{"code":99991400,"msg":"request trigger\n frequency limit"}"#,
            "request trigger frequency limit (code 99991400); call less often [log id H1]",
        ),
        (
            r#"{"code":21000,"challenge_url":"https://c.example/x?y=1","cli_hint":"h"}"#,
            "the platform refused without a message (code 21000); open https://c.example/x?y=1 [log id H1]",
        ),
        (r#"{"code":230002,"msg":"not in the chat"}"#, "not in the chat (code 230002); add the bot to the chat [log id H1]"),
        (r#"{"code":20026,"error_description":"d"}"#, "d (code 20026); let the user sign in again [log id H1]"),
        (
            r#"{"code":230099,"msg":"bad card","error":{"troubleshooter":"see https://t.example/1."}}"#,
            "bad card (code 230099); see https://t.example/1 [log id H1]",
        ),
        (r#"{"code":1,"error":{"message":"only here."}}"#, "only here (code 1) [log id H1]"),
    ] {
        assert_eq!(refused(400, body).error.to_string(), expected);
    }
    let long = refused(400, &format!(r#"{{"code":1,"msg":"{}"}}"#, "好".repeat(200)));
    assert_eq!(long.error.reason, format!("{}…", "好".repeat(100)));
}

#[test]
fn the_data_of_a_refusal_is_kept() {
    let data = |body| refused(400, body).error.answer.clone().unwrap().data;
    assert_eq!(data(r#"{"code":1,"data":{"id":7389012345678901234}}"#).as_deref(), Some(r#"{"id":7389012345678901234}"#));
    assert_eq!(data(r#"{"code":21000,"challenge_url":"u","error_description":"d"}"#).as_deref(), Some(r#"{"challenge_url":"u"}"#));
    assert_eq!(data(r#"{"code":1,"data":null}"#), None);
}

#[test]
fn error_envelopes_among_downloads() {
    for (body, expected) in [
        (r#"{"code":1061003,"msg":"not found."}"#, true),
        ("\u{FEFF}{\"code\":\"1061003\"}", true),
        ("[1,2,3]", false),
        (r#"{"code":0,"data":{}}"#, false),
        (r#"{"code":"abc"}"#, false),
        (r#"{"StatusCode":1}"#, false),
        (r#"{"code":1061003"#, false),
        (r#"{"nested":{"code":1}}"#, false),
        ("", false),
    ] {
        assert_eq!(is_error_envelope(body.as_bytes()), expected, "{body}");
    }
}

#[test]
fn a_paged_answer_says_where_to_go_on() {
    let body = r#"{"code":0,"items":[1],"has_more":true,"page_token":"t"}"#;
    let expected = Expected::new(true, Some(paging::conventional()));
    let reply = read(head(200, JSON), Bytes::from_static(body.as_bytes()), &expected).map_err(|refusal| refusal.error).unwrap();
    let page = reply.page.unwrap();
    assert_eq!((page.next.as_deref(), &reply.body[page.items]), (Some("t"), &b"[1]"[..]));
}

#[test]
fn headers_name_the_log_entry() {
    let of = |fields: &[(&'static str, &str)]| {
        Headers::from_iter(fields.iter().map(|(name, value)| (*name, *value))).log_id().map(str::to_owned)
    };
    assert_eq!(of(&[("X-Request-Id", "R1"), ("x-tt-logid", "L1")]).as_deref(), Some("L1"));
    assert_eq!(of(&[("x-request-id", "R1")]).as_deref(), Some("R1"));
    assert_eq!(of(&[]), None);
}

/// Answers cut and changed at random: whatever comes, it is read without a panic, and what is given out lies in the body.
#[test]
fn no_answer_makes_it_panic() {
    let samples = [
        GUIDE.as_bytes(),
        br#"{"code":0,"msg":"a\ud800b","data":{"items":[{"id":7389012345678901234,"t":"x\"y\\"}],"has_more":true,"page_token":"p"}}"#,
        br#"{"Extra":null,"StatusCode":0.0,"StatusMessage":"success","x":[[-1.5e3,true,false,null]]}"#,
        br#"{"code":21000,"challenge_url":"https://c","error":"invalid_grant","error_description":"d"}"#,
        b"\xEF\xBB\xBF<html><style>a{}</style><script>x</script>\xE4\xBD\xA0</html>",
    ];
    const BYTES: &[u8] = b"{}[]\",:\\u0dn -.e+t<>/%\x00\xff\xe4";
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    for round in 0..100_000 {
        let mut body = samples[round % samples.len()].to_vec();
        for _ in 0..random(4) {
            let at = random(body.len());
            body[at] = BYTES[random(BYTES.len())];
        }
        if random(3) == 0 {
            body.truncate(random(body.len()));
        }
        let status = [200, 400, 404, 500][random(4)];
        let expected = Expected::new(random(2) == 0, Some(paging::conventional()));
        // What stands behind the check of validity must bear anything too.
        if random(8) == 0 {
            paging::page(&body, &(0..body.len()), &paging::conventional());
            is_error_envelope(&body);
        }
        match read(head(status, JSON), Bytes::from(body), &expected) {
            Ok(reply) => {
                assert!(reply.data.is_empty() || serde_json::from_slice::<serde::de::IgnoredAny>(reply.data()).is_ok());
                assert!(reply.page.is_none_or(|page| reply.body.get(page.items).is_some()));
            }
            Err(refusal) if random(8) == 0 => assert!(refusal.error.to_json().starts_with("{\"class\"")),
            Err(refusal) => assert!(!refusal.error.reason.is_empty()),
        }
    }
}
