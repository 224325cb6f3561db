//! Uploads whose bytes come from the language, piece by piece.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};

use bytes::{Buf, Bytes};
use larkspur_core::Error;
use larkspur_core::http::Source;
use larkspur_native::{lock, stream::ReaderSource};

type Piece = Result<Vec<u8>, String>;

/// A file that is written while it is sent. It can be sent once: a call with it is not sent again after bytes have gone.
#[derive(uniffi::Object)]
pub struct UploadStream {
    sender: Mutex<Option<SyncSender<Piece>>>,
    source: Mutex<Option<ReaderSource>>,
}

#[uniffi::export]
impl UploadStream {
    /// An upload of so many bytes, if that is known.
    #[uniffi::constructor]
    pub fn new(length: Option<u64>) -> Self {
        let (sender, receiver) = sync_channel(1);
        let source = ReaderSource::once(Pieces { receiver, rest: Bytes::new() }, length);
        Self { sender: Mutex::new(Some(sender)), source: Mutex::new(Some(source)) }
    }

    /// Hands over the next bytes, waiting until there is room for them; `false` when nobody wants more.
    pub fn write(&self, piece: Vec<u8>) -> bool {
        // An empty piece would read as the end.
        piece.is_empty() || self.hand_over(Ok(piece))
    }

    /// Ends the upload before its time: the call fails, and says why.
    pub fn fail(&self, reason: String) {
        self.hand_over(Err(reason));
    }

    /// Says that all bytes are written; without effect the second time.
    pub fn finish(&self) {
        lock(&self.sender).take();
    }

    /// Says that the call is over: whoever still writes is told that nobody wants more.
    pub fn stop(&self) {
        self.finish();
        lock(&self.source).take();
    }
}

impl UploadStream {
    /// What the call reads; only one gets it.
    pub(crate) fn source(&self) -> Result<Arc<dyn Source>, Error> {
        let source = lock(&self.source).take();
        let source = source.ok_or_else(|| Error::argument("the stream was sent already").with_remedy("open it again"))?;
        Ok(Arc::new(source))
    }

    fn hand_over(&self, piece: Piece) -> bool {
        let sender = lock(&self.sender).clone();
        sender.is_some_and(|sender| sender.send(piece).is_ok())
    }
}

/// What has been handed over and not been read.
struct Pieces {
    receiver: Receiver<Piece>,
    rest: Bytes,
}

impl Read for Pieces {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if self.rest.is_empty() {
            match self.receiver.recv() {
                Ok(piece) => self.rest = piece.map_err(io::Error::other)?.into(),
                Err(_) => return Ok(0),
            }
        }
        let count = room.len().min(self.rest.len());
        self.rest.split_to(count).copy_to_slice(room.get_mut(..count).unwrap_or_default());
        Ok(count)
    }
}
