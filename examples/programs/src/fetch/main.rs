//! Downloads and uploads by libcurl's multi interface, all in one G, from a server of Gs in the same
//! process: writing, reading and progress are callbacks.
//!
//! `fetch [URL…]`; without arguments it starts the server, and fetches from that.

mod curl;
mod server;

use curl::{Multi, Transfer};
use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use std::process::ExitCode;

/// Transfers of the demonstration, each way.
const TRANSFERS: usize = 20;
const KIB: usize = 200;

/// Runs all transfers, and returns them as they ended.
fn run(transfers: Vec<Transfer>) -> Result<Vec<Transfer>, String> {
    let style = ProgressStyle::with_template("{bar:40} {bytes} of {total_bytes}")
        .map_err(|error| error.to_string())?;
    let bar = ProgressBar::no_length().with_style(style);
    let mut multi = Multi::new()?;
    for transfer in transfers {
        multi.add(transfer)?;
    }
    while multi.perform()? {
        let (done, total) = multi.progress();
        bar.set_length(total);
        bar.set_position(done);
        multi.wait()?;
    }
    bar.finish_and_clear();
    Ok(multi.ended())
}

/// Downloads from and uploads to a server of this program's.
fn demonstrate() -> Result<String, String> {
    let address = server::start().map_err(|error| error.to_string())?;
    let bytes: Vec<u8> = (0..KIB * 1024).map(|i| i as u8).collect();
    let mut transfers = Vec::new();
    for _ in 0..TRANSFERS {
        transfers.push(Transfer::download(&format!("http://{address}/{KIB}")));
        transfers.push(Transfer::upload(&format!("http://{address}/"), bytes.clone()));
    }
    let mut sum = 0;
    for transfer in run(transfers)? {
        // An upload is answered by its length.
        let wanted = match transfer.is_upload() {
            true => bytes.len().to_string().into_bytes(),
            false => bytes.clone(),
        };
        if transfer.result? != wanted {
            return Err(format!("something else came from {}", transfer.url));
        }
        sum += bytes.len() as u64;
    }
    Ok(format!("{TRANSFERS} downloads and {TRANSFERS} uploads, {}", HumanBytes(sum)))
}

fn fetch(urls: &[String]) -> Result<String, String> {
    let transfers = urls.iter().map(|url| Transfer::download(url)).collect();
    let lines = run(transfers)?.into_iter().map(|transfer| match &transfer.result {
        Ok(body) => format!("{}: {}", transfer.url, HumanBytes(body.len() as u64)),
        Err(error) => format!("{}: {error}", transfer.url),
    });
    Ok(lines.collect::<Vec<_>>().join("\n"))
}

#[callgate::main]
fn main() -> ExitCode {
    let urls: Vec<String> = std::env::args().skip(1).collect();
    match if urls.is_empty() { demonstrate() } else { fetch(&urls) } {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("fetch: {error}");
            ExitCode::FAILURE
        }
    }
}
