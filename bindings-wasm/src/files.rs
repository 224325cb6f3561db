//! Files: JavaScript reads and writes their bytes, and the core knows what it needs to know of them.

use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use larkspur_core::FileArgument;
use larkspur_core::http::{Chunks, Head, Piece, Sink, Source};
use larkspur_core::json::Value;

use crate::memory::Input;

/// The files as JavaScript lists them: `name`, `fileName`, `length`, `repeatable`; and `bytes`, how many stand behind in the input, for one
/// that is at hand.
pub fn arguments(listed: &str, input: &mut Input) -> Vec<FileArgument> {
    let listed = Value::read(listed).unwrap_or_default();
    listed.items().map(|file| argument(&file, input)).collect()
}

fn argument(file: &Value<'_>, input: &mut Input) -> FileArgument {
    let number = |name| file.get(name).and_then(|number| number.json().parse::<u64>().ok());
    let content = match number("bytes") {
        Some(length) => Piece::Bytes(Bytes::copy_from_slice(input.take(length as u32))),
        None => Piece::Source(Arc::new(Elsewhere {
            length: number("length"),
            is_repeatable: file.get("repeatable").is_some_and(|told| told.json() == "true"),
        })),
    };
    FileArgument { name: file.text("name").unwrap_or_default(), content, file_name: file.text("fileName") }
}

/// The sources among files, each in the place of its file.
pub type Sources = Vec<Option<Arc<dyn Source>>>;

/// The sources among the files, in their order: JavaScript knows them by it.
pub fn sources(files: &[FileArgument]) -> Sources {
    files.iter().map(|file| if let Piece::Source(source) = &file.content { Some(source.clone()) } else { None }).collect()
}

/// A file whose bytes never come here.
struct Elsewhere {
    length: Option<u64>,
    is_repeatable: bool,
}

impl Source for Elsewhere {
    fn length(&self) -> Option<u64> {
        self.length
    }

    fn is_repeatable(&self) -> bool {
        self.is_repeatable
    }

    fn open(&self) -> Result<Box<dyn Chunks>, String> {
        Err("it is read elsewhere".into())
    }
}

/// The place of a download's bytes, which never come here.
pub struct Beyond;

impl Sink for Beyond {
    fn start(&self, _: &Head, _: u64) -> Result<(), String> {
        Err("it is written elsewhere".into())
    }

    fn poll_write(&self, _: &mut Context<'_>, _: &mut Option<Bytes>) -> Poll<Result<(), String>> {
        Poll::Ready(Err("it is written elsewhere".into()))
    }
}
