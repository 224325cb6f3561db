//! The host of calls that ask the user's own transport or token provider.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;

use bytes::{Bytes, BytesMut};
use larkspur_core::http::{Head, Piece, Received, Request, Response, Route, TransportError, TransportKind};
use larkspur_core::{Answer, Ask, BoxFuture, Error, Host, Mono, Now, Trace, is_error_envelope};
use larkspur_native::{Native, NativeHost, Note};
use tokio::sync::oneshot;

use crate::ask::{Functions, Outgoing, Question};
use crate::desk::Desk;
use crate::mailbox::Inbox;
use crate::watch::Watch;

/// One call's host: the native one, but for what the user supplied.
pub struct OwnHost {
    pub native: Native,
    pub inner: Arc<NativeHost>,
    pub functions: Arc<Functions>,
    pub caller: Caller,
    pub watch: Option<Arc<Watch>>,
}

/// Who calls the user's functions.
pub enum Caller {
    /// The thread that waits for the call; it drives the call too.
    Blocked(Arc<Desk>),
    /// An event loop; the background runtime drives the call.
    Loop(Arc<Inbox>),
}

impl Host for OwnHost {
    fn now(&self) -> Now {
        self.inner.now()
    }

    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        if self.functions.transport.is_some() {
            return self.send_through_transport(request).await;
        }
        match self.caller {
            Caller::Loop(_) => self.inner.send(request).await,
            Caller::Blocked(_) => self.send_in_background(request).await,
        }
    }

    async fn sleep(&self, until: Mono) {
        match &self.caller {
            Caller::Loop(_) => self.inner.sleep(until).await,
            Caller::Blocked(desk) => desk.sleep(Instant::now() + until.since(self.now().mono)).await,
        }
    }

    async fn closed(&self) {
        match &self.caller {
            Caller::Loop(_) => self.inner.closed().await,
            // The desk looks at everything again after each of its slices.
            Caller::Blocked(_) => poll_fn(|_| if self.native.check_open().is_err() { Poll::Ready(()) } else { Poll::Pending }).await,
        }
    }

    async fn ask(&self, ask: Ask) -> Answer {
        let (question, answer) = match ask {
            Ask::Token(wanted) => Question::token(self.functions.clone(), wanted),
            ask @ (Ask::Load { .. } | Ask::Swap { .. }) if self.functions.store.is_some() => Question::store(self.functions.clone(), ask),
            ask => return self.ask_in_background(ask).await,
        };
        self.put(question);
        answer.await.unwrap_or_else(|_| Answer::Failed("it was not asked: its event loop is closed".into()))
    }

    fn spawn(&self, task: BoxFuture<()>) {
        match &self.caller {
            Caller::Loop(_) => self.inner.spawn(task),
            Caller::Blocked(desk) => desk.add(task),
        }
    }

    fn trace(&self, trace: &Trace<'_>) {
        if let Some(watch) = &self.watch {
            watch.note(Note::of(trace));
        }
    }
}

impl OwnHost {
    fn put(&self, question: Question) {
        match &self.caller {
            Caller::Blocked(desk) => desk.ask(question),
            Caller::Loop(inbox) => inbox.post_question(question),
        }
    }

    /// The network needs the runtime, which a blocked caller is not on.
    async fn send_in_background(&self, request: Request) -> Result<Response, TransportError> {
        let inner = self.inner.clone();
        match self.in_background(async move { inner.send(request).await }).await {
            Ok(response) => response.unwrap_or_else(|| Err(TransportError::sent(TransportKind::Broken, "the background runtime ended"))),
            Err(error) => Err(TransportError::unsent(TransportKind::Connect, error.reason.clone())),
        }
    }

    /// So does a store of the native host.
    async fn ask_in_background(&self, ask: Ask) -> Answer {
        let inner = self.inner.clone();
        match self.in_background(async move { inner.ask(ask).await }).await {
            Ok(answer) => answer.unwrap_or_else(|| Answer::Failed("the background runtime ended".into())),
            Err(error) => Answer::Failed(error.reason.clone()),
        }
    }

    async fn in_background<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> Result<Option<T>, Error> {
        let (sender, receiver) = oneshot::channel();
        let guard = AbortOnDrop(self.native.spawn_task(async move { drop(sender.send(work.await)) })?);
        let result = receiver.await.ok();
        drop(guard);
        Ok(result)
    }

    async fn send_through_transport(&self, request: Request) -> Result<Response, TransportError> {
        let outgoing = Outgoing {
            method: request.method.as_str(),
            url: request.url.clone(),
            headers: request.headers.clone(),
            body: whole(&request.body).await.map_err(|reason| TransportError::unsent(TransportKind::Source, reason))?,
        };
        let (question, answer) = Question::transport(self.functions.clone(), outgoing);
        self.put(question);
        let gone = || Err(TransportError::sent(TransportKind::Sink, "transport was not asked: its event loop is closed"));
        let (head, body) = answer.await.unwrap_or_else(|_| gone())?;
        routed(&request, head, body).await
    }
}

struct AbortOnDrop(larkspur_native::TaskHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// All pieces in one, as a transport of the user's gets them.
async fn whole(pieces: &[Piece]) -> Result<Bytes, String> {
    if let [Piece::Bytes(bytes)] = pieces {
        return Ok(bytes.clone());
    }
    let mut whole = BytesMut::new();
    for piece in pieces {
        match piece {
            Piece::Bytes(bytes) => whole.extend_from_slice(bytes),
            Piece::Source(source) => {
                let mut chunks = source.open()?;
                while let Some(chunk) = poll_fn(|context| chunks.poll_chunk(context)).await {
                    whole.extend_from_slice(&chunk?);
                }
            }
        }
    }
    Ok(whole.freeze())
}

/// Brings a transport's answer where the request wants it.
async fn routed(request: &Request, head: Head, body: Bytes) -> Result<Response, TransportError> {
    let is_file = match request.route(&head) {
        Route::Buffer { .. } => false,
        Route::Sink => true,
        Route::PeekThenSink { .. } => !is_error_envelope(&body),
    };
    let Some(sink) = request.sink.as_ref().filter(|_| is_file) else {
        return Ok(Response { head, body: Received::Buffered(body) });
    };
    let refused = |reason| TransportError::sent(TransportKind::Sink, format!("the download's target {reason}"));
    let (length, mut chunk) = (body.len() as u64, Some(body).filter(|body| !body.is_empty()));
    sink.start(&head, if head.status == 206 { request.offset } else { 0 }).map_err(refused)?;
    if chunk.is_some() {
        poll_fn(|context| sink.poll_write(context, &mut chunk)).await.map_err(refused)?;
    }
    Ok(Response { head, body: Received::Sunk { length } })
}
