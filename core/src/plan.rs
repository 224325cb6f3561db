//! A call before its first step: checked, encoded, and with the token it needs named.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::arguments::Prepared;
use crate::auth::{Grant, Key};
use crate::envelope::Expected;
use crate::http::Sink;
use crate::options::CallOptions;
use crate::secret::Secret;

/// What a call is going to do, checked and encoded.
#[derive(Default)]
pub(crate) struct Plan {
    pub(crate) name: Cow<'static, str>,
    pub(crate) template: Cow<'static, str>,
    /// `None`: the token itself is what is wanted.
    pub(crate) prepared: Option<Prepared>,
    pub(crate) expected: Expected,
    pub(crate) need: Need,
    pub(crate) options: CallOptions,
    /// How it is counted, if it waits for its turn.
    #[cfg(feature = "pacing")]
    pub(crate) paced: Option<crate::pacing::Paced>,
    /// What a call of Feishu Project keeps to besides.
    #[cfg(feature = "project")]
    pub(crate) course: Option<crate::project::Course>,
    /// The request goes where users sign in.
    #[cfg(feature = "oauth")]
    pub(crate) on_accounts: bool,
    /// It asks until a user has signed in.
    #[cfg(feature = "oauth")]
    pub(crate) polling: Option<Polling>,
    /// The page that is signed for.
    #[cfg(feature = "jsapi")]
    pub(crate) page: Option<String>,
    pub(crate) is_safe: bool,
    pub(crate) is_file: bool,
    pub(crate) sink: Option<Arc<dyn Sink>>,
    /// The first byte of a file that is wanted.
    pub(crate) offset: u64,
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plan").field("name", &self.name).field("need", &self.need).finish_non_exhaustive()
    }
}

/// How often a call asks whether a user has signed in.
#[cfg(feature = "oauth")]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Polling {
    pub(crate) interval: std::time::Duration,
}

/// Which token a call takes.
#[derive(Clone, Debug, Default)]
pub(crate) enum Need {
    /// None at all.
    #[default]
    Nothing,
    /// One that the caller passed; it is never renewed.
    Given(Secret),
    /// One of the client's slots.
    Slot(Grant, Key),
}

#[cfg(feature = "about")]
impl Need {
    /// Whether the call has a user's authority.
    pub(crate) fn is_of_user(&self) -> bool {
        match self {
            Need::Given(_) => true,
            Need::Slot(grant, _) => grant.kind() == "user",
            Need::Nothing => false,
        }
    }
}
