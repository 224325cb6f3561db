//! The pair of sockets through which a thread of the runtime wakes an event loop.

use std::io::{self, Read, Write};

#[cfg(unix)]
type Socket = std::os::unix::net::UnixStream;
#[cfg(windows)]
type Socket = std::net::TcpStream;

/// One end is written to, the other watched. Both live equally long: writing never meets a closed socket.
pub struct Bell {
    reading: Socket,
    writing: Socket,
}

impl Bell {
    /// One that is silent.
    ///
    /// # Errors
    /// When the system gives no socket.
    pub fn new() -> io::Result<Self> {
        let (reading, writing) = pair()?;
        reading.set_nonblocking(true)?;
        writing.set_nonblocking(true)?;
        Ok(Self { reading, writing })
    }

    /// Wakes whoever watches.
    pub fn ring(&self) {
        // A full socket wakes too.
        let _ = (&self.writing).write(&[1]);
    }

    /// Takes away what has been rung.
    pub fn silence(&self) {
        while matches!((&self.reading).read(&mut [0; 64]), Ok(64)) {}
    }

    /// The socket to watch; it belongs to the bell.
    pub fn fileno(&self) -> u64 {
        handle(&self.reading)
    }

    /// The same socket under a number that belongs to the caller.
    ///
    /// # Errors
    /// When the system gives no number.
    pub fn dup(&self) -> io::Result<u64> {
        self.reading.try_clone().map(give_away)
    }
}

#[cfg(unix)]
fn pair() -> std::io::Result<(Socket, Socket)> {
    Socket::pair()
}

#[cfg(windows)]
fn pair() -> std::io::Result<(Socket, Socket)> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
    let writing = Socket::connect(listener.local_addr()?)?;
    loop {
        let (reading, peer) = listener.accept()?;
        // Another process may have been faster.
        if peer == writing.local_addr()? {
            writing.set_nodelay(true)?;
            return Ok((reading, writing));
        }
    }
}

#[cfg(unix)]
fn handle(socket: &Socket) -> u64 {
    use std::os::fd::AsRawFd;
    u64::from(socket.as_raw_fd().unsigned_abs())
}

#[cfg(windows)]
fn handle(socket: &Socket) -> u64 {
    use std::os::windows::io::AsRawSocket;
    socket.as_raw_socket()
}

#[cfg(unix)]
fn give_away(socket: Socket) -> u64 {
    use std::os::fd::IntoRawFd;
    u64::from(socket.into_raw_fd().unsigned_abs())
}

#[cfg(windows)]
fn give_away(socket: Socket) -> u64 {
    use std::os::windows::io::IntoRawSocket;
    socket.into_raw_socket()
}
