use super::*;
use crate::catalog::{Item, Shape};

fn json(value: &str, shape: Shape) -> Result<String, String> {
    to_json(value, shape).map(Cow::into_owned).map_err(|mismatch| mismatch.of("x").to_string())
}

fn text(value: &str, shape: Shape) -> Result<String, String> {
    to_text(value, shape).map(Cow::into_owned).map_err(|mismatch| mismatch.of("x").to_string())
}

fn texts(value: &str, shape: Shape) -> Result<Vec<String>, String> {
    let mut all = Vec::new();
    to_texts(value, shape, |text| all.push(text.to_owned())).map(|()| all).map_err(|mismatch| mismatch.of("x").to_string())
}

#[test]
fn a_body_takes_what_loses_nothing() {
    use Shape::*;
    for (value, shape, expected) in [
        (r#""a\n你""#, String, r#""a\n你""#),
        ("7389012345678901234", String, r#""7389012345678901234""#),
        ("123456789012345678901234567890", String, r#""123456789012345678901234567890""#),
        ("1.50", String, r#""1.50""#),
        ("-1e400", String, r#""-1e400""#),
        ("true", String, r#""true""#),
        (r#"{"a": "\"q\""}"#, String, r#""{\"a\": \"\\\"q\\\"\"}""#),
        ("[1,2]", String, r#""[1,2]""#),
        ("null", String, "null"),
        ("1760000000", IntString, r#""1760000000""#),
        (r#""1760000000""#, IntString, r#""1760000000""#),
        ("1.5", IntString, r#""1.5""#),
        ("false", IntString, r#""false""#),
        ("7389012345678901234", Int, "7389012345678901234"),
        (r#""7389012345678901234""#, Int, "7389012345678901234"),
        (r#""-7""#, Int, "-7"),
        ("-7", Int, "-7"),
        ("0", Int, "0"),
        ("20.0", Int, "20"),
        ("null", Int, "null"),
        ("true", Bool, "true"),
        (r#""false""#, Bool, "false"),
        ("1.5", Float, "1.5"),
        (r#""1.5""#, Float, "1.5"),
        (r#""-1e3""#, Number, "-1e3"),
        ("3", Number, "3"),
        (r#"[{"a":1}]"#, Any, r#"[{"a":1}]"#),
        (r#""x""#, Any, r#""x""#),
        (r#"{"a":1}"#, Object, r#"{"a":1}"#),
        ("{}", Map, "{}"),
        ("null", Object, "null"),
        ("[]", List(Item::String), "[]"),
        (r#"[ "a" , 1, true,{"b":2}]"#, List(Item::String), r#"["a","1","true","{\"b\":2}"]"#),
        (r#"[ "a" , "b" ]"#, List(Item::String), r#"[ "a" , "b" ]"#),
        (r#"["1",2]"#, List(Item::Int), "[1,2]"),
        (r#"[1,"2"]"#, List(Item::IntString), r#"["1","2"]"#),
        (r#"["true",false]"#, List(Item::Bool), "[true,false]"),
        (r#"["1.5",2]"#, List(Item::Float), "[1.5,2]"),
        (r#"[{"a":1},null]"#, List(Item::Object), r#"[{"a":1},null]"#),
        ("[[1],[2]]", List(Item::List), "[[1],[2]]"),
        (r#"[1,"a",{}]"#, List(Item::Any), r#"[1,"a",{}]"#),
    ] {
        assert_eq!(json(value, shape).as_deref(), Ok(expected), "{value} for {shape:?}");
    }
}

#[test]
fn a_body_refuses_what_would_lose_something() {
    use Shape::*;
    for (value, shape, expected) in [
        ("1.5", Int, "x is the number 1.5; pass an integer"),
        ("1e3", Int, "x is the number 1e3; pass an integer"),
        (r#""many""#, Int, "x is text that is no integer; pass an integer"),
        (r#""007""#, Int, "x is text that is no integer; pass an integer"),
        (r#""1 ""#, Int, "x is text that is no integer; pass an integer"),
        (r#""""#, Int, "x is text that is no integer; pass an integer"),
        (r#""-""#, Int, "x is text that is no integer; pass an integer"),
        (r#""1.""#, Int, "x is text that is no integer; pass an integer"),
        ("true", Int, "x is a boolean; pass an integer"),
        ("[1]", Int, "x is a list; pass an integer"),
        ("1", Bool, "x is the number 1; pass true or false"),
        (r#""yes""#, Bool, "x is a string; pass true or false"),
        (r#""True""#, Bool, "x is a string; pass true or false"),
        (r#""NaN""#, Float, "x is text that is no number; pass a number"),
        (r#""1,5""#, Number, "x is text that is no number; pass a number"),
        (r#""01""#, Number, "x is text that is no number; pass a number"),
        (r#"{"a":1}"#, IntString, "x is an object; pass a string"),
        ("[1]", IntString, "x is a list; pass a string"),
        (r#""now""#, Object, "x is a string; pass an object"),
        ("[]", Object, "x is a list; pass an object"),
        ("1", Map, "x is the number 1; pass an object"),
        (r#""a""#, List(Item::String), "x is a string; pass a list"),
        ("{}", List(Item::Any), "x is an object; pass a list"),
        (r#"[1,"a"]"#, List(Item::Int), "x is a list with text that is no integer; pass integers"),
        (r#"["a"]"#, List(Item::Object), "x is a list with a string; pass objects"),
        ("[1]", List(Item::List), "x is a list with the number 1; pass lists"),
    ] {
        assert_eq!(json(value, shape), Err(expected.to_owned()), "{value} for {shape:?}");
    }
}

#[test]
fn a_query_takes_text() {
    use Shape::*;
    for (value, shape, expected) in [
        (r#""a\n\u4f60""#, String, "a\n你"),
        (r#""""#, String, ""),
        ("0", String, "0"),
        ("false", String, "false"),
        (r#"{"a":[1]}"#, String, r#"{"a":[1]}"#),
        ("[1]", String, "[1]"),
        ("12", IntString, "12"),
        (r#""12""#, Int, "12"),
        (r#""true""#, Bool, "true"),
        (r#""1.5""#, Float, "1.5"),
        (r#"{"a":1}"#, Object, r#"{"a":1}"#),
        (r#"["a"]"#, List(Item::String), r#"["a"]"#),
        ("1", Any, "1"),
    ] {
        assert_eq!(text(value, shape).as_deref(), Ok(expected), "{value} for {shape:?}");
    }
}

#[test]
fn a_query_refuses_null_and_what_does_not_fit() {
    use Shape::*;
    for (value, shape, expected) in [
        ("null", String, "x is null, which only a body can carry; leave it out"),
        ("null", Any, "x is null, which only a body can carry; leave it out"),
        ("{}", IntString, "x is an object; pass a string"),
        ("{}", Bool, "x is an object; pass true or false"),
        ("2.5", Int, "x is the number 2.5; pass an integer"),
        (r#""a""#, Object, "x is a string; pass an object"),
    ] {
        assert_eq!(text(value, shape), Err(expected.to_owned()), "{value} for {shape:?}");
    }
    assert_eq!(texts("[1,null]", List(Item::Int)), Err("x is null, which only a body can carry; leave it out".into()));
}

#[test]
fn a_list_in_a_query_is_one_text_for_each_item() {
    for (value, expected) in [(r#"["a", 2,true]"#, vec!["a", "2", "true"]), (r#""a,b""#, vec!["a,b"]), ("7", vec!["7"]), ("[]", vec![])] {
        assert_eq!(texts(value, Shape::List(Item::String)).unwrap(), expected, "{value}");
    }
    assert_eq!(texts(r#"["1",2]"#, Shape::List(Item::Int)).unwrap(), ["1", "2"]);
    assert_eq!(texts("[1]", Shape::String).unwrap(), ["[1]"]);
}

#[test]
fn members_are_set_deep_inside() {
    for (object, path, expected) in [
        (None, "page_token", r#"{"page_token":"t"}"#),
        (Some(""), "page_token", r#"{"page_token":"t"}"#),
        (Some(r#"{"a":1,"page_token":"old"}"#), "page_token", r#"{"a":1,"page_token":"t"}"#),
        (Some(r#"{"page_size": 20 , "page_token":""}"#), "page_token", r#"{"page_size":20,"page_token":"t"}"#),
        (None, "page_request.page_token", r#"{"page_request":{"page_token":"t"}}"#),
        (Some(r#"{"p":{"n":[1]},"x":{}}"#), "p.t", r#"{"x":{},"p":{"n":[1],"t":"t"}}"#),
        (Some("[1]"), "t", r#"{"t":"t"}"#),
    ] {
        assert_eq!(with_member(object, path, r#""t""#), expected, "{object:?} {path}");
    }
}
