//! What a web page inside the platform's client passes to its function `config`.

use sha1::{Digest, Sha1};

use crate::encode::{Object, quote};
use crate::error::Error;
use crate::secret::Secret;
use crate::text::split_at;
use crate::time::Wall;

/// What a page is told; `nonce` is random.
pub(crate) fn config(app_id: &str, ticket: &Secret, page: &str, nonce: &str, now: Wall) -> String {
    let timestamp = now.0.to_string();
    let signed = format!("jsapi_ticket={}&noncestr={nonce}&timestamp={timestamp}&url={page}", ticket.reveal());
    let signature: String = Sha1::digest(signed).iter().map(|byte| format!("{byte:02x}")).collect();
    Object::of(&[("appId", &quote(app_id)), ("timestamp", &timestamp), ("nonceStr", &quote(nonce)), ("signature", &quote(&signature))])
}

/// The address of a page without what its scripts may change.
pub(crate) fn page(url: &str) -> Result<&str, Error> {
    let page = split_at(url, "#").map_or(url, |(page, _)| page);
    let host = ["https://", "http://"].into_iter().find_map(|scheme| page.strip_prefix(scheme));
    if host.is_none_or(|host| host.is_empty() || host.starts_with('/')) || page.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(Error::argument("url is no address of a page").with_remedy("pass location.href of the page"));
    }
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_the_platforms() {
        for (ticket, nonce, timestamp, url, expected) in [
            (
                "a885c93b03d6b6057e992ddda519e6ac857b5d6c",
                "Y7a8KkqX041bsSwT",
                1_609_904_126_124,
                "https://m.mm.cn/ttc/3541093/3131_1.html#top",
                "fc87e50e5fa427ffad0685cc5040a004531d8e9c",
            ),
            (
                "g123456789",
                "Wm3WZYTPz0wzccnW",
                1_735_660_800_000,
                "https://example.com/a/b.html?x=1&y=%E4%BD%A0",
                "3b3143e03ed84a0e54220a4e9cd992c83f717f25",
            ),
        ] {
            let shown = config("cli_1", &Secret::new(ticket), page(url).unwrap(), nonce, Wall(timestamp));
            let whole = format!(r#"{{"appId":"cli_1","timestamp":{timestamp},"nonceStr":"{nonce}","signature":"{expected}"}}"#);
            assert_eq!(shown, whole);
        }
    }
}
