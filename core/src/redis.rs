//! A store in a Redis: the scripts that a host runs there, what they are given, and what their answers mean.
//!
//! Under a key lies the version of its value, a space, and the value: what all programs keep to that share a Redis, in whatever language.

use std::time::Duration;

use crate::random::{Entropy, Random};
use crate::secret::Secret;
use crate::step::Stored;
use crate::time::Wall;

/// A hundred years: a Redis refuses what lies beyond its calendar.
const LONGEST: u64 = 100 * 365 * 24 * 3_600_000;

/// What time it is there in seconds and microseconds, and what lies under the key, if anything does.
const LOAD: &str = "
local time = redis.call('TIME')
local found = redis.call('GET', KEYS[1])
return time[1] .. ' ' .. time[2] .. (found and ' ' .. found or '')";

/// Sets a value and its version, if the version there is the expected one or, when the first answer was lost, this very one.
const SWAP: &str = "
local found = redis.call('GET', KEYS[1])
local version = found and string.match(found, '^[^ ]*') or ''
if version == ARGV[2] then return '1' end
if version ~= ARGV[1] then return '0' end
redis.call('SET', KEYS[1], ARGV[2] .. ' ' .. ARGV[3], 'PX', ARGV[4])
return '1'";

/// What a host runs (`EVAL text 1 key arguments…`); the answer is text, which goes to [`loaded`] or [`swapped`].
pub struct Script {
    /// The Lua text.
    pub text: &'static str,
    /// The one key, with its prefix.
    pub key: String,
    /// The arguments, one of which may be a secret.
    pub arguments: Vec<String>,
}

/// Asks what lies under a key, for [`Ask::Load`](crate::Ask::Load) and [`Ask::LoadPace`](crate::Ask::LoadPace).
pub fn load(prefix: &str, key: &str) -> Script {
    Script { text: LOAD, key: format!("{prefix}{key}"), arguments: Vec::new() }
}

/// Puts a value in the place of the one with the version `expected`, for [`Ask::Swap`](crate::Ask::Swap) and
/// [`Ask::SwapPace`](crate::Ask::SwapPace).
pub fn swap(prefix: &str, key: &str, expected: Option<&str>, value: &str, ttl: Duration, entropy: Entropy) -> Script {
    let ttl = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX).clamp(1, LONGEST);
    // A version never comes back, not even after the Redis was emptied.
    let version = Random::new(entropy).uuid();
    let arguments = vec![expected.unwrap_or_default().to_owned(), version, value.to_owned(), ttl.to_string()];
    Script { text: SWAP, key: format!("{prefix}{key}"), arguments }
}

/// The answer to [`load`]: what lies there, and the time of the Redis.
///
/// # Errors
/// What is wrong with the Redis, as the end of a sentence that names it.
pub fn loaded(answer: &str) -> Result<(Option<Stored>, Wall), String> {
    let (time, found) = timed(answer).ok_or_else(strange)?;
    let Some(found) = found else { return Ok((None, time)) };
    let (version, value) = found.split_once(' ').ok_or("holds something else than tokens; use another prefix")?;
    Ok((Some(Stored { value: Secret::new(value), version: version.to_owned() }), time))
}

/// The answer to [`swap`]: whether the value is there now.
///
/// # Errors
/// As for [`loaded`].
pub fn swapped(answer: &str) -> Result<bool, String> {
    match answer {
        "1" => Ok(true),
        "0" => Ok(false),
        _ => Err(strange()),
    }
}

fn timed(answer: &str) -> Option<(Wall, Option<&str>)> {
    let (seconds, rest) = answer.split_once(' ')?;
    let (micros, found) = rest.split_once(' ').map_or((rest, None), |(micros, found)| (micros, Some(found)));
    let (seconds, micros): (u64, u64) = (seconds.parse().ok()?, micros.parse().ok()?);
    Some((Wall(seconds.checked_mul(1000)?.checked_add(micros / 1000)?), found))
}

fn strange() -> String {
    "is answered for with something else than what the script gave; hand that on as text".into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_the_time_and_what_lies_there() {
        assert_eq!(loaded("1700000000 123456").unwrap(), (None, Wall(1_700_000_000_123)));
        let (found, _) = loaded("1700000000 1 v1 {\"a\": 1} ").unwrap();
        let found = found.unwrap();
        assert_eq!((found.version.as_str(), found.value.reveal()), ("v1", "{\"a\": 1} "));
        assert!(loaded("1700000000 1 hello").unwrap_err().contains("use another prefix"));
        for answer in ["", "OK", "1 x", "x 1 v1 a", "[object Object] 1", "99999999999999999999 1", "18446744073709551615 1"] {
            assert!(loaded(answer).unwrap_err().contains("something else than what the script gave"), "{answer}");
        }
        assert_eq!((swapped("1"), swapped("0"), swapped("OK").is_err()), (Ok(true), Ok(false), true));
    }

    #[test]
    fn a_swap_has_a_version_of_its_own_and_a_span_that_a_redis_takes() {
        let swap = |ttl, seed| swap("p:", "k", Some("v1"), "value", ttl, Entropy([seed; 32]));
        let (one, other) = (swap(Duration::from_micros(10), 1), swap(Duration::MAX, 2));
        assert_eq!((one.key.as_str(), one.arguments[0].as_str(), one.arguments[2].as_str()), ("p:k", "v1", "value"));
        assert_eq!((one.arguments[3].as_str(), other.arguments[3].as_str()), ("1", "3153600000000"));
        assert!(one.arguments[1] != other.arguments[1] && !one.arguments[1].contains(' '));
    }
}
