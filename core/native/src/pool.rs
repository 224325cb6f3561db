//! The idle connections of a lane, or of all spawned calls of a client.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use http::Uri;
use http::uri::{Authority, Scheme};
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use crate::connection::Connection;
use crate::lock::lock;

/// Shorter than the idle time of the usual gateways, so that a pooled connection is rarely one that was just closed.
const IDLE: Duration = Duration::from_secs(50);

/// Connections that wait for their next request, the last used on top.
#[derive(Default)]
pub(crate) struct Pool {
    is_lane: bool,
    idle: Mutex<Vec<Idle>>,
    is_reaped: AtomicBool,
    came: Notify,
}

/// Where a connection leads.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    scheme: Option<Scheme>,
    authority: Option<Authority>,
}

impl Origin {
    pub(crate) fn of(uri: &Uri) -> Self {
        Self { scheme: uri.scheme().cloned(), authority: uri.authority().cloned() }
    }
}

struct Idle {
    origin: Origin,
    connection: Connection,
    since: Instant,
}

impl Pool {
    /// The pool of a lane: HTTP/1.1, and nobody reads while the lane is idle.
    pub(crate) fn of_lane() -> Self {
        Self { is_lane: true, ..Self::default() }
    }

    pub(crate) fn is_lane(&self) -> bool {
        self.is_lane
    }

    /// The connection to there that was used last. Those that have ended are thrown away on the way.
    pub(crate) fn take(&self, origin: &Origin) -> Option<Connection> {
        let mut idle = lock(&self.idle);
        while let Some(at) = idle.iter().rposition(|idle| idle.origin == *origin) {
            let found = idle.remove(at);
            if found.since.elapsed() > IDLE || found.connection.is_closed() || found.connection.has_ended() {
                continue;
            }
            let Some(shared) = found.connection.share() else { return Some(found.connection) };
            idle.push(Idle { since: Instant::now(), ..found });
            return Some(shared);
        }
        None
    }

    /// Lays a connection on top.
    pub(crate) fn keep(self: &Arc<Self>, origin: Origin, connection: Connection) {
        if connection.is_closed() {
            return;
        }
        lock(&self.idle).push(Idle { origin, connection, since: Instant::now() });
        if !self.is_reaped.swap(true, Ordering::AcqRel) {
            tokio::spawn(reap(Arc::downgrade(self)));
        }
    }

    /// Gives no more requests to a connection that several share: it takes none, and may go on with those that it has.
    pub(crate) fn forget_shared(&self, origin: &Origin) {
        lock(&self.idle).retain(|idle| idle.origin != *origin || idle.connection.share().is_none());
    }

    /// Lays a connection there for everybody who waits for one.
    pub(crate) fn offer(self: &Arc<Self>, origin: Origin, connection: Connection) {
        self.keep(origin, connection);
        self.came.notify_waiters();
    }

    /// Ends when somebody offers a connection.
    pub(crate) fn offered(&self) -> Notified<'_> {
        self.came.notified()
    }

    /// Closes what is idle.
    pub(crate) fn close(&self) {
        lock(&self.idle).clear();
    }

    /// Throws away what is old, and says whether anything is left.
    fn sweep(&self) -> bool {
        let mut idle = lock(&self.idle);
        idle.retain(|idle| idle.since.elapsed() < IDLE && !idle.connection.is_closed());
        if idle.is_empty() {
            self.is_reaped.store(false, Ordering::Release);
        }
        !idle.is_empty()
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("is_lane", &self.is_lane).finish_non_exhaustive()
    }
}

/// Closes connections that nobody used for long.
async fn reap(pool: Weak<Pool>) {
    loop {
        tokio::time::sleep(IDLE).await;
        if !pool.upgrade().is_some_and(|pool| pool.sweep()) {
            return;
        }
    }
}
