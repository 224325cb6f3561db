//! The operations that a program calls, found in its source.

use super::super::lookup::{self, Node};
use super::super::operation::Operation;

/// The operations whose names stand in a source text, in whatever language, each once, in their order there.
///
/// A name stands there when its four parts follow each other with dots: `client.im.v1.message.create(…)`, over several lines too, or
/// `"im.v1.message.create"`. What a program calls in other ways (a part that is kept in a variable) is not found.
pub fn called_in(source: &str) -> Vec<Operation> {
    let mut found = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    for token in Tokens(source) {
        match token {
            Token::Name(name) => names.push(name),
            Token::Dot => continue,
            Token::Other => names.clear(),
        }
        if let [.., service, version, resource, method] = names.as_slice()
            && let Some(operation) = lookup::operation(Node::ROOT, &[*service, version, resource, method].join("."))
            && !found.contains(&operation)
        {
            found.push(operation);
        }
    }
    found
}

#[derive(Debug, PartialEq, Eq)]
enum Token<'a> {
    Name(&'a str),
    Dot,
    /// What ends a chain of names.
    Other,
}

/// Names, the dots between them, and the rest.
struct Tokens<'a>(&'a str);

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let text = self.0;
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let (token, rest) = match text.chars().next()? {
            first if is_name(first) => {
                let (name, rest) = text.split_at(text.find(|c| !is_name(c)).unwrap_or(text.len()));
                (Token::Name(name), rest)
            }
            first => match behind_dot(text) {
                Some(rest) => (Token::Dot, rest),
                None => (Token::Other, text.get(first.len_utf8()..)?),
            },
        };
        self.0 = rest;
        Some(token)
    }
}

/// What follows a dot, with the white space, the line ends and the marks of optional chaining around it.
fn behind_dot(text: &str) -> Option<&str> {
    let text = text.trim_start().trim_start_matches(['\\', '?', '!']);
    text.trim_start().strip_prefix('.').map(str::trim_start)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(source: &str) -> Vec<String> {
        called_in(source).into_iter().map(Operation::id).collect()
    }

    #[test]
    fn calls_are_found_in_every_language() {
        for call in [
            "client.im.v1.message.create(receive_id=1)",
            "await lark.client.im.v1.message.create.raw({})",
            "client\n    .im\n    .v1\n    .message\n    .create(",
            "client.im \\\n  .v1.message.create()",
            "client?.im?.v1!.message.create",
            r#"client.call("im.v1.message.create", "{}")"#,
            "larkspur.scopes(['im.v1.message.create'])",
        ] {
            assert_eq!(names(call), ["im.v1.message.create"], "{call}");
        }
        assert_eq!(names("c.contact.v3.user.batch_get_id(); c.contact.v3.user.batchGetId()"), ["contact.v3.user.batchGetId"]);
        assert_eq!(names("client.im.v1.pin.list.iter(a=client.im.v1.chat.get(b))"), ["im.v1.pin.list", "im.v1.chat.get"]);
    }

    #[test]
    fn what_only_looks_like_a_call_is_not_found() {
        for other in
            ["im.v1.message", "im, v1, message, create", "im.v1.message.creates", "im v1 message create", "", "im.v1.message().create()"]
        {
            assert_eq!(names(other), Vec::<String>::new(), "{other}");
        }
        assert_eq!(names("日本.im.v1.message.create é"), ["im.v1.message.create"]);
    }
}
