//! The codes of Feishu Project by what a client does about them.

use super::{Action, by_status};

/// The documented codes. What the status tells apart is left out.
#[rustfmt::skip]
const TABLE: &[(Action, &[u32])] = &[
    (Action::Token, &[
        10021, 10022, 10211,
    ]),
    (Action::Scope, &[
        10001, 10005, 10301, 10302, 10404, 50001, 1000051195, 1000051256, 1000053219,
    ]),
    (Action::Rate, &[
        10429,
    ]),
    (Action::Quota, &[
        1000051942,
    ]),
    (Action::Busy, &[
        50005, 50006, 1000050262, 1000051469,
    ]),
    (Action::Parameter, &[
        9999, 10002, 10004, 10023, 10210, 20001, 20002, 20003, 20004, 20005, 20006, 20007, 20008, 20009, 20010, 20011, 20012, 20013,
        20014, 20015, 20016, 20017, 20018, 20019, 20020, 20021, 20024, 20025, 20026, 20027, 20028, 20029, 20032, 20033, 20037, 20038,
        20039, 20040, 20041, 20042, 20043, 20044, 20045, 20046, 20047, 20048, 20049, 20050, 20051, 20052, 20053, 20055, 20056, 20057,
        20058, 20059, 20060, 20061, 20062, 20063, 20064, 20065, 20066, 20067, 20068, 20069, 20070, 20071, 20072, 20080, 20081, 20082,
        20083, 20089, 20090, 20093, 20094, 1000050156, 1000050174, 1000050178, 1000050183, 1000050190, 1000050438, 1000050746,
        1000051280, 1000051401, 1000051468, 1000051617, 1000051743, 1000051750, 1000051872, 1000053001, 1000053002, 1000053003,
        1000053004, 1000053005, 1000053006, 1000053007, 1000053008, 1000053009, 1000053011, 1000053507, 1000053593, 1000053603,
        1000053604, 1000053605, 1000053645,
    ]),
    (Action::NotFound, &[
        13001, 30001, 30004, 30005, 30006, 30007, 30008, 30009, 30010, 30011, 30012, 30014, 30015, 30016, 30018, 30019, 500006,
        1000050052, 1000050244, 1000050248, 1000050255, 1000050535, 1000051120, 1000051135, 1000051814, 1000052062, 1000052063,
        1000053010, 1000053308,
    ]),
    (Action::Conflict, &[
        10430,
    ]),
];

/// Says that nothing but a smaller result helps.
const TOO_LARGE: [i64; 2] = [20055, 20094];

/// Says that the platform is overloaded, among the many things that 50006 stands for.
const OVERLOADED: [&str; 5] = ["try again", "overload", "too busy", "稍后", "繁忙"];

/// The action for a code; by the HTTP status where the code is unknown.
///
/// 50006 stands for missing rights and wrong parameters as well as for overload: only what says that it is overload is tried again.
pub(crate) fn action(code: i64, status: u16, text: &str) -> Action {
    let is_overload = || OVERLOADED.iter().any(|word| text.to_ascii_lowercase().contains(word));
    match u32::try_from(code).unwrap_or_default() {
        50_006 if !is_overload() => Action::Other,
        code => TABLE.iter().find(|(_, codes)| codes.binary_search(&code).is_ok()).map_or_else(|| by_status(status), |(action, _)| *action),
    }
}

/// What to do about a code where it says more than its class.
pub(crate) fn remedy(code: i64) -> Option<&'static str> {
    Some(match code {
        code if TOO_LARGE.contains(&code) => "narrow the search: the platform does not give more of it by paging",
        10_001 | 10_301 => {
            "grant the plugin the scope and publish a version, install it in the space, and check project_key and the user's own rights"
        }
        10_210 => "fetch a new code; it lives five minutes and serves once",
        10_430 => "the earlier call with this key was probably executed: look for what it made with a call that reads",
        20_039 => "make the client with user_key",
        20_042 | 10_023 | 1_000_051_743 => "check user_key: it is the user's key in Feishu Project, neither open_id nor user_id",
        1_000_051_942 => "the paid allowance is used up",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_table_is_sorted_and_holds_155_codes_once() {
        let codes: Vec<u32> = TABLE.iter().flat_map(|(_, codes)| codes.iter().copied()).collect();
        assert!(TABLE.iter().all(|(_, codes)| codes.is_sorted()));
        assert_eq!((codes.len(), codes.iter().collect::<HashSet<_>>().len()), (155, 155));
    }

    #[test]
    fn codes_of_every_class() {
        for (code, status, expected) in [
            (10_022, 401, Action::Token),
            (10_301, 401, Action::Scope),
            (10_429, 429, Action::Rate),
            (10_430, 429, Action::Conflict),
            (1_000_051_942, 400, Action::Quota),
            (50_005, 500, Action::Busy),
            (20_094, 400, Action::Parameter),
            (30_005, 404, Action::NotFound),
            (123, 401, Action::Scope),
            (123, 429, Action::Rate),
            (123, 503, Action::Busy),
        ] {
            assert_eq!(action(code, status, ""), expected, "{code}");
        }
    }

    #[test]
    fn overload_is_told_from_the_many_meanings_of_50006() {
        assert_eq!(action(50_006, 500, "template is wrong"), Action::Other);
        assert_eq!(action(50_006, 500, "Service overloaded, please try again later"), Action::Busy);
        assert_eq!(action(50_006, 200, "系统繁忙，请稍后重试"), Action::Busy);
    }

    #[test]
    fn a_result_that_is_too_large_asks_for_a_narrower_search() {
        assert!(TOO_LARGE.iter().all(|code| remedy(*code).unwrap().starts_with("narrow the search")));
        assert_eq!(remedy(30_005), None);
    }
}
