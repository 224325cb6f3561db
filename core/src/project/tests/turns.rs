//! Calls that wait for their turn.

use super::*;

#[test]
fn calls_wait_for_their_turn_and_views_share_it() {
    let mut paced = world(user()).answering((0..31).map(|_| ok("1")));
    (0..15).for_each(|_| drop(paced.call(&create()).unwrap()));
    assert_eq!((paced.now, paced.waits.len()), (0, 0));
    paced.client = paced.client.with_options(&CallOptions { max_wait: Some(Duration::from_secs(60)), ..CallOptions::default() }).unwrap();
    paced.call(&create()).unwrap();
    assert_eq!((paced.now, paced.waits.as_slice()), (1051, &[Why::Pacing][..]));
}

#[test]
fn another_interface_or_no_pacing_does_not_wait() {
    let mut paced = world(user()).answering((0..16).map(|_| ok("1")));
    (0..15).for_each(|_| drop(paced.call(&create()).unwrap()));
    paced.call(&invocation("work_item.filter", r#"{"project_key":"p1"}"#)).unwrap();
    assert_eq!(paced.now, 0);
    let mut free = world(ProjectOptions { pacing: false, ..user() }).answering((0..40).map(|_| ok("1")));
    (0..40).for_each(|_| drop(free.call(&create()).unwrap()));
    assert_eq!(free.now, 0);
}

#[test]
fn a_turn_that_comes_too_late_fails_at_once() {
    let mut world = world(user()).answering((0..15).map(|_| ok("1")));
    (0..15).for_each(|_| drop(world.call(&create()).unwrap()));
    let options = CallOptions { max_wait: Some(Duration::from_millis(500)), ..CallOptions::default() };
    let error = world.call(&Invocation { options, ..create() }).unwrap_err();
    assert_eq!((error.class(), world.now, error.attempts), (Class::Timeout, 0, 0));
    assert!(error.to_string().contains("its turn comes in 1.051 s"), "{error}");
}

#[test]
fn the_path_of_an_operation_is_counted_and_repeated_like_it() {
    let mut world = world(user()).answering((0..16).map(|_| ok("1")));
    (0..15).for_each(|_| drop(world.call(&create()).unwrap()));
    world.call(&path("/open_api/p2/work_item/create")).unwrap();
    assert_eq!((world.now, world.waits.as_slice()), (1051, &[Why::Pacing][..]), "its space does not tell interfaces apart");
    assert!(header(&world.requests[15], "x-idem-uuid").is_some());
    world = world.answering([lost(), ok("[]"), Ok((200, r#"{"err_code":0,"data":"","datas":[1]}"#.to_owned()))]);
    let reply = world.call(&path("/open_api/p1/work_item/filter")).unwrap();
    assert_eq!((reply.attempts, header(&world.requests[17], "x-idem-uuid")), (2, None), "it only reads");
    let rows = world.call(&path("/open_api/view_search/universal_search")).unwrap();
    assert_eq!(rows.data(), br#"{"data":"","datas":[1]}"#);
    let unknown = world.answering([lost()]).call(&path("/open_api/p1/none/such")).unwrap_err();
    assert_eq!((unknown.class(), unknown.attempts), (Class::Transport, 1));
}

#[test]
fn a_wait_before_another_try_is_told_with_the_turn_behind_it() {
    let mut world = world(user());
    let mut call = world.client.call(&create(), Entropy([1; 32])).unwrap();
    let now = |at| Now::new(at, at);
    let Step::Spawn(mut refresh) = call.resume(now(0), Outcome::Start) else { panic!() };
    assert!(matches!(refresh.resume(now(0), Outcome::Start), Step::Send(_)));
    refresh.resume(now(0), answered(Ok((200, granted(1)))));
    let Step::Send(_) = call.resume(now(0), Outcome::Spawned) else { panic!() };
    let Step::Wait { until, why, .. } = call.resume(now(10), answered(refusal(429, 10429, "slow down"))) else { panic!() };
    let crate::step::Event::Waiting { whole: span, .. } = call.waiting(now(10), until, why).event else { panic!() };
    assert!(until.0 <= 510 && (1000..=1051).contains(&span.as_millis()), "{until:?} {span:?}");
    let Step::Wait { until: turn, why, .. } = call.resume(now(until.0), Outcome::Waited) else { panic!() };
    assert_eq!((turn.0, why), (10 + span.as_millis() as u64, Why::Pacing));
    world.now = turn.0;
    assert!(matches!(call.resume(now(turn.0), Outcome::Waited), Step::Send(_)));
}
