//! Calls on their way: what drives them, and what may end them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use larkspur_core::{Call, Error, Reply};
use larkspur_native::{Interrupted, Native, Note, TaskHandle, Watch, lock};
use tokio::sync::{oneshot, watch};

use crate::error::FfiError;
use crate::hooks::Hooks;
use crate::mailbox::Mailbox;

/// Ends calls early: hand it to a call, and cancel it from anywhere.
#[derive(uniffi::Object)]
pub struct CancelToken(watch::Sender<bool>);

#[uniffi::export]
impl CancelToken {
    /// A token that ends nothing yet.
    #[uniffi::constructor]
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    /// Ends the calls that have this token, and those that will be given it; their connections close, a token refresh goes on.
    pub fn cancel(&self) {
        self.0.send_replace(true);
    }

    /// Whether it was cancelled.
    pub fn is_cancelled(&self) -> bool {
        *self.0.borrow()
    }
}

impl CancelToken {
    /// Waits until it is cancelled.
    pub(crate) async fn cancelled(&self) {
        let _ = self.0.subscribe().wait_for(|is_cancelled| *is_cancelled).await;
    }
}

/// Whether the thread on which it is called was interrupted.
type Interrupts = fn() -> bool;

static INTERRUPTS: OnceLock<Interrupts> = OnceLock::new();

/// Says who knows of interrupted threads, once.
pub(crate) fn set_interrupts(asked: Interrupts) {
    let _ = INTERRUPTS.set(asked);
}

/// Whether the language wants back the thread that waits here.
pub(crate) fn is_interrupted() -> bool {
    INTERRUPTS.get().is_some_and(|asked| asked())
}

/// What a client and its views share.
pub(crate) struct Shared {
    pub(crate) native: Native,
    pub(crate) mailbox: Arc<Mailbox>,
    pub(crate) hooks: Option<Hooks>,
    pub(crate) flights: Flights,
    closing: CancelToken,
}

/// The calls of a client that are under way, by their tickets. A call is noted before it starts, since it may end at once.
#[derive(Default)]
pub(crate) struct Flights(Mutex<HashMap<u64, Option<TaskHandle>>>);

impl Shared {
    /// Nothing is connected yet.
    pub(crate) fn new(native: Native, mailbox: Arc<Mailbox>, hooks: Option<Hooks>) -> Self {
        Self { native, mailbox, hooks, flights: Flights::default(), closing: CancelToken::new() }
    }

    /// Drives a call on the background runtime. Dropping the future ends the call.
    pub(crate) async fn fly(&self, call: Call, cancel: Option<&CancelToken>) -> Result<Reply, FfiError> {
        let name = call.name().to_owned();
        let (landed, landing) = oneshot::channel();
        let task = self.spawn(call, move |result| drop(landed.send(result)))?;
        let _guard = AbortOnDrop(task);
        let landing = async { Ok(landing.await.unwrap_or_else(|_| Err(Error::closed()))?) };
        self.unless_ended(landing, cancel).await.map_err(|error| of_operation(error, &name))
    }

    /// Starts a call; `done` must not wait.
    pub(crate) fn spawn(&self, call: Call, done: impl FnOnce(Result<Reply, Error>) + Send + 'static) -> Result<TaskHandle, Error> {
        let name = call.name().to_owned();
        let watch = self.hooks.as_ref().map(Hooks::watch);
        self.native.spawn(call, watch, done).map_err(|error| error.of_operation(&name))
    }

    /// Drives a call on this thread.
    pub(crate) fn ride(&self, call: Call, cancel: Option<&CancelToken>) -> Result<Reply, FfiError> {
        let name = call.name().to_owned();
        let mut tick = || !self.is_ended(cancel) && !is_interrupted();
        let watch = self.hooks.as_ref().map(Hooks::watch);
        let mut tell = watch.map(|watch: Watch| move |note: Note| watch(note));
        let tell = tell.as_mut().map(|tell| tell as &mut dyn FnMut(Note));
        match self.native.run(call, &mut tick, tell) {
            Ok(result) => Ok(result?),
            Err(Interrupted) => Err(of_operation(self.why_ended(cancel).unwrap_or(FfiError::Cancelled), &name)),
        }
    }

    /// The work's result, unless the client is closed or the call cancelled before.
    pub(crate) async fn unless_ended<T>(
        &self,
        work: impl Future<Output = Result<T, FfiError>>,
        cancel: Option<&CancelToken>,
    ) -> Result<T, FfiError> {
        let cancelled = async {
            match cancel {
                Some(cancel) => cancel.cancelled().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            result = work => result,
            () = cancelled => Err(FfiError::Cancelled),
            () = self.closing.cancelled() => Err(Error::closed().into()),
        }
    }

    /// Ends the calls under way and closes the connections; later calls are refused.
    pub(crate) fn close(&self) {
        self.closing.cancel();
        self.mailbox.close();
        self.native.close();
        self.flights.cancel_all();
    }

    /// Whether the client is closed or the call cancelled.
    pub(crate) fn is_ended(&self, cancel: Option<&CancelToken>) -> bool {
        self.closing.is_cancelled() || cancel.is_some_and(CancelToken::is_cancelled)
    }

    /// Which of the two it is.
    pub(crate) fn why_ended(&self, cancel: Option<&CancelToken>) -> Option<FfiError> {
        match cancel.is_some_and(CancelToken::is_cancelled) {
            true => Some(FfiError::Cancelled),
            false => self.closing.is_cancelled().then(|| Error::closed().into()),
        }
    }
}

impl Flights {
    /// Ends a call.
    pub(crate) fn cancel(&self, ticket: u64) {
        let task = lock(&self.0).remove(&ticket);
        task.flatten().inspect(TaskHandle::abort);
    }

    /// Ends all calls.
    fn cancel_all(&self) {
        let tasks = std::mem::take(&mut *lock(&self.0));
        tasks.into_values().flatten().for_each(|task| task.abort());
    }

    /// A call is about to start.
    pub(crate) fn note(&self, ticket: u64) {
        lock(&self.0).insert(ticket, None);
    }

    /// It has started.
    pub(crate) fn started(&self, ticket: u64, task: TaskHandle) {
        let mut tasks = lock(&self.0);
        if let Some(place) = tasks.get_mut(&ticket) {
            *place = Some(task);
            return;
        }
        // It has ended already, or the client was closed.
        drop(tasks);
        task.abort();
    }

    /// It is over.
    pub(crate) fn ended(&self, ticket: u64) {
        lock(&self.0).remove(&ticket);
    }
}

/// Ends a call that nobody waits for any more.
pub(crate) struct AbortOnDrop(pub(crate) TaskHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The error of a call that began.
pub(crate) fn of_operation(error: FfiError, name: &str) -> FfiError {
    match error {
        FfiError::Failed { reason } if reason.operation.is_none() => {
            let line = format!("{name}: {}", reason.line);
            FfiError::Failed { reason: crate::Reason { operation: Some(name.to_owned()), line, ..reason } }
        }
        other => other,
    }
}
