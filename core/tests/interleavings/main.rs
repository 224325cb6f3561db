//! Many calls over one client in ten thousand random orders: who resumes, completes, is dropped or is lost, and when, follows from a seed.
//!
//! The executor polls only what was woken, so a lost wake-up is a call that stands still. What must hold in every order:
//!
//! * one refresh at most is in the air, unless the one before has expired, was lost, or its slot was freed by a still older one;
//! * every call ends, within its `max_wait`;
//! * while a token that a refresh brought still holds, no call ends with the error of a refresh;
//! * whoever waits for a token is woken when a refresh ends, however it ends;
//! * nobody sends a token that was never granted or that has expired by its own reckoning;
//! * nothing keeps the waker of a task that is over.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::disallowed_methods, missing_docs)]

mod platform;
mod random;
mod schedule;
mod world;

/// Schedules in one run of the tests.
const SCHEDULES: u64 = 20_000;

/// To try one seed again: `LARKSPUR_SEED=17 cargo test --test interleavings`.
#[test]
fn every_order_keeps_the_promises() {
    if let Ok(seed) = std::env::var("LARKSPUR_SEED") {
        return schedule::run(seed.parse().expect("LARKSPUR_SEED is a number"));
    }
    let mut totals = world::Counts::default();
    for seed in 0..SCHEDULES {
        let played = std::panic::catch_unwind(|| schedule::play(seed));
        match played {
            Ok(counts) => totals.add(&counts),
            Err(panic) => {
                eprintln!("the schedule of seed {seed} broke a promise; try it again with LARKSPUR_SEED={seed}");
                std::panic::resume_unwind(panic);
            }
        }
    }
    println!("{SCHEDULES} schedules: {totals:?}");
    totals.assert_everything_happened();
}
