//! How far an upload or a download is.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use larkspur_core::http::{Chunks, Head, Sink, Source};

/// Is told the bytes that are done and the bytes in all, if those are known.
///
/// It runs on a runtime's thread: it may store the numbers or queue them, and must neither wait nor run the user's code.
pub type Progress = Arc<dyn Fn(u64, Option<u64>) + Send + Sync>;

/// The source, with its progress told; it begins at zero each time that it is sent.
pub fn watch_source(source: Arc<dyn Source>, progress: Progress) -> Arc<dyn Source> {
    Arc::new(WatchedSource { source, progress })
}

/// The sink, with its progress told.
pub fn watch_sink(sink: Arc<dyn Sink>, progress: Progress) -> Arc<dyn Sink> {
    Arc::new(WatchedSink { sink, progress, done: AtomicU64::new(0), total: AtomicU64::new(u64::MAX) })
}

struct WatchedSource {
    source: Arc<dyn Source>,
    progress: Progress,
}

impl Source for WatchedSource {
    fn length(&self) -> Option<u64> {
        self.source.length()
    }

    fn is_repeatable(&self) -> bool {
        self.source.is_repeatable()
    }

    fn open(&self) -> Result<Box<dyn Chunks>, String> {
        let chunks = self.source.open()?;
        Ok(Box::new(WatchedChunks { chunks, progress: self.progress.clone(), done: 0, total: self.length() }))
    }
}

struct WatchedChunks {
    chunks: Box<dyn Chunks>,
    progress: Progress,
    done: u64,
    total: Option<u64>,
}

impl Chunks for WatchedChunks {
    fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, String>>> {
        let polled = self.chunks.poll_chunk(context);
        if let Poll::Ready(Some(Ok(chunk))) = &polled {
            self.done += chunk.len() as u64;
            (self.progress)(self.done, self.total);
        }
        polled
    }
}

struct WatchedSink {
    sink: Arc<dyn Sink>,
    progress: Progress,
    done: AtomicU64,
    /// `u64::MAX`: unknown.
    total: AtomicU64,
}

impl Sink for WatchedSink {
    fn start(&self, head: &Head, offset: u64) -> Result<(), String> {
        let length = head.headers.get("content-length").and_then(|length| length.parse::<u64>().ok());
        self.done.store(offset, Ordering::Relaxed);
        self.total.store(length.map_or(u64::MAX, |length| offset.saturating_add(length)), Ordering::Relaxed);
        self.sink.start(head, offset)
    }

    fn poll_write(&self, context: &mut Context<'_>, chunk: &mut Option<Bytes>) -> Poll<Result<(), String>> {
        let length = chunk.as_ref().map_or(0, |chunk| chunk.len() as u64);
        let polled = self.sink.poll_write(context, chunk);
        if let Poll::Ready(Ok(())) = polled {
            let done = self.done.fetch_add(length, Ordering::Relaxed) + length;
            let total = Some(self.total.load(Ordering::Relaxed)).filter(|total| *total != u64::MAX);
            (self.progress)(done, total);
        }
        polled
    }
}
