//! Time as an argument: the core never asks for it.

use std::ops::Add;
use std::time::Duration;

/// Wall-clock time in milliseconds since 1970, as the host's calendar has it.
///
/// It may jump. Use it for what outlives the process (stored expiry) and for signatures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Wall(pub u64);

/// Monotonic time in milliseconds since an arbitrary start.
///
/// It never runs backwards; where the system has a clock that goes on during sleep (boot time), the host gives that one.
/// Every duration of the core is measured with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mono(pub u64);

/// Both clocks, read at one moment by the host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Now {
    /// The calendar's time.
    pub wall: Wall,
    /// The stopwatch's time.
    pub mono: Mono,
}

impl Now {
    /// Makes a moment from milliseconds of both clocks.
    pub const fn new(wall: u64, mono: u64) -> Self {
        Self { wall: Wall(wall), mono: Mono(mono) }
    }
}

impl Mono {
    /// The time from `earlier` until this moment; zero when `earlier` is later.
    pub fn since(self, earlier: Mono) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

impl Wall {
    /// The time from `earlier` until this moment; zero when `earlier` is later.
    pub fn since(self, earlier: Wall) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Mono {
    type Output = Mono;

    fn add(self, span: Duration) -> Mono {
        Mono(self.0.saturating_add(millis(span)))
    }
}

impl Add<Duration> for Wall {
    type Output = Wall;

    fn add(self, span: Duration) -> Wall {
        Wall(self.0.saturating_add(millis(span)))
    }
}

impl Add<Duration> for Now {
    type Output = Now;

    fn add(self, span: Duration) -> Now {
        Now { wall: self.wall + span, mono: self.mono + span }
    }
}

/// A span in seconds, as a decimal number without zeros at its end.
pub(crate) fn seconds(span: Duration) -> String {
    let text = format!("{}.{:03}", span.as_secs(), span.subsec_millis());
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Whole milliseconds of a span, capped instead of wrapped.
pub(crate) fn millis(span: Duration) -> u64 {
    match span.as_secs() {
        seconds @ ..1_000_000_000_000 => seconds * 1000 + u64::from(span.subsec_millis()),
        _ => u64::MAX,
    }
}
