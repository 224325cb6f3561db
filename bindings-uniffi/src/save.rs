//! Downloads that become files.

use std::fs::{File, OpenOptions, rename};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use larkspur_core::download::Facts;
use larkspur_core::http::Head;
use larkspur_core::{Class, Error};
use larkspur_native::Interrupted;
use tokio::sync::oneshot;

use crate::download::{Download, Stream};
use crate::error::FfiError;
use crate::flight::is_interrupted;

#[uniffi::export]
impl Download {
    /// Saves the file; at `path` it is complete or not there at all.
    ///
    /// Until then the bytes lie beside it in a file that ends in `.part`; with `resume` an earlier one is gone on with.
    ///
    /// # Errors
    /// Whatever the call fails with, and when the file cannot be written.
    pub async fn save(self: Arc<Self>, path: String, resume: bool) -> Result<(), FfiError> {
        let (done, waiting) = oneshot::channel();
        let (download, native) = (self.clone(), &self.origin.shared.native);
        // Writing blocks, and so belongs on a thread that may.
        native.spawn_task(async move {
            tokio::task::spawn_blocking(move || done.send(download.save_blocking(path, resume)));
        })?;
        let _stop = StopOnDrop(&self);
        waiting.await.unwrap_or_else(|_| Err(Error::closed().into()))
    }

    /// As `save`, on this thread.
    ///
    /// # Errors
    /// As `save`.
    pub fn save_blocking(&self, path: String, resume: bool) -> Result<(), FfiError> {
        let target = PathBuf::from(path);
        let (mut stream, head) = (self.stream()?, self.head(&*self.stream()?)?);
        let part = part(&target, &head);
        let mut file = open(&part, resume).map_err(|error| unwritten(&part, &error))?;
        let (size, mut length) = (Facts::of(&head).size, file.stream_position().map_err(|error| unwritten(&part, &error))?);
        if length > 0 && Some(length) != size {
            stream = self.again(length)?;
            if !Facts::of(&self.head(&stream)?).is_partial {
                length = 0;
                file.set_len(0).map_err(|error| unwritten(&part, &error))?;
            }
        }
        if length == 0 || Some(length) != size {
            self.write(&stream, &mut file, &part)?;
        }
        drop(file);
        rename(&part, &target).map_err(|error| unwritten(&target, &error))?;
        self.stop();
        Ok(())
    }
}

impl Download {
    /// Asks for what an earlier attempt did not get; a server may give the whole file again.
    fn again(&self, offset: u64) -> Result<Arc<Stream>, FfiError> {
        let mut current = self.lock();
        if current.take().is_none() {
            return Err(self.origin.why_ended());
        }
        Ok(current.insert(Arc::new(self.origin.start(offset)?)).clone())
    }

    fn head(&self, stream: &Stream) -> Result<Head, FfiError> {
        let head = stream.incoming.head(&mut || self.goes_on()).map_err(|Interrupted| self.origin.why_ended())?;
        Ok(stream.end.expect_head(head)?)
    }

    fn write(&self, stream: &Stream, file: &mut File, part: &Path) -> Result<(), FfiError> {
        loop {
            let chunk = stream.incoming.next(&mut || self.goes_on()).map_err(|Interrupted| self.origin.why_ended())?;
            match stream.end.check(chunk)? {
                Some(chunk) => file.write_all(&chunk).map_err(|error| unwritten(part, &error))?,
                None => return Ok(()),
            }
        }
    }

    fn goes_on(&self) -> bool {
        self.lock().is_some() && !self.origin.shared.is_ended(self.origin.cancel.as_deref()) && !is_interrupted()
    }
}

/// Where the bytes lie until all are there; the name tells one version of the file from another.
fn part(target: &Path, head: &Head) -> PathBuf {
    let facts = Facts::of(head);
    let mut hasher = DefaultHasher::new();
    (facts.file_name, facts.size, head.headers.get("etag"), head.headers.get("last-modified")).hash(&mut hasher);
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{:08x}.part", hasher.finish() >> 32));
    target.with_file_name(name)
}

/// Stands at its end.
fn open(part: &Path, resume: bool) -> io::Result<File> {
    let mut file = OpenOptions::new().create(true).write(true).truncate(!resume).open(part)?;
    file.seek(SeekFrom::End(0))?;
    Ok(file)
}

fn unwritten(path: &Path, error: &io::Error) -> Error {
    Error::new(Class::Transport, format!("{} cannot be written: {error}", path.display())).with_remedy("choose another path")
}

/// Whoever no longer waits for the file wants no more of it.
struct StopOnDrop<'a>(&'a Download);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.stop();
    }
}
