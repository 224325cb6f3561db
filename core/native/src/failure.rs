//! What went wrong between here and the server, in one line without URL, header or secret.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::time::Duration;

use http::Uri;
use http::uri::Scheme;
use larkspur_core::http::{TransportError, TransportKind};
use rustls::CertificateError;

use crate::transport::Transport;

/// Who is called, for messages; nothing is computed before one is needed.
pub(crate) struct Peer<'a> {
    pub(crate) to: &'a Uri,
    pub(crate) connect: Duration,
    pub(crate) transport: &'a Transport,
}

impl Peer<'_> {
    /// There is no connection.
    pub(crate) fn no_connection(&self, error: &(dyn Error + 'static)) -> TransportError {
        let causes = causes(Some(error));
        let (kind, reason) = match find::<rustls::Error>(&causes) {
            Some(error) => (TransportKind::Tls, self.tls(error)),
            None => self.unconnected(&causes),
        };
        TransportError::unsent(kind, reason)
    }

    /// There is no connection in time.
    pub(crate) fn slow_connection(&self) -> TransportError {
        let (address, through) = (self.address(), self.transport.through());
        TransportError::unsent(
            TransportKind::Timeout,
            format!("connecting to {address}{through} took longer than {}", seconds(self.connect)),
        )
    }

    /// No head of an answer came.
    pub(crate) fn no_answer(&self, error: &hyper::Error, sent: bool) -> TransportError {
        let reason = self.broken("before it answered", error);
        TransportError { kind: TransportKind::Broken, sent, received: 0, reason }
    }

    /// The answer began and did not come to its end.
    pub(crate) fn cut(&self, error: &hyper::Error) -> TransportError {
        TransportError::sent(TransportKind::Broken, self.broken("in the middle of its answer", error))
    }

    /// The answer says that it is compressed, and is not.
    pub(crate) fn no_gzip(&self) -> TransportError {
        TransportError::sent(TransportKind::Broken, format!("what {} sent is no valid gzip", self.address()))
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
        let port = self.to.port_u16().unwrap_or(if self.to.scheme() == Some(&Scheme::HTTPS) { 443 } else { 80 });
        format!("{}:{port}", self.host())
    }

    fn host(&self) -> &str {
        self.to.host().unwrap_or_default()
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

    fn unconnected(&self, causes: &[&(dyn Error + 'static)]) -> (TransportKind, String) {
        let (address, through) = (self.address(), self.transport.through());
        let reason = match find::<io::Error>(causes).map(io::Error::kind) {
            Some(ErrorKind::TimedOut) => return (TransportKind::Timeout, format!("connecting to {address}{through} took too long")),
            _ if causes.iter().any(|cause| cause.to_string() == "dns error") => {
                format!("looking up {}{through} failed: {}", self.host(), root(causes))
            }
            Some(ErrorKind::ConnectionRefused) => format!("connecting to {address}{through} refused"),
            _ => format!("connecting to {address}{through} failed: {}", root(causes)),
        };
        (TransportKind::Connect, reason)
    }

    fn broken(&self, when: &str, error: &hyper::Error) -> String {
        let causes = causes(error.source());
        let is_end = find::<io::Error>(&causes).is_some_and(|error| error.kind() == ErrorKind::UnexpectedEof);
        if error.is_parse() {
            return format!("what {} sent is no HTTP", self.address());
        }
        if is_end || error.is_incomplete_message() || error.is_canceled() {
            return format!("{} closed the connection {when}", self.address());
        }
        format!(
            "the connection to {} broke {when}: {}",
            self.address(),
            causes.last().map_or_else(|| error.to_string(), ToString::to_string)
        )
    }
}

/// The error and what caused it, outermost first.
fn causes<'a>(error: Option<&'a (dyn Error + 'static)>) -> Vec<&'a (dyn Error + 'static)> {
    let mut all = Vec::new();
    let mut next = error;
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
