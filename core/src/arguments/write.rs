//! Path, query, headers and body, encoded.

use bytes::Bytes;

use crate::arguments::FileArgument;
use crate::arguments::convert::{to_json, to_text, to_texts};
use crate::arguments::given::{Member, Members};
use crate::arguments::slots::{Rest, Slot, Slots};
use crate::catalog::{Kind, Operation, Place, Shape};
use crate::check;
use crate::encode::{percent, push_field, quote};
use crate::error::Error;
use crate::http::{Headers, Method, Piece};
use crate::multipart::Form;
use crate::random::Random;
use crate::text::split_at;

const JSON: &str = "application/json; charset=utf-8";

/// The path with its arguments filled in.
pub(super) fn path(template: &str, slots: &Slots<'_>) -> Result<String, Error> {
    let mut path = String::with_capacity(template.len() + 128);
    let mut rest = template;
    while let Some((before, behind)) = split_at(rest, "/:") {
        let (name, after) = behind.split_at(behind.find('/').unwrap_or(behind.len()));
        let found = slots.given(Place::Path).find(|(parameter, _)| parameter.name == name);
        let (shape, value) = found.map_or((Shape::String, "\"\""), |(parameter, value)| (parameter.shape, value));
        path.extend([before, "/"]);
        push_path_value(&mut path, name, value, shape)?;
        rest = after;
    }
    path.push_str(rest);
    Ok(path)
}

/// Appends a value as one segment of a path.
pub(super) fn push_path_value(path: &mut String, name: &str, value: &str, shape: Shape) -> Result<(), Error> {
    check_scalar(name, value)?;
    let text = to_text(value, shape).map_err(|mismatch| mismatch.of(name))?;
    match text.as_ref() {
        "" => Err(Error::argument(format!("{name} is empty")).with_remedy("it is a part of the path")),
        "." | ".." => Err(Error::argument(format!("{name} is {}, which would leave the path", quote(&text))).with_remedy("pass an id")),
        text => {
            percent(path, text);
            Ok(())
        }
    }
}

/// Appends the query in the order of the catalogue.
pub(super) fn query(path: &mut String, slots: &Slots<'_>) -> Result<(), Error> {
    let mut separator = '?';
    for (parameter, value) in slots.given(Place::Query) {
        push_query(path, &mut separator, (parameter.wire, parameter.shape), value)?;
    }
    Ok(())
}

/// Appends one argument of a query, a list as a repeated key.
pub(super) fn push_query(path: &mut String, separator: &mut char, (name, shape): (&str, Shape), value: &str) -> Result<(), Error> {
    let each = |text: &str| {
        path.push(std::mem::replace(separator, '&'));
        percent(path, name);
        path.push('=');
        percent(path, text);
    };
    to_texts(value, shape, each).map_err(|mismatch| mismatch.of(name))
}

/// The arguments that are headers.
pub(super) fn headers(slots: &Slots<'_>) -> Result<Headers, Error> {
    let mut headers = Headers::new();
    for (parameter, value) in slots.given(Place::Header) {
        check_scalar(parameter.name, value)?;
        let text = to_text(value, parameter.shape).map_err(|mismatch| mismatch.of(parameter.name))?;
        check::header(parameter.wire, &text)?;
        headers.push(parameter.wire, text);
    }
    Ok(headers)
}

/// The body; its content type is added to the headers.
pub(super) fn body(slots: Slots<'_>, operation: Operation, headers: &mut Headers, random: &mut Random) -> Result<Vec<Piece>, Error> {
    match (slots.body, operation.kind()) {
        (Rest::Whole(_), Kind::Upload) => Err(Error::argument("body is no object, and an upload is a form").with_remedy("pass an object")),
        (_, Kind::Bytes) => bytes(&slots.known, headers),
        (Rest::Whole(value), _) => Ok(json_body(value.into_owned(), headers)),
        (body, Kind::Upload) => upload(&Slots { known: slots.known, body }, headers, random),
        (body, _) => {
            let is_needed = operation.takes_body() && matches!(operation.method(), Method::Post | Method::Put | Method::Patch);
            object(&Slots { known: slots.known, body }, is_needed, headers)
        }
    }
}

/// A JSON text as the body.
pub(super) fn json_body(text: String, headers: &mut Headers) -> Vec<Piece> {
    headers.push("Content-Type", JSON);
    vec![Piece::Bytes(Bytes::from(text))]
}

/// A form with text parts and files behind them.
pub(super) fn form<'f>(
    texts: impl FnOnce(&mut Form) -> Result<(), Error>,
    files: impl Iterator<Item = &'f FileArgument>,
    headers: &mut Headers,
    random: &mut Random,
) -> Result<Vec<Piece>, Error> {
    let mut form = Form::new(random.boundary());
    headers.push("Content-Type", form.content_type());
    texts(&mut form)?;
    for file in files {
        form.push_file(&file.name, file.file_name.as_deref(), file.content.clone());
    }
    Ok(form.finish())
}

/// Adds members as text parts.
pub(super) fn push_parts(form: &mut Form, members: &Members<'_>) -> Result<(), Error> {
    for Member { name, value } in &members.0 {
        form.push_text(name, &to_text(value, Shape::Any).map_err(|mismatch| mismatch.of(name))?);
    }
    Ok(())
}

/// Known fields in the order of the catalogue, then the others; without any field an empty object, where there must be a body.
fn object(slots: &Slots<'_>, is_needed: bool, headers: &mut Headers) -> Result<Vec<Piece>, Error> {
    let fields = slots.given(Place::Body).map(|(_, value)| value.len() + 32).sum();
    let mut text = String::with_capacity(fields);
    for (parameter, value) in slots.given(Place::Body) {
        let value = to_json(value, parameter.shape).map_err(|mismatch| mismatch.of(parameter.name))?;
        push_field(&mut text, parameter.wire, &value);
    }
    if let Rest::Fields(Members(others)) = &slots.body {
        others.iter().for_each(|member| push_field(&mut text, &member.name, &member.value));
    }
    match text.is_empty() {
        true if is_needed || matches!(slots.body, Rest::Fields(_)) => text.push_str("{}"),
        true => return Ok(Vec::new()),
        false => text.push('}'),
    }
    Ok(json_body(text, headers))
}

fn upload(slots: &Slots<'_>, headers: &mut Headers, random: &mut Random) -> Result<Vec<Piece>, Error> {
    if let Some((parameter, _)) = slots.given(Place::File).next() {
        return Err(Error::argument(format!("{} must be bytes, a path or a stream", parameter.name)));
    }
    let mut files = slots.known.iter().filter_map(|slot| slot.file).peekable();
    let has_texts = slots.given(Place::Form).next().is_some() || matches!(&slots.body, Rest::Fields(others) if !others.0.is_empty());
    if files.peek().is_none() && !has_texts {
        return Err(Error::argument("has nothing to upload").with_remedy("pass the file"));
    }
    let texts = |form: &mut Form| {
        for (parameter, value) in slots.given(Place::Form) {
            form.push_text(parameter.wire, &to_text(value, parameter.shape).map_err(|mismatch| mismatch.of(parameter.name))?);
        }
        match &slots.body {
            Rest::Fields(others) => push_parts(form, others),
            _ => Ok(()),
        }
    };
    form(texts, files, headers, random)
}

/// The bytes of the file and nothing around them.
fn bytes(known: &[Slot<'_>], headers: &mut Headers) -> Result<Vec<Piece>, Error> {
    let file = known.iter().find_map(|slot| slot.file);
    let file = file.ok_or_else(|| Error::argument("has nothing to upload").with_remedy("pass the file"))?;
    headers.push("Content-Type", "application/octet-stream");
    Ok(vec![file.content.clone()])
}

/// Refuses what is structured where one line of text is wanted.
fn check_scalar(name: &str, value: &str) -> Result<(), Error> {
    match value.bytes().next() {
        Some(b'{') => Err(Error::argument(format!("{name} is an object")).with_remedy("pass a string")),
        Some(b'[') => Err(Error::argument(format!("{name} is a list")).with_remedy("pass a string")),
        _ => Ok(()),
    }
}
