//! Both clocks of this machine.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use larkspur_core::{Mono, Now, Wall};

/// The present moment.
pub(crate) fn now() -> Now {
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Now { wall: Wall(millis(wall)), mono: Mono(millis(since_start())) }
}

/// Time since boot: it goes on while the machine sleeps.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn since_start() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or_default(), u32::try_from(time.tv_nsec).unwrap_or_default())
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn since_start() -> Duration {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    // Not zero at the start, so that "a minute ago" exists.
    START.get_or_init(std::time::Instant::now).elapsed() + Duration::from_secs(86_400)
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_clocks_go_on() {
        let before = now();
        std::thread::sleep(Duration::from_millis(20));
        let after = now();
        let span = after.mono.since(before.mono);
        assert!(span >= Duration::from_millis(19) && span < Duration::from_secs(5), "{span:?}");
        assert!(after.wall > Wall(1_700_000_000_000), "{:?}", after.wall);
    }
}
