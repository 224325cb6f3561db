//! Walks over the pages of a list.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use larkspur_core::{Client, Error, Invocation, Pages, Reply, Walk};
use wasm_bindgen::prelude::*;

use super::flight::{fail, launch, text};
use super::host::WebHost;
use super::js::Settle;

/// A walk: each step fetches a page.
#[wasm_bindgen]
pub struct PageWalk {
    pages: Rc<RefCell<Pages>>,
    host: Arc<WebHost>,
    walk: Walk,
}

#[wasm_bindgen]
impl PageWalk {
    /// Starts the call for the next page: its data, or the list of its items, is told to `settle`, and a text without anything at the end.
    /// Returns the number of the call under way; zero if there is none.
    pub fn next(&self, settle: Settle) -> u32 {
        let call = self.pages.borrow().next_call(self.host.entropy());
        match call {
            None => settle.data(""),
            Some(Err(error)) => fail(&settle, &error),
            Some(Ok(call)) => {
                let (pages, walk) = (self.pages.clone(), self.walk);
                let landed = move |result: Result<Reply, Error>| match result.and_then(|reply| page(&pages, walk, &reply)) {
                    Ok(page) => settle.data(&page),
                    Err(error) => fail(&settle, &error),
                };
                return launch(&self.host, call, Box::new(landed));
            }
        }
        0
    }
}

impl PageWalk {
    /// Begins a walk.
    pub fn new(client: &Client, host: Arc<WebHost>, invocation: Invocation, walk: Walk) -> Result<Self, Error> {
        let pages = Rc::new(RefCell::new(Pages::new(client, invocation, walk)?));
        Ok(Self { pages, host, walk })
    }
}

fn page(pages: &RefCell<Pages>, walk: Walk, reply: &Reply) -> Result<String, Error> {
    let items = pages.borrow_mut().received(reply)?;
    let part = match walk {
        Walk::Items => reply.body.get(items).unwrap_or_default(),
        Walk::Pages => reply.data(),
    };
    let text = text(reply, part).into_owned();
    let nothing = if walk == Walk::Items { "[]" } else { "null" };
    Ok(if text.is_empty() { nothing.to_owned() } else { text })
}
