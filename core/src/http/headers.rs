use std::fmt;

/// Header fields in order; names are looked up without regard to case, secrets are hidden in Debug output.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers {
    /// A line of name and a line of value for each field: an answer has a dozen, and a text for each would be two dozen allocations.
    lines: String,
    /// Where the lines end.
    ends: Vec<usize>,
}

impl Headers {
    /// An empty list.
    pub const fn new() -> Self {
        Self { lines: String::new(), ends: Vec::new() }
    }

    /// An empty list with room for so many fields, of so many bytes in all.
    pub(crate) fn with_capacity(fields: usize, bytes: usize) -> Self {
        Self { lines: String::with_capacity(bytes), ends: Vec::with_capacity(fields * 2) }
    }

    /// Reads a line of name and a line of value for each field, as [`Headers::lines`] gives them.
    pub fn from_lines(lines: impl Into<String>) -> Self {
        let mut lines = lines.into();
        let mut ends = Vec::with_capacity(32);
        ends.extend(lines.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(place, _)| place));
        ends.push(lines.len());
        // Without its value a name is no field.
        ends.truncate(ends.len() & !1);
        lines.truncate(ends.last().copied().unwrap_or_default());
        Self { lines, ends }
    }

    /// A line of name and a line of value for each field, as [`Headers::from_lines`] reads them.
    pub fn lines(&self) -> &str {
        &self.lines
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
    pub fn push(&mut self, name: impl AsRef<str>, value: impl AsRef<str>) {
        self.push_joined(name.as_ref(), &[value.as_ref()]);
    }

    /// Adds a field whose value is in parts.
    pub(crate) fn push_joined(&mut self, name: &str, value: &[&str]) {
        self.lines.reserve(name.len() + 2 + value.iter().map(|part| part.len()).sum::<usize>());
        self.push_line(&[name]);
        self.push_line(value);
    }

    /// Replaces every field of that name by one.
    pub fn set(&mut self, name: impl AsRef<str>, value: impl AsRef<str>) {
        let name = name.as_ref();
        if self.get(name).is_some() {
            *self = self.iter().filter(|(known, _)| !known.eq_ignore_ascii_case(name)).collect();
        }
        self.push(name, value);
    }

    /// All fields in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut start = 0;
        let mut ends = self.ends.iter();
        let mut line = move || {
            let end = *ends.next()?;
            let line = self.lines.get(start..end)?;
            start = end + 1;
            Some(line)
        };
        std::iter::from_fn(move || Some((line()?, line()?)))
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
        self.ends.len() / 2
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    fn push_line(&mut self, parts: &[&str]) {
        if !self.ends.is_empty() {
            self.lines.push('\n');
        }
        parts.iter().for_each(|part| self.lines.push_str(part));
        self.ends.push(self.lines.len());
    }
}

impl<N: AsRef<str>, V: AsRef<str>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(fields: I) -> Self {
        let mut headers = Self::new();
        fields.into_iter().for_each(|(name, value)| headers.push(name, value));
        headers
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
    fn lines_hold_all_fields() {
        for (lines, fields) in [("", &[][..]), ("a\n1\nb\n", &[("a", "1"), ("b", "")]), ("a\n1\nb", &[("a", "1")]), ("a", &[])] {
            assert_eq!(Headers::from_lines(lines).iter().collect::<Vec<_>>(), fields, "{lines:?}");
        }
        let headers = Headers::from_iter([("Accept", "*/*"), ("X-Empty", "")]);
        assert_eq!(headers.lines(), "Accept\n*/*\nX-Empty\n");
        assert_eq!(Headers::from_lines(headers.lines()), headers);
    }

    #[test]
    fn debug_hides_credentials() {
        let headers = Headers::from_iter([("Authorization", "Bearer t-1"), ("Accept", "*/*")]);
        assert_eq!(format!("{headers:?}"), r#"{"Authorization": "***", "Accept": "*/*"}"#);
    }
}
