//! Whether bytes still move.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// The pulse of one attempt: beaten by every chunk up or down, watched by the idle limit.
#[derive(Debug)]
pub(crate) struct Pulse {
    start: Instant,
    is_watched: bool,
    last: AtomicU64,
    position: AtomicU64,
    held: AtomicBool,
}

impl Pulse {
    /// A pulse that nobody watches does not ask the clock at every beat.
    pub(crate) fn new(is_watched: bool) -> Self {
        Self { start: Instant::now(), is_watched, last: AtomicU64::new(0), position: AtomicU64::new(0), held: AtomicBool::new(false) }
    }

    /// Bytes moved.
    pub(crate) fn beat(&self) {
        if self.is_watched {
            self.last.store(u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
        }
    }

    /// The caller's own source or sink is (or is no longer) what is waited for; that is no idleness of the connection.
    pub(crate) fn hold(&self, held: bool) {
        if self.held.swap(held, Ordering::Relaxed) && !held {
            self.beat();
        }
    }

    /// The sink moved on by that many bytes, or to where an answer begins.
    pub(crate) fn advance(&self, bytes: u64) {
        self.position.fetch_add(bytes, Ordering::Relaxed);
    }

    /// How many bytes of the file the sink has, as far as this attempt knows.
    pub(crate) fn position(&self) -> u64 {
        self.position.load(Ordering::Relaxed)
    }

    /// Ends once no byte has moved for so long.
    pub(crate) async fn stops(&self, idle: Duration) {
        loop {
            let last = self.start + Duration::from_millis(self.last.load(Ordering::Relaxed));
            let now = Instant::now();
            match self.held.load(Ordering::Relaxed) {
                true => tokio::time::sleep(idle).await,
                false if last + idle <= now => return,
                false => tokio::time::sleep_until(last + idle).await,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn beats_put_the_end_off_and_a_hold_suspends_it() {
        let pulse = Pulse::new(true);
        let idle = Duration::from_millis(60);
        let began = Instant::now();
        let beating = async {
            for _ in 0..3 {
                tokio::time::sleep(Duration::from_millis(40)).await;
                pulse.beat();
            }
            pulse.hold(true);
            tokio::time::sleep(Duration::from_millis(150)).await;
            pulse.hold(false);
        };
        tokio::join!(beating, pulse.stops(idle));
        let took = began.elapsed();
        assert!(took >= Duration::from_millis(300) && took < Duration::from_millis(900), "{took:?}");
    }
}
