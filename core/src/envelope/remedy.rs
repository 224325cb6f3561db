//! What the user can do about a refusal, in a few words.

use super::scopes;
use crate::codes::Action;
use crate::error::Answer;
use crate::json::Value;
use crate::text::join;

pub(super) fn remedy(action: Action, answer: &Answer) -> Option<String> {
    let by_code = of_code(answer.code).map(str::to_owned).or_else(|| challenge(answer));
    by_code.or_else(|| of_action(action, answer)).or_else(|| answer.troubleshooter.as_ref().map(|page| format!("see {page}")))
}

/// Codes with one known cause.
fn of_code(code: i64) -> Option<&'static str> {
    Some(match code {
        10_003 | 10_013 | 10_014 | 10_015 | 20_002 | 20_048 | 99_991_543 => "check app_id and app_secret",
        10_030 | 230_002 | 234_004 => "add the bot to the chat",
        10_005 | 11_209 | 20_009 => "install the app in this tenant",
        11_205 | 11_240 | 230_006 | 232_025 | 234_007 => "switch the app's bot on and publish a version",
        11_207 | 11_210 | 20_069 | 99_991_662 | 99_991_673 => "enable the app in this tenant",
        19_021 => "check the bot's secret and this machine's clock",
        #[cfg(feature = "bot")]
        19_001 => "copy the bot's address again from its settings",
        #[cfg(feature = "bot")]
        19_024 => "put one of the bot's keywords into the text",
        19_022 | 99_991_401 => "add this machine's address to the list of allowed addresses",
        99_991_661 => "sign in first: no token came with the call",
        20_046 => "sign in at the other brand: base_url feishu or lark",
        _ => return None,
    })
}

/// The platform's own page for a call that a policy stopped.
fn challenge(answer: &Answer) -> Option<String> {
    let data = answer.data.as_deref().filter(|_| matches!(answer.code, 21_000 | 21_001))?;
    let url = Value::of(data).text("challenge_url")?;
    scopes::urls(&url).next().map(|url| format!("open {url}"))
}

fn of_action(action: Action, answer: &Answer) -> Option<String> {
    let words = match action {
        Action::TenantToken | Action::AppToken | Action::UserToken => {
            "check which kinds of token the operation takes; in a page, sign in again"
        }
        Action::Ticket => "wait until the platform pushes the app ticket",
        Action::Reauthorize => "let the user sign in again",
        Action::Scope => return scope(answer),
        Action::Rate => "call less often",
        Action::Quota => "wait until the allowance is renewed, or raise it",
        Action::Config if answer.troubleshooter.is_none() => "check the app in the developer console",
        Action::Parameter => return parameter(answer),
        _ => return None,
    };
    Some(words.to_owned())
}

fn scope(answer: &Answer) -> Option<String> {
    if answer.missing_scopes.is_empty() {
        return None;
    }
    let scopes = join(&answer.missing_scopes, " or ");
    Some(match scopes::application_page(answer) {
        _ if answer.code == 99_991_679 => format!("let the user grant {scopes}"),
        Some(page) => format!("add the scope {scopes} at {page}"),
        None => format!("add the scope {scopes} to the app"),
    })
}

fn parameter(answer: &Answer) -> Option<String> {
    let violation = answer.field_violations.iter().find(|violation| !violation.field.is_empty())?;
    let description = violation.description.trim_end_matches('.');
    Some(if description.is_empty() { format!("check {}", violation.field) } else { format!("check {}: {description}", violation.field) })
}
