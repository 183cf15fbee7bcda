//! A host of plugins in C: opens libraries, runs what they export at once, each in a G, and prints what
//! they emit.
//!
//! `plugin-host [LIBRARY…]`; without arguments it takes the plugins of `examples/programs/c/plugins`, which the
//! build has compiled. Their interface is `plugin.h` there.

mod library;

use callgate::export_callback;
use callgate::sync::channel::{self, Sender};
use library::{Host, Plugin};
use std::ffi::c_void;
use std::path::PathBuf;
use std::process::ExitCode;
use std::slice;

const TEXT: &str = "It was a bright cold day in April,\nand the clocks were striking\nthirteen.\n";

/// A line that a plugin has emitted.
struct Line {
    plugin: String,
    text: String,
}

/// What the callbacks of one plugin are for.
struct Output {
    plugin: String,
    lines: Sender<Line>,
}

/// `emit` of `struct plugin_host`: parks where the printing can't keep up.
#[export_callback(private)]
unsafe fn emit(data: *mut c_void, line: *const u8, length: usize) {
    // SAFETY: the host's data is the output of the G that runs the plugin, and outlives it; the line is
    // as long as the plugin says.
    let (output, line) = unsafe { (&*data.cast::<Output>(), slice::from_raw_parts(line, length)) };
    let text = String::from_utf8_lossy(line).into_owned();
    // Nobody reads on: the plugin's lines are lost, which it need not know.
    let _ = output.lines.send(Line { plugin: output.plugin.clone(), text });
}

/// Runs a plugin to its end.
fn run(plugin: &Plugin, lines: Sender<Line>) -> Result<(), String> {
    let output = Output { plugin: plugin.name(), lines };
    let host = Host { data: (&raw const output).cast_mut().cast(), emit };
    // SAFETY: the data is what `emit` expects.
    match unsafe { plugin.run(&host, TEXT.as_bytes()) } {
        0 => Ok(()),
        code => Err(format!("{} failed with {code}", output.plugin)),
    }
}

#[callgate::main]
fn main() -> ExitCode {
    let mut paths: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    if paths.is_empty() {
        let folder = PathBuf::from(env!("PLUGINS"));
        paths = ["words", "lines", "fails"].map(|name| folder.join(format!("{name}.so"))).into();
    }
    // SAFETY: these Gs keep nothing of a thread across a scheduling point.
    let spawner = unsafe { callgate::Spawner::new() };
    let (sender, lines) = channel::bounded(4);
    let mut failed = false;
    let mut running = Vec::new();
    for path in &paths {
        // SAFETY: libraries that the user takes for plugins.
        match unsafe { Plugin::open(path) } {
            Ok(plugin) => {
                let lines = sender.clone();
                running.push(spawner.go(move || run(&plugin, lines)));
            }
            Err(error) => {
                eprintln!("plugin-host: {error}");
                failed = true;
            }
        }
    }
    drop(sender);
    for Line { plugin, text } in &lines {
        println!("{plugin}: {text}");
    }
    for g in running {
        if let Err(error) = g.join().unwrap_or_else(|_| Err("a plugin's G panicked".into())) {
            println!("{error}");
        }
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
