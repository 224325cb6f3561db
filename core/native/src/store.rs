//! Token stores of this machine.

mod file;
mod layout;
#[cfg(feature = "redis")]
mod redis;
mod seal;

use std::fmt;
use std::time::Duration;

use larkspur_core::{Answer, Ask, Secret, Stored};

#[cfg(feature = "redis")]
pub use self::redis::RedisStore;
pub use file::FileStore;
pub use layout::RedisLayout;
pub use seal::Seal;

/// Keeps tokens for all clients that use it.
///
/// Both methods run on threads that may block. What they fail with is told to hooks and loggers; the call goes on without the store.
pub trait Store: fmt::Debug + Send + Sync + 'static {
    /// What lies under the key.
    ///
    /// # Errors
    /// One line that says what is wrong with the store, without any value in it.
    fn load(&self, key: &str) -> Result<Option<Stored>, String>;

    /// Puts `value` in the place of the one with the version `expected` (`None`: of nothing), for at least `ttl`; says whether it did.
    ///
    /// # Errors
    /// As for [`Store::load`].
    fn swap(&self, key: &str, expected: Option<&str>, value: &Secret, ttl: Duration) -> Result<bool, String>;
}

/// The store's answer to a question of the core.
pub(crate) fn answer(store: &dyn Store, ask: Ask) -> Answer {
    let answer = match ask {
        Ask::Load { key } => store.load(&key).map(Answer::Loaded),
        Ask::Swap { key, expected, value, ttl } => store.swap(&key, expected.as_deref(), &value, ttl).map(Answer::Swapped),
        _ => Err("it keeps tokens only".into()),
    };
    answer.unwrap_or_else(Answer::Failed)
}

/// The answer of the store through which a fleet shares its pace.
#[cfg(feature = "redis")]
pub(crate) fn answer_pace(store: &RedisStore, ask: Ask) -> Answer {
    let answer = match ask {
        Ask::LoadPace { key } => store.load_with_time(&key).map(|(found, time)| Answer::LoadedPace { found, time }),
        Ask::SwapPace { key, expected, value, ttl } => store.swap(&key, expected.as_deref(), &value, ttl).map(Answer::Swapped),
        _ => Err("it keeps the pace only".into()),
    };
    answer.unwrap_or_else(Answer::Failed)
}
