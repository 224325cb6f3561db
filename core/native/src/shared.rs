//! What all calls of one client share: connections, TLS, lanes, and whom to ask.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use larkspur_core::{Answer, Ask, BoxFuture, Error};
use rustls::ClientConfig;
use tokio::sync::Notify;

use crate::lanes::{Lane, Lanes};
use crate::lock::lock;
use crate::options::NativeOptions;
use crate::per_process::PerProcess;
use crate::pool::Pool;
use crate::store::Store;
use crate::transport::{Tls, Transport};

/// Answers what the caller supplied: a token provider, or a token store of their own.
pub trait Asker: Send + Sync + 'static {
    /// Answers one question. It runs on a runtime's thread: it must not block.
    fn ask(&self, ask: Ask) -> BoxFuture<Answer>;
}

/// What all calls of one client share.
pub(crate) struct Shared {
    transport: Transport,
    asker: Option<Arc<dyn Asker>>,
    token_store: Option<Arc<dyn Store>>,
    #[cfg(feature = "redis")]
    pacing_store: Option<Arc<crate::store::RedisStore>>,
    is_closed: AtomicBool,
    process: PerProcess<Process>,
}

/// What belongs to this process.
#[derive(Debug, Default)]
pub(crate) struct Process {
    tls: Mutex<Option<Tls>>,
    pool: Arc<Pool>,
    pub(crate) lanes: Lanes,
    closing: Notify,
}

impl Shared {
    pub(crate) fn new(options: &NativeOptions, asker: Option<Arc<dyn Asker>>) -> Result<Self, Error> {
        Ok(Self {
            transport: Transport::new(options)?,
            asker,
            token_store: options.token_store.clone(),
            #[cfg(feature = "redis")]
            pacing_store: options.pacing_store.clone(),
            is_closed: AtomicBool::new(false),
            process: PerProcess::new(),
        })
    }

    /// Refuses later calls, and ends the connections.
    pub(crate) fn close(&self) {
        self.is_closed.store(true, Ordering::Release);
        let process = self.process.get();
        process.lanes.close();
        process.pool.close();
        process.closing.notify_waiters();
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Acquire)
    }

    /// The pool of the background runtime.
    pub(crate) fn pool(&self) -> Result<&Arc<Pool>, Error> {
        self.check_open()?;
        Ok(&self.process.get().pool)
    }

    pub(crate) fn transport(&self) -> &Transport {
        &self.transport
    }

    pub(crate) fn token_store(&self) -> Option<Arc<dyn Store>> {
        self.token_store.clone()
    }

    #[cfg(feature = "redis")]
    pub(crate) fn pacing_store(&self) -> Option<Arc<crate::store::RedisStore>> {
        self.pacing_store.clone()
    }

    pub(crate) fn asker(&self) -> Option<Arc<dyn Asker>> {
        self.asker.clone()
    }

    /// A lane that is free, or a new one.
    pub(crate) fn lane(&self) -> Result<(&Process, Lane), Error> {
        self.check_open()?;
        let process = self.process.get();
        let lane = process.lanes.take().map_or_else(Lane::new, Ok);
        Ok((process, lane.map_err(|error| no_runtime(&error))?))
    }

    /// The TLS configuration of a lane or of the shared pool.
    pub(crate) fn tls(&self, is_lane: bool) -> Result<Arc<ClientConfig>, rustls::Error> {
        let mut held = lock(&self.process.get().tls);
        let tls = match held.take() {
            Some(tls) => tls,
            None => self.transport.tls()?,
        };
        let tls = held.insert(tls);
        Ok(if is_lane { tls.lane.clone() } else { tls.shared.clone() })
    }

    /// Ends when the client is closed.
    pub(crate) async fn closed(&self) {
        let closing = self.process.get().closing.notified();
        if self.check_open().is_ok() {
            closing.await;
        }
    }

    pub(crate) fn check_open(&self) -> Result<(), Error> {
        match self.is_closed() {
            true => Err(Error::closed()),
            false => Ok(()),
        }
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("transport", &self.transport).field("is_closed", &self.is_closed).finish_non_exhaustive()
    }
}

/// The system has nothing left to run a call on.
pub(crate) fn no_runtime(error: &std::io::Error) -> Error {
    Error::config(format!("the system gives no thread or no file descriptor: {error}"))
}
