//! A token as stores and exports hold it: JSON text of version 1.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Found, Fresh};
use crate::secret::Secret;
use crate::time::{Now, Wall, millis};

/// The version of the format. A later one is left alone.
const VERSION: u32 = 1;

/// A refresh token is tried for so long after its end.
#[cfg(feature = "oauth")]
const LENIENCE: Duration = Duration::from_secs(3600);

/// A ticket is kept for so long after its last use.
#[cfg(feature = "isv")]
const TICKET: Duration = Duration::from_secs(12 * 3600);

/// What lies under one key: a token, and who is about to fetch the next.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) v: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) token: Option<Kept>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) lease: Option<Lease>,
    /// What a store app's token was bought with: it buys the next, for clients too that no event reaches.
    #[cfg(feature = "isv")]
    #[serde(default, with = "text", skip_serializing_if = "Secret::is_blank")]
    pub(crate) ticket: Secret,
    #[cfg(feature = "oauth")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<SignedIn>,
}

/// What the next token of a user is bought with.
#[cfg(feature = "oauth")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SignedIn {
    /// In Feishu Project the user key.
    pub(crate) open_id: String,
    /// Empty where the platform gave none, or refused it.
    #[serde(with = "text")]
    pub(crate) refresh: Secret,
    /// In milliseconds since 1970.
    pub(crate) refresh_expires: u64,
    pub(crate) scopes: String,
    pub(crate) redirect_uri: String,
    /// How many clients have begun to spend the refresh token and were not heard of again.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) spending: u8,
}

/// A token with its moments, in milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    #[serde(with = "text")]
    pub(crate) value: Secret,
    pub(crate) expires: u64,
    /// From then on it is renewed ahead of its expiry.
    pub(crate) ahead: u64,
}

/// The right to fetch a token, for a short time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Lease {
    /// A random name of the refresh that has it.
    pub(crate) by: String,
    /// When it ends, in milliseconds since 1970 by its holder's clock.
    pub(crate) until: u64,
}

impl Record {
    /// The record of a token that nobody is fetching.
    pub(crate) fn of(fresh: &Fresh) -> Self {
        Self { v: VERSION, token: Some(Kept::of(fresh)), ..Self::default() }
    }

    /// Reads what a store or an export gave; `Err` for the format of a later version. What cannot be read at all is as good as nothing.
    pub(crate) fn read(text: &str) -> Result<Self, u32> {
        match version(text) {
            later if later > VERSION => Err(later),
            _ => Ok(serde_json::from_str(text).unwrap_or_default()),
        }
    }

    /// The text that [`Record::read`] reads.
    pub(crate) fn write(&self) -> Secret {
        let record = Record { v: VERSION, ..self.clone() };
        Secret::new(serde_json::to_string(&record).unwrap_or_default())
    }

    /// How long the record is of use: as long as its token, but no shorter than its lease.
    ///
    /// A user's is of use as long as the refresh token is tried.
    pub(crate) fn ttl(&self, now: Wall) -> Duration {
        let token = self.token.as_ref().map_or(0, |token| token.expires);
        let lease = self.lease.as_ref().map_or(0, |lease| lease.until);
        #[cfg(feature = "oauth")]
        let token = self.user.as_ref().map_or(0, |user| user.last_try().0).max(token);
        #[cfg(feature = "isv")]
        let token = if self.ticket.is_blank() { token } else { (now + TICKET).0.max(token) };
        Wall(token.max(lease)).since(now).max(Duration::from_secs(1))
    }
}

#[cfg(feature = "oauth")]
impl SignedIn {
    /// Until when the refresh token is worth a try: this machine's clock may be wrong.
    pub(crate) fn last_try(&self) -> Wall {
        Wall(self.refresh_expires) + LENIENCE
    }
}

impl Kept {
    pub(crate) fn of(fresh: &Fresh) -> Self {
        Self { value: fresh.value.clone(), expires: fresh.expires.wall.0, ahead: fresh.ahead.wall.0 }
    }

    /// The token with its moments by both clocks; `None` once it has expired.
    pub(crate) fn fresh(&self, now: Now) -> Option<Fresh> {
        let left = Wall(self.expires).since(now.wall);
        let at = |wall: u64| Now { wall: Wall(wall), mono: now.mono + Wall(wall).since(now.wall) };
        (!left.is_zero()).then(|| Fresh { value: self.value.clone(), expires: at(self.expires), ahead: at(self.ahead), found: Found::YES })
    }
}

impl Lease {
    /// A lease that begins now.
    pub(crate) fn new(by: &str, now: Wall, span: Duration) -> Self {
        Self { by: by.to_owned(), until: now.0.saturating_add(millis(span)) }
    }
}

/// The version that a text names, however else it is made; 0 where it names none.
pub(super) fn version(text: &str) -> u32 {
    #[derive(Deserialize)]
    struct Versioned {
        v: u32,
    }
    serde_json::from_str(text).map_or(0, |Versioned { v }| v)
}

#[cfg(feature = "oauth")]
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero(count: &u8) -> bool {
    *count == 0
}

/// Secrets are written only here.
mod text {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::secret::Secret;

    pub(super) fn serialize<S: Serializer>(secret: &Secret, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(secret.reveal())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Secret, D::Error> {
        String::deserialize(from).map(Secret::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_shows_no_secret() {
        let token = Kept { value: Secret::new("t-1"), expires: 7_200_000, ahead: 6_600_000 };
        let lease = Some(Lease::new("a", Wall(5), Duration::from_secs(1)));
        let record = Record { v: VERSION, token: Some(token), lease, ..Record::default() };
        let written = record.write();
        assert_eq!(Record::read(written.reveal()), Ok(record.clone()));
        assert_eq!(
            written.reveal(),
            r#"{"v":1,"token":{"value":"t-1","expires":7200000,"ahead":6600000},"lease":{"by":"a","until":1005}}"#
        );
        assert!(!format!("{record:?}").contains("t-1"));
    }

    #[test]
    fn a_later_format_is_left_alone_and_rubbish_is_nothing() {
        for later in [r#"{"v":2}"#, r#"{"v":2,"token":"t-1"}"#, r#"{"token":[],"v":2}"#] {
            assert_eq!(Record::read(later), Err(2), "{later}");
        }
        for rubbish in ["", "null", "{}", "{\"v\":1,\"token\":7}", "\u{0}"] {
            assert_eq!(Record::read(rubbish), Ok(Record::default()), "{rubbish}");
        }
    }

    #[test]
    fn a_token_keeps_its_moments_on_another_machine() {
        let since = Now::new(1_000_000, 50_000);
        let fresh = Fresh::new(Secret::new("t-1"), Duration::from_secs(7200), since);
        let found = Kept::of(&fresh).fresh(Now::new(2_000_000, 9_000)).unwrap();
        assert_eq!((found.expires.wall, found.ahead.wall), (fresh.expires.wall, fresh.ahead.wall));
        assert_eq!((found.expires.mono.0, found.ahead.mono.0), (6_209_000, 5_609_000));
        assert!(Kept::of(&fresh).fresh(Now::new(8_200_000, 1)).is_none());
    }
}
