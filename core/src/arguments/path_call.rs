//! Calls of paths that the catalogue need not know.

use std::borrow::Cow;

use crate::arguments::convert::{items, with_member};
use crate::arguments::given::{Member, Members, check_json};
use crate::arguments::write::{form, json_body, push_parts, push_path_value, push_query};
use crate::arguments::{Extras, PathCall, Prepared};
use crate::catalog::{Item, Shape, nearest};
use crate::encode;
use crate::error::Error;
use crate::http::{Headers, Method, Piece};
use crate::random::Random;

/// Prepares the call of any path; everything that can be refused before the network is refused here.
pub(crate) fn prepare_path(call: &PathCall, extras: &Extras<'_>, random: &mut Random) -> Result<Prepared, Error> {
    let method = Method::parse(&call.method)
        .ok_or_else(|| Error::argument("method is none that the platform has").with_remedy("pass GET, HEAD, POST, PUT, PATCH or DELETE"))?;
    if extras.idempotency_key.is_some() {
        return Err(
            Error::argument("takes no idempotency key").with_remedy("put it into the query or the body, where the platform wants it")
        );
    }
    let mut path = filled(&call.path, Members::read("path_params", &call.path_params)?)?;
    let query = page(&call.query, extras.page_token)?;
    push_all(&mut path, Members::read("query", &query)?)?;
    let mut headers = Headers::new();
    let body = body(call, &mut headers, random)?;
    Ok(Prepared { method, path, headers, body, has_idempotency_key: false })
}

fn filled(template: &str, mut values: Members<'_>) -> Result<String, Error> {
    check_template(template)?;
    let mut path = String::with_capacity(template.len() + 64);
    for segment in template.split('/').skip(1) {
        path.push('/');
        match segment.strip_prefix(':').filter(|name| !name.is_empty()) {
            None => encode::segment(&mut path, segment),
            Some(name) => push_path_value(&mut path, name, &take(&mut values, name)?, Shape::String)?,
        }
    }
    match values.0.first() {
        None => Ok(path),
        Some(Member { name, .. }) => Err(unused(template, name)),
    }
}

/// Segments that would leave the path, in each spelling.
const DOTS: [&str; 6] = [".", "..", "%2e", "%2e.", ".%2e", "%2e%2e"];

/// A path, and nothing that would lead elsewhere.
fn check_template(template: &str) -> Result<(), Error> {
    let refuse = |reason: &str, remedy: &str| Err(Error::argument(format!("path {reason}")).with_remedy(remedy));
    if !template.starts_with('/') || template.starts_with("//") {
        return refuse("does not begin with one /", "pass a path without a host, such as /open-apis/im/v1/chats");
    }
    if template.contains(['?', '#']) {
        return refuse("holds a query or a fragment", "pass the query as query");
    }
    if template.contains(|character: char| character.is_control() || character == '\\') {
        return refuse("holds a control character or a backslash", "remove it");
    }
    if template.split('/').any(|segment| DOTS.iter().any(|dots| dots.eq_ignore_ascii_case(segment))) {
        return refuse("holds a segment of dots", "write the path out");
    }
    Ok(())
}

fn take<'a>(values: &mut Members<'a>, name: &str) -> Result<Cow<'a, str>, Error> {
    let place = values.0.iter().position(|member| member.name == name);
    let place = place.ok_or_else(|| Error::argument(format!("{name} is missing")).with_remedy("pass it in path_params"))?;
    Ok(values.0.remove(place).value)
}

fn unused(template: &str, name: &str) -> Error {
    let error = Error::argument(format!("{name} is in path_params, but not in the path"));
    match nearest(name, template.split('/').filter_map(|segment| segment.strip_prefix(':'))) {
        Some(near) => error.with_remedy(format!("use {near}")),
        None => error.with_remedy(format!("write :{name} in the path, or leave it out")),
    }
}

fn page<'a>(query: &'a str, token: Option<&str>) -> Result<Cow<'a, str>, Error> {
    let Some(token) = token else { return Ok(Cow::Borrowed(query)) };
    Members::read("query", query)?;
    Ok(Cow::Owned(with_member(Some(query), "page_token", &encode::quote(token))))
}

fn push_all(path: &mut String, query: Members<'_>) -> Result<(), Error> {
    let mut separator = '?';
    for Member { name, value } in query.0.iter().filter(|member| member.value != "null") {
        let is_list = value.starts_with('[');
        if value.starts_with('{') || is_list && items(value).any(|item| item.starts_with(['{', '['])) {
            let is = if is_list { "a list with an object or a list" } else { "an object" };
            return Err(
                Error::argument(format!("{name} is {is}, which a query cannot hold")).with_remedy("pass its JSON text, if that is wanted")
            );
        }
        push_query(path, &mut separator, (name, Shape::List(Item::Any)), value)?;
    }
    Ok(())
}

fn body(call: &PathCall, headers: &mut Headers, random: &mut Random) -> Result<Vec<Piece>, Error> {
    if !call.files.is_empty() {
        let members = Members::read("body", &call.body)?;
        return form(|form| push_parts(form, &members), call.files.iter(), headers, random);
    }
    if call.body.is_empty() {
        return Ok(Vec::new());
    }
    check_json("body", &call.body)?;
    Ok(json_body(call.body.clone(), headers))
}
