//! The contents of messages, byte for byte, and what is refused.

use super::*;

fn content(kind: &str, arguments: &str) -> String {
    let message = build(kind, arguments).unwrap_or_else(|error| panic!("{kind} {arguments}: {error}"));
    assert_eq!(message.msg_type, kind);
    message.content
}

fn refused(kind: &str, arguments: &str) -> String {
    build(kind, arguments).err().unwrap_or_else(|| panic!("{kind} {arguments} is taken")).to_string()
}

#[test]
fn contents_are_those_of_the_platform() {
    let post = r#"[[{"tag":"text","text":"a"},{"tag":"a","text":"b","href":"https://x.y"},{"tag":"at","user_id":"all"}],[{"tag":"img","image_key":"img_1"}]]"#;
    for (kind, arguments, expected) in [
        (
            "text",
            r#"{"text":"Hi <at user_id=\"ou_x\">Tom</at> \"q\" \\ \n你好"}"#.to_owned(),
            r#"{"text":"Hi <at user_id=\"ou_x\">Tom</at> \"q\" \\ \n你好"}"#.to_owned(),
        ),
        ("post", format!(r#"{{"content":{post},"title":"T"}}"#), format!(r#"{{"zh_cn":{{"title":"T","content":{post}}}}}"#)),
        ("post", format!(r#"{{"content":{post},"locale":"en_us"}}"#), format!(r#"{{"en_us":{{"content":{post}}}}}"#)),
        (
            "post",
            format!(r#"{{"content":{{"zh_cn":{{"title":"T","content":{post}}},"en_us":{{"content":[]}}}}}}"#),
            format!(r#"{{"zh_cn":{{"title":"T","content":{post}}},"en_us":{{"content":[]}}}}"#),
        ),
        ("image", r#"{"image_key":"img_1"}"#.into(), r#"{"image_key":"img_1"}"#.into()),
        ("file", r#"{"file_key":"file_1"}"#.into(), r#"{"file_key":"file_1"}"#.into()),
        ("audio", r#"{"file_key":"file_1"}"#.into(), r#"{"file_key":"file_1"}"#.into()),
        ("media", r#"{"image_key":"img_1","file_key":"file_1"}"#.into(), r#"{"file_key":"file_1","image_key":"img_1"}"#.into()),
        ("media", r#"{"file_key":"file_1","image_key":null}"#.into(), r#"{"file_key":"file_1"}"#.into()),
        ("sticker", r#"{"file_key":"file_1"}"#.into(), r#"{"file_key":"file_1"}"#.into()),
        ("interactive", r#"{"card":{"schema":"2.0","body":{"elements":[]}}}"#.into(), r#"{"schema":"2.0","body":{"elements":[]}}"#.into()),
        ("interactive", r#"{"card":" {\"elements\":[]} "}"#.into(), r#"{"elements":[]}"#.into()),
        (
            "interactive",
            r#"{"card_id":"7355439197428236291"}"#.into(),
            r#"{"type":"card","data":{"card_id":"7355439197428236291"}}"#.into(),
        ),
        (
            "interactive",
            r#"{"template_id":"AAq1","template_variable":{"a":1},"template_version_name":"1.0.0"}"#.into(),
            r#"{"type":"template","data":{"template_id":"AAq1","template_version_name":"1.0.0","template_variable":{"a":1}}}"#.into(),
        ),
        ("share_chat", r#"{"chat_id":"oc_1"}"#.into(), r#"{"chat_id":"oc_1"}"#.into()),
        ("share_user", r#"{"user_id":"ou_1"}"#.into(), r#"{"user_id":"ou_1"}"#.into()),
        ("system", r#"{"text":"new"}"#.into(), r#"{"type":"divider","params":{"divider_text":{"text":"new"}}}"#.into()),
        (
            "system",
            r#"{"text":"new","i18n_text":{"zh_CN":"新"},"need_rollup":true}"#.into(),
            r#"{"type":"divider","params":{"divider_text":{"text":"new","i18n_text":{"zh_CN":"新"}}},"options":{"need_rollup":true}}"#
                .into(),
        ),
    ] {
        assert_eq!(content(kind, &arguments), expected, "{kind} {arguments}");
    }
}

#[test]
fn every_kind_can_be_built_and_lists_its_arguments() {
    assert_eq!(kinds().count(), 11);
    for (kind, arguments) in kinds() {
        let missing = refused(kind, "{}");
        let first = arguments.first().unwrap().0;
        assert!(missing.starts_with(&format!("message.{kind}: {first} is missing; pass {first}")), "{missing}");
    }
}

#[test]
fn what_the_platform_would_refuse_is_refused() {
    let nodes = "pass a list of paragraphs, each a list of nodes with a tag";
    for (kind, arguments, expected) in [
        ("text", r#"{"text":""}"#, "text is empty; pass text".to_owned()),
        ("text", r#"{"text":1}"#, "text is no string; pass a string".into()),
        ("text", r#"{"txt":"a"}"#, "txt is not an argument of it; use text".into()),
        ("image", r#"{"zebra":"a"}"#, "zebra is not an argument of it; it takes image_key".into()),
        ("image", r#"{"image_key":null}"#, "image_key is missing; pass image_key".into()),
        ("image", "[]", "arguments is no JSON object; pass an object".into()),
        ("post", r#"{"content":{"post":{}}}"#, "content is wrapped in post; pass what is inside: only custom bots want the wrapper".into()),
        (
            "post",
            r#"{"content":{"title":"T","content":[]}}"#,
            "content has no locale; pass the paragraphs as content and the title as title".into(),
        ),
        ("post", r#"{"content":{}}"#, "content is empty; pass paragraphs, or an object of posts by locale".into()),
        ("post", r#"{"content":{"zh_cn":[]}}"#, "content.zh_cn is no object; pass an object".into()),
        ("post", r#"{"content":{"zh_cn":{"title":"T"}}}"#, "content.zh_cn has no content; pass a list of paragraphs".into()),
        ("post", r#"{"content":{"zh_cn":{"content":["a"]}}}"#, format!("content.zh_cn.content[0] is no list; {nodes}")),
        (
            "post",
            r#"{"content":{"zh_cn":{"content":[]}},"title":"T"}"#,
            "content has its locales, and title or locale is given beside it; put the title inside".into(),
        ),
        ("post", r#"{"content":"hello"}"#, format!("content is no list; {nodes}")),
        ("post", r#"{"content":[[{"tag":"hr"}],[{"text":"a"}]]}"#, format!("content[1][0] has no tag; {nodes}")),
        ("post", r#"{"content":[[1]]}"#, format!("content[0][0] has no tag; {nodes}")),
        ("interactive", r#"{"card":{},"card_id":"1"}"#, "card and card_id are given together; pass one of them".into()),
        ("interactive", r#"{"card":{}}"#, "card is empty; pass the card's JSON".into()),
        ("interactive", r#"{"card":[]}"#, "card is no object; pass an object".into()),
        ("interactive", r#"{"card":"{"}"#, "card cannot be read as JSON at line 1, column 1".into()),
        ("interactive", r#"{"card_id":"1","template_variable":{}}"#, "template_variable is given without template_id; leave it out".into()),
        ("interactive", r#"{"template_id":"1","template_variable":"x"}"#, "template_variable is no object; pass an object".into()),
        ("interactive", "", "card is missing; pass card, card_id or template_id".into()),
        ("system", r#"{"text":"123456789012345678901"}"#, "text has 21 characters, and a divider takes 20; shorten it".into()),
        ("system", r#"{"text":"a","need_rollup":1}"#, "need_rollup is no boolean; pass true or false".into()),
        ("system", r#"{"text":"a","i18n_text":"b"}"#, "i18n_text is no object; pass an object".into()),
    ] {
        assert_eq!(refused(kind, arguments), format!("message.{kind}: {expected}"), "{arguments}");
    }
    assert_eq!(refused("txt", "{}"), "txt is no kind of message; use text");
    assert!(refused("zebra", "{}").starts_with("zebra is no kind of message; use one of text, post, image, "));
    let locale = refused("post", r#"{"content":[],"locale":"xx_yy"}"#);
    assert!(locale.starts_with(r#"message.post: locale is "xx_yy"; use one of zh_cn, en_us, "#), "{locale}");
}

#[test]
fn sizes_have_their_limits() {
    let text = |length: usize| format!(r#"{{"text":"{}"}}"#, "a".repeat(length));
    assert!(build("text", &text(150 * 1024 - 11)).is_ok());
    assert_eq!(
        refused("text", &text(150 * 1024 - 10)),
        "message.text: content has 151 KB, and the platform takes 150 KB; send it in several messages"
    );
    let card = format!(r#"{{"card":{{"x":"{}"}}}}"#, "a".repeat(30 * 1024));
    assert_eq!(
        refused("interactive", &card),
        "message.interactive: content has 31 KB, and the platform takes 30 KB; send it in several messages"
    );
}

#[test]
fn parts_of_a_text_cannot_be_forged() {
    assert_eq!(mention("ou_x", "Tom"), r#"<at user_id="ou_x">Tom</at>"#);
    assert_eq!(mention("a\"><b>", "T<o>m"), r#"<at user_id="a&quot;&gt;&lt;b&gt;">T&lt;o&gt;m</at>"#);
    assert_eq!(mention_all(), r#"<at user_id="all"></at>"#);
    assert_eq!(escape("a < b && <at>"), "a &lt; b &amp;&amp; &lt;at&gt;");
}

/// The text of an event's message of a kind with that content.
fn read(kind: &str, content: &str, mentions: &str) -> String {
    let content = serde_json::to_string(content).unwrap();
    let message = format!(r#"{{"message_id":"om_1","message_type":"{kind}","content":{content},"mentions":{mentions}}}"#);
    parse(&message).unwrap_or_else(|error| panic!("{message}: {error}"))
}

#[test]
fn mentions_are_resolved() {
    let tom = r#"{"key":"@_user_1","id":{"open_id":"ou_1"},"name":"Tom"}"#;
    let ten = r#"{"key":"@_user_10","id":{"open_id":"ou_10"},"name":"@_user_1"}"#;
    let mentions = format!("[{tom},{ten}]");
    let text = r#"{"text":"@_user_1 and @_user_10, @_all: mail a@b.c @_user_2 @"}"#;
    assert_eq!(read("text", text, &mentions), "@Tom and @@_user_1, @all: mail a@b.c @_user_2 @");
    assert_eq!(read("text", r#"{"text":"hi"}"#, "null"), "hi");
    let post = r#"{"title":"T","content":[[{"tag":"at","user_id":"@_user_1","user_name":"Tom"},{"tag":"text","text":" a"}],[]]}"#;
    assert_eq!(read("post", post, &mentions), "T\n@Tom a\n");
}

#[test]
fn posts_become_lines() {
    let content = r#"[[{"tag":"text","text":"a"},{"tag":"a","text":"b","href":"https://x.y"},{"tag":"at","user_id":"all"}],
        [{"tag":"img","image_key":"i"}],[{"tag":"media","file_key":"f"}],[{"tag":"emotion","emoji_type":"SMILE"}],[{"tag":"hr"}],
        [{"tag":"code_block","language":"GO","text":"x := 1"}],[{"tag":"md","text":"**m**"}],[{"tag":"at","user_id":"ou_1","user_name":"Tom"}]]"#;
    let expected = "ab (https://x.y)@all\n[image]\n[video]\n[SMILE]\n---\nx := 1\n**m**\n@Tom";
    assert_eq!(read("post", &format!(r#"{{"title":"","content":{content}}}"#), "[]"), expected);
    assert_eq!(read("post", &format!(r#"{{"zh_cn":{{"title":"T","content":{content}}}}}"#), "[]"), format!("T\n{expected}"));
}

#[test]
fn what_has_no_text_becomes_a_word() {
    for (kind, content, expected) in [
        ("image", r#"{"image_key":"img_1"}"#, "[image]"),
        ("file", r#"{"file_key":"f","file_name":"report.pdf"}"#, "[file report.pdf]"),
        ("folder", r#"{"file_key":"f"}"#, "[folder]"),
        ("audio", r#"{"file_key":"f","duration":2000}"#, "[audio]"),
        ("media", r#"{"file_key":"f","file_name":"a.mp4"}"#, "[video a.mp4]"),
        ("sticker", r#"{"file_key":"f"}"#, "[sticker]"),
        ("share_chat", r#"{"chat_id":"oc_1"}"#, "[chat oc_1]"),
        ("share_user", r#"{"user_id":"ou_1"}"#, "[user ou_1]"),
        ("location", r#"{"name":"Home","longitude":"1","latitude":"2"}"#, "[location Home]"),
        ("hongbao", r#"{"text":"x"}"#, "[red packet]"),
        ("merge_forward", r#"{"content":"x"}"#, "[forwarded messages]"),
        ("system", r#"{"template":"{from_user} left"}"#, "{from_user} left"),
        ("interactive", r#"{"title":"T","elements":[[{"tag":"text","text":"a"},{"tag":"a","text":"b","href":"b"}],[]]}"#, "T\nab"),
        ("interactive", "{}", "[card]"),
        ("brand_new", "{}", "[brand_new]"),
    ] {
        assert_eq!(read(kind, content, "[]"), expected, "{kind} {content}");
    }
}

#[test]
fn an_item_of_the_message_list_is_read_too() {
    let item = r#"{"msg_type":"text","body":{"content":"{\"text\":\"hi @_user_1\"}"},"mentions":[{"key":"@_user_1","name":"Tom"}]}"#;
    assert_eq!(parse(item).unwrap(), "hi @Tom");
}

#[test]
fn what_is_no_message_is_refused() {
    let none = "message has no type or no content; pass event.message of a received message";
    for (message, expected) in [
        ("", "message cannot be read as JSON at line 1, column 0"),
        ("[]", none),
        ("{}", none),
        (r#"{"message_type":"text","content":""}"#, none),
        (r#"{"message_type":"text","content":"s3cret"}"#, "content cannot be read as JSON at line 1, column 1"),
    ] {
        assert_eq!(parse(message).unwrap_err().to_string(), expected, "{message}");
    }
}

#[test]
fn nothing_that_is_received_panics() {
    let seeds = [
        r#"{"message_type":"post","content":"{\"title\":1,\"content\":[[{\"tag\":\"at\"}],7,null]}","mentions":[{"key":"@","name":"x"},4]}"#,
        r#"{"message_type":"interactive","content":"{\"header\":{\"title\":{\"content\":\"T\"}},\"elements\":[{\"tag\":\"div\"}]}"}"#,
        r#"{"message_type":"text","content":"[1]","mentions":{"a":1}}"#,
        r#"{"message_type":"post","content":"{}"}"#,
    ];
    for seed in seeds {
        for cut in (0..seed.len()).filter(|at| seed.is_char_boundary(*at)) {
            let _ = parse(&seed[..cut]);
            let _ = parse(&format!("{}{}", &seed[..cut], &seed[(cut + 7).min(seed.len())..]));
        }
        assert!(parse(seed).is_ok(), "{seed}");
    }
}
