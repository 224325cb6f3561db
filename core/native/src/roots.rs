//! Which certificate authorities are trusted.

use std::fs;
use std::sync::{Arc, OnceLock};

use larkspur_core::Error;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, RootCertStore, SignatureScheme};

use crate::options::Authority;

/// Checks certificates as rustls does, against roots that are read at the first handshake: reading them takes longer than starting a client.
#[derive(Debug)]
pub(crate) struct LazyVerifier {
    provider: Arc<CryptoProvider>,
    extra: Vec<CertificateDer<'static>>,
    verifier: OnceLock<Result<Arc<WebPkiServerVerifier>, String>>,
}

impl LazyVerifier {
    pub(crate) fn new(provider: Arc<CryptoProvider>, extra: Vec<CertificateDer<'static>>) -> Self {
        Self { provider, extra, verifier: OnceLock::new() }
    }

    fn verifier(&self) -> Result<&WebPkiServerVerifier, rustls::Error> {
        match self.verifier.get_or_init(|| self.build()) {
            Ok(verifier) => Ok(verifier),
            Err(reason) => Err(rustls::Error::General(reason.clone())),
        }
    }

    fn build(&self) -> Result<Arc<WebPkiServerVerifier>, String> {
        let mut roots = system_roots(rustls_native_certs::load_native_certs().certs, is_chosen())?;
        roots.add_parsable_certificates(self.extra.iter().cloned());
        let builder = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), self.provider.clone());
        builder.build().map_err(|error| format!("no certificate authority can be used: {error}"))
    }
}

/// Whether the environment says where the roots are.
fn is_chosen() -> bool {
    ["SSL_CERT_FILE", "SSL_CERT_DIR"].iter().any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// The system's roots, or the bundled ones where there are none. Roots that were chosen by hand are never widened.
fn system_roots(found: Vec<CertificateDer<'static>>, chosen: bool) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found);
    if roots.is_empty() && chosen {
        return Err("SSL_CERT_FILE or SSL_CERT_DIR is set, and no certificate is there".into());
    }
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    Ok(roots)
}

/// Reads the authorities that the caller adds.
///
/// # Errors
/// A configuration error when a file cannot be read or holds no certificate.
pub(crate) fn read(authorities: &[Authority]) -> Result<Vec<CertificateDer<'static>>, Error> {
    let mut all = Vec::new();
    for authority in authorities {
        let certificates = CertificateDer::pem_slice_iter(&pem(authority)?).collect::<Result<Vec<_>, _>>();
        all.extend(certificates.ok().filter(|found| are_authorities(found)).ok_or_else(no_certificate)?);
    }
    Ok(all)
}

/// The certificates of an authority as text, whatever it holds.
///
/// # Errors
/// A configuration error when a file cannot be read.
pub(crate) fn pem(authority: &Authority) -> Result<Vec<u8>, Error> {
    match authority {
        Authority::Pem(pem) => Ok(pem.clone()),
        Authority::File(path) => {
            fs::read(path).map_err(|error| Error::config(format!("extra_ca {} cannot be read: {error}", path.display())))
        }
    }
}

fn are_authorities(certificates: &[CertificateDer<'static>]) -> bool {
    let mut roots = RootCertStore::empty();
    certificates.iter().any(|certificate| roots.add(certificate.clone()).is_ok())
}

fn no_certificate() -> Error {
    Error::config("extra_ca holds no certificate").with_remedy("pass PEM text that begins with -----BEGIN CERTIFICATE-----")
}

impl ServerCertVerifier for LazyVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.verifier()?.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier()?.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier()?.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_system_roots_the_bundled_ones_are_used() {
        let roots = system_roots(Vec::new(), false).unwrap();
        assert!(roots.len() > 50, "{}", roots.len());
    }

    #[test]
    fn roots_chosen_by_hand_are_never_widened() {
        let reason = system_roots(Vec::new(), true).unwrap_err();
        assert!(reason.starts_with("SSL_CERT_FILE"), "{reason}");
    }

    #[test]
    fn what_is_no_certificate_is_refused_with_the_remedy() {
        for pem in ["", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            let error = read(&[Authority::Pem(pem.into())]).unwrap_err();
            assert_eq!(error.to_string(), "extra_ca holds no certificate; pass PEM text that begins with -----BEGIN CERTIFICATE-----");
        }
        let error = read(&[Authority::File("/nowhere/ca.pem".into())]).unwrap_err();
        assert!(error.to_string().starts_with("extra_ca /nowhere/ca.pem cannot be read"), "{error}");
    }
}
