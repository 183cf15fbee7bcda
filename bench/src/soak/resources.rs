//! What the process has: nothing of it may grow.

use super::check::violation;
use callgate::Metrics;
use std::time::{Duration, Instant};
use std::{fmt, fs, thread};

#[derive(Clone, Debug, PartialEq)]
pub struct Resources {
    metrics: Metrics,
    threads: u64,
    files: u64,
    rss_kib: u64,
}

impl Resources {
    pub fn now() -> Self {
        let entries = |path| fs::read_dir(path).map_or(0, |entries| entries.count() as u64);
        Resources {
            metrics: callgate::metrics(),
            threads: entries("/proc/self/task"),
            files: entries("/proc/self/fd"),
            rss_kib: rss_kib().unwrap_or(0),
        }
    }

    /// What must be as it was, by name. The stacks of Gs and the memory may vary a little.
    fn counts(&self) -> [(&'static str, u64); 5] {
        let m = &self.metrics;
        [
            ("Gs", m.gs),
            ("handles", m.handles),
            ("Ms", m.ms),
            ("threads", self.threads),
            ("open files", self.files),
        ]
    }
}

impl fmt::Display for Resources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Metrics { gs, ms, extra_ms, foreign_calls, callbacks, needm, stacks_mapped, .. } =
            self.metrics;
        write!(
            f,
            "{gs} Gs, {ms} Ms ({extra_ms} extra), {} handles, {} threads, {} files, {} MiB, \
             {stacks_mapped} stacks; {foreign_calls} calls, {callbacks} callbacks, {needm} needm",
            self.metrics.handles,
            self.threads,
            self.files,
            self.rss_kib >> 10,
        )
    }
}

fn rss_kib() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

/// How long threads may take to end and Ms to come back.
const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until nothing is left of the last round, and tells what the process has then. What is above
/// `base` after a long time is a leak, which [`check_for_leaks`] will name.
pub fn at_rest(base: Option<&Resources>) -> Resources {
    let start = Instant::now();
    let (mut now, mut still) = (Resources::now(), 0);
    while start.elapsed() < PATIENCE {
        thread::sleep(Duration::from_millis(100));
        let then = Resources::now();
        let as_before = |base: &Resources| {
            then.counts().iter().zip(base.counts()).all(|(now, before)| now.1 <= before.1)
        };
        still = if then.counts() == now.counts() { still + 1 } else { 0 };
        now = then.clone();
        if still >= 5 && base.is_none_or(as_before) {
            break;
        }
    }
    now
}

/// Compares samples that were taken at rest.
pub fn check_for_leaks(samples: &[Resources]) {
    let [base, .., last] = samples else {
        return violation("the time was too short for two looks at the resources".into());
    };
    for ((what, before), (_, after)) in base.counts().into_iter().zip(last.counts()) {
        if after > before {
            violation(format!("{after} {what} are left, and {before} were there at the base line"));
        }
    }
    if last.metrics.gs > 0 || last.metrics.handles > 0 {
        violation(format!("something of the last round is left: {:?}", last.metrics));
    }
    // Both reach their highest point early, and not again if nothing leaks.
    let (early, late) = samples.split_at(samples.len().div_ceil(2));
    for (what, of) in [
        ("KiB of memory", (|r: &Resources| r.rss_kib) as fn(&Resources) -> u64),
        ("stacks", |r| r.metrics.stacks_mapped),
    ] {
        const SLACK: u64 = 8192;
        let before = early.iter().map(of).max().unwrap_or(0);
        let after = late.iter().map(of).min().unwrap_or(0);
        if after > before + before / 8 + SLACK {
            violation(format!("{what}: {after} at rest later, at most {before} earlier"));
        }
    }
}
