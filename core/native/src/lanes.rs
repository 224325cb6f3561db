//! Lanes: where calls run that a thread waits for.
//!
//! A lane is a current-thread runtime with a pool of its own, driven by whoever has taken it. Lanes lie in a stack, so that short-lived
//! threads find the connections of their forerunners.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::process;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::runtime::{self, Builder, Runtime};

use crate::lock::lock;
use crate::pool::Pool;

/// The longest pause between two looks at the caller's signals.
const SLICE: Duration = Duration::from_millis(100);

/// A lane that nobody took for so long is closed: its connection is.
const IDLE: Duration = Duration::from_secs(60);

/// The idle lanes of one client, the last used on top.
#[derive(Debug, Default)]
pub(crate) struct Lanes {
    idle: Mutex<VecDeque<Lane>>,
}

/// One lane.
#[derive(Debug)]
pub(crate) struct Lane {
    runtime: Option<Runtime>,
    pool: Arc<Pool>,
    pid: u32,
    since: Instant,
}

impl Lanes {
    /// The lane that was used last, if one is idle.
    pub(crate) fn take(&self) -> Option<Lane> {
        lock(&self.idle).pop_back()
    }

    /// Lays the lane on top of the stack.
    pub(crate) fn give_back(&self, mut lane: Lane) {
        lane.since = Instant::now();
        let mut idle = lock(&self.idle);
        idle.push_back(lane);
        let is_old = idle.front().is_some_and(|lane| lane.since.elapsed() > IDLE);
        let old = if is_old { idle.pop_front() } else { None };
        drop(idle);
        drop(old);
    }

    /// Closes the idle lanes and their connections.
    pub(crate) fn close(&self) {
        let idle = std::mem::take(&mut *lock(&self.idle));
        drop(idle);
    }
}

impl Lane {
    pub(crate) fn new() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        Ok(Self { runtime: Some(runtime), pool: Arc::new(Pool::of_lane()), pid: process::id(), since: Instant::now() })
    }

    /// What a host needs to send from here.
    pub(crate) fn door(&self) -> Option<(runtime::Id, Arc<Pool>)> {
        Some((self.runtime.as_ref()?.handle().id(), self.pool.clone()))
    }

    /// Whether this process made it; a forked child has it only by inheritance.
    pub(crate) fn is_own(&self) -> bool {
        self.pid == process::id()
    }

    /// Drives the work until it is done, a slice of time is over, or `is_due` says that the caller has something to do.
    pub(crate) fn slice<T>(&self, mut work: Pin<&mut impl Future<Output = T>>, mut is_due: impl FnMut() -> bool) -> Option<T> {
        let work = poll_fn(move |context| match work.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending if is_due() => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        });
        self.drive(async { tokio::time::timeout(SLICE, work).await.ok().flatten() })?
    }

    /// Gives a connection that was given up the turn that its own task needs to close it.
    pub(crate) fn settle(&self) {
        // A task that yields comes after the connection's own task.
        self.drive(async {
            let _ = tokio::spawn(tokio::task::yield_now()).await;
        });
    }

    fn drive<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        self.runtime.as_ref().map(|runtime| runtime.block_on(work))
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        let Some(runtime) = self.runtime.take() else { return };
        match self.is_own() {
            // Not waiting for a source that blocks.
            true => runtime.shutdown_background(),
            // Its sockets and its epoll are the parent's.
            false => std::mem::forget((runtime, self.pool.clone())),
        }
    }
}
