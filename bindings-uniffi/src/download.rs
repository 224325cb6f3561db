//! Files that come down.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use larkspur_core::download::Facts;
use larkspur_core::http::Head;
use larkspur_core::{Client, Error, Invocation};
use larkspur_native::entropy;
use larkspur_native::stream::{End, Incoming, channel};

use crate::error::FfiError;
use crate::flight::{AbortOnDrop, CancelToken, Shared};

/// A download under way: read its chunks, or save it; it ends when it is closed or dropped.
#[derive(uniffi::Object)]
pub struct Download {
    pub(crate) origin: Origin,
    stream: Mutex<Option<Arc<Stream>>>,
}

/// What is known of a file before its bytes come.
#[derive(uniffi::Record)]
pub struct FileFacts {
    /// The file's own name, without folders; left out if the platform gives none.
    pub file_name: Option<String>,
    /// Its media type.
    pub content_type: Option<String>,
    /// Its number of bytes, if the platform says so.
    pub size: Option<u64>,
    /// The headers of the answer by their names in lower case.
    pub headers: HashMap<String, String>,
    /// The log id to quote to the platform's support.
    pub log_id: Option<String>,
}

/// What begins the download, and begins it again.
pub(crate) struct Origin {
    pub(crate) shared: Arc<Shared>,
    pub(crate) cancel: Option<Arc<CancelToken>>,
    client: Client,
    invocation: Invocation,
}

/// One answer that comes in.
pub(crate) struct Stream {
    pub(crate) incoming: Incoming,
    pub(crate) end: Arc<End>,
    _task: AbortOnDrop,
}

#[uniffi::export]
impl Download {
    /// Waits for what is known of the file.
    ///
    /// # Errors
    /// Whatever the call fails with.
    pub async fn facts(&self) -> Result<FileFacts, FfiError> {
        let stream = self.stream()?;
        let head = async { Ok(stream.end.expect_head(stream.incoming.head_async().await)?) };
        Ok(FileFacts::of(&self.waited(head).await?))
    }

    /// Waits for the next bytes; none at the end.
    ///
    /// # Errors
    /// Whatever the call fails with.
    pub async fn next_chunk(&self) -> Result<Option<Vec<u8>>, FfiError> {
        let stream = self.stream()?;
        let chunk = async { Ok(stream.end.check(stream.incoming.next_async().await)?) };
        Ok(self.waited(chunk).await?.map(Vec::from))
    }

    /// Ends the download.
    pub fn stop(&self) {
        self.lock().take();
    }
}

impl Download {
    pub(crate) fn start(
        client: Client,
        shared: Arc<Shared>,
        invocation: Invocation,
        cancel: Option<Arc<CancelToken>>,
        offset: u64,
    ) -> Result<Self, FfiError> {
        let origin = Origin { shared, cancel, client, invocation };
        let stream = Mutex::new(Some(Arc::new(origin.start(offset)?)));
        Ok(Self { origin, stream })
    }

    /// What comes in at present.
    pub(crate) fn stream(&self) -> Result<Arc<Stream>, Error> {
        self.lock().clone().ok_or_else(stopped)
    }

    async fn waited<T>(&self, work: impl Future<Output = Result<T, FfiError>>) -> Result<T, FfiError> {
        self.origin.shared.unless_ended(work, self.origin.cancel.as_deref()).await
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Option<Arc<Stream>>> {
        self.stream.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Origin {
    /// Asks for the file from a byte on.
    pub(crate) fn start(&self, offset: u64) -> Result<Stream, Error> {
        let (sink, incoming) = channel(offset);
        let invocation = Invocation { sink: Some(sink.clone()), offset, ..self.invocation.clone() };
        let call = self.client.call(&invocation, entropy()?)?;
        drop(invocation);
        let end = Arc::new(End::default());
        let ended = end.clone();
        let task = self.shared.spawn(call, move |result| {
            ended.set(result);
            // Only now does the reader see the end.
            drop(sink);
        })?;
        Ok(Stream { incoming, end, _task: AbortOnDrop(task) })
    }

    /// The error of whoever waited for bytes that will not come.
    pub(crate) fn why_ended(&self) -> FfiError {
        match self.shared.why_ended(self.cancel.as_deref()) {
            Some(error) => error,
            None => stopped().into(),
        }
    }
}

impl FileFacts {
    fn of(head: &Head) -> Self {
        let Facts { file_name, content_type, size, .. } = Facts::of(head);
        let headers = head.headers.shown().into_iter().collect();
        Self { file_name, content_type, size, headers, log_id: head.headers.log_id().map(str::to_owned) }
    }
}

fn stopped() -> Error {
    Error::argument("the download is closed").with_remedy("read it before, or call the operation again")
}
