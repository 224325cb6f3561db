//! Users and departments.

use serde_json::{Value, json};

use crate::answer::{Answer, Refusal, Reply};
use crate::directory::{Department, Directory, User};
use crate::paging::page;
use crate::platform::Call;

/// The code for a page token that is not one.
const BAD_PAGE_TOKEN: i64 = 40012;

pub(crate) fn get_user(call: &mut Call) -> Reply {
    let user = find_user(call, call.params.get("user_id"))?;
    Ok(Answer::data(json!({"user": user.to_json(department_id_type(call))})))
}

pub(crate) fn batch_users(call: &mut Call) -> Reply {
    let ids = repeated(call, "user_ids", 50)?;
    let users: Result<Vec<Value>, Refusal> = ids.iter().map(|id| Ok(find_user(call, id)?.to_json(department_id_type(call)))).collect();
    Ok(Answer::data(json!({"items": users?})))
}

pub(crate) fn batch_get_id(call: &mut Call) -> Reply {
    let kind = call.request.query("user_id_type").unwrap_or("open_id");
    let emails = asked(call, "emails").map(|email| entry("email", email, kind, |user| user.email == email));
    let mobiles = asked(call, "mobiles").map(|mobile| entry("mobile", mobile, kind, |user| user.mobile.ends_with(mobile)));
    Ok(Answer::data(json!({"user_list": emails.chain(mobiles).collect::<Vec<_>>()})))
}

pub(crate) fn find_by_department(call: &mut Call) -> Reply {
    let place = find_department(call, call.request.query("department_id").unwrap_or_default())?;
    members(call, &department_at(place)?.members)
}

pub(crate) fn list_users(call: &mut Call) -> Reply {
    match call.request.query("department_id").filter(|id| !id.is_empty()) {
        Some(_) => find_by_department(call),
        None => members(call, &(0..Directory::get().users.len()).collect::<Vec<_>>()),
    }
}

pub(crate) fn get_department(call: &mut Call) -> Reply {
    let place = find_department(call, call.params.get("department_id"))?;
    Ok(Answer::data(json!({"department": department_at(place)?.to_json(department_id_type(call))})))
}

pub(crate) fn batch_departments(call: &mut Call) -> Reply {
    let places: Result<Vec<usize>, Refusal> = repeated(call, "department_ids", 50)?.iter().map(|id| find_department(call, id)).collect();
    Ok(Answer::data(json!({"items": shown(call, &places?)})))
}

pub(crate) fn children(call: &mut Call) -> Reply {
    let place = find_department(call, call.params.get("department_id"))?;
    below(call, place)
}

pub(crate) fn list_departments(call: &mut Call) -> Reply {
    let place = find_department(call, call.request.query("parent_department_id").unwrap_or("0"))?;
    below(call, place)
}

pub(crate) fn parents(call: &mut Call) -> Reply {
    let place = find_department(call, call.request.query("department_id").unwrap_or_default())?;
    let up = |place: &usize| Directory::get().departments.get(*place).and_then(|department| department.parent);
    let places: Vec<usize> = std::iter::successors(up(&place), up).filter(|place| *place != 0).collect();
    departments(call, &places)
}

fn below(call: &Call, place: usize) -> Reply {
    let directory = Directory::get();
    let deep = call.request.query("fetch_child").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    departments(call, &if deep { directory.descendants(place) } else { directory.children(place) })
}

fn departments(call: &Call, places: &[usize]) -> Reply {
    let page = page(call, places.len(), 10, BAD_PAGE_TOKEN)?;
    let items = shown(call, places.get(page.start..page.end).unwrap_or_default());
    Ok(Answer::data(json!({"items": items, "has_more": page.has_more, "page_token": page.page_token})))
}

fn members(call: &Call, numbers: &[usize]) -> Reply {
    let page = page(call, numbers.len(), 10, BAD_PAGE_TOKEN)?;
    let users = numbers.get(page.start..page.end).unwrap_or_default().iter().filter_map(|number| Directory::get().users.get(*number));
    let items: Vec<Value> = users.map(|user| user.to_json(department_id_type(call))).collect();
    Ok(Answer::data(json!({"items": items, "has_more": page.has_more, "page_token": page.page_token})))
}

fn shown(call: &Call, places: &[usize]) -> Vec<Value> {
    let found = places.iter().filter_map(|place| Directory::get().departments.get(*place));
    found.map(|department| department.to_json(department_id_type(call))).collect()
}

fn find_user(call: &Call, id: &str) -> Result<&'static User, Refusal> {
    let kind = call.request.query("user_id_type").unwrap_or("open_id");
    let found = Directory::get().user(id).filter(|user| id == id_of(user, kind));
    found.ok_or_else(|| match kind {
        "user_id" => Refusal::new(99992360, "the user id does not exist"),
        "union_id" => Refusal::new(99992363, "the union id does not exist"),
        _ => Refusal::new(99992351, "the open id does not exist"),
    })
}

fn find_department(call: &Call, id: &str) -> Result<usize, Refusal> {
    let found =
        Directory::get().department(id).filter(|place| department_at(*place).is_ok_and(|it| it.id_of(department_id_type(call)) == id));
    found.ok_or_else(|| match department_id_type(call) {
        "department_id" => Refusal::new(99992379, "the department id does not exist"),
        _ => Refusal::new(99992357, "the open department id does not exist"),
    })
}

fn department_at(place: usize) -> Result<&'static Department, Refusal> {
    Directory::get().departments.get(place).ok_or_else(|| Refusal::new(40004, "no such department"))
}

fn department_id_type<'a>(call: &'a Call) -> &'a str {
    call.request.query("department_id_type").unwrap_or("open_department_id")
}

fn id_of<'a>(user: &'a User, kind: &str) -> &'a str {
    match kind {
        "user_id" => &user.user_id,
        "union_id" => &user.union_id,
        _ => &user.open_id,
    }
}

fn asked<'a>(call: &'a Call, name: &str) -> impl Iterator<Item = &'a str> {
    call.request.json.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn entry(name: &str, value: &str, kind: &str, is_it: impl Fn(&User) -> bool) -> Value {
    match Directory::get().users.iter().find(|user| is_it(user)) {
        Some(user) => json!({name: value, "user_id": id_of(user, kind)}),
        None => json!({name: value}),
    }
}

fn repeated<'a>(call: &'a Call, name: &str, most: usize) -> Result<Vec<&'a str>, Refusal> {
    let values: Vec<&str> = call.request.query.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect();
    if values.len() > most {
        return Err(Refusal::field(name, "", format!("{name} holds more than {most} values")));
    }
    Ok(values)
}
