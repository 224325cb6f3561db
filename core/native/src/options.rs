//! What a client is told about the network.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::store::Store;

/// The options of a client that only a native host has.
#[derive(Clone, Debug)]
pub struct NativeOptions {
    /// Which proxy calls go through.
    pub proxy: ProxyChoice,
    /// Certificate authorities to trust besides the system's.
    pub extra_ca: Vec<Authority>,
    /// Whether spawned calls use HTTP/2 where the server offers it; calls on a lane always use HTTP/1.1.
    pub http2: bool,
    /// Where tokens are kept, for a client whose options say `has_token_store`; without one the [`Asker`](crate::Asker) is asked.
    pub token_store: Option<Arc<dyn Store>>,
    /// What a fleet shares its pace through, for a client whose options say `has_pacing_store`.
    #[cfg(feature = "redis")]
    pub pacing_store: Option<Arc<crate::store::RedisStore>>,
}

impl Default for NativeOptions {
    fn default() -> Self {
        Self {
            proxy: ProxyChoice::Env,
            extra_ca: Vec::new(),
            http2: true,
            token_store: None,
            #[cfg(feature = "redis")]
            pacing_store: None,
        }
    }
}

/// Which proxy calls go through.
#[derive(Clone, Default)]
pub enum ProxyChoice {
    /// The one that `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` name, if they do.
    #[default]
    Env,
    /// None, whatever the environment says.
    None,
    /// This one: `http`, `https`, `socks5` or `socks5h`, with user and password in the URL if it needs them. `NO_PROXY` does not apply.
    Url(String),
}

impl fmt::Debug for ProxyChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ProxyChoice::Env => "Env",
            ProxyChoice::None => "None",
            // It may hold a password.
            ProxyChoice::Url(_) => "Url(***)",
        })
    }
}

/// Where the certificate of an authority is.
#[derive(Clone)]
pub enum Authority {
    /// One or more certificates as PEM text.
    Pem(Vec<u8>),
    /// A file of them.
    File(PathBuf),
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Authority::Pem(bytes) => write!(f, "Pem({} bytes)", bytes.len()),
            Authority::File(path) => write!(f, "File({})", path.display()),
        }
    }
}
