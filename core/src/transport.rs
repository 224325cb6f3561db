//! What a request that brought no answer means.

use crate::error::{Class, Error};
use crate::http::{TransportError, TransportKind};
use crate::retry::Setback;

/// The error a caller sees when nothing better comes.
pub(crate) fn error(failed: &TransportError) -> Error {
    let (class, remedy) = match failed.kind {
        TransportKind::Connect => (Class::Connect, None),
        TransportKind::Tls => (Class::Tls, None),
        TransportKind::Timeout => (Class::Timeout, None),
        TransportKind::Broken => (Class::Transport, None),
        TransportKind::TooLarge => (Class::Decode, Some("raise max_answer, or ask for smaller pages")),
        TransportKind::Source => (Class::Argument, None),
        TransportKind::Sink => (Class::Transport, None),
    };
    let mut error = Error::new(class, failed.reason.clone());
    let parts = error.parts_mut();
    parts.remedy = remedy.map(str::to_owned);
    parts.retryable = setback(failed) != Setback::Final;
    error
}

/// What the machine makes of it.
pub(crate) fn setback(failed: &TransportError) -> Setback {
    match failed.kind {
        TransportKind::Tls | TransportKind::TooLarge | TransportKind::Source | TransportKind::Sink => Setback::Final,
        _ if !failed.sent => Setback::NeverSent,
        _ => Setback::Lost,
    }
}
