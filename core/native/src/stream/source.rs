//! Sources that block: they are read on threads that may, one piece at a time.

use std::fs::File;
use std::future::Future;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use larkspur_core::Error;
use larkspur_core::http::{Chunks, Source};
use tokio::task::{JoinHandle, spawn_blocking};

use crate::lock::lock;

/// The size of the pieces that are read at once.
const PIECE: usize = 256 * 1024;

type Reader = Box<dyn Read + Send>;
type Opening = Box<dyn FnOnce() -> io::Result<Reader> + Send>;

/// A file on disk; it can be sent again.
#[derive(Clone, Debug)]
pub struct FileSource {
    path: PathBuf,
    length: u64,
}

impl FileSource {
    /// Looks the file up; it is opened when it is sent.
    ///
    /// # Errors
    /// [`Class::Argument`](larkspur_core::Class::Argument) when there is no such file or it is no regular file.
    pub fn new(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref().to_owned();
        let refused = |why: String| Error::argument(format!("{} cannot be uploaded: {why}", path.display()));
        let metadata = path.metadata().map_err(|error| refused(error.to_string()))?;
        match metadata.is_file() {
            true => Ok(Self { length: metadata.len(), path }),
            false => Err(refused("it is no regular file".into()).with_remedy("open it and pass the stream")),
        }
    }
}

impl Source for FileSource {
    fn length(&self) -> Option<u64> {
        Some(self.length)
    }

    fn is_repeatable(&self) -> bool {
        true
    }

    fn open(&self) -> Result<Box<dyn Chunks>, String> {
        let path = self.path.clone();
        Ok(Pieces::boxed(Box::new(move || Ok(Box::new(File::open(path)?)))))
    }
}

/// A stream that blocks. Opening and reading happen on a thread that may block and may run the user's code.
pub struct ReaderSource {
    length: Option<u64>,
    origin: Origin,
}

enum Origin {
    Once(Mutex<Option<Reader>>),
    Again(std::sync::Arc<dyn Fn() -> io::Result<Reader> + Send + Sync>),
}

impl ReaderSource {
    /// A stream that can be read once: what it is part of is never sent twice.
    pub fn once(reader: impl Read + Send + 'static, length: Option<u64>) -> Self {
        Self { length, origin: Origin::Once(Mutex::new(Some(Box::new(reader)))) }
    }

    /// A stream that `open` gives from its beginning each time.
    pub fn again(open: impl Fn() -> io::Result<Reader> + Send + Sync + 'static, length: Option<u64>) -> Self {
        Self { length, origin: Origin::Again(std::sync::Arc::new(open)) }
    }
}

impl Source for ReaderSource {
    fn length(&self) -> Option<u64> {
        self.length
    }

    fn is_repeatable(&self) -> bool {
        matches!(self.origin, Origin::Again(_))
    }

    fn open(&self) -> Result<Box<dyn Chunks>, String> {
        match &self.origin {
            Origin::Once(reader) => {
                let reader = lock(reader).take();
                let reader = reader.ok_or("has been read already and cannot be read again")?;
                Ok(Pieces::boxed(Box::new(move || Ok(reader))))
            }
            Origin::Again(open) => {
                let open = open.clone();
                Ok(Pieces::boxed(Box::new(move || open())))
            }
        }
    }
}

impl std::fmt::Debug for ReaderSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReaderSource").field("length", &self.length).field("is_repeatable", &self.is_repeatable()).finish()
    }
}

/// A running read.
enum Pieces {
    Closed(Opening),
    Idle(Reader),
    Reading(JoinHandle<io::Result<(Reader, Bytes)>>),
    Over,
}

impl Pieces {
    fn boxed(opening: Opening) -> Box<dyn Chunks> {
        Box::new(Pieces::Closed(opening))
    }

    fn start(self) -> Self {
        match self {
            Pieces::Closed(opening) => Pieces::Reading(spawn_blocking(move || read(opening()?))),
            Pieces::Idle(reader) => Pieces::Reading(spawn_blocking(move || read(reader))),
            other => other,
        }
    }
}

impl Chunks for Pieces {
    fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, String>>> {
        *self = std::mem::replace(self, Pieces::Over).start();
        let Pieces::Reading(read) = self else { return Poll::Ready(None) };
        let read = ready!(Pin::new(read).poll(context)).unwrap_or_else(|panic| Err(io::Error::other(panic)));
        *self = Pieces::Over;
        Poll::Ready(match read {
            Ok((_, piece)) if piece.is_empty() => None,
            Ok((reader, piece)) => {
                *self = Pieces::Idle(reader);
                Some(Ok(piece))
            }
            Err(error) => Some(Err(format!("cannot be read: {error}"))),
        })
    }
}

fn read(mut reader: Reader) -> io::Result<(Reader, Bytes)> {
    let mut piece = vec![0; PIECE];
    loop {
        match reader.read(&mut piece) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => {
                piece.truncate(read?);
                return Ok((reader, piece.into()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    async fn read_all(source: &dyn Source) -> Result<Vec<usize>, String> {
        let mut chunks = source.open()?;
        let mut sizes = Vec::new();
        while let Some(chunk) = poll_fn(|context| chunks.poll_chunk(context)).await {
            sizes.push(chunk?.len());
        }
        Ok(sizes)
    }

    #[tokio::test]
    async fn a_stream_is_read_in_pieces() {
        let source = ReaderSource::again(|| Ok(Box::new(io::repeat(7).take(600_000))), Some(600_000));
        for _ in 0..2 {
            assert_eq!(read_all(&source).await.unwrap(), [PIECE, PIECE, 600_000 - 2 * PIECE]);
        }
        assert!(source.is_repeatable());
    }

    #[tokio::test]
    async fn a_stream_that_can_be_read_once_says_so_the_second_time() {
        let source = ReaderSource::once(&b"abc"[..], None);
        assert_eq!(read_all(&source).await.unwrap(), [3]);
        assert_eq!(read_all(&source).await.unwrap_err(), "has been read already and cannot be read again");
        assert!(!source.is_repeatable());
    }

    #[tokio::test]
    async fn what_fails_or_panics_in_a_reader_is_told() {
        struct Bad;
        impl Read for Bad {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("the disk is gone"))
            }
        }
        assert_eq!(read_all(&ReaderSource::once(Bad, None)).await.unwrap_err(), "cannot be read: the disk is gone");
        let gone = FileSource { path: "/nowhere/at-all".into(), length: 1 };
        assert!(read_all(&gone).await.unwrap_err().starts_with("cannot be read: No such file"));
    }

    #[test]
    fn only_regular_files_are_taken() {
        assert!(FileSource::new("/").unwrap_err().to_string().contains("it is no regular file; open it"));
        assert!(FileSource::new("/nowhere/x").unwrap_err().to_string().starts_with("/nowhere/x cannot be uploaded"));
    }
}
