//! Rate limits that a test sets: so many requests of an operation in a window of time.

use std::collections::HashMap;

use crate::answer::Refusal;
use crate::clock::Millis;

/// The limits of one app by operation id.
#[derive(Default)]
pub(crate) struct Limits(HashMap<String, Limit>);

struct Limit {
    most: u64,
    window: Millis,
    status: u16,
    started: Millis,
    used: u64,
}

/// A refusal, and the headers that say when to come back.
pub(crate) struct Limited {
    pub(crate) refusal: Refusal,
    pub(crate) limit: u64,
    pub(crate) reset: u64,
}

impl Limits {
    /// Lets at most `most` requests of `operation` through in each `window`; the rest get `status`.
    pub(crate) fn set(&mut self, operation: &str, most: u64, window: Millis, status: u16) {
        self.0.insert(operation.to_owned(), Limit { most, window, status, started: 0, used: 0 });
    }

    /// Counts one request of `operation`.
    pub(crate) fn take(&mut self, operation: &str, now: Millis) -> Result<(), Limited> {
        let Some(limit) = self.0.get_mut(operation) else { return Ok(()) };
        if now >= limit.started + limit.window {
            (limit.started, limit.used) = (now, 0);
        }
        limit.used += 1;
        if limit.used <= limit.most {
            return Ok(());
        }
        let reset = (limit.started + limit.window - now).div_ceil(1000);
        let refusal = Refusal::new(99991400, "request trigger frequency limit").status(limit.status);
        Err(Limited { refusal, limit: limit.most, reset })
    }
}

#[cfg(test)]
mod tests {
    use super::Limits;

    #[test]
    fn a_window_opens_again() {
        let mut limits = Limits::default();
        limits.set("a", 2, 1000, 429);
        assert!(limits.take("a", 10_000).is_ok() && limits.take("a", 10_500).is_ok() && limits.take("b", 10_500).is_ok());
        let limited = limits.take("a", 10_700).unwrap_err();
        assert_eq!((limited.limit, limited.reset, limited.refusal.status), (2, 1, 429));
        assert!(limits.take("a", 11_000).is_ok());
    }
}
