//! The sandbox's clock: it runs like any other, never backwards, and can be moved on.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970.
pub(crate) type Millis = u64;

/// A clock that starts at the system's time.
pub(crate) struct Clock {
    started: Instant,
    epoch: Millis,
}

impl Clock {
    /// A clock that shows the system's time now.
    pub(crate) fn new() -> Clock {
        let epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Clock { started: Instant::now(), epoch: to_millis(epoch) }
    }

    /// The time, `offset` milliseconds ahead.
    pub(crate) fn now(&self, offset: Millis) -> Millis {
        self.epoch + to_millis(self.started.elapsed()) + offset
    }
}

/// `at` as the `Date` header has it.
pub(crate) fn http_date(at: Millis) -> String {
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_millis(at))
}

fn to_millis(span: Duration) -> Millis {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
