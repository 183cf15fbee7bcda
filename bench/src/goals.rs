//! What callgate is to show, computed from the medians of one run.

use crate::table::{self, Line, significant};
use crate::who::Who::{self, Callgate, Go, Plain};

/// What is looked at.
enum Seen {
    /// A median of callgate's.
    Own(&'static str, usize),
    /// The ratio of callgate's median to that of another.
    Ratio(&'static str, usize, Who),
    /// The ratio of two rows of callgate's.
    Rows(&'static str, &'static str, usize),
}

use Seen::{Own, Ratio, Rows};

struct Goal {
    what: &'static str,
    seen: Seen,
    /// `seen` is to be at most, or at least, this.
    bound: Bound,
    unit: &'static str,
}

#[derive(Clone, Copy)]
enum Bound {
    Most(f64),
    Least(f64),
}

use Bound::{Least, Most};

const fn goal(what: &'static str, seen: Seen, bound: Bound, unit: &'static str) -> Goal {
    Goal { what, seen, bound, unit }
}

/// A slice and a millisecond, in microseconds.
const SLICE: f64 = 11_000.0;

const GOALS: &[Goal] = &[
    goal("foreign call", Ratio("call", 1, Plain), Most(2.5), "× plain"),
    goal("foreign call", Ratio("call", 1, Go), Most(1.0 / 8.0), "× Go's"),
    goal("`leaf` call", Ratio("call_leaf", 1, Plain), Most(1.6), "× plain"),
    goal("errno call", Ratio("call_errno", 1, Go), Most(1.0 / 6.0), "× Go's"),
    goal("nested callback", Ratio("callback", 1, Go), Most(1.0 / 5.0), "× Go's"),
    goal("foreign-thread callback, bound", Ratio("callback_foreign", 1, Go), Most(0.25), "× Go's"),
    goal("first callback of a fresh thread", Ratio("callback_first", 1, Go), Most(0.5), "× Go's"),
    goal(
        "panic round trip (`unwind`)",
        Rows("panic_unwind", "rust_panic", 1),
        Most(1.2),
        "× Rust's",
    ),
    goal("stall behind a call of 50 µs, p99", Own("stall_50us_p99", 1), Most(100.0), "µs"),
    goal("stall behind a call of 200 µs, p99", Own("stall_200us_p99", 1), Most(100.0), "µs"),
    goal("stall behind a call of 1 ms, p99", Own("stall_1ms_p99", 1), Most(100.0), "µs"),
    goal("stall behind a call of 5 ms, p99", Own("stall_5ms_p99", 1), Most(100.0), "µs"),
    goal("stall behind a call of 20 ms, p99", Own("stall_20ms_p99", 1), Most(100.0), "µs"),
    goal("stall behind a `blocking` call, p99", Own("stall_blocking_p99", 1), Most(20.0), "µs"),
    goal("10,000 × `usleep(1000)`, 2 Ps", Ratio("sleep10k_wall", 2, Go), Most(0.5), "× Go's"),
    goal("peak RSS of that, 2 Ps", Ratio("sleep10k_rss", 2, Go), Most(1.0), "× Go's"),
    goal("10,000 × `usleep(1000)`, 1 P", Ratio("sleep10k_wall", 1, Go), Most(0.1), "× Go's"),
    goal("back from C, 1 busy P, p50", Ratio("return_busy_p50", 1, Go), Most(0.5), "× Go's"),
    goal("back from C, 1 busy P, p99", Own("return_busy_p99", 1), Most(SLICE), "µs"),
    goal("back from C, 2 busy Ps, p50", Ratio("return_busy_p50", 2, Go), Most(0.5), "× Go's"),
    goal("back from C, 2 busy Ps, p99", Own("return_busy_p99", 2), Most(SLICE), "µs"),
    goal("callback, 1 busy P, p50", Ratio("callback_busy_p50", 1, Go), Most(0.5), "× Go's"),
    goal("callback, 1 busy P, p99", Own("callback_busy_p99", 1), Most(SLICE), "µs"),
    goal("callback, 2 busy Ps, p50", Ratio("callback_busy_p50", 2, Go), Most(0.5), "× Go's"),
    goal("callback, 2 busy Ps, p99", Own("callback_busy_p99", 2), Most(SLICE), "µs"),
    goal("workers beside 128 in C, 2 Ps", Ratio("workers_beside_128", 2, Go), Least(2.0), "× Go's"),
    goal("calls of those 128", Ratio("workers_beside_128_calls", 2, Go), Least(1.0), "× Go's"),
    goal("workers beside one in C, 1 P", Own("workers_beside_1_share", 1), Least(95.0), "%"),
    goal(
        "workers that yield beside 128",
        Ratio("yielders_beside_128", 2, Go),
        Least(2.0),
        "× Go's",
    ),
    goal("workers that yield beside one", Own("yielders_beside_1_share", 1), Least(95.0), "%"),
    goal("locked G's ping-pong, 1 P", Ratio("locked_ping_pong", 1, Go), Most(0.5), "× Go's"),
    goal("locked G's ping-pong, 2 Ps", Ratio("locked_ping_pong", 2, Go), Most(0.5), "× Go's"),
    goal("`Handle` new + get + delete", Ratio("handle", 1, Go), Most(0.25), "× Go's"),
    goal("spawn + join, 1 P", Ratio("spawn_join", 1, Go), Most(0.5), "× Go's"),
    goal("spawn + join, 2 Ps", Ratio("spawn_join", 2, Go), Most(0.5), "× Go's"),
    goal("yield", Ratio("yield", 1, Go), Most(0.25), "× Go's"),
    goal("parked G, of 1,000,000", Own("bytes_per_g_1m", 1), Most(4600.0), "B"),
    goal("2 calls in parallel", Own("call_parallel2_speedup", 2), Least(1.9), "× one"),
    goal("2 callbacks in parallel", Own("callback_parallel2_speedup", 2), Least(1.9), "× one"),
    goal("idle program's wakes", Ratio("idle_wakes_per_s", 2, Go), Most(1.0), "× Go's"),
];

/// What stands between a row, by how its name begins, and its goal.
const LIMITS: &[(&str, &str)] = &[
    (
        "call",
        "A call that may be left by a panic has to be a call: `asmcgocall` is called and returns, and calls C. \
         Two calls and returns take twice the time of one (a `leaf` call, which is compiled into its \
         caller, takes the time of a plain call); the rest is the lease. What would move it: `asm!` that may \
         unwind (`options(may_unwind)`, unstable).",
    ),
    (
        "callback",
        "To read MXCSR (`stmxcsr`), so that C has its own back, is by far the dearest instruction of a \
         callback here. What would move it: the promise of an exported function that C runs with the \
         default floating-point environment.",
    ),
    (
        "panic_unwind",
        "The unwinder passes two frames more than for Rust's own panic, the exported function's and \
         `cgocallback`'s, in each of its two phases: 17 lookups in the unwind tables for 13, and 29,400 \
         instructions for 21,100, nearly all of them the unwinder's (callgrind, `callgate-bench count \
         panic_unwind`, `count rust_panic`). `rust_panic_2_frames`, in the same run, is Rust's own panic through \
         two frames more, without any C, which keep fewer registers than these do. What would move it: an unwinder that remembers what it has looked up.",
    ),
    (
        "stall",
        "Who runs next is on another thread, which sleeps: `thread_wake`, in the same run, is how long this \
         machine takes from a bare `futex` wake to the woken thread's first instruction. Finding the call and \
         taking its P comes to that. What would move it: threads that wait awake, for which an idle \
         program would pay, or a system call that switches to a given thread.",
    ),
    (
        "sleep10k",
        "Each call blocks a thread in the kernel and wakes another, which is all that it costs: the wall \
         time is that of 10,000 sleeps and 10,000 hand-offs on two cores. What would move it: a \
         hand-off without a sleeping thread at its end (as above).",
    ),
    (
        "workers_beside_128",
        "What the workers lose is what the kernel takes for the calls that complete meanwhile, of which \
         there are several times Go's (`workers_beside_128_calls`): for each of them less is lost than in Go. \
         What would move it: letting those that come back from C wait longer, at the cost of the calls.",
    ),
    (
        "yielders",
        "The one beside them sleeps on a thread of its own; each time it goes and comes, a P changes hands \
         and a thread is woken, and the monitor looks for calls that last. What would move it: a \
         monitor that looks less often, at the cost of the `stall` rows.",
    ),
    (
        "spawn_join",
        "Some 1,000 instructions (bench/instructions.txt), nearly a fifth of them malloc's and free's for what a \
         G shares with its handle, none of the others more than a few per cent. With two Ps, the second \
         wakes and sleeps with each batch. What would move it: a cache of such allocations in each P.",
    ),
];

/// The rows that the goals, and the limits, are about.
pub fn rows() -> Vec<String> {
    let mut rows: Vec<String> =
        ["thread_wake_p50", "thread_wake_p99", "rust_panic_2_frames"].map(String::from).into();
    for goal in GOALS {
        let of_goal = match goal.seen {
            Own(row, _) | Ratio(row, ..) => vec![row],
            Rows(row, other, _) => vec![row, other],
        };
        for row in of_goal {
            if !rows.iter().any(|known| known == row) {
                rows.push(row.into());
            }
        }
    }
    rows
}

fn median(lines: &[Line], row: &str, procs: usize, who: Who) -> Option<f64> {
    let same = |line: &&Line| line.row == row && line.procs == procs && line.who == who;
    lines.iter().find(same).map(|line| line.median)
}

/// What was seen, if it was measured.
fn seen(goal: &Goal, lines: &[Line]) -> Option<f64> {
    match goal.seen {
        Own(row, procs) => median(lines, row, procs, Callgate),
        Ratio(row, procs, to) => {
            let to = median(lines, row, procs, to).filter(|to| *to > 0.0)?;
            Some(median(lines, row, procs, Callgate)? / to)
        }
        Rows(row, to, procs) => {
            let to = median(lines, to, procs, Callgate).filter(|to| *to > 0.0)?;
            Some(median(lines, row, procs, Callgate)? / to)
        }
    }
}

/// The goals, what was seen of each, and whether it is met.
pub fn table(lines: &[Line], markdown: bool) -> String {
    let row = |goal: &Goal| {
        let (sign, bound) = match goal.bound {
            Most(bound) => ("≤", bound),
            Least(bound) => ("≥", bound),
        };
        let seen = seen(goal, lines);
        let verdict = match (seen, goal.bound) {
            (None, _) => "not measured",
            (Some(seen), Most(bound)) if seen <= bound => "met",
            (Some(seen), Least(bound)) if seen >= bound => "met",
            _ => "not met",
        };
        [
            goal.what.to_owned(),
            format!("{sign} {} {}", significant(bound), goal.unit),
            seen.map(significant).unwrap_or_default(),
            verdict.to_owned(),
        ]
    };
    let rows: Vec<_> = GOALS.iter().map(row).collect();
    let mut text = table::aligned(&["what", "goal", "seen", ""], &[0, 1, 3], &rows, markdown);
    for (goal, limit) in limits(&rows) {
        text += &format!("\n{}{goal}: {limit}\n", if markdown { "- " } else { "" });
    }
    text
}

/// What there is to say of those goals that are not met, once for those of one kind.
fn limits(rows: &[[String; 4]]) -> Vec<(&'static str, &'static str)> {
    let mut limits: Vec<(&str, &str)> = Vec::new();
    for (goal, row) in GOALS.iter().zip(rows) {
        let (Own(name, _) | Ratio(name, ..) | Rows(name, ..)) = goal.seen;
        let of_row = LIMITS.iter().filter(|(prefix, _)| name.starts_with(prefix));
        // `call` begins `callback` too.
        let limit = of_row.max_by_key(|(prefix, _)| prefix.len()).map(|(_, text)| *text);
        if row[3] == "not met"
            && let Some(limit) = limit
            && limits.iter().all(|(_, said)| *said != limit)
        {
            limits.push((goal.what, limit));
        }
    }
    limits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows;

    #[test]
    fn every_goal_has_its_rows_with_those_procs() {
        for goal in GOALS {
            let (row, procs) = match goal.seen {
                Own(row, procs) | Ratio(row, procs, _) | Rows(row, _, procs) => (row, procs),
            };
            let found = rows::find(row).is_some_and(|m| m.procs.contains(&procs));
            assert!(found, "{}: {row} of {procs}", goal.what);
        }
    }

    #[test]
    fn a_goal_is_met_by_what_was_seen() {
        let line = |row, who, value| Line::new(row, 1, who, "ns", vec![value]);
        let lines = [line("yield", Callgate, 20.0), line("yield", Go, 100.0)];
        let text = table(&lines, false);
        let of = |what: &str| text.lines().find(|line| line.starts_with(what)).unwrap_or_default();
        assert!(of("yield").ends_with("0.20  met"), "{text}");
        assert!(of("`Handle`").ends_with("not measured"), "{text}");
    }
}
