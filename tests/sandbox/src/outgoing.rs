//! How an answer leaves: at once, as a file in pieces, or cut, stalled and slowed down as a fault demands.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use std::{fmt, io};

use bytes::Bytes;
use hyper::Response;
use hyper::body::{Body, Frame, SizeHint};
use hyper::header::{HeaderName, HeaderValue};
use tokio::sync::mpsc;
use tokio::time::sleep;

use crate::answer::{Answer, Content};
use crate::blob::{Blob, Slice};
use crate::fault::{Drip, Shape, Stall};
use crate::serve::Link;

/// Time for the bytes before a cut to leave the process.
const FLUSH: Duration = Duration::from_millis(30);

/// The body of a response.
pub(crate) enum Outgoing {
    /// Bytes that are there.
    Whole(Option<Bytes>),
    /// A file.
    File(Slice),
    /// Pieces that a fault lets through.
    Piped(mpsc::Receiver<io::Result<Bytes>>),
}

/// The connection ends here.
#[derive(Debug)]
pub(crate) struct Severed;

/// Sends `answer` as `shape` says.
pub(crate) async fn send(answer: Answer, shape: Option<Shape>, link: &Link) -> Result<Response<Outgoing>, Severed> {
    let Some(shape) = shape else { return Ok(respond(answer)) };
    sleep(Duration::from_millis(shape.delay_ms)).await;
    if shape.stall == Some(Stall::Head) {
        std::future::pending::<Infallible>().await;
    }
    if let (Some(cut), None) = (shape.cut, shape.after_bytes) {
        link.sever(cut);
        return Err(Severed);
    }
    if let Some(after) = shape.close_idle_ms {
        link.close_after(Duration::from_millis(after));
    }
    Ok(respond(answer).map(|body| {
        if shape.stall.is_some() || shape.cut.is_some() || shape.drip.is_some() { pipe(body, shape, link.clone()) } else { body }
    }))
}

fn respond(answer: Answer) -> Response<Outgoing> {
    let body = match answer.content {
        Content::Json(value) => Outgoing::Whole(Some(value.to_string().into())),
        Content::Raw(bytes) => Outgoing::Whole(Some(bytes)),
        Content::File(slice) => Outgoing::File(slice),
    };
    let length = body.size_hint().exact();
    let mut response = Response::new(body);
    *response.status_mut() = hyper::StatusCode::from_u16(answer.status).unwrap_or_default();
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_bytes(value.as_bytes())) {
            response.headers_mut().append(name, value);
        }
    }
    // A cut body must still promise its full length; an answer without a body has none to promise.
    let bodiless = matches!(response.status().as_u16(), 204 | 304);
    if let Some(length) = length.filter(|_| !bodiless && !response.headers().contains_key("transfer-encoding")) {
        response.headers_mut().entry("content-length").or_insert(length.into());
    }
    response
}

fn pipe(body: Outgoing, shape: Shape, link: Link) -> Outgoing {
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        let half = body.size_hint().exact().unwrap_or_default() / 2;
        let stop = if shape.stall.is_some() { half } else { shape.after_bytes.unwrap_or(u64::MAX) };
        if feed(&sender, body, stop, shape.drip).await.is_err() {
            return;
        }
        if shape.stall.is_some() {
            sender.closed().await;
        } else if let Some(cut) = shape.cut {
            sleep(FLUSH).await;
            link.sever(cut);
            let _ = sender.send(Err(io::Error::other(Severed))).await;
        }
    });
    Outgoing::Piped(receiver)
}

/// Sends the first `most` bytes of `body`, at the pace of `drip`.
async fn feed(
    to: &mpsc::Sender<io::Result<Bytes>>,
    body: Outgoing,
    most: u64,
    drip: Option<Drip>,
) -> Result<(), mpsc::error::SendError<io::Result<Bytes>>> {
    let mut left = usize::try_from(most).unwrap_or(usize::MAX);
    for mut piece in body.pieces() {
        piece.truncate(left);
        left -= piece.len();
        while !piece.is_empty() {
            let step = drip.map_or(piece.len(), |drip| drip.bytes.clamp(1, piece.len()));
            to.send(Ok(piece.split_to(step))).await?;
            sleep(Duration::from_millis(drip.map_or(0, |drip| drip.every_ms))).await;
        }
    }
    Ok(())
}

impl Outgoing {
    fn pieces(self) -> Box<dyn Iterator<Item = Bytes> + Send> {
        match self {
            Outgoing::Whole(bytes) => Box::new(bytes.into_iter()),
            Outgoing::File(slice) => Box::new(slice),
            Outgoing::Piped(_) => Box::new(std::iter::empty()),
        }
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match self.get_mut() {
            Outgoing::Whole(bytes) => Poll::Ready(bytes.take().filter(|bytes| !bytes.is_empty()).map(|bytes| Ok(Frame::data(bytes)))),
            Outgoing::File(slice) => Poll::Ready(slice.next().map(|piece| Ok(Frame::data(piece)))),
            Outgoing::Piped(receiver) => receiver.poll_recv(context).map(|next| next.map(|piece| piece.map(Frame::data))),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Outgoing::Whole(bytes) => bytes.as_ref().is_none_or(Bytes::is_empty),
            Outgoing::File(slice) => slice.remaining() == 0,
            Outgoing::Piped(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Outgoing::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, Bytes::len) as u64),
            Outgoing::File(slice) => SizeHint::with_exact(slice.remaining()),
            Outgoing::Piped(_) => SizeHint::default(),
        }
    }
}

impl fmt::Display for Severed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection was cut on purpose")
    }
}

impl std::error::Error for Severed {}

/// The file `blob` or the part that `range` asks for, as the platform sends files.
pub(crate) fn file(blob: &Blob, name: &str, kind: &str, range: &str) -> Answer {
    let etag = format!("\"{}-{}\"", blob.length, blob.sha256.get(..16).unwrap_or("pattern"));
    let part = match parse_range(range, blob.length) {
        Range::Whole => None,
        Range::Part(start, end) => Some((start, end)),
        Range::Outside => return Answer::text(416, "text/plain", "").with("content-range", format!("bytes */{}", blob.length)),
    };
    let (start, end) = part.unwrap_or((0, blob.length));
    let status = if part.is_some() { 206 } else { 200 };
    let answer = Answer { status, headers: Vec::new(), content: Content::File(blob.slice(start, end)) }
        .with("content-type", kind)
        .with("content-disposition", disposition(name))
        .with("accept-ranges", "bytes")
        .with("etag", etag);
    if part.is_none() { answer } else { answer.with("content-range", format!("bytes {start}-{}/{}", end - 1, blob.length)) }
}

enum Range {
    Whole,
    Part(u64, u64),
    Outside,
}

fn parse_range(header: &str, length: u64) -> Range {
    let Some((first, last)) = header.strip_prefix("bytes=").and_then(|range| range.split_once('-')) else { return Range::Whole };
    match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(start), _) if start >= length => Range::Outside,
        (Ok(start), Ok(end)) if end >= start => Range::Part(start, length.min(end.saturating_add(1))),
        (Ok(start), Err(_)) if last.is_empty() => Range::Part(start, length),
        (Err(_), Ok(tail)) if first.is_empty() && tail > 0 && length > 0 => Range::Part(length.saturating_sub(tail), length),
        _ => Range::Whole,
    }
}

fn disposition(name: &str) -> String {
    let plain: String = name.chars().map(|c| if c.is_ascii_graphic() && c != '"' && c != '\\' { c } else { '_' }).collect();
    let encoded = percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC);
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}
