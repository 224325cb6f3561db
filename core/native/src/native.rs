//! What a binding holds: one client's way to the network.

use std::sync::{Arc, Mutex};

use larkspur_core::{Call, Class, Error, Reply, drive};
use tokio::task::AbortHandle;

use crate::background;
use crate::host::NativeHost;
use crate::lanes::Lane;
use crate::lock::lock;
use crate::note::{Note, Watch};
use crate::options::NativeOptions;
use crate::shared::{Asker, Process, Shared, no_runtime};

/// The network of one client: connections, TLS, lanes. Clones share everything.
#[derive(Clone, Debug)]
pub struct Native {
    shared: Arc<Shared>,
}

/// The caller's signal handler asked for the end of the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interrupted;

/// A call on the background runtime.
#[derive(Debug)]
pub struct TaskHandle(AbortHandle);

/// What takes the result of a call.
type Done = Box<dyn FnOnce(Result<Reply, Error>) + Send>;

impl Native {
    /// Checks the options. Nothing else happens before the first call.
    ///
    /// # Errors
    /// [`Class::Config`] for a proxy that is no URL or an authority that cannot be read.
    pub fn new(options: &NativeOptions, asker: Option<Arc<dyn Asker>>) -> Result<Self, Error> {
        Ok(Self { shared: Arc::new(Shared::new(options, asker)?) })
    }

    /// Makes a call and waits for it on this thread.
    ///
    /// `tick` is called every 100 ms; once it says `false`, the call is cancelled and its connection closed.
    /// `watch` gets what happens as it happens. Both run outside of every runtime: they may run the user's code, and that may make calls.
    ///
    /// Not to be called on a worker of a tokio runtime.
    ///
    /// # Errors
    /// [`Interrupted`] when `tick` said so; within, whatever the call fails with.
    pub fn run(
        &self,
        call: Call,
        tick: &mut dyn FnMut() -> bool,
        watch: Option<&mut dyn FnMut(Note)>,
    ) -> Result<Result<Reply, Error>, Interrupted> {
        match self.shared.lane() {
            Ok((process, lane)) => Ride { shared: &self.shared, process, lane }.run(call, tick, watch),
            Err(error) => Ok(Err(error.of_operation(call.name()))),
        }
    }

    /// Makes a call on the background runtime and hands its result to `done`, on a thread of that runtime.
    ///
    /// `done` and `watch` must not wait and must not run the user's code. After [`TaskHandle::abort`] `done` is dropped without a word.
    ///
    /// # Errors
    /// [`Class::Config`] when the client is closed or the system gives no thread.
    pub fn spawn(
        &self,
        call: Call,
        watch: Option<Watch>,
        done: impl FnOnce(Result<Reply, Error>) + Send + 'static,
    ) -> Result<TaskHandle, Error> {
        self.start(call, watch, Box::new(done))
    }

    // Of one type: a generic function would bring all that drives a connection into each library that calls it, a second time.
    fn start(&self, call: Call, watch: Option<Watch>, done: Done) -> Result<TaskHandle, Error> {
        self.shared.check_open()?;
        let host = Arc::new(NativeHost::shared(self.shared.clone(), watch));
        self.spawn_task(async move { done(drive(&host, call).await) })
    }

    /// Runs a future on the background runtime: the reading of a download, for one.
    ///
    /// # Errors
    /// [`Class::Config`] when the system gives no thread.
    pub fn spawn_task(&self, task: impl Future<Output = ()> + Send + 'static) -> Result<TaskHandle, Error> {
        let handle = background::handle().map_err(|error| no_runtime(&error))?;
        Ok(TaskHandle(handle.spawn(task).abort_handle()))
    }

    /// The host of a call that the caller drives on a tokio runtime of its own.
    pub fn host(&self) -> Arc<NativeHost> {
        Arc::new(NativeHost::shared(self.shared.clone(), None))
    }

    /// Closes idle connections now, and the others when their calls end. Calls that wait, and later ones, fail.
    pub fn close(&self) {
        self.shared.close();
    }

    /// Whether calls are made.
    ///
    /// # Errors
    /// [`Class::Config`] when it is closed.
    pub fn check_open(&self) -> Result<(), Error> {
        self.shared.check_open()
    }
}

impl TaskHandle {
    /// Cancels the call and closes its connection; a token refresh that it started goes on.
    pub fn abort(&self) {
        self.0.abort();
    }
}

/// A call on its lane.
struct Ride<'a> {
    shared: &'a Arc<Shared>,
    process: &'a Process,
    lane: Lane,
}

impl Ride<'_> {
    fn run(
        self,
        call: Call,
        tick: &mut dyn FnMut() -> bool,
        mut watch: Option<&mut dyn FnMut(Note)>,
    ) -> Result<Result<Reply, Error>, Interrupted> {
        let notes = Arc::new(Mutex::new(Vec::new()));
        let queue = notes.clone();
        let queue: Option<Watch> = watch.is_some().then(|| Box::new(move |note| lock(&queue).push(note)) as Watch);
        let watched = queue.is_some();
        let Some(door) = self.lane.door() else { return Ok(Err(Error::closed())) };
        let host = Arc::new(NativeHost::on_lane(self.shared.clone(), door, queue));
        // Boxed, so that a child of a fork can leak it with everything it holds.
        let mut work = Box::pin(drive(&host, call));
        loop {
            let result = self.lane.slice(work.as_mut(), || watched && !lock(&notes).is_empty());
            if let Some(watch) = &mut watch {
                let seen = std::mem::take(&mut *lock(&notes));
                seen.into_iter().for_each(watch);
            }
            if let Some(result) = result {
                drop(work);
                self.end(&result);
                return Ok(result);
            }
            let goes_on = tick();
            if !self.lane.is_own() {
                std::mem::forget((work, host.clone()));
                return Ok(Err(forked()));
            }
            if !goes_on {
                return Err(Interrupted);
            }
        }
    }

    fn end(self, result: &Result<Reply, Error>) {
        if self.shared.is_closed() || !self.lane.is_own() {
            return;
        }
        if result.is_err() {
            self.lane.settle();
        }
        self.process.lanes.give_back(self.lane);
    }
}

fn forked() -> Error {
    Error::new(Class::Transport, "the process was forked in the middle of the call").with_remedy("make the call again in the child")
}
