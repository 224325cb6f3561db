//! Tokens in a Redis, and the pace of a fleet.

use std::fmt;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use larkspur_core::redis::Script;
use larkspur_core::{Error, Secret, Stored, Wall};
use redis::{Client, Cmd, Connection, ErrorKind, IntoConnectionInfo, RedisError, TlsCertificates};

use super::{RedisLayout, Seal, Store};
use crate::lock::lock;
use crate::options::Authority;
use crate::per_process::PerProcess;
use crate::roots;

/// How long one question may take; a store has five seconds in all.
const PATIENCE: Duration = Duration::from_secs(1);

/// After a failure nobody tries for so long, so that those who wait for a Redis that hangs do not wait one after the other.
const PAUSE: Duration = Duration::from_millis(500);

/// A store in a Redis, which a fleet of processes on many machines may share.
///
/// One connection for each process, made with the first question and again when it broke. A value expires in the Redis when it is of no
/// more use.
pub struct RedisStore {
    client: Client,
    layout: RedisLayout,
    line: PerProcess<Mutex<Line>>,
}

/// The connection of one process.
#[derive(Default)]
struct Line {
    connection: Option<Connection>,
    failed: Option<(Instant, String)>,
}

impl RedisStore {
    /// The store behind a URL, under keys that begin with `prefix`. Nothing is sent before the first question.
    ///
    /// The URL is `redis://USER:PASSWORD@HOST:PORT/DB`, each part but the host optional; `rediss` encrypts and trusts the system's
    /// certificate authorities; `unix:///PATH` is a socket of this machine.
    ///
    /// # Errors
    /// [`Class::Config`](larkspur_core::Class::Config) for another URL; the error does not show it, since it may hold a password.
    pub fn new(url: &str, prefix: impl Into<String>) -> Result<Self, Error> {
        let info = url.into_connection_info().ok().map(|info| {
            let settings = info.redis_settings().clone().set_skip_set_lib_name();
            info.set_redis_settings(settings)
        });
        let client = info.and_then(|info| Client::open(info).ok()).ok_or_else(bad_url)?;
        let info = client.get_connection_info();
        let scheme = url.split_once(':').map_or("redis", |(scheme, _)| scheme).to_ascii_lowercase();
        let shown = format!("{scheme}://{}/{}", info.addr(), info.redis_settings().db());
        Ok(Self { client, layout: RedisLayout::new(shown, prefix, Seal::default()), line: PerProcess::new() })
    }

    /// The same store, with its values encrypted.
    #[must_use]
    pub fn sealed(self, seal: Seal) -> Self {
        let layout = RedisLayout::new(self.layout.name(), self.layout.prefix(), seal);
        Self { layout, ..self }
    }

    /// The same store behind `rediss`, whose certificate comes from this authority: it is trusted in the place of the system's.
    ///
    /// # Errors
    /// [`Class::Config`](larkspur_core::Class::Config) for an authority that cannot be read, and for a URL without TLS.
    pub fn trusting(self, authority: &Authority) -> Result<Self, Error> {
        roots::read(std::slice::from_ref(authority))?;
        let certificates = TlsCertificates { client_tls: None, root_cert: Some(roots::pem(authority)?) };
        let client = Client::build_with_tls(self.client.get_connection_info().clone(), certificates);
        let client = client.map_err(|_| Error::config("url has no TLS").with_remedy("pass rediss://, or leave the authority out"))?;
        Ok(Self { client, ..self })
    }

    /// The URL without user and password.
    pub fn url(&self) -> &str {
        self.layout.name()
    }

    /// What its keys begin with.
    pub fn prefix(&self) -> &str {
        self.layout.prefix()
    }

    /// What lies under the key, and the Redis' own time.
    pub(crate) fn load_with_time(&self, key: &str) -> Result<(Option<Stored>, Wall), String> {
        self.layout.loaded(key, &self.run(&self.layout.load(key))?)
    }

    fn run(&self, script: &Script) -> Result<String, String> {
        self.ask(redis::cmd("EVAL").arg(script.text).arg(1).arg(&script.key).arg(&script.arguments))
    }

    /// Asks on the connection of this process; one that broke since the last question is made anew once.
    fn ask(&self, command: &Cmd) -> Result<String, String> {
        let mut line = lock(self.line.get());
        if let Some((_, reason)) = line.failed.as_ref().filter(|(since, _)| since.elapsed() < PAUSE) {
            return Err(reason.clone());
        }
        let is_old = line.connection.is_some();
        let answer = match line.ask(&self.client, command) {
            Err(error) if is_old && error.is_connection_dropped() && !error.is_timeout() => line.ask(&self.client, command),
            answer => answer,
        };
        let is_down = answer.as_ref().is_err_and(RedisError::is_io_error);
        let answer = answer.map_err(|error| self.failed(&error));
        line.failed = answer.as_ref().err().filter(|_| is_down).map(|reason| (Instant::now(), reason.clone()));
        answer
    }

    /// Not the server's own words: they may quote what was sent.
    fn failed(&self, error: &RedisError) -> String {
        let what = match (error.code(), error.kind()) {
            (Some(code), _) => format!("refuses with {code}"),
            (_, ErrorKind::AuthenticationFailed) => "refuses the user or the password".to_owned(),
            _ if error.is_timeout() => "gives no answer".to_owned(),
            (_, ErrorKind::Io) => format!("cannot be reached ({error})"),
            (_, kind) => format!("cannot be used ({kind:?})"),
        };
        self.layout.told(&what)
    }
}

impl Line {
    fn ask(&mut self, client: &Client, command: &Cmd) -> Result<String, RedisError> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => connect(client)?,
        };
        let answer = command.query(&mut connection);
        // After an error of the connection its next answer may belong to this question.
        if answer.as_ref().err().is_none_or(|error: &RedisError| error.code().is_some()) {
            self.connection = Some(connection);
        }
        answer
    }
}

fn connect(client: &Client) -> Result<Connection, RedisError> {
    let connection = client.get_connection_with_timeout(PATIENCE)?;
    connection.set_read_timeout(Some(PATIENCE))?;
    connection.set_write_timeout(Some(PATIENCE))?;
    Ok(connection)
}

fn bad_url() -> Error {
    Error::config("url is no address of a Redis").with_remedy("pass redis://user:password@host:port/db, or rediss:// for TLS")
}

impl Store for RedisStore {
    fn load(&self, key: &str) -> Result<Option<Stored>, String> {
        self.load_with_time(key).map(|(found, _)| found)
    }

    fn swap(&self, key: &str, expected: Option<&str>, value: &Secret, ttl: Duration) -> Result<bool, String> {
        self.layout.swapped(&self.run(&self.layout.swap(key, expected, value, ttl)?)?)
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("RedisStore");
        shown.field("url", &self.url()).field("prefix", &self.prefix()).field("seal", self.layout.seal()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_shown_without_user_and_password() {
        for (url, shown) in [
            ("redis://127.0.0.1", "redis://127.0.0.1:6379/0"),
            ("redis://me:s3cret@h:7000/3", "redis://h:7000/3"),
            ("rediss://:s3cret@h", "rediss://h:6379/0"),
        ] {
            let store = RedisStore::new(url, "larkspur:").unwrap().sealed(Seal::new(&[7; 32]).unwrap());
            assert_eq!(store.url(), shown);
            assert!(!format!("{store:?}").contains("s3cret"), "{store:?}");
        }
    }

    #[test]
    fn what_is_no_url_of_a_redis_is_refused_and_not_shown() {
        for url in ["", "localhost", "http://me:s3cret@h", "redis://", "redis://:s3cret@h/x", "redis://h:99999", "redis://s3cret@@:x"] {
            let error = RedisStore::new(url, "").unwrap_err().to_string();
            assert!(error.starts_with("url is no address of a Redis; pass redis://") && !error.contains("s3cret"), "{url}: {error}");
        }
    }

    #[test]
    fn a_redis_that_is_not_there_is_told_at_once_and_not_asked_by_everybody() {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let store = RedisStore::new(&format!("redis://:s3cret@127.0.0.1:{port}"), "").unwrap();
        let reason = store.load("k").unwrap_err();
        assert!(reason.starts_with(&format!("redis://127.0.0.1:{port}/0 cannot be reached (")), "{reason}");
        assert_eq!(store.swap("k", None, &Secret::new("t-secret"), PAUSE).unwrap_err(), reason);
    }

    #[test]
    fn a_redis_that_hangs_holds_nobody_up_for_long() {
        let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let store = RedisStore::new(&format!("redis://{}", silent.local_addr().unwrap()), "").unwrap();
        let begun = Instant::now();
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| store.load("k").unwrap_err())).collect();
            for thread in threads {
                assert!(thread.join().unwrap().ends_with("gives no answer"));
            }
        });
        assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    }
}
