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

/// The rows that the goals are about.
pub fn rows() -> Vec<String> {
    let mut rows: Vec<String> = Vec::new();
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
    table::aligned(&["what", "goal", "seen", ""], &[0, 1, 3], &rows, markdown)
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
