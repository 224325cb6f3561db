//! Comments of a work item, by page numbers and by cursor, and the teams of a space, by offset.

use serde_json::{Value, json};

use super::envelope::{done, refusal};
use super::pages::{self, Bounds, argument};
use super::{acting, at, item_id, moment, number};
use crate::answer::{Refusal, Reply};
use crate::platform::Call;

/// How many teams every space has.
const TEAMS: u64 = 650;

/// `POST …/comment/create`.
pub(super) fn create(call: &mut Call) -> Reply {
    let (by, now, id) = (acting(call), call.now, item_id(call));
    let content = call.request.text("content").to_owned();
    if content.is_empty() {
        return Err(refusal(20005, "Missing Param: content"));
    }
    let item = call.app.project.work.find(call.params.get("project_key"), call.params.get("work_item_type_key"), id)?;
    let number = id * 1000 + item.comments.len() as u64 + 1;
    let kind = item.kind.clone();
    item.comments.push(json!({"id": number, "work_item_id": id, "work_item_type_key": kind,
        "created_at": moment(now), "operator": by, "content": content}));
    Ok(done(call, json!(number), Value::Null))
}

/// `GET …/comments`, by page numbers in the query.
pub(super) fn list(call: &mut Call) -> Reply {
    let rows = comments(call, call.params.get("work_item_type_key").to_owned(), item_id(call))?;
    let (rows, pagination) = pages::by_number(call, rows, &Bounds { largest: 200, usual: 20, ceiling: u64::MAX })?;
    Ok(done(call, rows, pagination))
}

/// `POST /open_api/comment/query`, by cursor.
pub(super) fn query(call: &mut Call) -> Reply {
    let (object, asked) = (at(&call.request.json, "object").clone(), at(&call.request.json, "paginator").clone());
    let kind = at(&object, "work_item_type_key").as_str().unwrap_or_default().to_owned();
    let rows = comments(call, kind, number(at(&object, "work_item_id")).unwrap_or_default())?;
    let size = pages::size(number(at(&asked, "page_size")), &Bounds { largest: 50, usual: 50, ceiling: u64::MAX })?;
    let (rows, next) = pages::from_place(rows, number(at(&asked, "cursor")).unwrap_or(0), size);
    let cursor = next.map(|next| next.to_string()).unwrap_or_default();
    Ok(done(call, json!({"comments": rows, "next_cursor": cursor}), Value::Null))
}

/// `GET …/teams/all`.
pub(super) fn teams(call: &mut Call) -> Reply {
    let rows = (1..=TEAMS).map(|team| json!({"team_id": team, "team_name": format!("Team {team}"), "user_keys": ["7000001"]}));
    let size = pages::size(argument(call, "limit")?, &Bounds { largest: 300, usual: 300, ceiling: u64::MAX })?;
    let (rows, next) = pages::from_place(rows.collect(), argument(call, "offset")?.unwrap_or(0), size);
    Ok(done(call, rows, json!({"has_more": next.is_some()})))
}

fn comments(call: &mut Call, kind: String, id: u64) -> Result<Vec<Value>, Refusal> {
    let project = match call.params.get("project_key") {
        "" => call.request.text("project_key"),
        key => key,
    };
    Ok(call.app.project.work.find(project, &kind, id)?.comments.clone())
}
