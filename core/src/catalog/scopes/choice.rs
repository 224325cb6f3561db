//! A choice of scopes that is enough for all needs, and of which none can be left out.

use std::collections::BTreeSet;

use super::super::about::Score;
use super::narrowest;

/// The scopes to ask for, besides those that are granted; of each need any one is enough.
pub(super) fn least(needs: &[Vec<&'static str>], granted: &BTreeSet<String>) -> Vec<&'static str> {
    let open: Vec<&Vec<&str>> = needs.iter().filter(|need| !need.iter().any(|scope| granted.contains(*scope))).collect();
    let most = open.iter().map(|need| need.len()).max().unwrap_or_default();
    let mut chosen: Vec<&str> = Vec::new();
    // What leaves no choice comes first, so that what is needed anyway serves the others.
    for choices in 1..=most {
        for need in open.iter().filter(|need| need.len() == choices) {
            if !is_met(need, &chosen) {
                chosen.extend(narrowest(need));
            }
        }
    }
    without_needless(&open, chosen)
}

/// Leaves out what others make needless, the broadest first.
fn without_needless(needs: &[&Vec<&'static str>], mut chosen: Vec<&'static str>) -> Vec<&'static str> {
    let mut left: Vec<_> = chosen.iter().map(|scope| (Score::find(scope), *scope)).collect();
    while let Some(broadest) = left.iter().min().copied() {
        left.retain(|scope| *scope != broadest);
        let rest: Vec<&str> = chosen.iter().copied().filter(|kept| *kept != broadest.1).collect();
        if needs.iter().all(|need| is_met(need, &rest)) {
            chosen = rest;
        }
    }
    chosen
}

fn is_met(need: &[&str], chosen: &[&str]) -> bool {
    need.iter().any(|scope| chosen.contains(scope))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_needed_anyway_serves_the_others() {
        let needs = [vec!["im:message:send_as_bot", "im:message"], vec!["im:message"]];
        assert_eq!(least(&needs, &BTreeSet::new()), ["im:message"]);
        assert_eq!(least(&needs[..1], &BTreeSet::new()), ["im:message:send_as_bot"]);
    }

    #[test]
    fn what_is_granted_is_not_asked_for() {
        let granted = BTreeSet::from(["im:message".to_owned()]);
        assert!(least(&[vec!["im:message:send_as_bot", "im:message"]], &granted).is_empty());
    }

    #[test]
    fn what_later_choices_make_needless_is_left_out() {
        // The first two choices are met by the third and the fourth.
        let needs = [vec!["a:x", "a:y"], vec!["a:y", "b:z", "c:w"], vec!["a:y"]];
        assert_eq!(least(&needs, &BTreeSet::new()), ["a:y"]);
    }
}
