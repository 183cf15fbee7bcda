//! UDP.

use super::{Async, first, io, resolve, socket, until_ready};
use std::net::{self, SocketAddr, ToSocketAddrs};

/// A UDP socket, as `std::net::UdpSocket`.
#[derive(Debug)]
pub struct UdpSocket(Async<net::UdpSocket>);

socket!(UdpSocket, net::UdpSocket);

impl UdpSocket {
    /// Takes the first of these addresses that can be had. Port 0 is any that is free.
    ///
    /// # Errors
    /// Of the last address.
    pub fn bind(addresses: impl ToSocketAddrs) -> io::Result<Self> {
        first(addresses, Async::<net::UdpSocket>::bind).map(UdpSocket)
    }

    /// Waits for a datagram. A scheduling point. What doesn't fit into `buffer` is lost.
    ///
    /// # Errors
    /// As std's.
    #[track_caller]
    pub fn recv_from(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        until_ready(|| self.0.get_ref().recv_from(buffer), || self.0.readable())
    }

    /// Sends a datagram to the first of these addresses, waiting while the system has no room for it.
    /// A scheduling point.
    ///
    /// # Errors
    /// As std's.
    #[track_caller]
    pub fn send_to(&self, buffer: &[u8], addresses: impl ToSocketAddrs) -> io::Result<usize> {
        let Some(&address) = resolve(addresses)?.first() else {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "no address to send to"));
        };
        until_ready(|| self.0.get_ref().send_to(buffer, address), || self.0.writable())
    }

    /// Where it receives.
    ///
    /// # Errors
    /// As std's.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.get_ref().local_addr()
    }
}
