//! The arguments of an operation with what the caller gave for each.

use std::borrow::Cow;

use crate::arguments::FileArgument;
use crate::arguments::given::{Body, Given, Member, Members};
use crate::catalog::{Operation, Parameter, Place, Style, nearest};
use crate::error::Error;
use crate::text::join;

/// Every argument of an operation with its value, and what `body` holds beyond them.
pub(super) struct Slots<'a> {
    /// In the order of the catalogue.
    pub(super) known: Vec<Slot<'a>>,
    pub(super) body: Rest<'a>,
}

/// What `body` holds besides known fields.
pub(super) enum Rest<'a> {
    /// No `body` was given.
    None,
    /// Fields that the catalogue does not know, in the caller's order.
    Fields(Members<'a>),
    /// All of the body: a list or a scalar.
    Whole(Cow<'a, str>),
}

/// An argument and its value.
pub(super) struct Slot<'a> {
    pub(super) parameter: &'static Parameter,
    /// JSON text.
    pub(super) value: Option<Cow<'a, str>>,
    pub(super) file: Option<&'a FileArgument>,
}

impl<'a> Slots<'a> {
    /// Puts what was given to the arguments of the operation.
    pub(super) fn of(operation: Operation, given: Given<'a>, files: &'a [FileArgument]) -> Result<Self, Error> {
        let Given { mut flat, mut body } = given;
        if !matches!(body, Body::None) && !operation.takes_body() {
            return Err(Error::argument("body is given, and this operation takes none").with_remedy("leave it out"));
        }
        let parameters = &operation.kept().parameters;
        let mut known = Vec::with_capacity(parameters.len());
        for parameter in parameters {
            let value = value_of(parameter, &mut flat, &mut body)?;
            let file = files.iter().find(|file| parameter.place == Place::File && is_name(&file.name, parameter.name));
            known.push(Slot { parameter, value, file });
        }
        if let Some(Member { name, .. }) = flat.0.first() {
            return Err(unknown(operation, name));
        }
        if let Some(name) = unused_file(&known, files) {
            return Err(unknown_file(operation, name));
        }
        let body = match body {
            Body::None => Rest::None,
            Body::Members(fields) => Rest::Fields(fields),
            Body::Whole(value) => Rest::Whole(value),
        };
        Ok(Self { known, body })
    }

    /// The argument of that name.
    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut Slot<'a>> {
        self.known.iter_mut().find(|slot| slot.parameter.name == name)
    }

    /// The arguments of one place that have a value.
    pub(super) fn given(&self, place: Place) -> impl Iterator<Item = (&Parameter, &str)> {
        let here = self.known.iter().filter(move |slot| slot.parameter.place == place);
        here.filter_map(|slot| Some((slot.parameter, slot.value.as_deref()?)))
    }

    /// Refuses a call that lacks what the platform demands, naming all of it.
    pub(super) fn check_required(&self, operation: Operation, style: Style) -> Result<(), Error> {
        let is_whole = matches!(self.body, Rest::Whole(_));
        let lacks = |slot: &&Slot<'_>| {
            let parameter = slot.parameter;
            parameter.required && slot.is_empty() && !(is_whole && matches!(parameter.place, Place::Body | Place::Form))
        };
        let missing: Vec<&str> = self.known.iter().filter(lacks).map(|slot| slot.parameter.name).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let required = self.known.iter().filter(|slot| slot.parameter.required && !slot.parameter.idempotency);
        let shown: Vec<&str> = required.map(|slot| slot.parameter.name).collect();
        let be = if missing.len() == 1 { "is" } else { "are" };
        Err(Error::argument(format!("{} {be} missing", join(&missing, ", "))).with_remedy(format!(
            "call it as {}({})",
            operation.name(style),
            join(&shown, ", ")
        )))
    }
}

impl Slot<'_> {
    /// Whether nothing would be sent for it.
    fn is_empty(&self) -> bool {
        match (&self.value, self.parameter.place) {
            (Some(value), Place::Query) => value.starts_with('[') && crate::arguments::convert::items(value).next().is_none(),
            (Some(_), _) => false,
            (None, _) => self.file.is_none(),
        }
    }
}

/// A trailing underscore, by which a language spells reserved words, is overlooked.
fn is_name(given: &str, name: &str) -> bool {
    given == name || given.strip_suffix('_') == Some(name)
}

fn value_of<'a>(parameter: &Parameter, flat: &mut Members<'a>, body: &mut Body<'a>) -> Result<Option<Cow<'a, str>>, Error> {
    let value = take(flat, |given| is_name(given, parameter.name));
    if !matches!(parameter.place, Place::Body | Place::Form | Place::File) {
        return Ok(value);
    }
    let inside = match body {
        Body::None => None,
        Body::Members(fields) => take(fields, |given| given == parameter.name),
        Body::Whole(_) if value.is_some() => {
            return Err(Error::argument(format!("{} is given, and body is no object that it could go into", parameter.name))
                .with_remedy("give either body or its fields"));
        }
        Body::Whole(_) => None,
    };
    match (value, inside) {
        (Some(_), Some(_)) => {
            Err(Error::argument(format!("{} is given twice: by itself and in body", parameter.name)).with_remedy("give it once"))
        }
        (value, inside) => Ok(value.or(inside)),
    }
}

fn take<'a>(members: &mut Members<'a>, is_wanted: impl Fn(&str) -> bool) -> Option<Cow<'a, str>> {
    let place = members.0.iter().position(|member| is_wanted(&member.name))?;
    let Member { value, .. } = members.0.remove(place);
    Some(value)
}

fn unused_file<'a>(known: &[Slot<'_>], files: &'a [FileArgument]) -> Option<&'a str> {
    let is_used = |file: &FileArgument| known.iter().any(|slot| slot.file.is_some_and(|used| std::ptr::eq(used, file)));
    files.iter().find(|file| !is_used(file)).map(|file| file.name.as_str())
}

fn unknown_file(operation: Operation, name: &str) -> Error {
    match operation.parameter(name).map(|parameter| parameter.place) {
        None => unknown(operation, name),
        Some(Place::File) => given_twice(name),
        Some(_) => Error::argument(format!("{name} is a file, which this argument does not take")).with_remedy("pass a JSON value"),
    }
}

fn unknown(operation: Operation, name: &str) -> Error {
    const OPTIONS: [&str; 11] = [
        "timeout",
        "max_retries",
        "maxRetries",
        "max_wait",
        "maxWait",
        "headers",
        "signal",
        "on_progress",
        "onProgress",
        "idempotency_key",
        "idempotencyKey",
    ];
    if operation.parameter(name).is_some() || matches!(name, "body" | "body_") {
        return given_twice(name);
    }
    let error = Error::argument(format!("{name} is not an argument of it"));
    match nearest(name, operation.parameters().map(|parameter| parameter.name)) {
        _ if OPTIONS.contains(&name) => error.with_remedy("pass it with the options of the call"),
        Some(near) => error.with_remedy(format!("use {near}")),
        None => error.with_remedy(takes(operation)),
    }
}

fn given_twice(name: &str) -> Error {
    Error::argument(format!("{name} is given twice")).with_remedy("give it once")
}

fn takes(operation: Operation) -> String {
    let names: Vec<&str> = operation.parameters().map(|parameter| parameter.name).take(12).collect();
    match names.as_slice() {
        [] => "it takes none".into(),
        names => format!("it takes {}", join(names, ", ")),
    }
}
