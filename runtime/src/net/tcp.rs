//! TCP.

use super::{Async, block_on, first, io, socket, stream, until_ready};
use std::net::{self, Shutdown, SocketAddr, ToSocketAddrs};

/// A TCP server, as `std::net::TcpListener`.
#[derive(Debug)]
pub struct TcpListener(Async<net::TcpListener>);

socket!(TcpListener, net::TcpListener);

impl TcpListener {
    /// Listens at the first of these addresses that can be had. Port 0 is any that is free.
    ///
    /// # Errors
    /// Of the last address.
    pub fn bind(addresses: impl ToSocketAddrs) -> io::Result<Self> {
        first(addresses, Async::<net::TcpListener>::bind).map(TcpListener)
    }

    /// Waits for a client. A scheduling point.
    ///
    /// # Errors
    /// As std's.
    #[track_caller]
    pub fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        let (stream, address) = until_ready(|| self.0.get_ref().accept(), || self.0.readable())?;
        Ok((stream.try_into()?, address))
    }

    /// The clients, one after the other; it has no end.
    pub fn incoming(&self) -> impl Iterator<Item = io::Result<TcpStream>> + '_ {
        std::iter::repeat_with(|| Ok(self.accept()?.0))
    }

    /// Where it listens.
    ///
    /// # Errors
    /// As std's.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.get_ref().local_addr()
    }
}

/// A TCP connection, as `std::net::TcpStream`: `Read` and `Write`, also by a shared reference, so that
/// one G may read and another write.
#[derive(Debug)]
pub struct TcpStream(Async<net::TcpStream>);

socket!(TcpStream, net::TcpStream);
stream!(TcpStream);

impl TcpStream {
    /// Connects to the first of these addresses that answers. A scheduling point.
    ///
    /// # Errors
    /// Of the last address.
    pub fn connect(addresses: impl ToSocketAddrs) -> io::Result<Self> {
        first(addresses, |address| block_on(Async::<net::TcpStream>::connect(address)))
            .map(TcpStream)
    }

    /// Ends reading, writing or both.
    ///
    /// # Errors
    /// As std's.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.0.get_ref().shutdown(how)
    }

    /// Whether small writes go out at once.
    ///
    /// # Errors
    /// As std's.
    pub fn set_nodelay(&self, nodelay: bool) -> io::Result<()> {
        self.0.get_ref().set_nodelay(nodelay)
    }

    /// The other side's address.
    ///
    /// # Errors
    /// As std's.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.0.get_ref().peer_addr()
    }

    /// This side's address.
    ///
    /// # Errors
    /// As std's.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.get_ref().local_addr()
    }
}
