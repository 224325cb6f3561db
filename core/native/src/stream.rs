//! Files and streams, up and down: sources of uploads, the channel of a download, and progress.

mod channel;
mod end;
mod progress;
mod source;

pub use channel::{ChannelSink, Incoming, channel};
pub use end::End;
pub use progress::{Progress, watch_sink, watch_source};
pub use source::{FileSource, ReaderSource};
