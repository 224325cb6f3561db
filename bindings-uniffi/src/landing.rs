//! Calls that were started through the flat door.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use larkspur_core::{Error, Reply};
use larkspur_native::{TaskHandle, lock};

use crate::client::View;
use crate::error::FfiError;
use crate::flight::{Shared, of_operation};
use crate::inbox::INBOX;
use crate::invocation::Invocation;

/// The calls of a client that are under way, by their tickets. A call is noted before it starts, since it may end at once.
#[derive(Default)]
pub(crate) struct Flights(Mutex<HashMap<u64, Option<TaskHandle>>>);

impl Flights {
    /// Ends a call.
    pub(crate) fn cancel(&self, ticket: u64) {
        let task = lock(&self.0).remove(&ticket);
        task.flatten().inspect(TaskHandle::abort);
    }

    /// Ends all calls.
    pub(crate) fn cancel_all(&self) {
        let tasks = std::mem::take(&mut *lock(&self.0));
        tasks.into_values().flatten().for_each(|task| task.abort());
    }

    fn note(&self, ticket: u64) {
        lock(&self.0).insert(ticket, None);
    }

    fn started(&self, ticket: u64, task: TaskHandle) {
        let mut tasks = lock(&self.0);
        if let Some(place) = tasks.get_mut(&ticket) {
            *place = Some(task);
            return;
        }
        // It has ended already, or the client was closed.
        drop(tasks);
        task.abort();
    }

    fn ended(&self, ticket: u64) {
        lock(&self.0).remove(&ticket);
    }
}

/// The end of a call, which posts one letter whatever happens.
pub(crate) struct Landing {
    shared: Arc<Shared>,
    ticket: u64,
    name: String,
    whole: bool,
    is_over: bool,
}

impl Landing {
    /// Starts a call.
    ///
    /// # Errors
    /// For what can be refused before the network is touched.
    pub(crate) fn start(view: &View, invocation: Invocation, ticket: u64, whole: bool) -> Result<(), FfiError> {
        let (call, _) = view.prepared(invocation)?;
        let shared = view.shared.clone();
        let landing = Self { shared, ticket, name: call.name().to_owned(), whole, is_over: false };
        view.shared.flights.note(ticket);
        // What cannot start has been dropped, and so has posted its letter.
        if let Ok(task) = view.shared.spawn(call, move |result| landing.land(result)) {
            view.shared.flights.started(ticket, task);
        }
        Ok(())
    }

    fn land(mut self, result: Result<Reply, Error>) {
        self.is_over = true;
        self.post(result.map_err(FfiError::from));
    }

    fn post(&self, result: Result<Reply, FfiError>) {
        self.shared.flights.ended(self.ticket);
        INBOX.post(self.ticket, result, self.whole);
    }
}

impl Drop for Landing {
    fn drop(&mut self) {
        if !self.is_over {
            let error = if self.shared.is_ended(None) { Error::closed() } else { lost() };
            self.post(Err(of_operation(error.into(), &self.name)));
        }
    }
}

fn lost() -> Error {
    Error::config("the call was lost: the system gives no thread, or the library has a fault")
}
