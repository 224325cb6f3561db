//! Calls whose transport or token provider is the user's own: driven on the caller's thread, which is where the user's functions run.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use larkspur_core::BoxFuture;
use larkspur_native::lock;
use pyo3::prelude::*;

use crate::ask::Question;

/// How long Ctrl-C may wait.
const SLICE: Duration = Duration::from_millis(100);

/// What one blocked caller has to do besides waiting.
#[derive(Default)]
pub struct Desk {
    questions: Mutex<Vec<Question>>,
    tasks: Mutex<Vec<BoxFuture<()>>>,
    wake_at: Mutex<Option<Instant>>,
    bell: Arc<Bell>,
}

#[derive(Default)]
struct Bell {
    rung: Mutex<bool>,
    condition: Condvar,
}

impl Desk {
    /// Puts a question to the caller.
    pub fn ask(&self, question: Question) {
        lock(&self.questions).push(question);
        self.bell.ring();
    }

    /// Something that the caller drives too; it is finished before the caller goes on.
    pub fn add(&self, task: BoxFuture<()>) {
        lock(&self.tasks).push(task);
        self.bell.ring();
    }

    /// Waits until the moment.
    pub async fn sleep(&self, until: Instant) {
        std::future::poll_fn(|_| {
            if Instant::now() >= until {
                return Poll::Ready(());
            }
            let mut wake_at = lock(&self.wake_at);
            *wake_at = Some(wake_at.map_or(until, |at| at.min(until)));
            Poll::Pending
        })
        .await;
    }

    /// Drives the future, answers questions, and lets Python's signal handlers run in between.
    ///
    /// # Errors
    /// What a signal handler raises, or what ends a program; the call is cancelled then.
    pub fn drive<T: Send>(
        &self,
        py: Python<'_>,
        main: impl Future<Output = T> + Send,
        between: impl Fn(Python<'_>) -> PyResult<()>,
    ) -> PyResult<T> {
        let mut main = pin!(main);
        let mut result = None;
        loop {
            let is_over = py.detach(|| self.turn(main.as_mut(), &mut result));
            for question in std::mem::take(&mut *lock(&self.questions)) {
                question.serve(py)?;
            }
            between(py)?;
            py.check_signals()?;
            if is_over && let Some(result) = result.take() {
                return Ok(result);
            }
        }
    }

    /// Polls everything once; if nothing came of it, waits for a slice at most.
    fn turn<T>(&self, main: Pin<&mut impl Future<Output = T>>, result: &mut Option<T>) -> bool {
        *lock(&self.wake_at) = None;
        let waker = Waker::from(self.bell.clone());
        let mut context = Context::from_waker(&waker);
        if result.is_none()
            && let Poll::Ready(ready) = main.poll(&mut context)
        {
            *result = Some(ready);
        }
        let is_idle = self.poll_tasks(&mut context);
        let is_over = result.is_some() && is_idle;
        if !is_over {
            self.bell.wait(self.pause());
        }
        is_over
    }

    fn poll_tasks(&self, context: &mut Context<'_>) -> bool {
        let mut tasks = std::mem::take(&mut *lock(&self.tasks));
        tasks.retain_mut(|task| task.as_mut().poll(context).is_pending());
        let mut added = lock(&self.tasks);
        added.extend(tasks);
        added.is_empty()
    }

    fn pause(&self) -> Duration {
        lock(&self.wake_at).map_or(SLICE, |at| at.saturating_duration_since(Instant::now()).min(SLICE))
    }
}

impl Bell {
    fn ring(&self) {
        *lock(&self.rung) = true;
        self.condition.notify_all();
    }

    fn wait(&self, span: Duration) {
        let waited = self.condition.wait_timeout_while(lock(&self.rung), span, |rung| !*rung);
        *waited.unwrap_or_else(PoisonError::into_inner).0 = false;
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.ring();
    }
}
