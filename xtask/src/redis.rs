//! A Redis of the tests' own, started for as long as a command needs it.

use crate::run;
use crate::tools::program;
use anyhow::{Result, bail};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long it may take to listen.
const PATIENCE: Duration = Duration::from_secs(10);

/// A running Redis that keeps nothing; it ends when this is dropped.
pub struct Redis {
    child: Child,
    port: u16,
}

impl Redis {
    /// Starts it on a free port of the loopback.
    ///
    /// # Errors
    /// When it cannot be had, or does not listen in time.
    pub fn start() -> Result<Self> {
        program("redis-server", "6", &["redis-server"])?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let mut command = Command::new("redis-server");
        command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
        let child = run::spawn(command.stdin(Stdio::null()).stdout(Stdio::null()))?;
        let mut redis = Self { child, port };
        redis.listens()?;
        Ok(redis)
    }

    /// Where it listens on the loopback, as text.
    pub fn port(&self) -> String {
        self.port.to_string()
    }

    fn listens(&mut self) -> Result<()> {
        let limit = Instant::now() + PATIENCE;
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_err() {
            if Instant::now() > limit || self.child.try_wait()?.is_some() {
                bail!("redis-server did not start");
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        if let Err(error) = run::end(&mut self.child) {
            run::say("failed", &format!("the Redis (process {}) did not end: {error}", self.child.id()));
        }
    }
}
