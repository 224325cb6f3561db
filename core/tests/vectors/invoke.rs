//! What a binding hands to the core for a call, made from a vector.

use bytes::Bytes;
use larkspur_core::catalog::{Style, Unknown};
use larkspur_core::http::Piece;
use larkspur_core::{Arguments, Class, Error, FileArgument, PathCall, Reply, Target, download, message};
use serde_json::value::RawValue;

use crate::format::{CallPart, MessagePart, RequestPart, bytes};

/// The arguments of an operation; a message object is marked as bindings mark it.
pub fn arguments(part: &CallPart) -> Result<Arguments, Error> {
    let mut json = part.arguments.as_ref().map_or_else(|| "{}".to_owned(), |arguments| compact(arguments.get()));
    if let Some(part) = &part.message {
        let built = built(part)?;
        let marked = format!(r#"{{"$message":{{"msg_type":"{}","content":{}}}}}"#, built.msg_type, built.content);
        let rest = json.trim_start().strip_prefix('{').expect("the arguments are an object").to_owned();
        let comma = if rest.trim_start().starts_with('}') { "" } else { "," };
        json = format!("{{\"content\":{marked}{comma}{rest}");
    }
    Ok(Arguments { json, files: files(part) })
}

pub fn built(part: &MessagePart) -> Result<message::Message, Error> {
    message::build(&part.kind, &compact(part.arguments.get()))
}

pub fn path_call(request: &RequestPart, part: &CallPart) -> PathCall {
    let text = |raw: &Option<Box<RawValue>>| raw.as_ref().map(|raw| compact(raw.get())).unwrap_or_default();
    PathCall {
        method: request.method.clone(),
        path: request.path.clone(),
        path_params: text(&request.path_params),
        query: text(&request.query),
        body: text(&request.body),
        files: files(part),
        token: request.token.clone(),
    }
}

/// What errors call the target.
pub fn name(target: &Target) -> String {
    match target {
        Target::Operation(operation, _) => operation.name(Style::Camel),
        Target::Path(call) => format!("{} {}", call.method.to_ascii_uppercase(), call.path),
    }
}

pub fn unknown(unknown: &Unknown) -> Error {
    let nearest = unknown.nearest.as_deref().unwrap_or_default();
    Error::new(Class::UnknownOperation, format!("{} is unknown", unknown.name)).with_remedy(format!("did you mean {nearest}?"))
}

pub fn file_name(reply: &Reply) -> Option<String> {
    reply.headers.get("content-disposition").and_then(download::file_name)
}

fn files(part: &CallPart) -> Vec<FileArgument> {
    let file = |(name, file): (&String, &crate::format::FilePart)| FileArgument {
        name: name.clone(),
        content: Piece::Bytes(Bytes::from(bytes(&file.text, &file.hex))),
        file_name: file.name.clone(),
    };
    part.files.iter().map(file).collect()
}

/// Without the white space outside strings, as every binding writes JSON.
pub fn compact(text: &str) -> String {
    let (mut in_string, mut is_escaped) = (false, false);
    let is_kept = |c: &char| {
        in_string ^= *c == '"' && !is_escaped;
        is_escaped = *c == '\\' && !is_escaped;
        in_string || !c.is_whitespace()
    };
    text.chars().filter(is_kept).collect()
}
