//! Work items: made, found in four ways, changed, and the record of what was done to them.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::envelope::{done, refusal};
use super::pages::{self, Bounds, argument};
use super::workflow::Flow;
use super::{acting, at, item_id, moment};
use crate::answer::{Refusal, Reply};
use crate::clock::Millis;
use crate::platform::Call;

/// The id before the first work item's.
const BASE: u64 = 6_000_000_000;

/// The work items of one plugin, and what was done to them.
#[derive(Default)]
pub(crate) struct Work {
    items: Vec<Item>,
    records: Vec<Value>,
    /// The ids that a search has found, by the name of its snapshot.
    snapshots: HashMap<String, Vec<u64>>,
}

/// One work item.
pub(super) struct Item {
    pub(super) id: u64,
    pub(super) project: String,
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) fields: Vec<Value>,
    pub(super) flow: Flow,
    pub(super) comments: Vec<Value>,
    creator: String,
    created: Millis,
    updated: Millis,
}

impl Work {
    /// Makes a work item and returns its id.
    pub(crate) fn add(&mut self, project: &str, kind: &str, name: &str, creator: &str, now: Millis) -> u64 {
        let id = BASE + self.items.last().map_or(0, |last| last.id - BASE) + 1;
        self.items.push(Item {
            id,
            project: project.to_owned(),
            kind: kind.to_owned(),
            name: name.to_owned(),
            fields: Vec::new(),
            flow: Flow::of(kind),
            comments: Vec::new(),
            creator: creator.to_owned(),
            created: now,
            updated: now,
        });
        self.note(id, "create", creator, now);
        id
    }

    /// The work item of a space and a type; 30005 when there is none.
    pub(super) fn find(&mut self, project: &str, kind: &str, id: u64) -> Result<&mut Item, Refusal> {
        let found = self.items.iter_mut().find(|item| item.id == id && item.project == project && item.kind == kind);
        found.ok_or_else(|| refusal(30005, "Work Item Not Found"))
    }

    /// Notes what was done.
    pub(super) fn note(&mut self, id: u64, done: &str, by: &str, now: Millis) {
        let record = json!({"work_item_id": id, "operation_type": done, "operator": by, "operation_time": now});
        self.records.push(record);
    }

    fn rows(&self, wanted: impl Fn(&Item) -> bool) -> Vec<Value> {
        self.items.iter().filter(|item| wanted(item)).map(Item::to_json).collect()
    }
}

impl Item {
    /// Puts a value under the key of a field, in the place of any it had.
    pub(super) fn set(&mut self, key: &str, value: Value) {
        self.fields.retain(|field| at(field, "field_key") != key);
        self.fields.push(json!({"field_key": key, "field_value": value}));
    }

    fn to_json(&self) -> Value {
        json!({
            "id": self.id, "name": self.name, "work_item_type_key": self.kind, "project_key": self.project,
            "pattern": self.flow.pattern(), "current_nodes": self.flow.current_nodes(), "work_item_status": self.flow.status(),
            "created_by": self.creator, "updated_by": self.creator,
            "created_at": moment(self.created), "updated_at": moment(self.updated), "fields": self.fields,
        })
    }
}

/// `POST …/work_item/create`.
pub(super) fn create(call: &mut Call) -> Reply {
    let kind = call.request.text("work_item_type_key").to_owned();
    if kind.is_empty() {
        return Err(refusal(20003, "Wrong WorkItemType Param"));
    }
    let (project, name, by) = (call.params.get("project_key").to_owned(), call.request.text("name").to_owned(), acting(call));
    let id = call.app.project.work.add(&project, &kind, &name, &by, call.now);
    let pairs = call.request.json.get("field_value_pairs").cloned();
    let item = call.app.project.work.find(&project, &kind, id)?;
    pairs.iter().filter_map(Value::as_array).flatten().for_each(|pair| assign(item, pair));
    Ok(done(call, json!(id), Value::Null))
}

/// `POST …/:work_item_type_key/query`: those of the ids that there are.
pub(super) fn query(call: &mut Call) -> Reply {
    let ids = ids(call)?;
    let (project, kind) = (call.params.get("project_key"), call.params.get("work_item_type_key"));
    let wanted = |item: &Item| ids.contains(&item.id) && item.project == project && item.kind == kind;
    let rows = call.app.project.work.rows(wanted);
    Ok(done(call, json!(rows), Value::Null))
}

/// `POST …/work_item/filter`, in one space.
pub(super) fn filter(call: &mut Call) -> Reply {
    let project = call.params.get("project_key").to_owned();
    if texts(call, "user_keys").len() > 10 {
        return Err(refusal(20004, "Search User Limit"));
    }
    let (kinds, name, ids) = (texts(call, "work_item_type_keys"), call.request.text("work_item_name"), ids(call)?);
    let wanted = |item: &Item| {
        item.project == project
            && (kinds.is_empty() || kinds.contains(&item.kind))
            && item.name.contains(name)
            && (ids.is_empty() || ids.contains(&item.id))
    };
    paged(call, call.app.project.work.rows(wanted), &Bounds { largest: 200, usual: 20, ceiling: 200_000 })
}

/// `POST /open_api/work_items/filter_across_project`.
pub(super) fn filter_across(call: &mut Call) -> Reply {
    let (projects, kind) = (texts(call, "project_keys"), call.request.text("work_item_type_key"));
    let wanted = |item: &Item| item.kind == kind && (projects.is_empty() || projects.contains(&item.project));
    paged(call, call.app.project.work.rows(wanted), &Bounds { largest: 50, usual: 20, ceiling: 5000 })
}

/// `PUT …/:work_item_id`.
pub(super) fn update(call: &mut Call) -> Reply {
    let (id, by, now) = (item_id(call), acting(call), call.now);
    let work = &mut call.app.project.work;
    let item = work.find(call.params.get("project_key"), call.params.get("work_item_type_key"), id)?;
    let pairs = call.request.json.get("update_fields").and_then(Value::as_array);
    pairs.into_iter().flatten().for_each(|pair| assign(item, pair));
    item.updated = now;
    work.note(id, "modify", &by, now);
    Ok(done(call, json!({}), Value::Null))
}

/// `DELETE …/:work_item_id`.
pub(super) fn delete(call: &mut Call) -> Reply {
    let (id, by) = (item_id(call), acting(call));
    let work = &mut call.app.project.work;
    work.find(call.params.get("project_key"), call.params.get("work_item_type_key"), id)?;
    work.items.retain(|item| item.id != id);
    work.note(id, "delete", &by, call.now);
    Ok(done(call, json!({}), Value::Null))
}

/// `POST /open_api/op_record/work_item/list`, by cursor.
pub(super) fn records(call: &mut Call) -> Reply {
    let ids = ids(call)?;
    let is_of = |record: &&Value| at(record, "work_item_id").as_u64().is_some_and(|id| ids.contains(&id));
    let rows: Vec<Value> = call.app.project.work.records.iter().filter(is_of).cloned().collect();
    let bounds = Bounds { largest: 200, usual: 50, ceiling: u64::MAX };
    let (size, total) = (pages::size(argument(call, "page_size")?, &bounds)?, rows.len());
    let (rows, next) = pages::from_place(rows, argument(call, "start_from")?.unwrap_or(0), size);
    let cursor = next.map(|next| next.to_string()).unwrap_or_default();
    Ok(done(call, json!({"op_records": rows, "has_more": next.is_some(), "start_from": cursor, "total": total}), Value::Null))
}

/// `POST /open_api/view_search/universal_search`: goes on after the last row of a snapshot.
pub(super) fn search(call: &mut Call) -> Reply {
    let asked = call.request.json.get("pagination").cloned().unwrap_or_default();
    let size = pages::size(super::number(at(&asked, "page_size")), &Bounds { largest: 50, usual: 50, ceiling: u64::MAX })?;
    let (project, kind) = (call.request.text("project_key"), call.request.text("work_item_type_key"));
    let wanted = |item: &&Item| item.project == project && item.kind == kind;
    let (pit, after) = (at(&asked, "pit").as_str().unwrap_or_default(), at(&asked, "search_after").as_str().unwrap_or_default());
    let pit = if pit.is_empty() {
        let found = call.app.project.work.items.iter().filter(wanted).map(|item| item.id).collect();
        let pit = call.app.new_id("pit_");
        call.app.project.work.snapshots.insert(pit.clone(), found);
        pit
    } else {
        pit.to_owned()
    };
    let work = &call.app.project.work;
    let snapshot = work.snapshots.get(&pit).ok_or_else(|| refusal(20006, "Invalid Param: pit"))?;
    let after = if after.is_empty() { 0 } else { after.parse().map_err(|_| refusal(20006, "Invalid Param: search_after"))? };
    let page: Vec<u64> = snapshot.iter().copied().filter(|id| *id > after).take(usize::try_from(size).unwrap_or(50)).collect();
    let rows = work.rows(|item| page.contains(&item.id));
    let last = page.last().map(u64::to_string).unwrap_or_default();
    let pagination = json!({"search_after": last, "pit": pit, "page_size": size, "total": snapshot.len()});
    Ok(done(call, json!(""), json!({"datas": rows, "pagination": pagination, "extra_info": {}})))
}

fn paged(call: &Call, rows: Vec<Value>, bounds: &Bounds) -> Reply {
    let (rows, pagination) = pages::by_number(call, rows, bounds)?;
    Ok(done(call, rows, pagination))
}

fn assign(item: &mut Item, pair: &Value) {
    match (at(pair, "field_key").as_str(), at(pair, "field_value").as_str()) {
        (Some("name"), Some(name)) => item.name = name.to_owned(),
        (Some(key), _) => item.set(key, at(pair, "field_value").clone()),
        _ => {}
    }
}

fn ids(call: &Call) -> Result<Vec<u64>, Refusal> {
    let ids = call.request.json.get("work_item_ids").and_then(Value::as_array);
    let ids: Vec<u64> = ids.into_iter().flatten().filter_map(super::number).collect();
    if ids.len() > 50 { Err(refusal(20028, "WorkItem ID Limit")) } else { Ok(ids) }
}

fn texts(call: &Call, name: &str) -> Vec<String> {
    let list = call.request.json.get(name).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}
