//! The results as JSON, one object a line.

use crate::table::Line;

/// One line. The strings are names of rows and peers, which need no escapes.
pub fn object(line: &Line) -> String {
    format!(
        r#"{{"row": "{}", "who": "{}", "procs": {}, "unit": "{}", "median": {}, "min": {}, "max": {}, "runs": {}}}"#,
        line.row,
        line.who,
        line.procs,
        line.unit,
        number(line.median),
        number(line.min),
        number(line.max),
        line.runs,
    )
}

/// Four significant digits, which is more than a measurement has.
fn number(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return "0".into();
    }
    let digits = (3 - value.abs().log10().floor() as i32).max(0) as usize;
    let text = format!("{value:.digits$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').into(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers() {
        assert_eq!(number(2.1), "2.1");
        assert_eq!(number(0.93456), "0.9346");
        assert_eq!(number(10_600.0), "10600");
        assert_eq!(number(100.0), "100");
        assert_eq!(number(0.0), "0");
    }
}
