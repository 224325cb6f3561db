//! What credentials and headers may hold.

use crate::encode::quote;
use crate::error::Error;

/// Refuses a credential that is empty or was copied with something else; `variable` of the environment may hold it.
pub(crate) fn credential(name: &str, value: &str, variable: &str) -> Result<(), Error> {
    if value.trim().is_empty() {
        return Err(Error::config(format!("{name} is empty")).with_remedy(format!("pass it or set {variable}")));
    }
    if value.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(Error::config(format!("{name} holds white space or a control character"))
            .with_remedy("copy it again from the developer console"));
    }
    Ok(())
}

/// Refuses a header that is the client's own business, and one that cannot be.
pub(crate) fn own_header(name: &str, value: &str) -> Result<(), Error> {
    const OWN: [(&str, &str); 6] = [
        ("authorization", "make a view of the user whose token it is"),
        ("x-request-id", "the platform sets it"),
        ("request-id", "the platform sets it"),
        ("content-length", "it follows from the body"),
        ("transfer-encoding", "it follows from the body"),
        ("host", "it follows from base_url"),
    ];
    if let Some((_, remedy)) = OWN.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)) {
        return Err(Error::argument(format!("header {name} cannot be set")).with_remedy(*remedy));
    }
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(is_token) {
        return Err(Error::argument(format!("header name {} has a character that no header name may have", quote(name))));
    }
    header(name, value)
}

/// Refuses a header value that would end the header, or that not every language can send.
pub(crate) fn header(name: &str, value: &str) -> Result<(), Error> {
    line(name, value)?;
    match value.chars().find(|c| !c.is_ascii()) {
        Some(found) => Err(Error::argument(format!("header {name} holds {found}, which is not ASCII")).with_remedy("percent-encode it")),
        None => Ok(()),
    }
}

/// Refuses what is more than a line.
pub(crate) fn line(name: &str, value: &str) -> Result<(), Error> {
    match value.chars().find(|c| c.is_control() && *c != '\t') {
        Some(found) => {
            Err(Error::argument(format!("header {name} holds the control character '{}'", found.escape_default())).with_remedy("remove it"))
        }
        None => Ok(()),
    }
}
