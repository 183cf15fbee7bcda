//! What a measurement is, and how a child process makes one.

use crate::c::plain;
use crate::who::Who;
use std::ffi::c_long;

/// A line of the table.
pub struct Row {
    pub name: &'static str,
    pub unit: &'static str,
}

/// Something measured by one child process, which may fill several rows.
pub struct Measurement {
    /// What `measure` takes.
    pub name: &'static str,
    pub rows: &'static [Row],
    /// It is measured with each of these.
    pub procs: &'static [usize],
    /// Values for each row that one child prints: fewer where one takes long.
    pub runs: usize,
    pub peers: &'static [(Who, Peer)],
}

/// How a peer is measured.
pub enum Peer {
    /// By a function of this program.
    Here(fn(&Job) -> Values),
    /// By the Go program, under the measurement's name.
    Go,
}

/// What a child is to do.
#[derive(Clone, Copy)]
pub struct Job {
    pub procs: usize,
    pub runs: usize,
}

/// A row's name with a value, for each row and run.
pub type Values = Vec<(&'static str, f64)>;

impl Job {
    /// The nanoseconds of one operation, for each run. `timed(n)` does `n` of them and returns the
    /// nanoseconds that they took.
    pub fn per_op_timed(&self, row: &'static str, mut timed: impl FnMut(u64) -> f64) -> Values {
        /// Long against the clock's own cost and the scheduler's tick, short against patience.
        const RUN: f64 = 12e6;
        // Doubles as the warm-up.
        let mut n = 16;
        loop {
            // The shorter of two: a stall of the machine must not end this early.
            let took = timed(n).min(timed(n));
            if took >= RUN * 0.8 || n > 1 << 30 {
                break;
            }
            let grow = (RUN / took.max(1.0)).clamp(1.2, 8.0);
            n = (n as f64 * grow) as u64 + 1;
        }
        (0..self.runs).map(|_| (row, timed(n) / n as f64)).collect()
    }

    /// The same of something without a clock of its own: `run(n)` does `n` operations, on the
    /// thread that calls it.
    pub fn per_op(&self, row: &'static str, mut run: impl FnMut(u64)) -> Values {
        self.per_op_timed(row, |n| {
            let clock = Clock::start();
            run(n);
            clock.elapsed()
        })
    }

    /// The same by the clock on the wall, of what several threads do together.
    pub fn per_op_wall(&self, row: &'static str, mut run: impl FnMut(u64)) -> Values {
        self.per_op_timed(row, |n| {
            let start = plain::bench_now();
            run(n);
            plain::bench_now() - start
        })
    }

    /// [`per_op`](Self::per_op) with one P, [`per_op_wall`](Self::per_op_wall) with more.
    pub fn per_op_of_procs(&self, row: &'static str, run: impl FnMut(u64)) -> Values {
        if self.procs == 1 { self.per_op(row, run) } else { self.per_op_wall(row, run) }
    }

    /// The same of one operation.
    #[inline(always)]
    pub fn each(&self, row: &'static str, mut f: impl FnMut()) -> Values {
        self.per_op(row, |n| {
            for _ in 0..n {
                f();
            }
        })
    }
}

/// Times what one thread does by its processor time: what else the machine runs meanwhile is no
/// cost of it. What was begun on one thread and ended on another is timed by the clock on the wall.
pub struct Clock {
    wall: f64,
    cpu: f64,
    thread: c_long,
}

impl Clock {
    pub fn start() -> Self {
        let (thread, wall) = (plain::bench_thread(), plain::bench_now());
        Clock { wall, cpu: plain::bench_cpu(), thread }
    }

    /// Nanoseconds.
    pub fn elapsed(&self) -> f64 {
        let (cpu, wall) = (plain::bench_cpu(), plain::bench_now());
        if plain::bench_thread() == self.thread { cpu - self.cpu } else { wall - self.wall }
    }
}

/// The value below which `percent` of `values` lie.
pub fn percentile(values: &mut [f64], percent: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        n => values[(n * percent / 100).min(n - 1)],
    }
}

/// The middle value; the mean of the two middle ones.
pub fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => values[n / 2],
        n => (values[n / 2 - 1] + values[n / 2]) / 2.0,
    }
}

#[cfg(test)]
mod tests {
    use super::{median, percentile};

    #[test]
    fn middle_values() {
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&mut [4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(&mut []).is_nan());
        let mut hundred: Vec<f64> = (0..100).map(f64::from).collect();
        assert_eq!(percentile(&mut hundred, 99), 99.0);
        assert_eq!(percentile(&mut hundred, 50), 50.0);
    }
}
