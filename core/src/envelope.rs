//! From an answer's bytes to a [`Reply`] or a refusal.
//!
//! The platform wraps what it answers in an envelope, `{"code":0,"msg":"success","data":{…}}`, and deviates from it in many ways; what each means is
//! decided here and in the files beside.

mod block;
mod foreign;
mod members;
#[cfg(feature = "project")]
mod project;
mod refusal;
mod remedy;
mod scopes;
#[cfg(test)]
mod tests;
mod wait;

use bytes::Bytes;

use crate::catalog::Paging;
use crate::codes::Action;
use crate::error::Error;
use crate::http::Head;
use crate::paging;
use crate::step::Reply;

use members::{Code, Members};
#[cfg(feature = "about")]
pub(crate) use scopes::application_page;
pub(crate) use wait::server_wait;

/// How an operation's answer is read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Expected {
    /// The fields stand beside `code` and `msg` instead of in `data`.
    pub root: bool,
    /// Where the pages are found, for a paged operation.
    pub paging: Option<Paging>,
    /// The answer is one of Feishu Project; which page was asked for.
    #[cfg(feature = "project")]
    pub project: Option<paging::Asked>,
}

impl Expected {
    /// An answer of the open platform.
    pub(crate) fn new(root: bool, paging: Option<Paging>) -> Self {
        Self {
            root,
            paging,
            #[cfg(feature = "project")]
            project: None,
        }
    }
}

/// An answer that is no success.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub error: Error,
    /// What to do; `None` when the answer is no envelope.
    pub action: Option<Action>,
}

/// Reads an answer. The number of attempts and the operation are filled in by the call.
pub(crate) fn read(head: Head, body: Bytes, expected: &Expected) -> Result<Reply, Box<Refusal>> {
    if members::is_blank(&body) {
        return if head.status < 300 { Ok(reply(head)) } else { Err(foreign::http(head, "")) };
    }
    let members = match Members::read(&body) {
        Ok(members) => members,
        Err(why) => return Err(foreign::unreadable(head, &body, why)),
    };
    #[cfg(feature = "project")]
    if let Some(asked) = &expected.project {
        return project::read(head, &body, &members, expected, asked);
    }
    // What an error page says: the message, else the whole text.
    let shown = || members.msg().unwrap_or_else(|| foreign::snippet(&body));
    match (members.code(), head.status) {
        (Code::Known(0), ..400) => Ok(success(head, &body, &members, expected)),
        (Code::Absent, ..300) if members.oauth_error().is_none() => Ok(success(head, &body, &members, expected)),
        (Code::Known(0), _) => Err(foreign::http(head, &shown())),
        (Code::Known(code), _) => Err(refusal::refused(head, &body, &members, code, expected.root)),
        (Code::Absent, _) if members.oauth_error().is_some() => Err(refusal::refused(head, &body, &members, 0, expected.root)),
        (Code::Absent, _) => Err(foreign::http(head, &shown())),
        (Code::Unreadable, _) => Err(foreign::unreadable(head, &body, members::Flaw::Code)),
    }
}

/// Whether the bytes are an envelope that says that the call failed: a JSON object whose `code` is an integer other than zero.
///
/// For the answer to a download, which may be JSON because the file is.
pub fn is_error_envelope(body: &[u8]) -> bool {
    Members::read(body).is_ok_and(|members| members.is_error())
}

fn reply(head: Head) -> Reply {
    let log_id = head.headers.log_id().map(str::to_owned);
    Reply { status: head.status, headers: head.headers, log_id, ..Reply::default() }
}

fn success(head: Head, body: &Bytes, members: &Members, expected: &Expected) -> Reply {
    let (body, data, wide) = members.payload(body, expected.root);
    let page = expected.paging.map(|paging| paging::page(&body, &data, &paging));
    Reply { msg: members.msg().unwrap_or_default(), body, data, page, wide, ..reply(head) }
}
