//! Sockets that park the G that waits for them, over `async-io` (feature `net`). On a thread without a
//! G, the thread waits.
//!
//! They are std's, made non-blocking: what doesn't wait is done through [`as_async`](TcpStream::as_async),
//! whose `get_ref` is std's socket, as is whatever async code needs.
//!
//! ```
//! use callgate::net::{TcpListener, TcpStream};
//! use std::io::{Read, Write};
//!
//! let listener = TcpListener::bind("127.0.0.1:0")?;
//! let address = listener.local_addr()?;
//! let server = callgate::go_pinned(move || -> std::io::Result<()> {
//!     let (mut stream, _) = listener.accept()?;
//!     stream.write_all(b"hello")
//! });
//! let mut text = String::new();
//! TcpStream::connect(address)?.read_to_string(&mut text)?;
//! assert_eq!(text, "hello");
//! server.join().unwrap()?;
//! # Ok::<(), std::io::Error>(())
//! ```

mod tcp;
mod udp;
#[cfg(unix)]
mod unix;

pub use tcp::{TcpListener, TcpStream};
pub use udp::UdpSocket;
#[cfg(unix)]
pub use unix::{UnixListener, UnixStream};

use crate::{block_on, blocking};
use async_io::Async;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};

/// Does `op`, waiting by `ready` as long as it would block.
fn until_ready<T, R: Future<Output = io::Result<()>>>(
    mut op: impl FnMut() -> io::Result<T>,
    ready: impl Fn() -> R,
) -> io::Result<T> {
    loop {
        match op() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => block_on(ready())?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}

/// The addresses, looked up where it holds nobody up.
fn resolve(addresses: impl ToSocketAddrs) -> io::Result<Vec<SocketAddr>> {
    blocking(|| addresses.to_socket_addrs().map(Iterator::collect))
}

/// The first of the addresses that `f` succeeds with.
fn first<T>(
    addresses: impl ToSocketAddrs,
    mut f: impl FnMut(SocketAddr) -> io::Result<T>,
) -> io::Result<T> {
    let mut last = io::Error::new(io::ErrorKind::InvalidInput, "no address to use");
    for address in resolve(addresses)? {
        match f(address) {
            Ok(made) => return Ok(made),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// What a socket has in common with others: its async side, and where it comes from.
macro_rules! socket {
    ($name:ident, $std:path) => {
        impl $name {
            /// The socket of `async-io`.
            #[must_use]
            pub fn as_async(&self) -> &Async<$std> {
                &self.0
            }
        }

        impl From<Async<$std>> for $name {
            fn from(socket: Async<$std>) -> Self {
                $name(socket)
            }
        }

        impl TryFrom<$std> for $name {
            type Error = io::Error;

            /// Makes std's socket non-blocking, its copies as well.
            fn try_from(socket: $std) -> io::Result<Self> {
                Async::new(socket).map($name)
            }
        }
    };
}

/// `Read` and `Write` of a stream and of a reference to it.
macro_rules! stream {
    ($name:ident) => {
        impl io::Read for &$name {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                until_ready(|| self.0.get_ref().read(buffer), || self.0.readable())
            }
        }

        impl io::Write for &$name {
            fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
                until_ready(|| self.0.get_ref().write(buffer), || self.0.writable())
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }

        impl io::Read for $name {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                (&*self).read(buffer)
            }
        }

        impl io::Write for $name {
            fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
                (&*self).write(buffer)
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
    };
}

use {socket, stream};
