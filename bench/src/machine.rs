//! What the process and the machine say of themselves, where there is a `/proc`.

use std::fs;
use std::path::Path;
use std::process::Command;

/// The number in this line of the process's status: a count, or KiB.
pub fn status(key: &str) -> Option<f64> {
    field(&fs::read_to_string("/proc/self/status").ok()?, key)?.split(' ').next()?.parse().ok()
}

/// The value after `key` and a colon.
fn field(text: &str, key: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        (name.trim() == key).then(|| value.trim().to_string())
    })
}

/// What a thread of this process has done so far.
pub struct Thread {
    pub id: u64,
    /// How often it gave its processor up to wait: each ends with a wake.
    pub wakes: f64,
    /// Microseconds of processor time.
    pub ran_us: f64,
}

/// The threads of this process that live now.
pub fn threads() -> Option<Vec<Thread>> {
    let mut threads = Vec::new();
    for entry in fs::read_dir("/proc/self/task").ok()? {
        let path = entry.ok()?.path();
        let read = |name| fs::read_to_string(path.join(name)).ok();
        // One that has just ended is left out.
        let (Some(status), Some(schedstat)) = (read("status"), read("schedstat")) else { continue };
        threads.push(Thread {
            id: path.file_name()?.to_str()?.parse().ok()?,
            wakes: field(&status, "voluntary_ctxt_switches")?.parse().ok()?,
            ran_us: schedstat.split(' ').next()?.parse::<f64>().ok()? / 1e3,
        });
    }
    Some(threads)
}

/// The machine: processor, cores, kernel, and how busy it is.
pub fn describe() -> String {
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    let cpu = field(&read("/proc/cpuinfo"), "model name").unwrap_or_else(|| "unknown CPU".into());
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get());
    let kernel = read("/proc/sys/kernel/osrelease");
    let load = read("/proc/loadavg");
    format!(
        "{cpu}, {cores} cores, {} {} {}, load average {} at the end",
        std::env::consts::OS,
        kernel.trim(),
        std::env::consts::ARCH,
        load.split(' ').next().unwrap_or("unknown"),
    )
}

/// What was measured: the versions of compilers and peers. `go` is the Go toolchain, if any.
pub fn versions(go: Option<&Path>) -> Vec<String> {
    let lock = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock");
    let lock = fs::read_to_string(lock).unwrap_or_default();
    let mut versions =
        vec![format!("callgate {}", env!("CARGO_PKG_VERSION")), env!("BENCH_RUSTC").to_string()];
    versions.push(env!("BENCH_CC").to_string());
    if let Some(go) = go
        && let Ok(out) = Command::new(go).arg("version").env("GOTOOLCHAIN", "local").output()
    {
        versions.push(String::from_utf8_lossy(&out.stdout).trim().to_string());
    }
    for peer in ["corosensei", "may", "tokio"] {
        let name = format!("name = \"{peer}\"");
        let version = lock.lines().skip_while(|line| *line != name).nth(1).unwrap_or_default();
        let version = version.trim_start_matches("version = ").trim_matches('"');
        versions.push(format!("{peer} {version}"));
    }
    versions
}
