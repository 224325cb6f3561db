//! The way of a download from the runtime that receives it to whoever reads it.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::{Buf, Bytes};
use larkspur_core::http::{Head, Sink};

use crate::lock::lock;
use crate::native::Interrupted;

/// The most bytes that wait for the reader; the connection is not read further then.
const CAPACITY: usize = 1 << 20;

/// The longest pause between two looks at the caller's signals.
const SLICE: Duration = Duration::from_millis(100);

/// Makes both ends of a download whose first byte is number `offset` of the file.
///
/// The sink goes into the call. The other end sees the end once the call is over: look at the call's result then.
pub fn channel(offset: u64) -> (Arc<ChannelSink>, Incoming) {
    let shared = Arc::new(Channel { state: Mutex::new(State { position: offset, ..State::default() }), changed: Condvar::new() });
    (Arc::new(ChannelSink(shared.clone())), Incoming(shared))
}

/// The end that a call writes to.
#[derive(Debug)]
pub struct ChannelSink(Arc<Channel>);

/// The end that the caller reads from; dropping it ends the download.
#[derive(Debug)]
pub struct Incoming(Arc<Channel>);

#[derive(Debug)]
struct Channel {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    head: Option<Head>,
    chunks: VecDeque<Bytes>,
    waiting: usize,
    /// How many bytes of the file went in.
    position: u64,
    /// What the reader has had already, when an answer begins again.
    skip: u64,
    is_ended: bool,
    is_abandoned: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl Sink for ChannelSink {
    fn start(&self, head: &Head, offset: u64) -> Result<(), String> {
        let mut state = self.0.lock();
        state.skip = state.position.checked_sub(offset).ok_or("would get a gap: the server left bytes out")?;
        state.head.get_or_insert_with(|| head.clone());
        self.0.wake_reader(state);
        Ok(())
    }

    fn poll_write(&self, context: &mut Context<'_>, chunk: &mut Option<Bytes>) -> Poll<Result<(), String>> {
        let mut state = self.0.lock();
        if state.is_abandoned {
            return Poll::Ready(Err("was closed before the end".into()));
        }
        if state.waiting >= CAPACITY {
            state.writer = Some(context.waker().clone());
            return Poll::Pending;
        }
        if let Some(chunk) = chunk.take().and_then(|chunk| state.unseen(chunk)) {
            state.waiting += chunk.len();
            state.position += chunk.len() as u64;
            state.chunks.push_back(chunk);
            self.0.wake_reader(state);
        }
        Poll::Ready(Ok(()))
    }
}

impl Drop for ChannelSink {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.is_ended = true;
        self.0.wake_reader(state);
    }
}

impl Incoming {
    /// Waits on this thread for status and headers; `None` when the call ended without a file. `tick` as in [`Native::run`](crate::Native::run).
    ///
    /// # Errors
    /// [`Interrupted`] when `tick` said so.
    pub fn head(&self, tick: &mut dyn FnMut() -> bool) -> Result<Option<Head>, Interrupted> {
        self.wait(tick, |state| state.head.clone())
    }

    /// Waits on this thread for the next bytes; `None` at the end.
    ///
    /// # Errors
    /// [`Interrupted`] when `tick` said so.
    pub fn next(&self, tick: &mut dyn FnMut() -> bool) -> Result<Option<Bytes>, Interrupted> {
        self.wait(tick, State::pop)
    }

    /// Status and headers; `None` when the call ended without a file.
    pub async fn head_async(&self) -> Option<Head> {
        poll_fn(|context| self.poll(context, |state| state.head.clone())).await
    }

    /// The next bytes; `None` at the end.
    pub async fn next_async(&self) -> Option<Bytes> {
        poll_fn(|context| self.poll(context, State::pop)).await
    }

    fn wait<T>(&self, tick: &mut dyn FnMut() -> bool, mut take: impl FnMut(&mut State) -> Option<T>) -> Result<Option<T>, Interrupted> {
        let mut state = self.0.lock();
        loop {
            if let Some(taken) = take(&mut state) {
                return Ok(Some(taken));
            }
            if state.is_ended {
                return Ok(None);
            }
            let (after, timeout) = self.0.changed.wait_timeout(state, SLICE).unwrap_or_else(PoisonError::into_inner);
            state = after;
            if timeout.timed_out() {
                // The user's code may run now, and may look at this download.
                drop(state);
                if !tick() {
                    return Err(Interrupted);
                }
                state = self.0.lock();
            }
        }
    }

    fn poll<T>(&self, context: &mut Context<'_>, take: impl FnOnce(&mut State) -> Option<T>) -> Poll<Option<T>> {
        let mut state = self.0.lock();
        match take(&mut state) {
            None if !state.is_ended => {
                state.reader = Some(context.waker().clone());
                Poll::Pending
            }
            taken => Poll::Ready(taken),
        }
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.is_abandoned = true;
        state.chunks.clear();
        let writer = state.writer.take();
        drop(state);
        writer.into_iter().for_each(Waker::wake);
    }
}

impl Channel {
    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    // Wakes after the lock is released: a waker may come straight back.
    fn wake_reader(&self, mut state: MutexGuard<'_, State>) {
        let reader = state.reader.take();
        drop(state);
        self.changed.notify_all();
        reader.into_iter().for_each(Waker::wake);
    }
}

impl State {
    fn pop(&mut self) -> Option<Bytes> {
        let chunk = self.chunks.pop_front()?;
        self.waiting -= chunk.len();
        if self.waiting < CAPACITY / 2 {
            self.writer.take().into_iter().for_each(Waker::wake);
        }
        Some(chunk)
    }

    fn unseen(&mut self, mut chunk: Bytes) -> Option<Bytes> {
        let seen = usize::try_from(self.skip).unwrap_or(usize::MAX).min(chunk.len());
        self.skip -= seen as u64;
        chunk.advance(seen);
        Some(chunk).filter(|chunk| !chunk.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use larkspur_core::http::Headers;

    use super::*;

    fn head() -> Head {
        Head { status: 200, headers: Headers::new() }
    }

    fn write(sink: &ChannelSink, bytes: &'static [u8]) -> Poll<Result<(), String>> {
        sink.poll_write(&mut Context::from_waker(Waker::noop()), &mut Some(Bytes::from_static(bytes)))
    }

    #[test]
    fn a_download_that_begins_again_goes_on_where_the_reader_is() {
        let (sink, incoming) = channel(0);
        sink.start(&head(), 0).unwrap();
        assert!(write(&sink, b"abcd").is_ready());
        sink.start(&head(), 0).unwrap();
        assert!(write(&sink, b"abc").is_ready() && write(&sink, b"defg").is_ready());
        sink.start(&head(), 7).unwrap();
        assert!(write(&sink, b"hi").is_ready());
        assert_eq!(sink.start(&head(), 10).unwrap_err(), "would get a gap: the server left bytes out");
        drop(sink);
        let mut all = Vec::new();
        while let Some(chunk) = incoming.next(&mut || true).unwrap() {
            all.extend_from_slice(&chunk);
        }
        assert_eq!(all, b"abcdefghi");
    }

    #[test]
    fn a_full_channel_waits_and_a_closed_one_refuses() {
        static BIG: [u8; CAPACITY] = [0; CAPACITY];
        let (sink, incoming) = channel(0);
        assert!(write(&sink, &BIG).is_ready());
        assert!(write(&sink, b"x").is_pending());
        assert_eq!(incoming.next(&mut || true).unwrap().map(|chunk| chunk.len()), Some(CAPACITY));
        assert!(write(&sink, b"x").is_ready());
        drop(incoming);
        assert_eq!(write(&sink, b"x"), Poll::Ready(Err("was closed before the end".into())));
    }

    #[test]
    fn a_waiting_reader_looks_at_its_signals() {
        let (_sink, incoming) = channel(0);
        let mut ticks = 0;
        let waited = incoming.head(&mut || {
            ticks += 1;
            ticks < 2
        });
        assert!(matches!(waited, Err(Interrupted)) && ticks == 2, "{ticks} ticks");
    }
}
