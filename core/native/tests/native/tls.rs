use std::net::TcpStream;
use std::sync::Arc;

use larkspur_core::Host;
use larkspur_core::http::TransportKind;
use larkspur_native::{Authority, Native, NativeOptions, ProxyChoice};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::support::*;

/// An authority of the tests.
pub struct Ca(CertifiedIssuer<'static, KeyPair>);

impl Ca {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// A server's configuration for that name.
    pub fn server(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> ServerConfig {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        builder.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key).unwrap()
    }

    /// A client that trusts it.
    pub fn native(&self) -> Native {
        native_with(vec![Authority::Pem(self.0.pem().into_bytes())])
    }
}

fn native_with(extra_ca: Vec<Authority>) -> Native {
    Native::new(&NativeOptions { proxy: ProxyChoice::None, extra_ca, ..NativeOptions::default() }, None).unwrap()
}

fn encrypted(config: ServerConfig) -> impl Fn(TcpStream) -> Box<dyn Stream> + Send + Sync + 'static {
    let config = Arc::new(config);
    move |stream| Box::new(rustls::StreamOwned::new(rustls::ServerConnection::new(config.clone()).unwrap(), stream))
}

pub fn server(config: ServerConfig) -> Server {
    Server::over(encrypted(config), |_, out| reply_ok(out))
}

fn url(server: &Server) -> String {
    format!("https://localhost:{}/x?secret=1", server.port)
}

#[tokio::test]
async fn an_added_authority_is_trusted_and_others_are_told_how() {
    let ca = Ca::new();
    let server = server(ca.server("localhost", |_| {}));
    let trusting = ca.native().host();
    for _ in 0..3 {
        assert_eq!(trusting.send(request(url(&server))).await.unwrap().head.status, 200);
    }
    assert_eq!(server.connections(), 1);
    let error = native().host().send(request(url(&server))).await.unwrap_err();
    assert_eq!((error.kind, error.sent), (TransportKind::Tls, false));
    let reason = format!("the certificate of localhost:{} comes from no authority that is trusted here; ", server.port);
    assert!(error.reason.starts_with(&reason) && error.reason.ends_with("pass its authority as extra_ca"), "{}", error.reason);
}

#[tokio::test]
async fn an_authority_can_be_a_file() {
    let ca = Ca::new();
    let server = server(ca.server("localhost", |_| {}));
    let path = std::env::temp_dir().join(format!("larkspur-ca-{}.pem", std::process::id()));
    std::fs::write(&path, ca.0.pem()).unwrap();
    let native = native_with(vec![Authority::File(path.clone())]);
    std::fs::remove_file(path).unwrap();
    assert!(native.host().send(request(url(&server))).await.is_ok());
}

#[tokio::test]
async fn a_wrong_name_and_an_old_certificate_are_told() {
    let ca = Ca::new();
    let other = server(ca.server("open.example", |_| {}));
    let expired = server(ca.server("localhost", |params| params.not_after = rcgen::date_time_ymd(2001, 1, 1)));
    for (server, told) in
        [(other, "is for another name; check base_url"), (expired, "has expired; check the clock of this machine, then the server")]
    {
        let error = ca.native().host().send(request(url(&server))).await.unwrap_err();
        assert_eq!((error.kind, error.sent), (TransportKind::Tls, false));
        assert_eq!(error.reason, format!("the certificate of localhost:{} {told}", server.port));
    }
}

#[tokio::test]
async fn a_server_without_tls_is_told() {
    let server = Server::start(|_, out| reply_ok(out));
    let error = native().host().send(request(url(&server))).await.unwrap_err();
    assert!(!error.sent && matches!(error.kind, TransportKind::Tls | TransportKind::Connect), "{error:?}");
    assert!(error.reason.contains(&format!("localhost:{}", server.port)) && !error.reason.contains("secret"), "{}", error.reason);
}

#[test]
fn lanes_share_sessions_and_speak_http_1() {
    let ca = Ca::new();
    let mut config = ca.server("localhost", |_| {});
    config.alpn_protocols = vec!["h2".into(), "http/1.1".into()];
    let server = server(config);
    let native = ca.native();
    let client = client(&format!("https://localhost:{}", server.port));
    let reply = native.run(call(&client, &invocation("GET", "/x")), &mut || true, None).unwrap().unwrap();
    assert_eq!(reply.data(), br#"{"a":1}"#);
}

#[tokio::test]
async fn http_2_is_spoken_where_it_is_offered() {
    let ca = Ca::new();
    let mut config = ca.server("localhost", |_| {});
    config.alpn_protocols = vec!["h2".into(), "http/1.1".into()];
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let serving = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let stream = acceptor.accept(stream).await.unwrap();
        let version = hyper::service::service_fn(|request: hyper::Request<hyper::body::Incoming>| async move {
            let text = format!("{:?}", request.version());
            Ok::<_, std::convert::Infallible>(hyper::Response::new(http_body_util::Full::new(bytes::Bytes::from(text))))
        });
        let executor = hyper_util::rt::TokioExecutor::new();
        let _ = hyper::server::conn::http2::Builder::new(executor).serve_connection(hyper_util::rt::TokioIo::new(stream), version).await;
    });
    let host = ca.native().host();
    let sends = (0..8).map(|_| {
        let host = host.clone();
        tokio::spawn(async move { host.send(post(format!("https://localhost:{port}/"), "{}")).await })
    });
    // All over the one connection that is ever accepted.
    for send in sends.collect::<Vec<_>>() {
        let answer = send.await.unwrap().unwrap();
        assert_eq!(answer.body, larkspur_core::http::Received::Buffered("HTTP/2.0".into()));
    }
    serving.abort();
}

#[test]
fn the_environment_says_where_the_roots_are() {
    let ca = Ca::new();
    let server = server(ca.server("localhost", |_| {}));
    let path = std::env::temp_dir().join(format!("larkspur-roots-{}.pem", std::process::id()));
    std::fs::write(&path, ca.0.pem()).unwrap();
    let port = server.port.to_string();
    for (file, expected) in
        [(path.to_str().unwrap(), "200"), ("/nowhere/roots.pem", "SSL_CERT_FILE or SSL_CERT_DIR is set, and no certificate is there")]
    {
        crate::run_alone(
            "tls::alone_sends_to_localhost",
            &[("SSL_CERT_FILE", file), ("SSL_CERT_DIR", ""), ("TEST_PORT", &port), ("TEST_EXPECTED", expected)],
        );
    }
    std::fs::remove_file(path).unwrap();
}

#[tokio::test]
#[ignore = "run in a process of its own"]
async fn alone_sends_to_localhost() {
    let variable = |name| std::env::var(name).unwrap();
    let sent = native().host().send(request(format!("https://localhost:{}/", variable("TEST_PORT")))).await;
    let told = sent.map_or_else(|error| error.reason, |answer| answer.head.status.to_string());
    assert!(told.contains(&variable("TEST_EXPECTED")), "{told}");
}
