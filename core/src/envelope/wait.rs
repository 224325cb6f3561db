use std::time::Duration;

use crate::http::Headers;
use crate::text::split_at;
use crate::time::Wall;

/// The longest waiting time of `x-ogw-ratelimit-reset` that makes sense, and of `Retry-After`, in seconds.
const LONGEST_RESET: u64 = 300;
const LONGEST_RETRY: u64 = 86_400;

/// How long the platform asks to wait: `x-ogw-ratelimit-reset` in seconds, else `Retry-After` in seconds or as a date.
pub(crate) fn server_wait(headers: &Headers, now: Wall) -> Option<Duration> {
    let reset = headers.get("x-ogw-ratelimit-reset").and_then(seconds).filter(|seconds| *seconds <= LONGEST_RESET);
    let wait = reset.map(Duration::from_secs).or_else(|| retry_after(headers.get("retry-after")?, now));
    wait.filter(|wait| !wait.is_zero() && *wait <= Duration::from_secs(LONGEST_RETRY))
}

fn seconds(text: &str) -> Option<u64> {
    text.trim().parse().ok().filter(|seconds| *seconds > 0)
}

fn retry_after(text: &str, now: Wall) -> Option<Duration> {
    seconds(text).map(Duration::from_secs).or_else(|| Some(date(text.trim())?.since(now)))
}

/// An HTTP date: `Sun, 06 Nov 1994 08:49:37 GMT`.
fn date(text: &str) -> Option<Wall> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut words = split_at(text.strip_suffix(" GMT")?, ", ")?.1.split([' ', ':']);
    let number = |words: &mut std::str::Split<'_, [char; 2]>| words.next()?.parse::<u64>().ok();
    let day = number(&mut words).filter(|day| (1..=31).contains(day))?;
    let month = words.next().and_then(|name| MONTHS.iter().position(|month| *month == name))? as u64;
    let year = number(&mut words).filter(|year| (1970..=9999).contains(year))?;
    let (hour, minute, second) = (number(&mut words)?, number(&mut words)?, number(&mut words)?);
    let is_time = hour < 24 && minute < 60 && second <= 60 && words.next().is_none();
    is_time.then(|| Wall((days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second) * 1000))
}

/// The days from 1970 to a date of the Gregorian calendar; January is month zero.
fn days(year: u64, month: u64, day: u64) -> u64 {
    // Years that begin in March end with the leap day.
    let (year, month) = if month < 2 { (year - 1, month + 10) } else { (year, month - 2) };
    year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 719_469
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_platforms_time_to_wait() {
        // Sun, 06 Nov 1994 08:49:37 GMT
        let now = Wall(784_111_777_000);
        for (headers, expected) in [
            (&[("x-ogw-ratelimit-reset", "52")][..], Some(52)),
            (&[("X-Ogw-Ratelimit-Reset", "52"), ("Retry-After", "7")], Some(52)),
            (&[("x-ogw-ratelimit-reset", "301"), ("Retry-After", "7")], Some(7)),
            (&[("x-ogw-ratelimit-reset", "0")], None),
            (&[("x-ogw-ratelimit-reset", "soon")], None),
            (&[("Retry-After", "Sun, 06 Nov 1994 08:50:07 GMT")], Some(30)),
            (&[("Retry-After", "Sun, 06 Nov 1994 08:49:07 GMT")], None),
            (&[("Retry-After", "Mon, 07 Nov 2994 08:49:37 GMT")], None),
            (&[("Retry-After", "Sun, 06 Foo 1994 08:50:07 GMT")], None),
            (&[("Retry-After", "-1")], None),
            (&[("Retry-After", "99999999999999999999")], None),
            (&[], None),
        ] {
            let wait = server_wait(&headers.iter().copied().collect(), now);
            assert_eq!(wait, expected.map(Duration::from_secs), "{headers:?}");
        }
    }

    #[test]
    fn dates_across_leap_years() {
        for (text, expected) in [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Thu, 29 Feb 2024 23:59:59 GMT", 1_709_251_199),
            ("Fri, 01 Mar 2024 00:00:00 GMT", 1_709_251_200),
            ("Thu, 31 Dec 2099 12:00:00 GMT", 4_102_401_600),
        ] {
            assert_eq!(date(text), Some(Wall(expected * 1000)), "{text}");
        }
    }
}
