//! A stand-in for the Feishu / Lark Open Platform, for tests: it listens on loopback and keeps everything in memory.
//!
//! ```
//! let sandbox = larkspur_sandbox::Sandbox::start()?;
//! assert!(sandbox.url().starts_with("http://127.0.0.1:"));
//! sandbox.stop();
//! # Ok::<(), std::io::Error>(())
//! ```

mod answer;
mod app;
mod auth;
mod blob;
mod catalog;
mod check;
mod clock;
mod contact;
mod control;
mod directory;
mod drive;
mod fault;
mod files;
mod hook;
mod im;
mod limit;
mod log;
mod oauth;
mod outgoing;
mod paging;
mod platform;
mod project;
mod push;
mod received;
mod router;
mod sample;
mod serve;
#[cfg(feature = "tls")]
mod tls;
mod tokens;
mod world;

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

/// A running sandbox. It ends when this is dropped.
pub struct Sandbox {
    url: String,
    runtime: Option<Runtime>,
}

/// Where and how a sandbox listens.
#[derive(Clone, Debug)]
pub struct Options {
    /// The address to listen on; loopback unless set.
    pub host: IpAddr,
    /// The port; 0 takes a free one.
    pub port: u16,
    /// Files of a certificate chain and its key in PEM: then the sandbox serves HTTPS (needs the feature `tls`).
    pub tls: Option<(PathBuf, PathBuf)>,
}

impl Sandbox {
    /// Starts a sandbox on a free port of the loopback interface.
    ///
    /// # Errors
    /// When the system gives no port or no thread.
    pub fn start() -> io::Result<Sandbox> {
        Sandbox::start_with(Options::default())
    }

    /// Starts a sandbox as `options` say.
    ///
    /// # Errors
    /// When the address cannot be had, or the certificate cannot be read.
    pub fn start_with(options: Options) -> io::Result<Sandbox> {
        let tls = tls_of(&options)?;
        let scheme = if options.tls.is_some() { "https" } else { "http" };
        let runtime = Builder::new_multi_thread().worker_threads(2).thread_name("sandbox").enable_all().build()?;
        let listener = runtime.block_on(TcpListener::bind(SocketAddr::new(options.host, options.port)))?;
        let url = format!("{scheme}://{}", listener.local_addr()?);
        catalog::Catalog::get();
        runtime.spawn(serve::serve(listener, Arc::new(world::World::new()), tls));
        Ok(Sandbox { url, runtime: Some(runtime) })
    }

    /// The base URL, such as `http://127.0.0.1:40123`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Stops the sandbox; open connections are closed.
    pub fn stop(self) {}
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Default for Options {
    fn default() -> Options {
        Options { host: IpAddr::V4(Ipv4Addr::LOCALHOST), port: 0, tls: None }
    }
}

#[cfg(feature = "tls")]
fn tls_of(options: &Options) -> io::Result<serve::Tls> {
    let acceptor = options.tls.as_ref().map(|(cert, key)| tls::acceptor(cert, key)).transpose()?;
    Ok(serve::Tls { acceptor })
}

#[cfg(not(feature = "tls"))]
fn tls_of(options: &Options) -> io::Result<serve::Tls> {
    match options.tls {
        None => Ok(serve::Tls::default()),
        Some(_) => Err(io::Error::other("this build of the sandbox has no TLS; build it with --features tls")),
    }
}
