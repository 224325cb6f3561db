use super::*;
use crate::random::{Entropy, Random};

const SECOND: Window = Window { calls: 15, span: Duration::from_secs(1) };
const MINUTE: Window = Window { calls: 450, span: Duration::from_secs(60) };

fn pacer() -> Arc<Pacer<&'static str>> {
    Arc::default()
}

fn go(pacer: &Arc<Pacer<&'static str>>, now: u64) -> Result<Slot<&'static str>, Mono> {
    match pacer.queue(Mono(now), &"key", &[SECOND]).ask(Mono(now)) {
        Turn::Go(slot) => Ok(slot),
        Turn::Wait { ready, .. } => Err(ready),
    }
}

fn send(pacer: &Arc<Pacer<&'static str>>, now: u64) -> bool {
    go(pacer, now).map(Slot::sent).is_ok()
}

/// Callers that ask, wait until they are told and ask again, each with one call after the other: the moments at which calls go.
fn run(callers: usize, calls: usize, windows: &[Window], late: u64) -> Vec<u64> {
    let (pacer, mut random) = (pacer(), Random::new(Entropy([7; 32])));
    let mut wakes: Vec<(u64, Option<Place<&'static str>>)> = (0..callers).map(|_| (0, None)).collect();
    let mut sent = Vec::new();
    while sent.len() < calls {
        let caller = (0..callers).min_by_key(|caller| wakes[*caller].0).unwrap();
        let now = wakes[caller].0;
        let place = wakes[caller].1.take().unwrap_or_else(|| pacer.queue(Mono(now), &"key", windows));
        wakes[caller] = match place.ask(Mono(now)) {
            Turn::Wait { until, .. } => (until.0 + random.up_to(late), Some(place)),
            Turn::Go(slot) => {
                slot.sent();
                sent.push(now);
                (now + 20, None)
            }
        };
    }
    sent
}

/// Whether no window, wherever it begins, holds more than it may: that a window stands is the same with fewer places to begin.
fn holds(arrivals: &[u64], window: Window) -> bool {
    let span = window.span.as_millis() as u64;
    arrivals.iter().zip(arrivals.iter().skip(window.calls as usize)).all(|(first, beyond)| beyond - first >= span)
}

fn arrivals(sent: &[u64], seed: u8) -> Vec<u64> {
    let mut random = Random::new(Entropy([seed; 32]));
    let mut arrivals: Vec<u64> = sent.iter().map(|moment| moment + random.up_to(50)).collect();
    arrivals.sort_unstable();
    arrivals
}

#[test]
fn two_thousand_calls_of_64_callers_keep_both_windows_and_lose_little_time() {
    let sent = run(64, 2000, &[SECOND, MINUTE], 3);
    for seed in 0..20 {
        let arrivals = arrivals(&sent, seed);
        assert!(holds(&arrivals, SECOND) && holds(&arrivals, MINUTE), "seed {seed}");
    }
    // 1,800 calls fill four minutes; the last 200 take fourteen bursts, a second apart.
    let (took, ideal) = (*sent.last().unwrap() as f64, 240_000.0 + 13_000.0);
    assert!(took >= ideal && took <= ideal * 1.08, "{took} ms, ideal {ideal} ms");
}

#[test]
fn a_second_alone_costs_at_most_eight_parts_in_a_hundred() {
    for (calls, per_second) in [(150, 15), (2000, 15), (2000, 10)] {
        let window = Window { calls: per_second, ..SECOND };
        let sent = run(64, calls, &[window], 3);
        assert!((0..20).all(|seed| holds(&arrivals(&sent, seed), window)));
        let ideal = (calls.div_ceil(per_second as usize) - 1) as f64 * 1000.0;
        let took = *sent.last().unwrap() as f64;
        assert!(took >= ideal && took <= ideal * 1.08, "{calls} at {per_second}/s: {took} ms, ideal {ideal} ms");
    }
}

#[test]
fn the_check_itself_sees_a_window_that_is_exceeded() {
    let mut sent = run(64, 450, &[SECOND], 0);
    assert!(holds(&sent, SECOND));
    sent[100] -= 200;
    sent.sort_unstable();
    assert!(!holds(&sent, SECOND));
}

#[test]
fn first_come_first_served() {
    let pacer = pacer();
    assert!((0..15).all(|_| send(&pacer, 0)));
    let places: Vec<_> = (0..40).map(|_| pacer.queue(Mono(1), &"key", &[SECOND])).collect();
    let ready: Vec<u64> = places.iter().map(|place| wait(place, 1).0).collect();
    assert!(ready.is_sorted(), "{ready:?}");
    assert_eq!((ready[0], ready[14], ready[15], ready[30]), (1051, 1051, 2102, 3153));
    assert!(go(&pacer, 1).is_err());
    // Who stands at the end cannot go before those ahead, even when it asks first.
    assert_eq!(wait(&places[39], 1051).0, 3153);
    assert!(matches!(places[14].ask(Mono(1051)), Turn::Go(_)), "there is room for all fifteen");
}

fn wait(place: &Place<&'static str>, now: u64) -> Mono {
    match place.ask(Mono(now)) {
        Turn::Wait { ready, .. } => ready,
        Turn::Go(_) => panic!("it may go at {now}"),
    }
}

#[test]
fn a_dropped_place_and_a_slot_that_was_not_used_are_free_again() {
    let pacer = pacer();
    assert!((0..14).all(|_| send(&pacer, 0)));
    drop(go(&pacer, 0).unwrap());
    assert!(send(&pacer, 0), "the slot that was given back");
    assert!(!send(&pacer, 0));
    let front = pacer.queue(Mono(1), &"key", &[SECOND; 1]);
    let crowd: Vec<_> = (0..15).map(|_| pacer.queue(Mono(1), &"key", &[SECOND])).collect();
    let last = pacer.queue(Mono(1), &"key", &[SECOND]);
    assert_eq!(wait(&last, 1), Mono(2102));
    drop(crowd);
    assert_eq!(wait(&last, 1), Mono(1051));
    drop(front);
}

#[test]
fn whoever_was_refused_does_not_come_last() {
    let pacer = pacer();
    let first = pacer.queue(Mono(0), &"key", &[SECOND]);
    let Turn::Go(slot) = first.ask(Mono(0)) else { panic!() };
    slot.sent();
    let crowd: Vec<_> = (0..40).map(|_| pacer.queue(Mono(1), &"key", &[SECOND])).collect();
    pacer.refused(Mono(10), &"key", Mono(500));
    // One call was one too many: one in each second is left.
    assert_eq!([wait(&crowd[0], 20), wait(&first, 20), wait(&crowd[0], 20)], [Mono(1051), Mono(1051), Mono(2102)]);
    drop(first);
    assert_eq!(wait(&crowd[0], 30), Mono(1051), "it has given up");
}

#[test]
fn whoever_waits_long_looks_again() {
    let pacer = pacer();
    let places: Vec<_> = (0..100).map(|_| pacer.queue(Mono(0), &"key", &[SECOND])).collect();
    let Turn::Wait { until, ready } = places[99].ask(Mono(0)) else { panic!() };
    assert_eq!((until, ready), (Mono(1100), Mono(6306)));
    let many: Vec<_> = (0..300).map(|_| pacer.queue(Mono(0), &"key", &[SECOND])).collect();
    let Turn::Wait { until, ready } = many[299].ask(Mono(0)) else { panic!() };
    assert_eq!((until, ready), (Mono(ready.0 / 8), Mono(27_326)));
}

#[test]
fn a_late_timer_does_not_burst() {
    // The windows are counted from when calls went, so a machine that slept does not make up for it.
    let sent = run(64, 600, &[SECOND], 900);
    assert!((0..5).all(|seed| holds(&arrivals(&sent, seed), SECOND)));
}

#[test]
fn keys_do_not_slow_each_other() {
    let pacer = pacer();
    assert!((0..15).all(|_| send(&pacer, 0)));
    assert!(matches!(pacer.queue(Mono(0), &"other", &[SECOND]).ask(Mono(0)), Turn::Go(_)));
}

#[test]
fn after_a_refusal_it_slows_to_what_the_platform_allows_and_recovers() {
    let pacer = pacer();
    assert!((0..10).all(|_| send(&pacer, 0)));
    pacer.refused(Mono(10), &"key", Mono(2000));
    assert!(!send(&pacer, 1999), "the platform's own time holds");
    let burst = |now| (0..20).filter(|_| send(&pacer, now)).count();
    assert_eq!(burst(2000), 9, "ten were one too many");
    assert_eq!(burst(3100), 9);
    assert_eq!(burst(8200), 10, "five quiet seconds bring one back");
    assert_eq!(burst(100_000), 15);
}

#[test]
fn a_forked_child_does_not_wait_behind_the_calls_of_its_parent() {
    let pacer = pacer();
    let parents: Vec<_> = (0..40).map(|_| pacer.queue(Mono(0), &"key", &[SECOND])).collect();
    assert!(!send(&pacer, 0));
    pacer.forget_waiting();
    assert!((0..15).all(|_| send(&pacer, 0)) && !send(&pacer, 0));
    drop(parents);
}

#[test]
fn a_refusal_is_forgotten_ever_faster() {
    let pacer = pacer();
    assert!((0..15).all(|_| send(&pacer, 0)));
    (0..14).for_each(|_| pacer.refused(Mono(10), &"key", Mono(1000)));
    let burst = |now| (0..20).filter(|_| send(&pacer, now)).count();
    assert_eq!([1100, 6000, 11_000, 16_000, 21_000].map(burst), [1, 2, 4, 8, 15]);
}

#[test]
fn what_nobody_uses_is_forgotten() {
    let pacer = pacer();
    assert!(send(&pacer, 0));
    drop(pacer.queue(Mono(700_000), &"other", &[SECOND]));
    assert_eq!(lock(&pacer.lanes).keys().copied().collect::<Vec<_>>(), ["other"]);
}
