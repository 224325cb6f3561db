//! The core's [`Host`] on this machine.

use std::fmt;
use std::sync::Arc;

use larkspur_core::http::{Request, Response, TransportError, TransportKind};
use larkspur_core::{Answer, Ask, BoxFuture, Error, Host, Mono, Now, Trace};
use tokio::runtime::{self, Handle};

use crate::exchange::{Door, exchange};
use crate::note::{Note, Watch};
use crate::pool::Pool;
use crate::shared::Shared;
use crate::{background, clock, store};

/// The host of one call: where it sends from, and who watches it.
pub struct NativeHost {
    shared: Arc<Shared>,
    lane: Option<(runtime::Id, Arc<Pool>)>,
    watch: Option<Watch>,
}

impl NativeHost {
    /// The host of a call on the background runtime.
    pub(crate) fn shared(shared: Arc<Shared>, watch: Option<Watch>) -> Self {
        Self { shared, lane: None, watch }
    }

    /// The host of a call on a lane.
    pub(crate) fn on_lane(shared: Arc<Shared>, lane: (runtime::Id, Arc<Pool>), watch: Option<Watch>) -> Self {
        Self { shared, lane: Some(lane), watch }
    }

    /// The pool of the runtime that this runs on: a refresh that a call on a lane started runs on the background runtime.
    fn pool(&self) -> Result<&Arc<Pool>, Error> {
        match &self.lane {
            Some((id, pool)) if Handle::current().id() == *id => Ok(pool),
            _ => self.shared.pool(),
        }
    }
}

impl Host for NativeHost {
    fn now(&self) -> Now {
        clock::now()
    }

    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let pool = self.pool().map_err(|error| TransportError::unsent(TransportKind::Connect, error.reason.clone()))?;
        exchange(&Door { pool, shared: &self.shared }, &request).await
    }

    async fn sleep(&self, until: Mono) {
        tokio::time::sleep(until.since(clock::now().mono)).await;
    }

    async fn closed(&self) {
        self.shared.closed().await;
    }

    async fn ask(&self, ask: Ask) -> Answer {
        #[cfg(feature = "redis")]
        if let (Ask::LoadPace { .. } | Ask::SwapPace { .. }, Some(store)) = (&ask, self.shared.pacing_store()) {
            return asked(move || store::answer_pace(&store, ask)).await;
        }
        match (ask, self.shared.token_store(), self.shared.asker()) {
            (ask @ (Ask::Load { .. } | Ask::Swap { .. }), Some(store), _) => asked(move || store::answer(&*store, ask)).await,
            (ask, _, Some(asker)) => asker.ask(ask).await,
            (_, _, None) => Answer::Failed("there is nobody to ask".into()),
        }
    }

    fn spawn(&self, task: BoxFuture<()>) {
        // Without a background runtime the task is dropped: the call that waits for it takes over and fails with the reason.
        if let Ok(handle) = background::handle() {
            handle.spawn(task);
        }
    }

    fn trace(&self, trace: &Trace<'_>) {
        if let Some(watch) = &self.watch {
            watch(Note::of(trace));
        }
    }
}

/// What a store says, which may block: on the background runtime, whose threads outlive a lane.
async fn asked(question: impl FnOnce() -> Answer + Send + 'static) -> Answer {
    match background::handle() {
        Ok(handle) => handle.spawn_blocking(question).await.unwrap_or_else(|_| Answer::Failed("it panicked".into())),
        Err(error) => Answer::Failed(format!("the system gives no thread: {error}")),
    }
}

impl fmt::Debug for NativeHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NativeHost").field("on_lane", &self.lane.is_some()).finish_non_exhaustive()
    }
}
