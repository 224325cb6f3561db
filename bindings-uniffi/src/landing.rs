//! Calls that were started through the flat door.

use std::sync::Arc;

use larkspur_core::{Error, Reply};

use crate::error::FfiError;
use crate::flight::{Shared, of_operation};
use crate::inbox::INBOX;
use crate::invocation::Invocation;
use crate::view::View;

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
