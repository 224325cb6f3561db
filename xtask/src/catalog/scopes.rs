//! The scores of scopes.

use super::operations;
use super::source::{Scores, Service};
use std::collections::BTreeSet;

/// A score is a number from 0 to 100, and its scope is one that an operation needs.
pub fn scores(scores: &Scores, services: &[Service]) -> Vec<String> {
    let needed = operations(services)
        .flat_map(|(_, operation)| operation.scopes.iter().flatten().chain(&operation.scopes_all).chain(&operation.field_scopes));
    let needed: BTreeSet<&String> = needed.collect();
    let strange =
        scores.keys().filter(|scope| !needed.contains(scope)).map(|scope| format!("scopes/scores.json: no operation needs {scope}"));
    let outside = scores.iter().filter(|(_, (score, _))| !(0.0..=100.0).contains(score));
    strange.chain(outside.map(|(scope, (score, _))| format!("scopes/scores.json: {scope} has {score}, not 0 to 100"))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn a_strange_scope_and_a_strange_score_are_told() {
        let services = [sample::service()];
        let needed = operations(&services).flat_map(|(_, operation)| operation.scopes.clone().unwrap_or_default()).next().unwrap();
        assert_eq!(scores(&Scores::from([(needed.clone(), (57.5, true))]), &services), Vec::<String>::new());
        let wrong = Scores::from([("a:b".to_owned(), (1.0, true)), (needed, (101.0, false))]);
        assert_eq!(scores(&wrong, &services).len(), 2);
    }
}
