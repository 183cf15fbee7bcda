//! The results as a table.

use crate::measure::median;
use crate::who::Who;

/// What was measured of one row and peer.
pub struct Line {
    pub row: &'static str,
    pub procs: usize,
    pub who: Who,
    pub unit: &'static str,
    pub median: f64,
    pub min: f64,
    pub max: f64,
    pub runs: usize,
}

impl Line {
    /// Of at least one value.
    pub fn new(
        row: &'static str,
        procs: usize,
        who: Who,
        unit: &'static str,
        mut values: Vec<f64>,
    ) -> Self {
        let median = median(&mut values);
        let (min, max) = (values[0], values[values.len() - 1]);
        Line { row, procs, who, unit, median, min, max, runs: values.len() }
    }
}

const HEAD: [&str; 8] = ["row", "procs", "who", "median", "min–max", "unit", "÷ Go", "÷ plain"];
/// The columns of words; those of numbers are aligned on the right.
const WORDS: [usize; 3] = [0, 2, 5];

fn cells(line: &Line, all: &[Line]) -> [String; 8] {
    let ratio = |to: Who| {
        let same = |l: &&Line| l.who == to && l.row == line.row && l.procs == line.procs;
        match all.iter().find(same) {
            Some(other) if line.who != to && other.median > 0.0 => {
                significant(line.median / other.median)
            }
            _ => String::new(),
        }
    };
    [
        line.row.to_string(),
        line.procs.to_string(),
        line.who.to_string(),
        significant(line.median),
        format!("{}–{}", significant(line.min), significant(line.max)),
        line.unit.to_string(),
        ratio(Who::Go),
        ratio(Who::Plain),
    ]
}

/// Three digits, or a whole number.
pub fn significant(value: f64) -> String {
    let digits = match value.abs() {
        v if v < 0.0995 => 3,
        v if v < 9.95 => 2,
        v if v < 99.5 => 1,
        _ => 0,
    };
    format!("{value:.digits$}")
}

/// The table as text, aligned; also valid Markdown if `markdown`.
pub fn table(lines: &[Line], markdown: bool) -> String {
    let rows: Vec<_> = lines.iter().map(|line| cells(line, lines)).collect();
    aligned(&HEAD, &WORDS, &rows, markdown)
}

/// `rows` under `head`, with the columns `words` aligned on the left and the others on the right.
pub fn aligned<const N: usize>(
    head: &[&str; N],
    words: &[usize],
    rows: &[[String; N]],
    markdown: bool,
) -> String {
    let width = |i: usize| {
        rows.iter().map(|row| row[i].chars().count()).chain([head[i].chars().count()]).max()
    };
    let widths: Vec<usize> = (0..N).filter_map(width).collect();
    let mut out = String::new();
    let mut put = |cells: &[String; N]| {
        let padded = cells.iter().enumerate().map(|(i, cell)| {
            let w = widths[i];
            if words.contains(&i) { format!("{cell:<w$}") } else { format!("{cell:>w$}") }
        });
        let padded: Vec<_> = padded.collect();
        let text = if markdown {
            format!("| {} |", padded.join(" | "))
        } else {
            padded.join("  ").trim_end().to_string()
        };
        out.push_str(&text);
        out.push('\n');
    };
    put(&head.map(String::from));
    if markdown {
        put(&std::array::from_fn(|i| {
            if words.contains(&i) {
                "-".repeat(widths[i])
            } else {
                format!("{}:", "-".repeat(widths[i] - 1))
            }
        }));
    }
    rows.iter().for_each(put);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_of_the_same_row_and_procs() {
        let lines = [
            Line::new("call", 1, Who::Callgate, "ns", vec![3.0, 2.0, 1.0]),
            Line::new("call", 1, Who::Go, "ns", vec![20.0]),
            Line::new("call", 2, Who::Plain, "ns", vec![1.0]),
        ];
        let cells = cells(&lines[0], &lines);
        assert_eq!(cells[3], "2.00");
        assert_eq!(cells[4], "1.00–3.00");
        assert_eq!(cells[6], "0.10");
        assert_eq!(cells[7], "");
    }
}
