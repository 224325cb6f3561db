use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::{Key, Tokens, lock};

/// A place in the queue for a token that another call is fetching.
///
/// It is a future of the standard library and ends when that refresh has ended, however it ended. Dropped, it leaves the queue.
#[derive(Debug)]
pub struct Ticket {
    tokens: Arc<Tokens>,
    key: Key,
    generation: u64,
    place: Option<u64>,
}

impl Ticket {
    pub(super) fn new(tokens: Arc<Tokens>, key: Key, generation: u64) -> Self {
        Self { tokens, key, generation, place: None }
    }

    /// The flight that is waited for.
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }
}

impl Future for Ticket {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let ticket = &mut *self;
        let mut slots = lock(&ticket.tokens.slots);
        let place = slots.get_mut(&ticket.key).and_then(|slot| slot.watch(ticket.generation, ticket.place, context.waker()));
        ticket.place = place;
        if place.is_some() { Poll::Pending } else { Poll::Ready(()) }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if let Some(place) = self.place
            && let Some(slot) = lock(&self.tokens.slots).get_mut(&self.key)
        {
            slot.unwatch(place);
        }
    }
}
