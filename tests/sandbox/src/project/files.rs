//! Files: attachments of work items, and the file service with its forms and raw parts.

use bytes::{Bytes, BytesMut};
use serde_json::{Value, json};

use super::envelope::{done, refusal};
use super::{at, item_id};
use crate::answer::{Refusal, Reply};
use crate::blob::Blob;
use crate::files::{Stored, keep, send};
use crate::platform::Call;
use crate::received::{Part, Payload};

/// The largest file.
const LIMIT: u64 = 100 << 20;

/// The size of a raw part.
const PART: u64 = 5 << 20;

/// `POST …/file/upload`: the file becomes the value of a field.
pub(super) fn attach(call: &mut Call) -> Reply {
    let field = [call.request.field("field_key"), call.request.field("field_alias")].into_iter().find(|key| !key.is_empty());
    let field = field.ok_or_else(|| refusal(20025, "field_key and field_alias are missing"))?.to_owned();
    let stored = taken(call)?;
    let (name, id) = (stored.name.clone(), item_id(call));
    let item = call.app.project.work.find(call.params.get("project_key"), call.params.get("work_item_type_key"), id);
    item.map(|_| ())?;
    let uuid = keep(call.app, "uuid_", stored);
    let item = call.app.project.work.find(call.params.get("project_key"), call.params.get("work_item_type_key"), id)?;
    item.set(&field, json!([{"uuid": uuid, "name": name}]));
    Ok(done(call, Value::Null, Value::Null))
}

/// `POST …/file/download`.
pub(super) fn attachment(call: &mut Call) -> Reply {
    fetch(call, call.request.text("uuid"))
}

/// `POST …/upload_form`.
pub(super) fn upload(call: &mut Call) -> Reply {
    let stored = taken(call)?;
    let token = keep(call.app, "file_", stored);
    Ok(done(call, json!({"file_token": token}), Value::Null))
}

/// `GET …/download/:file_token`.
pub(super) fn download(call: &mut Call) -> Reply {
    fetch(call, call.params.get("file_token"))
}

/// `POST …/upload/preprocess`.
pub(super) fn prepare(call: &mut Call) -> Reply {
    let size = super::number(at(&call.request.json, "size")).filter(|size| *size > 0);
    let count = size.ok_or_else(|| refusal(20006, "Invalid Param: size"))?.div_ceil(PART);
    let id = call.app.new_id("resource_");
    call.app.project.parts.insert(id.clone(), vec![None; usize::try_from(count).unwrap_or_default()]);
    let need: Vec<u64> = (0..count).collect();
    let multipart = json!({"is_new": true, "part_size": PART, "part_count": count, "need": need});
    Ok(done(call, json!({"is_multipart": true, "resource_id": id, "multipart": multipart}), Value::Null))
}

/// `POST …/multipart/:resource_id/:part_number`: the whole body is the part.
pub(super) fn part(call: &mut Call) -> Reply {
    let Payload::Data(blob) = &call.request.body else { return Err(refusal(20040, "the part is empty")) };
    let data = blob.bytes().cloned().unwrap_or_default();
    let number = call.params.get("part_number").parse::<usize>().ok();
    let parts = call.app.project.parts.get_mut(call.params.get("resource_id")).ok_or_else(gone)?;
    let place = number.and_then(|number| parts.get_mut(number)).ok_or_else(|| refusal(20006, "Invalid Param: part_number"))?;
    *place = Some(data);
    Ok(done(call, Value::Null, Value::Null))
}

/// `POST …/multipart/finish/:resource_id`.
pub(super) fn finish(call: &mut Call) -> Reply {
    let parts = call.app.project.parts.get(call.params.get("resource_id")).ok_or_else(gone)?;
    let whole: Option<Vec<Bytes>> = parts.iter().cloned().collect();
    let whole = whole.ok_or_else(|| refusal(20006, "Invalid Param: parts are missing"))?;
    let data = whole.iter().fold(BytesMut::new(), |mut data, part| {
        data.extend_from_slice(part);
        data
    });
    call.app.project.parts.remove(call.params.get("resource_id"));
    let stored = Stored { blob: Blob::kept(data.freeze()), name: "file.bin".to_owned(), kind: "application/octet-stream" };
    let token = keep(call.app, "file_", stored);
    Ok(done(call, json!({"file_token": token}), Value::Null))
}

fn taken(call: &Call) -> Result<Stored, Refusal> {
    let part: &Part = call.request.part("file").ok_or_else(|| refusal(20040, "the form is empty"))?;
    if part.blob.length > call.app.settings.upload_limit.unwrap_or(LIMIT) {
        return Err(refusal(20024, "the file is above 100 MB"));
    }
    let name = part.file_name.clone().unwrap_or_else(|| "file.bin".to_owned());
    Ok(Stored { blob: part.blob.clone(), name, kind: "application/octet-stream" })
}

fn fetch(call: &Call, key: &str) -> Reply {
    send(call, call.app.files.get(key).ok_or_else(gone)?)
}

fn gone() -> Refusal {
    refusal(30019, "File Not Found")
}
