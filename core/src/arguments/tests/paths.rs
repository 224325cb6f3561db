//! Calls of any path.

use bytes::Bytes;

use super::*;

fn path_call(method: &str, path: &str) -> PathCall {
    PathCall { method: method.into(), path: path.into(), ..PathCall::default() }
}

fn prepared(call: &PathCall) -> Result<Prepared, Error> {
    prepare_path(call, &extras(), &mut random())
}

fn no(call: &PathCall) -> String {
    prepared(call).err().unwrap_or_else(|| panic!("{} is taken", call.path)).to_string()
}

#[test]
fn a_path_is_filled_and_its_query_encoded() {
    let call = PathCall {
        path_params: r#"{"id_x":"b","id":"a/b ?"}"#.into(),
        query: r#"{"ids":["1",2],"q":"a b&c","e":"","z":"你","n":true,"gone":null}"#.into(),
        ..path_call("get", "/open-apis/x/:id/:id_x/y:z/")
    };
    let prepared = prepared(&call).unwrap();
    assert_eq!(prepared.method, Method::Get);
    let query = "ids=1&ids=2&q=a%20b%26c&e=&z=%E4%BD%A0&n=true";
    assert_eq!(prepared.path, format!("/open-apis/x/a%2Fb%20%3F/b/y:z/?{query}"));
    assert!(prepared.headers.is_empty() && prepared.body.is_empty() && !prepared.has_idempotency_key);
}

#[test]
fn a_body_is_sent_as_it_is() {
    for body in ["{}", "[1, 2.50]", r#""x""#, "null", r#"{"b": 1,"a":7389012345678901234}"#] {
        let prepared = prepared(&PathCall { body: body.into(), ..path_call("POST", "/open-apis/x") }).unwrap();
        assert_eq!(text(&prepared.body), body);
        assert_eq!(prepared.headers.get("content-type"), Some("application/json; charset=utf-8"));
    }
}

#[test]
fn files_make_it_a_form() {
    let file = FileArgument { name: "file".into(), content: Piece::Bytes(Bytes::from_static(b"hi")), file_name: Some("a.txt".into()) };
    let call = PathCall { body: r#"{"size":2,"deep":[1]}"#.into(), files: vec![file], ..path_call("POST", "/open-apis/x") };
    let prepared = prepared(&call).unwrap();
    let form = text(&prepared.body);
    assert!(form.contains("name=\"size\"\r\n\r\n2\r\n") && form.contains("name=\"deep\"\r\n\r\n[1]\r\n"), "{form}");
    assert!(form.contains("name=\"file\"; filename=\"a.txt\"\r\nContent-Type: application/octet-stream\r\n\r\nhi\r\n"), "{form}");
}

#[test]
fn the_next_page_goes_to_the_query() {
    let extras = Extras { page_token: Some("t&1"), ..extras() };
    let next = |query: &str| {
        let call = PathCall { query: query.into(), ..path_call("GET", "/open-apis/x") };
        prepare_path(&call, &extras, &mut random()).map(|prepared| prepared.path)
    };
    assert_eq!(next("").unwrap(), "/open-apis/x?page_token=t%261");
    assert_eq!(next(r#"{"page_token":"old","page_size":2}"#).unwrap(), "/open-apis/x?page_size=2&page_token=t%261");
    assert_eq!(next("[1]").unwrap_err().to_string(), "query is no JSON object; pass an object");
}

#[test]
fn what_leads_elsewhere_is_refused() {
    for (path, expected) in [
        ("", "path does not begin with one /; pass a path without a host, such as /open-apis/im/v1/chats"),
        ("https://evil.example/x", "path does not begin with one /; pass a path without a host, such as /open-apis/im/v1/chats"),
        ("//evil.example/x", "path does not begin with one /; pass a path without a host, such as /open-apis/im/v1/chats"),
        ("/a?b=c", "path holds a query or a fragment; pass the query as query"),
        ("/a#b", "path holds a query or a fragment; pass the query as query"),
        ("/a/../b", "path holds a segment of dots; write the path out"),
        ("/a/%2E./b", "path holds a segment of dots; write the path out"),
        ("/a/.", "path holds a segment of dots; write the path out"),
        ("/a\r\nb", "path holds a control character or a backslash; remove it"),
        ("/\\evil.example", "path holds a control character or a backslash; remove it"),
        ("/a/:id", "id is missing; pass it in path_params"),
    ] {
        assert_eq!(no(&path_call("GET", path)), expected, "{path}");
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let base = path_call("GET", "/a/:id");
    let with = |path_params: &str| PathCall { path_params: path_params.into(), ..base.clone() };
    for (call, expected) in [
        (with(r#"{"id":""}"#), "id is empty; it is a part of the path"),
        (with(r#"{"id":".."}"#), r#"id is "..", which would leave the path; pass an id"#),
        (with(r#"{"id":"1","ids":"2"}"#), "ids is in path_params, but not in the path; use id"),
        (with(r#"{"id":"1","zebra":"2"}"#), "zebra is in path_params, but not in the path; write :zebra in the path, or leave it out"),
        (with("[]"), "path_params is no JSON object; pass an object"),
        (path_call("FETCH", "/a"), "method is none that the platform has; pass GET, HEAD, POST, PUT, PATCH or DELETE"),
        (
            PathCall { query: r#"{"a":{"b":1}}"#.into(), ..path_call("GET", "/a") },
            "a is an object, which a query cannot hold; pass its JSON text, if that is wanted",
        ),
        (
            PathCall { query: r#"{"a":[1,[2]]}"#.into(), ..path_call("GET", "/a") },
            "a is a list with an object or a list, which a query cannot hold; pass its JSON text, if that is wanted",
        ),
        (PathCall { body: "{".into(), ..path_call("POST", "/a") }, "body cannot be read as JSON at line 1, column 1"),
    ] {
        assert_eq!(no(&call), expected);
    }
    let keyed = Extras { idempotency_key: Some("k"), ..extras() };
    let error = prepare_path(&path_call("GET", "/a"), &keyed, &mut random()).err().unwrap();
    assert_eq!(error.to_string(), "takes no idempotency key; put it into the query or the body, where the platform wants it");
}
