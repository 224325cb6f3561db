//! What is looked for in texts, and how they are put together; the standard library's own takes ten times the room in a page's download.

/// The parts with a separator between them.
pub(crate) fn join<S: AsRef<str>>(parts: &[S], separator: &str) -> String {
    let length = parts.iter().map(|part| part.as_ref().len() + separator.len()).sum();
    let mut text = String::with_capacity(length);
    for (place, part) in parts.iter().enumerate() {
        text.push_str(if place == 0 { "" } else { separator });
        text.push_str(part.as_ref());
    }
    text
}

/// Whether the part stands in the text.
pub(crate) fn holds(text: &str, part: &str) -> bool {
    split_at(text, part).is_some()
}

/// What stands before and behind the first such part.
pub(crate) fn split_at<'a>(text: &'a str, part: &str) -> Option<(&'a str, &'a str)> {
    let place = text.as_bytes().windows(part.len()).position(|window| window == part.as_bytes())?;
    Some((text.get(..place)?, text.get(place + part.len()..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_joined_and_split() {
        assert_eq!(join(&["a", "", "c"], ", "), "a, , c");
        assert_eq!(join::<String>(&[], ", "), "");
        assert_eq!(split_at("a://b://c", "://"), Some(("a", "b://c")));
        assert_eq!(split_at("你</好", "</"), Some(("你", "好")));
        assert!(holds("ab", "ab") && !holds("ab", "abc") && !holds("", "a"));
    }
}
