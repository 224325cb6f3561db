//! The nearest name to one that does not exist.

use super::format::letters;

/// The name that was most likely meant, if one is near enough: few letters differ, or one holds the other.
///
/// Case and underscores do not count. The first of equally near names wins.
pub fn nearest<'a>(name: &str, mut among: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    nearest_of(name, &mut among)
}

fn nearest_of<'a>(name: &str, among: &mut dyn Iterator<Item = &'a str>) -> Option<&'a str> {
    let wanted: Vec<u8> = letters(name).collect();
    let mut best: Option<(usize, &str)> = None;
    let mut holding: Option<&str> = None;
    for candidate in among {
        let found: Vec<u8> = letters(candidate).collect();
        let limit = best.map_or(wanted.len().max(found.len()) / 3 + 1, |(distance, _)| distance);
        let within = wanted.len().abs_diff(found.len()) < limit;
        if let Some(distance) = within.then(|| distance(&wanted, &found)).filter(|distance| *distance < limit) {
            best = Some((distance, candidate));
        }
        if holds(&found, &wanted) && holding.is_none_or(|known| candidate.len() < known.len()) {
            holding = Some(candidate);
        }
    }
    best.map(|(_, candidate)| candidate).or(holding)
}

/// Whether one of two names, both of three letters or more, stands in the other.
fn holds(one: &[u8], other: &[u8]) -> bool {
    let (long, short) = if one.len() > other.len() { (one, other) } else { (other, one) };
    short.len() >= 3 && long.windows(short.len()).any(|part| part == short)
}

/// How many letters must be added, dropped, changed or swapped with their neighbour.
fn distance(from: &[u8], to: &[u8]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    for (row, letter) in from.iter().enumerate() {
        let mut next = vec![row + 1];
        for (column, other) in to.iter().enumerate() {
            let at = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX - 1);
            let changed = at(&last, column) + usize::from(letter != other);
            let moved = at(&last, column + 1).min(at(&next, column)) + 1;
            next.push(changed.min(moved).min(swapped(&before, from, to, (row, column))));
        }
        before = std::mem::replace(&mut last, next);
    }
    last.last().copied().unwrap_or_default()
}

/// The distance when the last two letters are those of the other name the other way round.
fn swapped(before: &[usize], from: &[u8], to: &[u8], (row, column): (usize, usize)) -> usize {
    let pair = |name: &[u8], end: usize| Some((*name.get(end.checked_sub(1)?)?, *name.get(end)?));
    match (pair(from, row), pair(to, column)) {
        (Some((first, second)), Some(other)) if (second, first) == other => before.get(column - 1).map_or(usize::MAX, |known| known + 1),
        _ => usize::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::nearest;

    fn among<'a>(name: &str, names: &[&'a str]) -> Option<&'a str> {
        nearest(name, names.iter().copied())
    }

    #[test]
    fn a_slip_of_the_keys_is_seen_through() {
        let names = ["receive_id", "receive_id_type", "msg_type", "content", "uuid"];
        assert_eq!(among("recieve_id", &names), Some("receive_id"));
        assert_eq!(among("receiveIdType", &names), Some("receive_id_type"));
        assert_eq!(among("contents", &names), Some("content"));
        assert_eq!(among("msgtpye", &names), Some("msg_type"));
        assert_eq!(among("uid", &names), Some("uuid"));
    }

    #[test]
    fn a_name_within_the_other_is_a_last_resort() {
        assert_eq!(among("find", &["get", "find_by_department", "find_all"]), Some("find_all"));
        assert_eq!(among("department_identifier", &["department", "user"]), Some("department"));
    }

    #[test]
    fn what_is_far_away_is_not_offered() {
        assert_eq!(among("zebra", &["receive_id", "content"]), None);
        assert_eq!(among("", &["content"]), None);
        assert_eq!(among("id", &[]), None);
    }

    #[test]
    fn the_nearer_of_two_wins_and_the_first_of_equals() {
        assert_eq!(among("user", &["users", "user_"]), Some("user_"));
        assert_eq!(among("cat", &["bat", "hat"]), Some("bat"));
    }
}
