//! Several processes with one token store, in thousands of random orders: who goes on, is killed or sleeps, and when, follows from a seed.
//!
//! What must hold in every order in which the store works:
//!
//! * two token requests are in the air at once only if the lease of the first has run out;
//! * every call of a process that lives ends, and ends well when the platform grants;
//! * a process that was killed holds the others up for ten seconds at most;
//! * where nobody dies or is late, the platform is asked once.
//!
//! Where the store fails, loses swaps or holds rubbish, every call still ends well.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::disallowed_methods, missing_docs)]

mod fleet;
#[path = "../steps/shelf.rs"]
mod honest;
mod shelf;
#[cfg(feature = "oauth")]
mod users;

use fleet::{Fleet, Temper};

/// Schedules in one run of the tests.
const SCHEDULES: u64 = 2_000;

#[test]
fn a_fleet_renews_once() {
    let calm = Temper::default();
    for seed in 0..SCHEDULES {
        let fleet = play(seed, calm);
        assert_eq!(fleet.token_requests, 1, "seed {seed}");
        assert_eq!(fleet.answered, fleet.calls, "seed {seed}");
    }
}

#[test]
fn a_killed_process_holds_nobody_up_for_long() {
    let (mut killed, mut took_over) = (0, 0);
    for seed in 0..SCHEDULES {
        let fleet = play(seed, Temper { kills: 8, ..Temper::default() });
        assert!(fleet.longest_wait <= 10_000, "seed {seed}: a call waited {} ms", fleet.longest_wait);
        killed += fleet.killed;
        took_over += u32::from(fleet.token_requests > 1);
    }
    assert!(killed > 500 && took_over > 50, "{killed} killed, {took_over} taken over");
}

#[test]
fn a_platform_that_is_slow_or_refuses_ends_every_call() {
    let mut failed = 0;
    for seed in 0..SCHEDULES {
        let fleet = play(seed, Temper { kills: 3, faults: 40, ..Temper::default() });
        failed += fleet.calls - fleet.answered - fleet.killed_calls;
    }
    assert!(failed > 100, "{failed} failed");
}

#[test]
fn a_broken_store_fails_no_call() {
    let mut complaints = 0;
    for seed in 0..SCHEDULES {
        let fleet = play(seed, Temper { broken: 30, ..Temper::default() });
        assert_eq!(fleet.answered, fleet.calls, "seed {seed}");
        complaints += fleet.complaints;
    }
    assert!(complaints > 1000, "{complaints} complaints");
}

fn play(seed: u64, temper: Temper) -> Fleet {
    let played = std::panic::catch_unwind(|| Fleet::play(seed, temper));
    played.unwrap_or_else(|panic| {
        eprintln!("the schedule of seed {seed} broke a promise");
        std::panic::resume_unwind(panic);
    })
}
