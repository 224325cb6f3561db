//! How connections are made: proxy, TLS, pools.

use std::sync::Arc;

use http::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use larkspur_core::Error;
use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;

use crate::crypto;
use crate::options::{NativeOptions, ProxyChoice};
use crate::roots::{self, LazyVerifier};

/// The checked options of one client.
#[derive(Debug)]
pub(crate) struct Transport {
    route: Route,
    extra_ca: Vec<CertificateDer<'static>>,
    http2: bool,
}

/// Where connections go through.
enum Route {
    Env(Matcher),
    Direct,
    Proxy(Matcher),
}

impl std::fmt::Debug for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Route::Env(_) => "Env",
            Route::Direct => "Direct",
            Route::Proxy(_) => "Proxy(***)",
        })
    }
}

/// Two views of one TLS configuration, with the same sessions.
#[derive(Clone, Debug)]
pub(crate) struct Tls {
    /// HTTP/1.1.
    pub(crate) lane: Arc<ClientConfig>,
    /// HTTP/2 where it is offered.
    pub(crate) shared: Arc<ClientConfig>,
}

impl Transport {
    pub(crate) fn new(options: &NativeOptions) -> Result<Self, Error> {
        let route = match &options.proxy {
            ProxyChoice::Env => Route::Env(Matcher::from_env()),
            ProxyChoice::None => Route::Direct,
            ProxyChoice::Url(url) => Route::Proxy(proxy(url)?),
        };
        Ok(Self { route, extra_ca: roots::read(&options.extra_ca)?, http2: options.http2 })
    }

    /// The TLS configuration of all connections of this client: that of lanes, and that of the shared pool.
    pub(crate) fn tls(&self) -> Result<Tls, rustls::Error> {
        let provider = Arc::new(crypto::provider());
        let verifier = LazyVerifier::new(provider.clone(), self.extra_ca.clone());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        // "Dangerous" is any verifier that is not rustls' own; this one asks rustls' own.
        let mut lane = builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth();
        lane.alpn_protocols = vec!["http/1.1".into()];
        let mut shared = lane.clone();
        if self.http2 {
            shared.alpn_protocols.insert(0, "h2".into());
        }
        Ok(Tls { lane: Arc::new(lane), shared: Arc::new(shared) })
    }

    /// The proxy on the way there.
    pub(crate) fn proxy(&self, to: &Uri) -> Option<Intercept> {
        match &self.route {
            Route::Direct => None,
            Route::Env(matcher) | Route::Proxy(matcher) => matcher.intercept(to),
        }
    }

    /// What an error says about the way there.
    pub(crate) fn through(&self) -> &'static str {
        const NAMES: [&str; 6] = ["https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"];
        match &self.route {
            Route::Proxy(_) => " through the proxy",
            Route::Env(_) if NAMES.iter().any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty())) => {
                " (the environment names a proxy)"
            }
            Route::Env(_) | Route::Direct => "",
        }
    }
}

fn proxy(url: &str) -> Result<Matcher, Error> {
    const SCHEMES: [&str; 4] = ["http", "https", "socks5", "socks5h"];
    let parsed = url.parse::<Uri>().ok().filter(|url| url.scheme_str().is_some_and(|scheme| SCHEMES.contains(&scheme)));
    match parsed.filter(|url| url.host().is_some_and(|host| !host.is_empty())) {
        Some(_) => Ok(Matcher::builder().all(url).build()),
        None => {
            let error = Error::config("proxy is no URL of a proxy");
            Err(error.with_remedy("pass http://, https://, socks5:// or socks5h:// with host and port"))
        }
    }
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
    fn every_kind_of_proxy_is_taken_for_every_address() {
        for url in ["http://h:1", "https://me:pw@h:1", "socks5://h:1", "socks5h://me:pw@h"] {
            let transport = transport(ProxyChoice::Url(url.into())).unwrap();
            for to in ["http://open.example/x", "https://open.example/x"] {
                assert_eq!(transport.proxy(&to.parse().unwrap()).unwrap().uri().host(), Some("h"), "{url}");
            }
        }
    }
}
