//! What all views of a client share.

use std::sync::Arc;
use std::time::Duration;

use crate::auth::Tokens;
use crate::base_url::BaseUrl;
use crate::options::Options;
use crate::retry::Budget;

/// The state behind a client and its views.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) options: Options,
    pub(crate) base: BaseUrl,
    pub(crate) user_agent: String,
    pub(crate) tokens: Arc<Tokens>,
    pub(crate) budget: Budget,
}

impl Shared {
    /// The address of a path with its query.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base.as_str())
    }

    /// How long a refresh may take with its retries before another call takes over.
    pub(crate) fn flight_time(&self) -> Duration {
        self.options.call.max_wait(false).unwrap_or(Duration::from_secs(120))
    }
}
