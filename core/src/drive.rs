//! The loop between a machine and its host, written once for every language.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::auth::{Refresh, Ticket};
use crate::call::Call;
use crate::error::Error;
use crate::http::{Request, Response, TransportError};
use crate::maybe::{BoxFuture, MaybeSend, MaybeSync};
use crate::step::{Answer, Ask, Event, Outcome, Reply, Step, Trace};
use crate::time::{Mono, Now};

/// The things that only a host can do.
pub trait Host: MaybeSend + MaybeSync + 'static {
    /// Both clocks.
    fn now(&self) -> Now;

    /// Sends the request and collects its answer as [`Request::route`] says.
    ///
    /// The host follows no redirect, keeps to the request's limits, and re-dials on its own only what was certainly never written.
    fn send(&self, request: Request) -> impl Future<Output = Result<Response, TransportError>> + MaybeSend;

    /// Waits until the moment has come.
    fn sleep(&self, until: Mono) -> impl Future<Output = ()> + MaybeSend;

    /// Ends when the client is closed: calls that wait then do not go on.
    fn closed(&self) -> impl Future<Output = ()> + MaybeSend {
        std::future::pending()
    }

    /// Asks what the caller supplied.
    fn ask(&self, ask: Ask) -> impl Future<Output = Answer> + MaybeSend;

    /// Runs the future on its own, whatever becomes of the call that started it.
    fn spawn(&self, task: BoxFuture<()>);

    /// Tells the language's logger and hooks.
    fn trace(&self, trace: &Trace<'_>);
}

/// Drives a call to its end.
///
/// Dropping the future cancels the call; a refresh that it started goes on.
///
/// # Errors
/// Whatever the call fails with; see [`Class`](crate::error::Class).
pub async fn drive<H: Host>(host: &Arc<H>, mut call: Call) -> Result<Reply, Error> {
    let started = host.now().mono;
    let mut outcome = Outcome::Start;
    let result = loop {
        let now = host.now();
        let step = call.resume(now, outcome);
        #[cfg(feature = "fleet")]
        if let Some(reason) = call.take_complaint() {
            complain(&**host, "pacing store", &reason);
        }
        outcome = match step {
            Step::Send(request) => exchange(&**host, &call, *request).await,
            Step::Wait { until, ticket, why } => {
                host.trace(&call.waiting(now, until, why));
                if first(pin!(host.closed()), pin!(wait(&**host, until, ticket))).await.is_some() {
                    break Err(call.failure(Error::closed()));
                }
                Outcome::Waited
            }
            Step::Ask(ask) => Outcome::Answered(answer(&**host, ask).await),
            Step::Spawn(refresh) => {
                host.spawn(drive_refresh(host.clone(), *refresh));
                Outcome::Spawned
            }
            Step::Done(result) => break result,
        };
    };
    let took = host.now().mono.since(started);
    host.trace(&call.trace(Event::Done { result: &result, attempts: call.attempts(), took }));
    result
}

/// Drives a refresh to its end; the outcome is in the client's token slot then.
// Returns the boxed type, since an `async fn` that spawns itself has no nameable `Send`.
fn drive_refresh<H: Host>(host: Arc<H>, mut refresh: Refresh) -> BoxFuture<()> {
    Box::pin(async move {
        let mut outcome = Outcome::Start;
        loop {
            let step = refresh.resume(host.now(), outcome);
            #[cfg(feature = "store")]
            if let Some(reason) = refresh.take_complaint() {
                complain(&*host, "token store", &reason);
            }
            outcome = match step {
                Step::Send(request) => finished(host.send(*request).await),
                Step::Wait { until, ticket, .. } => {
                    wait(&*host, until, ticket).await;
                    Outcome::Waited
                }
                Step::Ask(ask) => Outcome::Answered(answer(&*host, ask).await),
                Step::Spawn(other) => {
                    host.spawn(drive_refresh(host.clone(), *other));
                    Outcome::Spawned
                }
                Step::Done(_) => return,
            };
        }
    })
}

async fn answer<H: Host>(host: &H, ask: Ask) -> Answer {
    #[cfg(feature = "store")]
    if let Some(patience) = ask.patience() {
        let late = host.now().mono + patience;
        return first(pin!(host.ask(ask)), pin!(host.sleep(late)))
            .await
            .unwrap_or_else(|| Answer::Failed("it gave no answer in time".into()));
    }
    host.ask(ask).await
}

#[cfg(feature = "store")]
fn complain<H: Host>(host: &H, store: &str, reason: &str) {
    host.trace(&Trace { operation: store, method: "", path: "", event: Event::StoreFailed { reason } });
}

async fn exchange<H: Host>(host: &H, call: &Call, request: Request) -> Outcome {
    let attempt = call.attempts();
    host.trace(&call.trace(Event::Request { attempt }));
    let started = host.now().mono;
    let result = host.send(request).await;
    let head = result.as_ref().ok().map(|response| &response.head);
    host.trace(&call.trace(Event::Response {
        attempt,
        status: head.map(|head| head.status),
        log_id: head.and_then(|head| head.headers.log_id()),
        took: host.now().mono.since(started),
    }));
    finished(result)
}

fn finished(result: Result<Response, TransportError>) -> Outcome {
    result.map_or_else(Outcome::Failed, Outcome::Response)
}

async fn wait<H: Host>(host: &H, until: Mono, ticket: Option<Ticket>) {
    match ticket {
        Some(ticket) => drop(first(pin!(ticket), pin!(host.sleep(until))).await),
        None => host.sleep(until).await,
    }
}

/// Ends with the first of the two; `None` when the time is over.
async fn first<T>(mut work: Pin<&mut impl Future<Output = T>>, mut sleep: Pin<&mut impl Future<Output = ()>>) -> Option<T> {
    std::future::poll_fn(|context: &mut Context<'_>| match work.as_mut().poll(context) {
        Poll::Ready(result) => Poll::Ready(Some(result)),
        Poll::Pending => sleep.as_mut().poll(context).map(|()| None),
    })
    .await
}
