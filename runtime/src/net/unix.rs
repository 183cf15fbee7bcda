//! Sockets within the machine.

use super::{Async, block_on, io, socket, stream, until_ready};
use std::net::Shutdown;
use std::os::unix::net;
use std::path::Path;

/// A server at a path, as `std::os::unix::net::UnixListener`.
#[derive(Debug)]
pub struct UnixListener(Async<net::UnixListener>);

socket!(UnixListener, net::UnixListener);

impl UnixListener {
    /// Listens at `path`, where there must be nothing yet.
    ///
    /// # Errors
    /// As std's.
    pub fn bind(path: impl AsRef<Path>) -> io::Result<Self> {
        Async::<net::UnixListener>::bind(path).map(UnixListener)
    }

    /// Waits for a client. A scheduling point.
    ///
    /// # Errors
    /// As std's.
    #[track_caller]
    pub fn accept(&self) -> io::Result<UnixStream> {
        let (stream, _) = until_ready(|| self.0.get_ref().accept(), || self.0.readable())?;
        stream.try_into()
    }

    /// The clients, one after the other; it has no end.
    pub fn incoming(&self) -> impl Iterator<Item = io::Result<UnixStream>> + '_ {
        std::iter::repeat_with(|| self.accept())
    }
}

/// A connection, as `std::os::unix::net::UnixStream`: `Read` and `Write`, also by a shared reference.
#[derive(Debug)]
pub struct UnixStream(Async<net::UnixStream>);

socket!(UnixStream, net::UnixStream);
stream!(UnixStream);

impl UnixStream {
    /// Connects to the server at `path`. A scheduling point.
    ///
    /// # Errors
    /// As std's.
    pub fn connect(path: impl AsRef<Path>) -> io::Result<Self> {
        block_on(Async::<net::UnixStream>::connect(path)).map(UnixStream)
    }

    /// Two that are connected.
    ///
    /// # Errors
    /// As std's.
    pub fn pair() -> io::Result<(Self, Self)> {
        let (one, other) = Async::<net::UnixStream>::pair()?;
        Ok((UnixStream(one), UnixStream(other)))
    }

    /// Ends reading, writing or both.
    ///
    /// # Errors
    /// As std's.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.0.get_ref().shutdown(how)
    }
}
