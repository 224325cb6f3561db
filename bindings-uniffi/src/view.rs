//! Views of clients: what makes their calls, and the numbers under which the flat door knows them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};

use larkspur_core::{Bot, Call, Error};
use larkspur_native::lock;

use crate::error::FfiError;
use crate::flight::{CancelToken, Shared};
use crate::invocation::Invocation;

/// The views that can be called by number.
static VIEWS: Mutex<Option<HashMap<u64, Weak<View>>>> = Mutex::new(None);
static LAST: AtomicU64 = AtomicU64::new(0);

/// What makes the calls.
pub(crate) struct View {
    pub(crate) shared: Arc<Shared>,
    pub(crate) core: larkspur_core::Client,
    /// Whose client it is, if it is a custom bot's.
    pub(crate) bot: Option<Bot>,
}

/// The number of a view, good until this is dropped.
pub(crate) struct Door(u64);

impl View {
    /// Makes a call on this thread.
    pub(crate) fn ride(&self, invocation: Invocation) -> Result<larkspur_core::Reply, FfiError> {
        let (call, cancel) = self.prepared(invocation)?;
        self.shared.ride(call, cancel.as_deref())
    }

    /// A call that has not begun, and what may end it.
    pub(crate) fn prepared(&self, invocation: Invocation) -> Result<(Call, Option<Arc<CancelToken>>), FfiError> {
        let cancel = invocation.cancel.clone();
        Ok((invocation.call(&self.core, self.bot.as_ref())?, cancel))
    }

    /// Makes a call on the background runtime.
    pub(crate) async fn fly(&self, invocation: Invocation) -> Result<larkspur_core::Reply, FfiError> {
        let (call, cancel) = self.prepared(invocation)?;
        self.shared.fly(call, cancel.as_deref()).await
    }
}

impl Door {
    /// Gives a view its number.
    pub(crate) fn of(view: &Arc<View>) -> Self {
        let number = LAST.fetch_add(1, Ordering::Relaxed) + 1;
        lock(&VIEWS).get_or_insert_default().insert(number, Arc::downgrade(view));
        Self(number)
    }

    /// The number.
    pub(crate) fn number(&self) -> u64 {
        self.0
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        lock(&VIEWS).as_mut().map(|views| views.remove(&self.0));
    }
}

/// The view with a number.
///
/// # Errors
/// When it is gone.
pub(crate) fn view(door: u64) -> Result<Arc<View>, FfiError> {
    let view = lock(&VIEWS).as_ref().and_then(|views| views.get(&door)?.upgrade());
    view.ok_or_else(|| Error::closed().into())
}
