//! What a client does about each code of the platform.

#[cfg(feature = "project")]
pub(crate) mod project;
mod table;

use crate::error::Class;
use table::TABLE;

/// What is to be done about a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// The tenant token is bad: fetch another, once.
    TenantToken,
    /// The app token is bad: fetch another, once.
    AppToken,
    /// The user's token is bad: refresh it, once.
    UserToken,
    /// The token that was sent is bad, whatever its kind: get another, once.
    #[cfg(feature = "project")]
    Token,
    /// The app ticket is missing or old: ask for a push.
    Ticket,
    /// The user must sign in again.
    Reauthorize,
    /// The user has not signed in yet: ask again.
    #[cfg(feature = "oauth")]
    Pending,
    /// A scope or a right is missing.
    Scope,
    /// Too many calls: wait; nothing was executed.
    Rate,
    /// A daily or monthly allowance is used up.
    Quota,
    /// The platform is busy or has a fault.
    Busy,
    /// The app, its secret, its state or its allowed addresses.
    Config,
    /// The caller's arguments.
    Parameter,
    /// What was asked for does not exist, or does no longer.
    NotFound,
    /// The same idempotency key with other contents.
    Conflict,
    /// A fault of the platform that sending again does not cure.
    Other,
}

/// The action for a code; by the HTTP status where the code is unknown or means different things with different statuses.
pub(crate) fn action(code: i64, status: u16) -> Action {
    let code = u32::try_from(code).unwrap_or_default();
    documented(code).unwrap_or_else(|| by_status(status))
}

/// The actions of the table.
#[allow(clippy::indexing_slicing, reason = "the compiler runs it")]
const ACTIONS: [Action; TABLE.len()] = {
    let mut actions = [Action::Other; TABLE.len()];
    let mut row = 0;
    while row < TABLE.len() {
        actions[row] = TABLE[row].0;
        row += 1;
    }
    actions
};

/// The codes of each action, as a page downloads them: how far it is from each one to the next, in groups of seven bits, the lowest first; zero at
/// the end.
static STEPS: [u8; LENGTH] = packed::<LENGTH>().0;
const LENGTH: usize = packed::<4096>().1;

#[allow(clippy::indexing_slicing, reason = "the compiler runs it")]
const fn packed<const ROOM: usize>() -> ([u8; ROOM], usize) {
    let (mut bytes, mut length, mut row) = ([0; ROOM], 0, 0);
    while row < TABLE.len() {
        let (mut before, mut at, codes) = (0, 0, TABLE[row].1);
        while at <= codes.len() {
            let code = if at < codes.len() { codes[at] } else { before };
            let mut step = code - before;
            while step >= 0x80 {
                bytes[length] = step as u8 | 0x80;
                (step, length) = (step >> 7, length + 1);
            }
            bytes[length] = step as u8;
            (before, at, length) = (code, at + 1, length + 1);
        }
        row += 1;
    }
    (bytes, length)
}

fn documented(code: u32) -> Option<Action> {
    let mut actions = ACTIONS.iter();
    let (mut action, mut known, mut step, mut shift) = (actions.next(), 0, 0, 0);
    for &group in &STEPS {
        step |= u32::from(group & 0x7f) << shift;
        shift += 7;
        if group >= 0x80 {
            continue;
        }
        known += step;
        if step == 0 {
            (action, known) = (actions.next(), 0);
        } else if known == code {
            return action.copied();
        }
        (step, shift) = (0, 0);
    }
    None
}

fn by_status(status: u16) -> Action {
    match status {
        401 | 403 => Action::Scope,
        404 | 410 => Action::NotFound,
        429 => Action::Rate,
        500.. => Action::Busy,
        _ => Action::Parameter,
    }
}

impl Action {
    /// Which exception a language raises.
    pub(crate) fn class(self) -> Class {
        match self {
            Action::TenantToken | Action::AppToken | Action::UserToken | Action::Ticket | Action::Config => Class::Auth,
            #[cfg(feature = "project")]
            Action::Token => Class::Auth,
            #[cfg(feature = "oauth")]
            Action::Pending => Class::ReauthorizationRequired,
            Action::Reauthorize => Class::ReauthorizationRequired,
            Action::Scope => Class::PermissionDenied,
            Action::Rate => Class::RateLimited,
            Action::Quota => Class::QuotaExceeded,
            Action::Busy => Class::Unavailable,
            Action::Parameter => Class::InvalidRequest,
            Action::NotFound => Class::NotFound,
            Action::Conflict => Class::IdempotencyConflict,
            Action::Other => Class::Api,
        }
    }

    /// Whether the same call may succeed later.
    pub(crate) fn is_retryable(self) -> bool {
        matches!(self, Action::Rate | Action::Busy)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_table_is_sorted_and_names_each_code_once() {
        let mut seen = HashSet::new();
        for (action, codes) in table::TABLE {
            assert!(codes.is_sorted(), "{action:?}");
            codes.iter().for_each(|code| assert!(*code > 0 && seen.insert(code), "{code} stands twice"));
        }
        assert_eq!(seen.len(), table::TABLE.iter().map(|(_, codes)| codes.len()).sum::<usize>());
    }

    #[test]
    fn codes_of_every_class() {
        use Action::*;
        for (action, codes) in [
            (TenantToken, &[99_991_663, 99_991_665, 99_991_671, 20_013, 4001][..]),
            (AppToken, &[99_991_664, 20_014]),
            (UserToken, &[99_991_668, 99_991_677, 20_005, 20_006, 1_274_011]),
            (Ticket, &[10_012]),
            (Reauthorize, &[20_003, 20_026, 20_037, 20_064, 20_073, 99_991_669]),
            (Scope, &[99_991_672, 99_991_679, 99_991_676, 230_027, 1_061_004, 1_770_032, 131_006, 40_004, 21_000, 2_889_902]),
            (Rate, &[99_991_400, 230_020, 11_232, 1_254_290, 1_470_450, 2_223_108]),
            (Quota, &[99_991_403, 1_236_007, 230_023]),
            (Busy, &[20_050, 20_072, 1_254_291, 1_255_040, 131_009, 600, 1_640_121, 2_891_001]),
            (Config, &[10_014, 10_015, 99_991_401, 99_991_543, 99_991_661, 20_002]),
            (Parameter, &[99_992_402, 99_991_201, 20_001, 190_014, 1_254_027]),
            (NotFound, &[99_992_354, 1_061_003, 1_254_040, 1_770_002, 2_700_404]),
            (Conflict, &[60_012, 200_770]),
            (Other, &[131_007]),
        ] {
            // The status of a gateway that knows nothing must not win over the code.
            codes.iter().for_each(|&code| assert_eq!((code, super::action(code, 418)), (code, action)));
        }
    }

    #[test]
    fn an_unknown_code_goes_by_the_status() {
        for (status, expected) in [
            (200, Action::Parameter),
            (400, Action::Parameter),
            (401, Action::Scope),
            (403, Action::Scope),
            (404, Action::NotFound),
            (409, Action::Parameter),
            (429, Action::Rate),
            (500, Action::Busy),
            (504, Action::Busy),
        ] {
            assert_eq!(action(123_456_789, status), expected, "{status}");
            assert_eq!(action(-1, status), expected, "{status}");
        }
        // Documented with 403 and 404.
        assert_eq!((action(210_021, 403), action(210_021, 404)), (Action::Scope, Action::NotFound));
    }
}
