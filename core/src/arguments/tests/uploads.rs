//! Forms with files.

use std::sync::Arc;

use bytes::Bytes;

use super::*;
use crate::http::{Chunks, Source};

const FILE: &str = "im.v1.file.create";

/// A stream whose bytes nobody asks for here.
struct Stream(Option<u64>);

impl Source for Stream {
    fn length(&self) -> Option<u64> {
        self.0
    }

    fn is_repeatable(&self) -> bool {
        false
    }

    fn open(&self) -> Result<Box<dyn Chunks>, String> {
        Err("not here".into())
    }
}

fn bytes(name: &str, content: &'static str) -> FileArgument {
    FileArgument { name: name.into(), content: Piece::Bytes(Bytes::from_static(content.as_bytes())), file_name: None }
}

fn named(name: &str, content: &'static str, file_name: &str) -> FileArgument {
    FileArgument { file_name: Some(file_name.into()), ..bytes(name, content) }
}

fn stream(name: &str, length: Option<u64>) -> FileArgument {
    FileArgument { name: name.into(), content: Piece::Source(Arc::new(Stream(length))), file_name: None }
}

fn upload(id: &str, json: &str, file: FileArgument) -> Result<Prepared, Error> {
    prepare(operation(id), &Arguments { json: json.into(), files: vec![file] }, &extras(), &mut random())
}

fn no(id: &str, json: &str, file: FileArgument) -> String {
    upload(id, json, file).err().unwrap().to_string()
}

/// The form with its boundary written as `B`.
fn form(prepared: &Prepared) -> String {
    let kind = prepared.headers.get("content-type").unwrap();
    let boundary = kind.strip_prefix("multipart/form-data; boundary=").unwrap();
    text(&prepared.body).replace(boundary, "B")
}

fn part(name: &str, value: &str) -> String {
    format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
}

fn file_part(name: &str, file_name: &str, content: &str) -> String {
    let head = format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file_name}\"\r\n");
    format!("{head}Content-Type: application/octet-stream\r\n\r\n{content}\r\n--B--\r\n")
}

#[test]
fn a_form_has_its_texts_in_order_and_the_file_last() {
    let prepared = upload(FILE, r#"{"duration":3000,"file_name":"名 \"q\".txt","file_type":"stream"}"#, bytes("file", "hello2")).unwrap();
    let expected =
        [part("file_type", "stream"), part("file_name", "名 \"q\".txt"), part("duration", "3000"), file_part("file", "blob", "hello2")];
    assert_eq!(form(&prepared), expected.concat());
    assert!(prepared.is_repeatable());
}

#[test]
fn the_facts_of_a_file_are_filled_in() {
    let place = r#"{"parent_type":"explorer","parent_node":"fld1"}"#;
    let prepared = upload("drive.v1.file.uploadAll", place, named("file", "Wikipedia", "名.txt")).unwrap();
    let texts = [
        part("file_name", "名.txt"),
        part("parent_type", "explorer"),
        part("parent_node", "fld1"),
        part("size", "9"),
        part("checksum", "300286872"),
    ];
    assert_eq!(form(&prepared), texts.concat() + &file_part("file", "_.txt", "Wikipedia"));
    let own = r#"{"file_name":"a","parent_type":"explorer","parent_node":"f","size":"9","checksum":"1"}"#;
    let prepared = upload("drive.v1.file.uploadAll", own, bytes("file", "Wikipedia")).unwrap();
    assert!(form(&prepared).contains(&part("checksum", "1")));
    let query = upload("attendance.v1.file.upload", "{}", named("file", "x", "a b.png")).unwrap();
    assert_eq!(query.path, "/open-apis/attendance/v1/files/upload?file_name=a%20b.png");
}

#[test]
fn a_stream_is_sent_as_it_is() {
    let place = r#"{"file_name":"a","parent_type":"explorer","parent_node":"f"}"#;
    let prepared = upload("drive.v1.file.uploadAll", place, stream("file", Some(1 << 30))).unwrap();
    assert!(form(&prepared).contains(&part("size", "1073741824")));
    assert!(!form(&prepared).contains("checksum"));
    assert!(!prepared.is_repeatable());
    assert_eq!(
        no("drive.v1.file.uploadAll", place, stream("file", None)),
        "size is missing, and the stream does not know its own; pass size, or the file as bytes or a path"
    );
    assert!(upload(FILE, r#"{"file_type":"stream","file_name":"a"}"#, stream("file", None)).is_ok());
}

#[test]
fn fields_of_body_become_parts() {
    let prepared = upload(FILE, r#"{"body":{"new":{"a":1},"file_name":"a","file_type":"pdf"}}"#, bytes("file", "x")).unwrap();
    let expected = [part("file_type", "pdf"), part("file_name", "a"), part("new", r#"{"a":1}"#), file_part("file", "blob", "x")];
    assert_eq!(form(&prepared), expected.concat());
}

#[test]
fn what_is_no_upload_is_refused() {
    let given = r#"{"file_type":"pdf","file_name":"a"}"#;
    for (json, file, expected) in [
        (given, bytes("file", ""), "file is empty; the platform refuses empty files"),
        (given, stream("file", Some(0)), "file is empty; the platform refuses empty files"),
        (given, bytes("fil", "x"), "fil is not an argument of it; use file"),
        (given, bytes("file_name", "x"), "file_name is a file, which this argument does not take; pass a JSON value"),
        (r#"{"file_type":"pdf","file_name":"a","file":"/etc/hosts"}"#, bytes("file", "x"), "file must be bytes, a path or a stream"),
        (r#"{"file_type":"pdf","file_name":null}"#, bytes("file", "x"), "file_name is null, which only a body can carry; leave it out"),
        (r#"{"body":[1]}"#, bytes("file", "x"), "body is no object, and an upload is a form; pass an object"),
        ("{}", bytes("file", "x"), "file_type, file_name are missing; call it as im.v1.file.create(file_type, file_name, file)"),
    ] {
        assert_eq!(no(FILE, json, file), expected, "{json}");
    }
    let twice = Arguments { json: given.into(), files: vec![bytes("file", "x"), bytes("file", "y")] };
    let error = prepare(operation(FILE), &twice, &extras(), &mut random()).err().unwrap();
    assert_eq!(error.to_string(), "file is given twice; give it once");
    assert_eq!(refused("attendance.v1.file.upload", r#"{"file_name":"a"}"#), "has nothing to upload; pass the file");
    assert_eq!(refused(FILE, given), "file is missing; call it as im.v1.file.create(file_type, file_name, file)");
    assert_eq!(refused(FILE, r#"{"file_type":"pdf","file_name":"a","file":"/etc/hosts"}"#), "file must be bytes, a path or a stream");
}
