//! Just enough HTTP: `GET /n` gets so many KiB, and what is `PUT` is answered by its length.

use callgate::Spawner;
use callgate::net::{TcpListener, TcpStream};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::SocketAddr;

/// Serves until the program ends; says where.
pub fn start() -> io::Result<SocketAddr> {
    // SAFETY: these Gs keep nothing of a thread across a scheduling point.
    let spawner = unsafe { Spawner::new() };
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    spawner.go(move || {
        for stream in listener.incoming() {
            let Ok(stream) = stream else { return };
            // Of a client that goes away, there is nobody to tell.
            spawner.go(move || drop(serve(&stream)));
        }
    });
    Ok(address)
}

/// Answers one request.
fn serve(mut stream: &TcpStream) -> io::Result<()> {
    let mut lines = BufReader::new(stream);
    let (mut request, mut length) = (String::new(), 0);
    lines.read_line(&mut request)?;
    loop {
        let mut line = String::new();
        lines.read_line(&mut line)?;
        let line = line.trim().to_ascii_lowercase();
        match line.split_once(": ") {
            Some(("content-length", n)) => length = n.parse().unwrap_or(0),
            Some(("expect", _)) => stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?,
            Some(_) => {}
            None => break,
        }
    }
    let path = request.split(' ').nth(1).unwrap_or_default();
    let body = match path.trim_start_matches('/').parse() {
        Ok(kib) => (0..1024 * usize::min(kib, 1 << 20)).map(|i| i as u8).collect(),
        Err(_) => io::copy(&mut lines.take(length), &mut io::sink())?.to_string().into_bytes(),
    };
    let n = body.len();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {n}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes())?;
    stream.write_all(&body)
}
