//! A request as it came: head, and a body that is text, a form with files, or only its length and hash.

use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::{HeaderMap, Request};
use percent_encoding::percent_decode_str;
use serde_json::Value;
use std::io;

use crate::blob::{Blob, Intake};

/// A whole request.
pub(crate) struct Received {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) raw_query: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Payload,
    /// The body as JSON; `Null` when there is none, or it is something else.
    pub(crate) json: Value,
    /// The fields of a URL-encoded body.
    pub(crate) form: Vec<(String, String)>,
    /// Which connection it came over, and in which version of HTTP.
    pub(crate) connection: u64,
    pub(crate) version: &'static str,
}

/// The body of a request.
pub(crate) enum Payload {
    None,
    Data(Blob),
    Form(Vec<Part>),
}

/// One part of a form.
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) file_name: Option<String>,
    pub(crate) kind: Option<String>,
    pub(crate) blob: Blob,
}

impl Received {
    /// Reads a request to its end. Files pass through in pieces.
    pub(crate) async fn read(request: Request<Incoming>, connection: u64) -> io::Result<Received> {
        let (head, body) = request.into_parts();
        let raw_query = head.uri.query().unwrap_or_default().to_owned();
        let kind = head.headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let body = match multer::parse_boundary(kind) {
            Ok(boundary) => Payload::Form(read_form(body, boundary).await?),
            Err(_) => read_data(body).await?,
        };
        Ok(Received {
            method: head.method.as_str().to_owned(),
            path: head.uri.path().to_owned(),
            query: split_query(&raw_query),
            raw_query,
            form: if kind.starts_with("application/x-www-form-urlencoded") {
                split_query(body.text().unwrap_or_default())
            } else {
                Vec::new()
            },
            json: body.text().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default(),
            headers: head.headers,
            body,
            connection,
            version: if head.version == hyper::Version::HTTP_2 { "2" } else { "1.1" },
        })
    }

    /// The first value of the query parameter `name`.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The value of the header `name`, empty when it is absent.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The text member `name` of a JSON body, empty when it is absent or no text.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.json.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// The value of `name` in a URL-encoded body.
    pub(crate) fn form(&self, name: &str) -> Option<&str> {
        self.form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The part `name` of a form.
    pub(crate) fn part(&self, name: &str) -> Option<&Part> {
        match &self.body {
            Payload::Form(parts) => parts.iter().find(|part| part.name == name),
            _ => None,
        }
    }

    /// The text of the part `name` of a form, empty when it is absent.
    pub(crate) fn field(&self, name: &str) -> &str {
        self.part(name).and_then(Part::text).unwrap_or_default()
    }

    /// Whether there is a body that claims to be an object but is not JSON.
    pub(crate) fn is_broken(&self) -> bool {
        self.json.is_null() && self.body.text().is_some_and(|text| !text.trim().is_empty() && text.trim() != "null")
    }
}

impl Payload {
    /// The body as text, when it is text.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Payload::Data(blob) => blob.bytes().and_then(|data| std::str::from_utf8(data).ok()),
            _ => None,
        }
    }
}

impl Part {
    /// The content as text, when it is text.
    pub(crate) fn text(&self) -> Option<&str> {
        self.blob.bytes().and_then(|data| std::str::from_utf8(data).ok())
    }
}

async fn read_data(mut body: Incoming) -> io::Result<Payload> {
    let mut intake = Intake::new();
    while let Some(frame) = body.frame().await {
        if let Ok(piece) = frame.map_err(io::Error::other)?.into_data() {
            intake.add(&piece);
        }
    }
    let blob = intake.finish();
    Ok(if blob.length == 0 { Payload::None } else { Payload::Data(blob) })
}

async fn read_form(body: Incoming, boundary: String) -> io::Result<Vec<Part>> {
    let mut form = multer::Multipart::new(body.into_data_stream(), boundary);
    let mut parts = Vec::new();
    while let Some(mut field) = form.next_field().await.map_err(io::Error::other)? {
        let mut intake = Intake::new();
        while let Some(piece) = field.chunk().await.map_err(io::Error::other)? {
            intake.add(&piece);
        }
        parts.push(Part {
            name: field.name().unwrap_or_default().to_owned(),
            file_name: field.file_name().map(str::to_owned),
            kind: field.headers().get("content-type").and_then(|value| value.to_str().ok()).map(str::to_owned),
            blob: intake.finish(),
        });
    }
    Ok(parts)
}

fn split_query(raw: &str) -> Vec<(String, String)> {
    let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    let pairs = raw.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(|(key, value)| (decode(key), decode(value))).collect()
}
