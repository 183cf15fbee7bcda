//! Clients, for a program that shows the server at work.

use super::spawner;
use callgate::net::TcpStream;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::time::Instant;

const CLIENTS: usize = 100;
const ROWS: usize = 20;

struct Client<'a> {
    lines: BufReader<&'a TcpStream>,
    stream: &'a TcpStream,
}

impl Client<'_> {
    /// The rows that a statement finds.
    fn ask(&mut self, sql: &str) -> Result<Vec<String>, String> {
        let failed = |error: std::io::Error| error.to_string();
        self.stream.write_all(format!("{sql}\n").as_bytes()).map_err(failed)?;
        let mut rows = Vec::new();
        loop {
            let mut line = String::new();
            if self.lines.read_line(&mut line).map_err(failed)? == 0 {
                return Err("the server has gone".into());
            }
            let line = line.trim_end_matches('\n');
            if line == format!("ok {}", rows.len()) {
                return Ok(rows);
            }
            match line.strip_prefix("error ") {
                Some(error) => return Err(error.into()),
                None => rows.push(line.into()),
            }
        }
    }
}

fn with_client<T>(
    address: SocketAddr,
    f: impl FnOnce(&mut Client<'_>) -> Result<T, String>,
) -> Result<T, String> {
    let stream = TcpStream::connect(address).map_err(|error| error.to_string())?;
    f(&mut Client { lines: BufReader::new(&stream), stream: &stream })
}

/// Many clients at once, each of which writes some rows and reads them back.
pub fn many(address: SocketAddr) -> Result<String, String> {
    with_client(address, |client| {
        client.ask("CREATE TABLE log (client INTEGER, n INTEGER)").map(drop)
    })?;
    let start = Instant::now();
    let clients: Vec<_> = (0..CLIENTS)
        .map(|id| {
            spawner().go(move || {
                with_client(address, |client| {
                    for n in 0..ROWS {
                        client.ask(&format!("INSERT INTO log VALUES ({id}, {n})"))?;
                    }
                    let sql = format!("SELECT count(*), sum(n) FROM log WHERE client = {id}");
                    let rows = client.ask(&sql)?;
                    let wanted = format!("{ROWS}\t{}", ROWS * (ROWS - 1) / 2);
                    if rows == [wanted] { Ok(()) } else { Err(format!("{rows:?} were read")) }
                })
            })
        })
        .collect();
    for client in clients {
        client.join().map_err(|_| "a client panicked")??;
    }
    let took = start.elapsed();
    let statements = CLIENTS * (ROWS + 1);
    let rate = statements as f64 / took.as_secs_f64();
    Ok(format!("{CLIENTS} clients, {statements} statements, {rate:.0} a second"))
}
