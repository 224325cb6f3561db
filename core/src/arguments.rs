//! From what the caller gave to what is sent: checked, converted, put where it belongs, encoded.

mod convert;
mod fill;
mod given;
mod path_call;
mod slots;
#[cfg(test)]
mod tests;
mod write;

use crate::catalog::{Operation, Style};
use crate::error::Error;
use crate::http::{Headers, Method, Piece};
use crate::random::Random;

pub(crate) use convert::{items, plain};
use given::Given;
pub(crate) use given::{Member, Members, check_json};
pub(crate) use path_call::prepare_path;
use slots::Slots;

/// What the caller gave to an operation, as it crosses a binding.
#[derive(Clone, Default)]
pub struct Arguments {
    /// One JSON object with the arguments by wire name; empty when there are none.
    ///
    /// A message of [`message`](crate::message) is `{"$message": {"msg_type": …, "content": …}}`.
    pub json: String,
    /// The files among the arguments.
    pub files: Vec<FileArgument>,
}

/// A file among the arguments.
#[derive(Clone)]
pub struct FileArgument {
    /// The argument's wire name.
    pub name: String,
    /// The bytes, or where they come from.
    pub content: Piece,
    /// The file's own name, if it has one.
    pub file_name: Option<String>,
}

/// A call of any path; JSON texts are empty when the caller gave nothing.
#[derive(Clone, Default)]
pub struct PathCall {
    /// The HTTP method, in any case.
    pub method: String,
    /// The path: it begins with `/`, and a segment `:name` is filled from the path parameters.
    pub path: String,
    /// A JSON object with the values of the path's parameters.
    pub path_params: String,
    /// A JSON object with the query; a list is sent as a repeated key, null not at all.
    pub query: String,
    /// The JSON body, sent as it is; with files, the form's text parts.
    pub body: String,
    /// The files, which make the body a multipart form.
    pub files: Vec<FileArgument>,
    /// Which token goes with it: `tenant`, `user`, `app` or `none`; left out, the one that the view has.
    pub token: Option<String>,
}

/// A request but for what the client adds.
pub(crate) struct Prepared {
    pub(crate) method: Method,
    /// Path and query, encoded.
    pub(crate) path: String,
    /// `Content-Type` and the header arguments.
    pub(crate) headers: Headers,
    pub(crate) body: Vec<Piece>,
    pub(crate) has_idempotency_key: bool,
}

impl Prepared {
    /// Whether it can be sent a second time.
    pub(crate) fn is_repeatable(&self) -> bool {
        self.body.iter().all(Piece::is_repeatable)
    }
}

/// What a call is told besides its arguments.
pub(crate) struct Extras<'a> {
    /// How the caller spells names, for messages.
    pub(crate) style: Style,
    pub(crate) idempotency_key: Option<&'a str>,
    /// The page to ask for, in the place of the paging argument.
    pub(crate) page_token: Option<&'a str>,
}

/// Prepares the call of an operation; everything that can be refused before the network is refused here.
pub(crate) fn prepare(operation: Operation, arguments: &Arguments, extras: &Extras<'_>, random: &mut Random) -> Result<Prepared, Error> {
    let given = Given::read(&arguments.json)?;
    let mut slots = Slots::of(operation, given, &arguments.files)?;
    let has_idempotency_key = fill::fill(&mut slots, operation, extras, random)?;
    slots.check_required(operation, extras.style)?;
    let mut path = write::path(operation.path(), &slots)?;
    write::query(&mut path, &slots)?;
    let mut headers = write::headers(&slots)?;
    let body = write::body(slots, operation, &mut headers, random)?;
    Ok(Prepared { method: operation.method(), path, headers, body, has_idempotency_key })
}
