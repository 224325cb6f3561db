//! How connections are made: proxy, TLS, pools.

use std::sync::Arc;
use std::time::Duration;

use larkspur_core::Error;
use reqwest::{Client, Proxy, redirect};
use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;

use crate::options::{NativeOptions, ProxyChoice};
use crate::roots::{self, LazyVerifier};

/// Shorter than the idle time of the usual gateways, so that a pooled connection is rarely one that was just closed.
const POOL_IDLE: Duration = Duration::from_secs(50);

/// The checked options of one client.
#[derive(Debug)]
pub(crate) struct Transport {
    route: Route,
    extra_ca: Vec<CertificateDer<'static>>,
    http2: bool,
}

/// Where connections go through.
#[derive(Clone)]
enum Route {
    Env,
    Direct,
    Proxy(Box<Proxy>),
}

impl std::fmt::Debug for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Route::Env => "Env",
            Route::Direct => "Direct",
            Route::Proxy(_) => "Proxy(***)",
        })
    }
}

/// Which protocol a pool speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pool {
    /// A lane: one connection, HTTP/1.1.
    Lane,
    /// All spawned calls of a client: HTTP/2 where it is offered.
    Shared,
}

impl Transport {
    pub(crate) fn new(options: &NativeOptions) -> Result<Self, Error> {
        let route = match &options.proxy {
            ProxyChoice::Env => Route::Env,
            ProxyChoice::None => Route::Direct,
            ProxyChoice::Url(url) => Route::Proxy(Box::new(proxy(url)?)),
        };
        Ok(Self { route, extra_ca: roots::read(&options.extra_ca)?, http2: options.http2 })
    }

    /// The TLS configuration of all connections of this client.
    pub(crate) fn tls(&self) -> Result<ClientConfig, rustls::Error> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = LazyVerifier::new(provider.clone(), self.extra_ca.clone());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        // "Dangerous" is any verifier that is not rustls' own; this one asks rustls' own.
        Ok(builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
    }

    /// Makes a pool of connections.
    pub(crate) fn client(&self, mut tls: ClientConfig, pool: Pool, connect: Duration) -> reqwest::Result<Client> {
        let is_http2 = self.http2 && pool == Pool::Shared;
        tls.alpn_protocols = if is_http2 { vec!["h2".into(), "http/1.1".into()] } else { vec!["http/1.1".into()] };
        let builder = Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(redirect::Policy::none())
            .referer(false)
            .connect_timeout(connect)
            .pool_idle_timeout(POOL_IDLE);
        let builder = if is_http2 { builder } else { builder.http1_only() };
        match &self.route {
            Route::Env => builder,
            Route::Direct => builder.no_proxy(),
            Route::Proxy(proxy) => builder.proxy(Proxy::clone(proxy)),
        }
        .build()
    }

    /// What an error says about the way there.
    pub(crate) fn through(&self) -> &'static str {
        const NAMES: [&str; 6] = ["https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"];
        match self.route {
            Route::Proxy(_) => " through the proxy",
            Route::Env if NAMES.iter().any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty())) => {
                " (the environment names a proxy)"
            }
            Route::Env | Route::Direct => "",
        }
    }
}

fn proxy(url: &str) -> Result<Proxy, Error> {
    const SCHEMES: [&str; 4] = ["http", "https", "socks5", "socks5h"];
    let refused =
        || Error::config("proxy is no URL of a proxy").with_remedy("pass http://, https://, socks5:// or socks5h:// with host and port");
    let parsed = reqwest::Url::parse(url).ok().filter(|url| url.has_host() && SCHEMES.contains(&url.scheme())).ok_or_else(refused)?;
    Proxy::all(parsed).map_err(|_| refused())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transport(proxy: ProxyChoice) -> Result<Transport, Error> {
        Transport::new(&NativeOptions { proxy, ..NativeOptions::default() })
    }

    #[test]
    fn a_proxy_must_be_a_url_and_is_never_shown() {
        for url in ["", "localhost:3128", "ftp://s3cret@h", "socks4://h:1", "http://"] {
            let error = transport(ProxyChoice::Url(url.into())).unwrap_err();
            assert!(error.to_string().starts_with("proxy is no URL of a proxy; pass http://"), "{url}: {error}");
        }
        let options = NativeOptions { proxy: ProxyChoice::Url("http://me:s3cret@h:3128".into()), ..NativeOptions::default() };
        let shown = format!("{options:?} {:?}", Transport::new(&options).unwrap());
        assert!(!shown.contains("s3cret"), "{shown}");
    }

    #[test]
    fn every_kind_of_proxy_makes_a_client() {
        for url in ["http://h:1", "https://me:pw@h:1", "socks5://h:1", "socks5h://me:pw@h:1"] {
            let transport = transport(ProxyChoice::Url(url.into())).unwrap();
            transport.client(transport.tls().unwrap(), Pool::Shared, Duration::from_secs(1)).unwrap();
        }
    }
}
