use bytes::Bytes;

use super::members::Members;
use super::{Refusal, block, foreign, remedy, scopes};
use crate::codes::{self, Action};
use crate::error::{Answer, Error};
use crate::http::Head;

/// How much of the platform's message is in the error's line, in bytes.
const SHOWN: usize = 300;

/// The error for an envelope that says no. `code` is zero for an OAuth error without one.
pub(super) fn refused(head: Head, body: &Bytes, members: &Members, code: i64, root: bool) -> Box<Refusal> {
    let oauth = members.oauth_error();
    let action = match (&oauth, code) {
        #[cfg(feature = "oauth")]
        (Some(name), _) if is_of_device(name) => oauth_action(name, head.status),
        (Some(name), 0) => oauth_action(name, head.status),
        // A wrong app id on the token operations, whose answers have root envelopes; elsewhere a wrong parameter.
        (_, 10_003) if !root => Action::Parameter,
        _ => codes::action(code, head.status),
    };
    let answer = answer(head, body, members, code, oauth);
    let mut error = Error::new(action.class(), reason(&answer));
    let parts = error.parts_mut();
    parts.retryable = action.is_retryable();
    parts.remedy = remedy::remedy(action, &answer);
    parts.answer = Some(answer);
    Box::new(Refusal { error, action: Some(action) })
}

fn answer(head: Head, body: &Bytes, members: &Members, code: i64, oauth: Option<String>) -> Answer {
    let log_id = head.headers.log_id().map(str::to_owned);
    let (body, data, _) = members.payload(body, false);
    let data = body.get(data).filter(|data| !data.is_empty()).map(|data| String::from_utf8_lossy(data).into_owned());
    let mut answer = Answer::default();
    (answer.status, answer.headers, answer.code) = (head.status, head.headers, code);
    (answer.log_id, answer.data) = (log_id, data);
    if let Some(block) = members.block() {
        block::read(&block, &mut answer);
    }
    answer.msg = members.msg().or(oauth).unwrap_or_default();
    answer.missing_scopes = scopes::missing(&answer);
    answer
}

/// The platform's message as one line; where it says nothing, what the block says.
pub(super) fn reason(answer: &Answer) -> String {
    let detail = answer.details.iter().find(|(key, _)| key == "message").map_or("", |(_, text)| text);
    let msg = if answer.msg.is_empty() { detail } else { &answer.msg };
    let line = foreign::one_line(msg);
    match foreign::cut(&line, SHOWN).trim_end_matches('.') {
        "" => "the platform refused without a message".to_owned(),
        cut if cut.len() >= SHOWN - 4 && cut.len() < line.len() => format!("{cut}…"),
        cut => cut.to_owned(),
    }
}

/// What is said about a device's code (RFC 8628 §3.5), whatever code of the platform comes with it.
#[cfg(feature = "oauth")]
fn is_of_device(name: &str) -> bool {
    matches!(name, "authorization_pending" | "slow_down" | "access_denied" | "expired_token")
}

/// RFC 6749 §5.2, and what RFC 8628 §3.5 adds.
fn oauth_action(name: &str, status: u16) -> Action {
    match name {
        "invalid_client" | "unauthorized_client" => Action::Config,
        "invalid_grant" | "expired_token" | "access_denied" => Action::Reauthorize,
        "server_error" | "temporarily_unavailable" => Action::Busy,
        "slow_down" => Action::Rate,
        #[cfg(feature = "oauth")]
        "authorization_pending" => Action::Pending,
        _ => codes::action(0, status),
    }
}
