//! New connections: to the server or through a proxy, encrypted or not.

use std::error::Error;
use std::future::{Ready, ready};
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use http::uri::Scheme;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::client::proxy::matcher::Intercept;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use socket2::{SockRef, Socket};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tower_service::Service;

/// What a silent peer is asked whether it still lives.
const KEEPALIVE: Duration = Duration::from_secs(15);
const KEEPALIVE_TRIES: u32 = 3;

/// The port of a SOCKS proxy that names none.
const SOCKS_PORT: u16 = 1080;

/// Why there is no connection.
pub(crate) type DialError = Box<dyn Error + Send + Sync>;

/// Bytes in both directions, encrypted or not.
pub(crate) type Wire = TokioIo<Box<dyn Duplex>>;

/// What a connection can run over.
pub(crate) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// A new connection.
pub(crate) struct Dialed {
    pub(crate) wire: Wire,
    /// Whether both sides agreed on HTTP/2.
    pub(crate) is_http2: bool,
    /// The socket underneath, to ask it whether the peer has closed.
    pub(crate) socket: Option<Socket>,
    /// The proxy that passes plain requests on.
    pub(crate) forwarder: Option<Intercept>,
}

/// Connects to the server that the address names.
///
/// # Errors
/// When a name is not found, a port refuses, a proxy refuses, or the TLS handshake fails.
pub(crate) async fn dial(to: &Uri, proxy: Option<Intercept>, tls: Arc<ClientConfig>) -> Result<Dialed, DialError> {
    let is_plain = to.scheme() != Some(&Scheme::HTTPS);
    let Some(proxy) = proxy else {
        let tcp = tcp(to).await?;
        let socket = duplicate(&tcp);
        let dialed = Dialed { wire: boxed(tcp), is_http2: false, socket, forwarder: None };
        return if is_plain { Ok(dialed) } else { encrypt(dialed, to, tls).await };
    };
    let tcp = tcp(&with_port(proxy.uri())?).await?;
    let socket = duplicate(&tcp);
    let mut dialed = Dialed { wire: boxed(tcp), is_http2: false, socket, forwarder: None };
    match proxy.uri().scheme_str() {
        Some("socks5" | "socks5h") => dialed.wire = through_socks(dialed.wire, to, &proxy).await?,
        Some("http") => {}
        Some("https") => dialed = encrypt(dialed, proxy.uri(), http1_only(&tls)).await?,
        _ => return Err("the proxy's scheme is none of http, https, socks5, socks5h".into()),
    }
    match (is_plain, proxy.uri().scheme_str()) {
        (true, Some("http" | "https")) => return Ok(Dialed { forwarder: Some(proxy), ..dialed }),
        (true, _) => return Ok(dialed),
        (false, Some("http" | "https")) => dialed.wire = through_tunnel(dialed.wire, to, &proxy).await?,
        (false, _) => {}
    }
    encrypt(dialed, to, tls).await
}

async fn tcp(to: &Uri) -> Result<TokioIo<TcpStream>, DialError> {
    let mut connector = HttpConnector::new();
    connector.enforce_http(false);
    connector.set_nodelay(true);
    connector.set_keepalive(Some(KEEPALIVE));
    connector.set_keepalive_interval(Some(KEEPALIVE));
    connector.set_keepalive_retries(Some(KEEPALIVE_TRIES));
    Ok(connector.call(to.clone()).await?)
}

async fn encrypt(dialed: Dialed, to: &Uri, tls: Arc<ClientConfig>) -> Result<Dialed, DialError> {
    let host = to.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let name = ServerName::try_from(host.to_owned())?;
    let stream = TlsConnector::from(tls).connect(name, dialed.wire.into_inner()).await?;
    let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    Ok(Dialed { wire: TokioIo::new(Box::new(stream)), is_http2, ..dialed })
}

async fn through_tunnel(wire: Wire, to: &Uri, proxy: &Intercept) -> Result<Wire, DialError> {
    let tunnel = Tunnel::new(proxy.uri().clone(), Made(Some(wire)));
    let mut tunnel = match proxy.basic_auth() {
        Some(credentials) => tunnel.with_auth(credentials.clone()),
        None => tunnel,
    };
    Ok(tunnel.call(to.clone()).await?)
}

async fn through_socks(wire: Wire, to: &Uri, proxy: &Intercept) -> Result<Wire, DialError> {
    let socks = SocksV5::new(proxy.uri().clone(), Made(Some(wire)));
    let mut socks = match proxy.raw_auth() {
        Some((user, password)) => socks.with_auth(user.to_owned(), password.to_owned()),
        None => socks,
    };
    let to = match proxy.uri().scheme_str() {
        Some("socks5") => resolved(to).await?,
        _ => to.clone(),
    };
    socks.call(to).await.map_err(|error| format!("the proxy: {error}").into())
}

/// The address with its host looked up here: what `socks5` means, where `socks5h` leaves it to the proxy.
async fn resolved(to: &Uri) -> Result<Uri, DialError> {
    let host = to.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let port = to.port_u16().unwrap_or(if to.scheme() == Some(&Scheme::HTTPS) { 443 } else { 80 });
    let address = tokio::net::lookup_host((host, port)).await?.next().ok_or("the name has no address")?;
    let mut parts = to.clone().into_parts();
    parts.authority = Some(address.to_string().try_into()?);
    Ok(Uri::from_parts(parts)?)
}

fn with_port(proxy: &Uri) -> Result<Uri, DialError> {
    let is_socks = proxy.scheme_str().is_some_and(|scheme| scheme.starts_with("socks"));
    if !is_socks || proxy.port().is_some() {
        return Ok(proxy.clone());
    }
    let mut parts = proxy.clone().into_parts();
    parts.authority = Some(format!("{}:{SOCKS_PORT}", proxy.host().unwrap_or_default()).try_into()?);
    Ok(Uri::from_parts(parts)?)
}

/// A proxy is spoken to in HTTP/1.1.
fn http1_only(tls: &Arc<ClientConfig>) -> Arc<ClientConfig> {
    let mut tls = ClientConfig::clone(tls);
    tls.alpn_protocols = vec!["http/1.1".into()];
    Arc::new(tls)
}

fn boxed(tcp: TokioIo<TcpStream>) -> Wire {
    TokioIo::new(Box::new(tcp.into_inner()))
}

fn duplicate(tcp: &TokioIo<TcpStream>) -> Option<Socket> {
    SockRef::from(tcp.inner()).try_clone().ok()
}

/// A "connector" for the handshakes with proxies: its connection stands already.
struct Made(Option<Wire>);

impl Service<Uri> for Made {
    type Response = Wire;
    type Error = io::Error;
    type Future = Ready<io::Result<Wire>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        ready(self.0.take().ok_or_else(|| io::ErrorKind::NotConnected.into()))
    }
}
