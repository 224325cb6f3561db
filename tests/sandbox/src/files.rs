//! Images and files of messages, up and down.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::answer::{Answer, Refusal, Reply};
use crate::app::App;
use crate::blob::Blob;
use crate::outgoing::file;
use crate::platform::Call;

const IMAGE_LIMIT: u64 = 10 << 20;
const FILE_LIMIT: u64 = 30 << 20;

/// The files of one app by key or token.
pub(crate) type Files = HashMap<String, Stored>;

/// A file and what it is called.
pub(crate) struct Stored {
    pub(crate) blob: Blob,
    pub(crate) name: String,
    pub(crate) kind: &'static str,
}

pub(crate) fn create_image(call: &mut Call) -> Reply {
    if !matches!(call.request.field("image_type"), "message" | "avatar") {
        return Err(Refusal::new(234001, "image_type is neither message nor avatar"));
    }
    let blob = taken(call, "image", IMAGE_LIMIT)?;
    let kind = image_kind(&blob).ok_or_else(|| Refusal::new(234011, "the format of the image is not supported"))?;
    let key = keep(call.app, "img_v3_", Stored { blob, name: "image".to_owned(), kind });
    Ok(Answer::data(json!({"image_key": key})))
}

pub(crate) fn get_image(call: &mut Call) -> Reply {
    fetch(call, call.params.get("image_key"))
}

pub(crate) fn create_file(call: &mut Call) -> Reply {
    let known = ["opus", "mp4", "pdf", "doc", "xls", "ppt", "stream"];
    if !known.contains(&call.request.field("file_type")) {
        return Err(Refusal::new(234001, format!("file_type is not one of {}", known.join(", "))));
    }
    let blob = taken(call, "file", FILE_LIMIT)?;
    let name = call.request.field("file_name").to_owned();
    let key = keep(call.app, "file_v3_", Stored { blob, name, kind: "application/octet-stream" });
    Ok(Answer::data(json!({"file_key": key})))
}

pub(crate) fn get_file(call: &mut Call) -> Reply {
    fetch(call, call.params.get("file_key"))
}

pub(crate) fn get_resource(call: &mut Call) -> Reply {
    let message = call.app.chats.message(call.params.get("message_id"));
    let message = message.ok_or_else(|| Refusal::new(99992354, "the message id does not exist"))?;
    if message.deleted {
        return Err(Refusal::new(234005, "the message has been recalled"));
    }
    let key = call.params.get("file_key");
    if !message.content.contains(&json!(key).to_string()) {
        return Err(Refusal::new(234003, "the file is not in the message"));
    }
    fetch(call, key)
}

/// Keeps a file and returns its key.
pub(crate) fn keep(app: &mut App, prefix: &str, stored: Stored) -> String {
    let key = app.new_id(prefix);
    app.files.insert(key.clone(), stored);
    key
}

/// The file called `key`, or the part of it that the request asks for.
pub(crate) fn fetch(call: &Call, key: &str) -> Reply {
    let stored = call.app.files.get(key).ok_or_else(|| Refusal::new(234001, "the key of the file is invalid"))?;
    send(call, stored)
}

/// A stored file as an answer.
pub(crate) fn send(call: &Call, stored: &Stored) -> Reply {
    if !stored.blob.is_readable() {
        let msg = "the sandbox kept only length and hash of this large file; upload what /__sandbox/blob/SIZE gives to get it back";
        return Err(Refusal::new(234019, msg).status(500));
    }
    Ok(file(&stored.blob, &stored.name, stored.kind, call.request.header("range")))
}

fn taken(call: &Call, name: &str, documented: u64) -> Result<Blob, Refusal> {
    let limit = call.app.settings.upload_limit.unwrap_or(documented);
    match call.request.part(name) {
        Some(part) if part.blob.length > limit => Err(Refusal::new(234006, format!("the file is larger than {limit} bytes"))),
        Some(part) if part.blob.length > 0 => Ok(part.blob.clone()),
        _ => Err(Refusal::new(234010, "the file is empty")),
    }
}

/// The media type by the first bytes. Large images of the sandbox's own pattern pass as well.
fn image_kind(blob: &Blob) -> Option<&'static str> {
    let Some(data) = blob.bytes() else { return Some("image/png") };
    Some(match data.as_ref() {
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [0xff, 0xd8, ..] => "image/jpeg",
        [b'G', b'I', b'F', b'8', ..] => "image/gif",
        [b'B', b'M', ..] => "image/bmp",
        [b'R', b'I', b'F', b'F', ..] => "image/webp",
        [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => "image/tiff",
        [0, 0, 1, 0, ..] => "image/x-icon",
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => "image/heic",
        _ => return None,
    })
}

/// What `POST /__sandbox/files` places: a file of the pattern, with its key.
pub(crate) fn place(app: &mut App, kind: &str, size: u64, name: &str) -> Option<Value> {
    let prefix = match kind {
        "image" => "img_v3_",
        "file" => "file_v3_",
        "drive" => "box",
        _ => return None,
    };
    let stored = Stored { blob: Blob::pattern(size), name: name.to_owned(), kind: "application/octet-stream" };
    Some(json!({"key": keep(app, prefix, stored)}))
}
