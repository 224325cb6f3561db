//! Files and media of the drive, in one piece.

use serde_json::json;

use crate::answer::{Answer, Refusal, Reply};
use crate::blob::Blob;
use crate::files::{Stored, keep, send};
use crate::platform::Call;

/// The largest file that goes up in one piece.
const LIMIT: u64 = 20 << 20;

pub(crate) fn upload_all(call: &mut Call) -> Reply {
    let part = call.request.part("file").ok_or_else(|| Refusal::new(1061002, "params error: file is required"))?;
    check(call, &part.blob)?;
    let stored = Stored { blob: part.blob.clone(), name: call.request.field("file_name").to_owned(), kind: "application/octet-stream" };
    let token = keep(call.app, "box", stored);
    Ok(Answer::data(json!({"file_token": token})))
}

pub(crate) fn download(call: &mut Call) -> Reply {
    let stored = call.app.files.get(call.params.get("file_token"));
    send(call, stored.ok_or_else(|| Refusal::new(1061003, "not found.").status(404))?)
}

fn check(call: &Call, blob: &Blob) -> Result<(), Refusal> {
    let request = call.request;
    if request.field("file_name").chars().count() > 250 {
        return Err(Refusal::new(1061002, "params error: file_name is longer than 250 characters"));
    }
    if blob.length > call.app.settings.upload_limit.unwrap_or(LIMIT) {
        return Err(Refusal::new(1061043, "file size beyond limit."));
    }
    if request.field("size") != blob.length.to_string() {
        return Err(Refusal::new(1062009, "The actual size is inconsistent with the parameter declaration size."));
    }
    let checksum = request.field("checksum");
    let actual = blob.bytes().map(|data| adler2::adler32_slice(data).to_string());
    if !checksum.is_empty() && actual.is_some_and(|actual| actual != checksum) {
        return Err(Refusal::new(1062008, "The checksum is wrong."));
    }
    Ok(())
}
