//! A stream socket on this machine, for what is told to a program beside this one and may get lost.

use rustix::net::{AddressFamily, SendFlags, SocketAddrUnix, SocketFlags, SocketType};
use std::io;
use std::os::fd::OwnedFd;

/// Where bytes go that nobody waits for. No call waits, and none raises SIGPIPE.
pub trait Outlet: Send {
    /// Makes a connection.
    ///
    /// # Errors
    /// When nobody listens, or whoever does is not quick enough.
    fn connect(&mut self) -> io::Result<()>;

    /// Sends as many of the bytes as there is space for.
    ///
    /// # Errors
    /// `WouldBlock` when there is none; anything else ends the connection.
    fn send(&mut self, bytes: &[u8]) -> io::Result<usize>;

    /// Gives the connection up.
    fn close(&mut self);
}

/// A Unix stream socket, by its path.
pub struct LocalSocket {
    path: String,
    connection: Option<OwnedFd>,
}

impl LocalSocket {
    #[must_use]
    pub fn new(path: &str) -> Self {
        Self { path: path.to_owned(), connection: None }
    }
}

impl Outlet for LocalSocket {
    fn connect(&mut self) -> io::Result<()> {
        let address = SocketAddrUnix::new(self.path.as_str())?;
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let fd = rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
        rustix::net::connect(&fd, &address)?;
        self.connection = Some(fd);
        Ok(())
    }

    fn send(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(fd) = &self.connection else { return Err(io::ErrorKind::NotConnected.into()) };
        Ok(rustix::net::send(fd, bytes, SendFlags::NOSIGNAL | SendFlags::DONTWAIT)?)
    }

    fn close(&mut self) {
        self.connection = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::os::unix::net::UnixListener;

    #[test]
    fn what_is_sent_arrives_and_an_end_is_an_error() {
        let path = std::env::temp_dir().join(format!("rdkafka-local-{}", std::process::id()));
        let mut socket = LocalSocket::new(path.to_str().unwrap());
        assert_eq!(socket.connect().unwrap_err().kind(), io::ErrorKind::NotFound);
        let listener = UnixListener::bind(&path).unwrap();
        socket.connect().unwrap();
        let (mut peer, _) = listener.accept().unwrap();
        assert_eq!(socket.send(b"hello").unwrap(), 5);
        let mut got = [0; 5];
        peer.read_exact(&mut got).unwrap();
        assert_eq!(&got, b"hello");
        let piece = [0; 65_536];
        let full = std::iter::repeat_with(|| socket.send(&piece)).find_map(Result::err).unwrap();
        assert_eq!(full.kind(), io::ErrorKind::WouldBlock);
        drop(peer);
        assert_eq!(socket.send(b"x").unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        socket.close();
        assert_eq!(socket.send(b"x").unwrap_err().kind(), io::ErrorKind::NotConnected);
        std::fs::remove_file(path).unwrap();
    }
}
