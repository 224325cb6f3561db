use std::borrow::Cow;
use std::fmt;

/// Header fields in order; names are looked up without regard to case, secrets are hidden in Debug output.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers(Vec<(Cow<'static, str>, String)>);

impl Headers {
    /// An empty list.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The first value of the header.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The id of the answer's log entry: `X-Tt-Logid`, else `X-Request-Id`.
    pub fn log_id(&self) -> Option<&str> {
        self.get("x-tt-logid").or_else(|| self.get("x-request-id"))
    }

    /// Adds a field at the end.
    pub fn push(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) {
        self.0.push((name.into(), value.into()));
    }

    /// Replaces every field of that name by one.
    pub fn set(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) {
        let name = name.into();
        self.0.retain(|(known, _)| !known.eq_ignore_ascii_case(&name));
        self.0.push((name, value.into()));
    }

    /// All fields in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value.as_str()))
    }

    /// The fields as a caller sees them: by their names in lower case, several of one name joined by commas, without cookies.
    pub fn shown(&self) -> Vec<(String, String)> {
        let mut shown: Vec<(String, String)> = Vec::new();
        // Cookies are secret.
        for (name, value) in self.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("set-cookie")) {
            match shown.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
                Some((_, joined)) => joined.extend([", ", value]),
                None => shown.push((name.to_ascii_lowercase(), value.to_owned())),
            }
        }
        shown
    }

    /// The number of fields.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<N: Into<Cow<'static, str>>, V: Into<String>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(fields: I) -> Self {
        Self(fields.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter().map(|(name, value)| (name, if is_secret(name) { "***" } else { value }))).finish()
    }
}

/// Headers that carry credentials.
fn is_secret(name: &str) -> bool {
    const SECRET: [&str; 6] =
        ["authorization", "proxy-authorization", "cookie", "set-cookie", "x-lark-helpdesk-authorization", "x-plugin-token"];
    SECRET.iter().any(|known| known.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_ignore_case_and_set_replaces() {
        let mut headers = Headers::from_iter([("X-Tt-Logid", "L1"), ("x-tt-logid", "L2")]);
        assert_eq!(headers.get("X-TT-LOGID"), Some("L1"));
        headers.set("X-tt-logid", "L3");
        assert_eq!((headers.len(), headers.get("x-tt-logid")), (1, Some("L3")));
    }

    #[test]
    fn debug_hides_credentials() {
        let headers = Headers::from_iter([("Authorization", "Bearer t-1"), ("Accept", "*/*")]);
        assert_eq!(format!("{headers:?}"), r#"{"Authorization": "***", "Accept": "*/*"}"#);
    }
}
