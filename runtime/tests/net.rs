//! `callgate::net`: sockets that Gs, callbacks and plain threads wait for.

#[path = "common/callers.rs"]
mod callers;
mod common;

use callers::everywhere;
use callgate::net::{TcpListener, TcpStream, UdpSocket, UnixListener, UnixStream};
use common::{begin, spawner};
use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::sync::Arc;

#[test]
fn a_tcp_server_of_gs_and_clients_of_every_kind() {
    fn talk() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = spawner().go(move || {
            let serve = |stream: std::io::Result<TcpStream>| {
                let mut stream = stream.unwrap();
                spawner().go(move || {
                    let mut text = String::new();
                    stream.read_to_string(&mut text).unwrap();
                    stream.write_all(text.to_uppercase().as_bytes()).unwrap();
                })
            };
            let served: Vec<_> = listener.incoming().take(3).map(serve).collect();
            served.into_iter().for_each(|g| g.join().unwrap());
        });
        let clients: Vec<_> =
            (0..3).map(|_| TcpStream::connect(("localhost", address.port())).unwrap()).collect();
        for mut client in clients {
            client.set_nodelay(true).unwrap();
            assert_eq!(client.peer_addr().unwrap(), address);
            client.write_all(b"hello").unwrap();
            client.shutdown(Shutdown::Write).unwrap();
            let mut text = String::new();
            client.read_to_string(&mut text).unwrap();
            assert_eq!(text, "HELLO");
        }
        server.join().unwrap();
    }
    let _test = begin();
    everywhere(talk);
}

#[test]
fn more_than_the_system_buffers_goes_both_ways_at_once() {
    fn talk() {
        const BYTES: usize = 3 << 20;
        let (mine, theirs) = UnixStream::pair().unwrap();
        let echo = spawner().go(move || {
            let mut buffer = [0; 8192];
            loop {
                let n = (&theirs).read(&mut buffer).unwrap();
                if n == 0 {
                    break;
                }
                (&theirs).write_all(&buffer[..n]).unwrap();
            }
        });
        let mine = Arc::new(mine);
        let writer = mine.clone();
        let write = spawner().go(move || {
            let bytes: Vec<u8> = (0..BYTES).map(|i| i as u8).collect();
            (&*writer).write_all(&bytes).unwrap();
            writer.shutdown(Shutdown::Write).unwrap();
        });
        let mut all = Vec::new();
        (&*mine).read_to_end(&mut all).unwrap();
        assert_eq!(all.len(), BYTES);
        assert!(all.iter().enumerate().all(|(i, byte)| *byte == i as u8));
        write.join().unwrap();
        echo.join().unwrap();
    }
    let _test = begin();
    everywhere(talk);
}

#[test]
fn datagrams() {
    fn talk() {
        let mine = UdpSocket::bind("127.0.0.1:0").unwrap();
        let theirs = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = theirs.local_addr().unwrap();
        let echo = spawner().go(move || {
            let mut buffer = [0; 16];
            let (n, from) = theirs.recv_from(&mut buffer).unwrap();
            theirs.send_to(&buffer[..n], from).unwrap();
        });
        let mut buffer = [0; 16];
        assert_eq!(mine.send_to(b"ping", address).unwrap(), 4);
        let (n, from) = mine.recv_from(&mut buffer).unwrap();
        assert_eq!((&buffer[..n], from), (&b"ping"[..], address));
        echo.join().unwrap();
    }
    let _test = begin();
    everywhere(talk);
}

#[test]
fn a_server_at_a_path() {
    let _test = begin();
    let path = std::env::temp_dir().join(format!("callgate-net-{}", std::process::id()));
    let _ = std::fs::remove_file(&path);
    let listener = UnixListener::bind(&path).unwrap();
    let server = spawner().go(move || listener.accept().unwrap().write_all(b"here").unwrap());
    let mut text = String::new();
    UnixStream::connect(&path).unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text, "here");
    server.join().unwrap();
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn failures_are_the_systems() {
    let _test = begin();
    let address = {
        let gone = TcpListener::bind("127.0.0.1:0").unwrap();
        gone.local_addr().unwrap()
    };
    let error = TcpStream::connect(address).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    assert_eq!(TcpStream::connect(&[][..]).unwrap_err().kind(), ErrorKind::InvalidInput);
    assert!(UnixStream::connect("/nowhere/at/all").is_err());
}

#[test]
fn a_socket_of_std_becomes_one_and_is_given_back() {
    let _test = begin();
    let (one, other) = std::os::unix::net::UnixStream::pair().unwrap();
    let (mut one, mut other) =
        (UnixStream::try_from(one).unwrap(), UnixStream::try_from(other).unwrap());
    let g = spawner().go(move || {
        let mut byte = [0];
        one.read_exact(&mut byte).unwrap();
        byte[0]
    });
    other.write_all(&[9]).unwrap();
    assert!(other.as_async().get_ref().peer_addr().is_ok());
    assert_eq!(g.join().unwrap(), 9);
}
