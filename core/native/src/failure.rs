//! What went wrong between here and the server, in one line without URL, header or secret.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::time::Duration;

use larkspur_core::http::{Request, TransportError, TransportKind};
use reqwest::Url;
use rustls::CertificateError;

use crate::transport::Transport;

/// Who is called, for messages; nothing is computed before one is needed.
pub(crate) struct Peer<'a> {
    pub(crate) request: &'a Request,
    pub(crate) transport: &'a Transport,
}

impl Peer<'_> {
    /// No head of an answer came.
    pub(crate) fn no_answer(&self, error: &reqwest::Error) -> TransportError {
        let causes = causes(error);
        let is_unwritten = causes.iter().any(|cause| cause.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_canceled));
        let (kind, reason) = match find::<rustls::Error>(&causes) {
            Some(error) => (TransportKind::Tls, self.tls(error)),
            None if error.is_connect() => self.no_connection(error.is_timeout(), &causes),
            None => (TransportKind::Broken, self.broken("before it answered", &causes)),
        };
        TransportError { kind, sent: !(error.is_connect() || is_unwritten), received: 0, reason }
    }

    /// The answer began and did not come to its end.
    pub(crate) fn cut(&self, error: &reqwest::Error) -> TransportError {
        let causes = causes(error);
        if error.is_decode() && find::<hyper::Error>(&causes).is_none() {
            return TransportError::sent(TransportKind::Broken, format!("what {} sent is no valid gzip", self.address()));
        }
        TransportError::sent(TransportKind::Broken, self.broken("in the middle of its answer", &causes))
    }

    /// The attempt took longer than it may.
    pub(crate) fn too_slow(&self, limit: Duration) -> TransportError {
        TransportError::sent(TransportKind::Timeout, format!("no complete answer from {} within {}", self.address(), seconds(limit)))
    }

    /// Nothing moved for longer than it may.
    pub(crate) fn stalled(&self, idle: Duration) -> TransportError {
        TransportError::sent(TransportKind::Timeout, format!("no byte to or from {} moved for {}", self.address(), seconds(idle)))
    }

    /// The answer is larger than allowed.
    pub(crate) fn too_large(&self, limit: u64) -> TransportError {
        TransportError::sent(TransportKind::TooLarge, format!("the answer of {} is larger than {limit} bytes", self.address()))
    }

    /// Host and port.
    fn address(&self) -> String {
        let port = self.url().as_ref().and_then(Url::port_or_known_default).unwrap_or_default();
        format!("{}:{port}", self.host())
    }

    fn host(&self) -> String {
        self.url().as_ref().and_then(Url::host_str).unwrap_or_default().to_owned()
    }

    fn url(&self) -> Option<Url> {
        Url::parse(&self.request.url).ok()
    }

    fn tls(&self, error: &rustls::Error) -> String {
        let (address, through) = (self.address(), self.transport.through());
        let rustls::Error::InvalidCertificate(error) = error else {
            return format!("the TLS handshake with {address}{through} failed: {error}");
        };
        match error {
            CertificateError::UnknownIssuer | CertificateError::BadSignature => format!(
                "the certificate of {address} comes from no authority that is trusted here; if it is your own proxy's or gateway's, pass its authority as extra_ca"
            ),
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                format!("the certificate of {address} is for another name; check base_url")
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                format!("the certificate of {address} has expired; check the clock of this machine, then the server")
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                format!("the certificate of {address} is not valid yet; check the clock of this machine")
            }
            other => format!("the certificate of {address} is refused: {other}"),
        }
    }

    fn no_connection(&self, is_timeout: bool, causes: &[&(dyn Error + 'static)]) -> (TransportKind, String) {
        let (address, through) = (self.address(), self.transport.through());
        let kind = find::<io::Error>(causes).map(io::Error::kind);
        let reason = match kind {
            _ if is_timeout || kind == Some(ErrorKind::TimedOut) => {
                let reason = format!("connecting to {address}{through} took longer than {}", seconds(self.request.limits.connect));
                return (TransportKind::Timeout, reason);
            }
            _ if causes.iter().any(|cause| cause.to_string() == "dns error") => {
                format!("looking up {}{through} failed: {}", self.host(), root(causes))
            }
            Some(ErrorKind::ConnectionRefused) => format!("connecting to {address}{through} refused"),
            _ => format!("connecting to {address}{through} failed: {}", root(causes)),
        };
        (TransportKind::Connect, reason)
    }

    fn broken(&self, when: &str, causes: &[&(dyn Error + 'static)]) -> String {
        let is_end = find::<io::Error>(causes).is_some_and(|error| error.kind() == ErrorKind::UnexpectedEof);
        match find::<hyper::Error>(causes) {
            Some(error) if error.is_parse() => format!("what {} sent is no HTTP", self.address()),
            Some(error) if is_end || error.is_incomplete_message() || error.is_canceled() => {
                format!("{} closed the connection {when}", self.address())
            }
            _ => format!("the connection to {} broke {when}: {}", self.address(), root(causes)),
        }
    }
}

/// The error and what caused it, outermost first. Never shown whole: the outermost holds the URL.
fn causes(error: &reqwest::Error) -> Vec<&(dyn Error + 'static)> {
    let mut all = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        all.push(cause);
        // `io::Error::source` skips the error that it wraps.
        let wrapped = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = wrapped.map(|wrapped| wrapped as &(dyn Error + 'static)).or_else(|| cause.source());
    }
    all
}

fn find<'a, T: Error + 'static>(causes: &[&'a (dyn Error + 'static)]) -> Option<&'a T> {
    causes.iter().find_map(|cause| cause.downcast_ref())
}

fn root(causes: &[&(dyn Error + 'static)]) -> String {
    causes.last().map_or_else(|| "no reason given".into(), ToString::to_string)
}

fn seconds(span: Duration) -> String {
    format!("{} s", span.as_secs_f64())
}
