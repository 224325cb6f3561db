//! The pages of a list.

use std::ops::Range;

use crate::call::Call;
use crate::client::{Client, Invocation, Target};
use crate::error::{Class, Error};
use crate::random::Entropy;
use crate::step::Reply;

/// A walk over the pages of one list: ask for a call, drive it, hand its reply in, until there is no next call.
#[derive(Clone)]
pub struct Pages {
    client: Client,
    invocation: Invocation,
    next: Next,
    seen: Vec<String>,
}

#[derive(Clone)]
enum Next {
    First,
    Token(String),
    None,
}

/// What a walk over a list yields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Walk {
    /// Items, one by one: needs an operation whose pages hold one list.
    Items,
    /// Whole pages.
    Pages,
}

impl Pages {
    /// Begins a walk.
    ///
    /// # Errors
    /// [`Class::Argument`] for an operation without pages, or for items where a page holds several lists or none.
    pub fn new(client: &Client, invocation: Invocation, walk: Walk) -> Result<Self, Error> {
        check(client, &invocation, walk).map_err(|error| error.of_operation(&invocation.target.name(invocation.style)))?;
        Ok(Self { client: client.clone(), invocation, next: Next::First, seen: Vec::new() })
    }

    /// The call for the next page, or `None` after the last.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub fn next_call(&self, entropy: Entropy) -> Option<Result<Call, Error>> {
        let page_token = match &self.next {
            Next::First => None,
            Next::Token(token) => Some(token.as_str()),
            Next::None => return None,
        };
        Some(self.client.call_page(&self.invocation, page_token, entropy))
    }

    /// Takes the reply of the page and gives where its items lie in the reply's body; empty when it has none.
    ///
    /// # Errors
    /// [`Class::Decode`] when the platform gives a page token for the second time, or none though more pages follow.
    pub fn received(&mut self, reply: &Reply) -> Result<Range<usize>, Error> {
        let Some(page) = &reply.page else {
            self.next = Next::None;
            return Ok(0..0);
        };
        if page.cut {
            return Err(self.ended("the platform says that more pages follow, but gives no page token", "stopped, since nothing leads on"));
        }
        self.next = match &page.next {
            Some(token) if self.seen.contains(token) => {
                return Err(self.ended("the platform gave the same page token twice", "stopped, since the pages would never end"));
            }
            Some(token) => {
                self.seen.push(token.clone());
                Next::Token(token.clone())
            }
            None => Next::None,
        };
        Ok(page.items.clone())
    }

    /// The page token that the next call will send: pass it as the paging argument to go on later.
    pub fn resume_token(&self) -> Option<&str> {
        match &self.next {
            Next::Token(token) => Some(token),
            Next::First | Next::None => None,
        }
    }

    fn ended(&mut self, reason: &str, remedy: &str) -> Error {
        self.next = Next::None;
        Error::new(Class::Decode, reason).with_remedy(remedy).of_operation(&self.invocation.target.name(self.invocation.style))
    }
}

fn check(client: &Client, invocation: &Invocation, walk: Walk) -> Result<(), Error> {
    let Target::Operation(operation, _) = &invocation.target else { return client.check_path_pages() };
    let Some(paging) = operation.paging() else {
        return Err(Error::argument("has no pages").with_remedy("call it directly"));
    };
    match (walk, paging.several, paging.items) {
        (Walk::Items, true, _) => Err(Error::argument("has several lists in a page").with_remedy("walk over its pages instead")),
        (Walk::Items, false, "") => Err(Error::argument("has no list of items in a page").with_remedy("walk over its pages instead")),
        _ => Ok(()),
    }
}
