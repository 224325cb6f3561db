//! Walks over the pages of a list.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use larkspur_core::{Call, Client, Invocation, Reply, Walk};
use larkspur_native::entropy;

use crate::error::FfiError;
use crate::flight::{CancelToken, Shared};
use crate::reply;

/// A walk: each step fetches a page.
#[derive(uniffi::Object)]
pub struct Pages {
    pages: Mutex<larkspur_core::Pages>,
    shared: Arc<Shared>,
    cancel: Option<Arc<CancelToken>>,
    walk: Walk,
}

#[uniffi::export]
impl Pages {
    /// The JSON text of the next page, or of the list of its items; none after the last page.
    ///
    /// # Errors
    /// Whatever the call fails with, and when the platform's pages would never end.
    pub async fn next_page(&self) -> Result<Option<String>, FfiError> {
        let Some(call) = self.next_call()? else { return Ok(None) };
        let reply = self.shared.fly(call, self.cancel.as_deref()).await?;
        self.received(&reply).map(Some)
    }

    /// As `next_page`, on this thread.
    ///
    /// # Errors
    /// As `next_page`.
    pub fn next_page_blocking(&self) -> Result<Option<String>, FfiError> {
        let Some(call) = self.next_call()? else { return Ok(None) };
        let reply = self.shared.ride(call, self.cancel.as_deref())?;
        self.received(&reply).map(Some)
    }

    /// The page token that the next step will send: pass it as the paging argument to go on later.
    pub fn resume_token(&self) -> Option<String> {
        self.lock().resume_token().map(str::to_owned)
    }
}

impl Pages {
    pub(crate) fn new(
        client: &Client,
        shared: Arc<Shared>,
        invocation: Invocation,
        cancel: Option<Arc<CancelToken>>,
        items: bool,
    ) -> Result<Self, FfiError> {
        let walk = if items { Walk::Items } else { Walk::Pages };
        let pages = Mutex::new(larkspur_core::Pages::new(client, invocation, walk)?);
        Ok(Self { pages, shared, cancel, walk })
    }

    fn next_call(&self) -> Result<Option<Call>, FfiError> {
        Ok(self.lock().next_call(entropy()?).transpose()?)
    }

    fn received(&self, reply: &Reply) -> Result<String, FfiError> {
        let items = self.lock().received(reply)?;
        let (part, nothing) = match self.walk {
            Walk::Items => (reply.body.get(items).unwrap_or_default(), "[]"),
            Walk::Pages => (reply.data(), "null"),
        };
        Ok(if part.is_empty() { nothing.to_owned() } else { reply::text(part) })
    }

    fn lock(&self) -> MutexGuard<'_, larkspur_core::Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
