//! Pictures of the tables that grow, as SVG.

use crate::table::Line;
use crate::who::Who;
use plotters::prelude::*;
use std::error::Error;
use std::{fs, io};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/pictures");

/// Both axes are logarithmic.
struct Picture {
    file: &'static str,
    title: &'static str,
    x: &'static str,
    y: &'static str,
    /// Rows with one P, each at its x.
    rows: &'static [(&'static str, f64)],
    /// The y of a row's median and x.
    scale: fn(median: f64, x: f64) -> f64,
}

const PICTURES: &[Picture] = &[
    Picture {
        file: "stall.svg",
        title: "What another ready G waits behind a call that blocks, one P",
        x: "length of the call, µs",
        y: "99th percentile of the gap, µs",
        rows: &[
            ("stall_50us_p99", 50.0),
            ("stall_200us_p99", 200.0),
            ("stall_1ms_p99", 1_000.0),
            ("stall_5ms_p99", 5_000.0),
            ("stall_20ms_p99", 20_000.0),
        ],
        scale: |median, _| median,
    },
    Picture {
        file: "memory.svg",
        title: "Memory of parked Gs",
        x: "Gs",
        y: "resident, MiB",
        rows: &[
            ("bytes_per_g_10k", 10_000.0),
            ("bytes_per_g_100k", 100_000.0),
            ("bytes_per_g_1m", 1_000_000.0),
        ],
        scale: |bytes, gs| bytes * gs / f64::from(1 << 20),
    },
    Picture {
        file: "depth.svg",
        title: "Call and callback, nested",
        x: "depth",
        y: "ns for each level",
        rows: &[("nested_1", 1.0), ("nested_10", 10.0), ("nested_100", 100.0)],
        scale: |median, _| median,
    },
    Picture {
        file: "yield.svg",
        title: "A yield among many Gs, one P",
        x: "Gs that yield",
        y: "ns",
        rows: &[("yield_gs_10", 10.0), ("yield_gs_1k", 1_000.0), ("yield_gs_100k", 100_000.0)],
        scale: |median, _| median,
    },
];

/// Draws those whose rows were measured.
///
/// # Errors
/// What writing says.
pub fn write(lines: &[Line]) -> io::Result<()> {
    fs::create_dir_all(FOLDER)?;
    for picture in PICTURES {
        let series = series(picture, lines);
        if !series.is_empty() {
            draw(picture, &series).map_err(|error| io::Error::other(error.to_string()))?;
        }
    }
    Ok(())
}

/// The points of each peer that has two or more.
fn series(picture: &Picture, lines: &[Line]) -> Vec<(Who, Vec<(f64, f64)>)> {
    let points = |who| {
        let of_row = |&(row, x): &(&str, f64)| {
            let same = |line: &&Line| line.row == row && line.who == who && line.procs == 1;
            lines.iter().find(same).map(|line| (x, (picture.scale)(line.median, x)))
        };
        picture.rows.iter().filter_map(of_row).collect::<Vec<_>>()
    };
    let all = Who::ALL.into_iter().map(|who| (who, points(who)));
    all.filter(|(_, points)| points.len() > 1).collect()
}

fn colour(who: Who) -> RGBColor {
    match who {
        Who::Callgate => RGBColor(0xc0, 0x39, 0x2b),
        Who::Plain => RGBColor(0x55, 0x55, 0x55),
        Who::Go => RGBColor(0x1f, 0x77, 0xb4),
        Who::Corosensei => RGBColor(0x8e, 0x44, 0xad),
        Who::May => RGBColor(0x27, 0xae, 0x60),
        Who::Tokio => RGBColor(0xe6, 0x7e, 0x22),
        Who::InPlace => RGBColor(0xf1, 0xc4, 0x0f),
    }
}

/// A label of an axis.
fn short(value: &f64) -> String {
    match *value {
        v if v >= 1e6 => format!("{}M", v / 1e6),
        v if v >= 1e3 => format!("{}k", v / 1e3),
        v => v.to_string(),
    }
}

fn draw(picture: &Picture, series: &[(Who, Vec<(f64, f64)>)]) -> Result<(), Box<dyn Error>> {
    let path = format!("{FOLDER}/{}", picture.file);
    let points = || series.iter().flat_map(|(_, points)| points);
    let range = |values: &dyn Fn(&(f64, f64)) -> f64, room: f64| {
        let low = points().map(values).fold(f64::MAX, f64::min);
        let high = points().map(values).fold(f64::MIN, f64::max);
        low / room..high * room
    };
    let root = SVGBackend::new(&path, (720, 400)).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption(picture.title, ("sans-serif", 18))
        .margin(12)
        .margin_right(90)
        .x_label_area_size(40)
        .y_label_area_size(64)
        .build_cartesian_2d(range(&|p| p.0, 1.1).log_scale(), range(&|p| p.1, 1.6).log_scale())?;
    chart
        .configure_mesh()
        .x_desc(picture.x)
        .y_desc(picture.y)
        .x_labels(6)
        .y_labels(8)
        .x_label_formatter(&short)
        .y_label_formatter(&short)
        .light_line_style(WHITE)
        .draw()?;
    for (who, points) in series {
        let colour = colour(*who);
        chart.draw_series(LineSeries::new(points.iter().copied(), colour.stroke_width(2)))?;
        chart.draw_series(points.iter().map(|&point| Circle::new(point, 3, colour.filled())))?;
        // The name stands at the end of the line.
        let font = ("sans-serif", 13).into_font().color(&colour);
        let end = points[points.len() - 1];
        let label = |at| EmptyElement::at(at) + Text::new(who.name(), (8, -7), font.clone());
        chart.draw_series(std::iter::once(label(end)))?;
    }
    root.present()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows;

    #[test]
    fn pictures_are_of_rows_that_there_are() {
        for (row, _) in PICTURES.iter().flat_map(|picture| picture.rows) {
            assert!(rows::find(row).is_some_and(|m| m.procs.contains(&1)), "{row}");
        }
    }

    #[test]
    fn a_peer_with_one_point_is_left_out() {
        let line = |row, who| Line::new(row, 1, who, "ns", vec![1.0]);
        let lines = [
            line("nested_1", Who::Callgate),
            line("nested_10", Who::Callgate),
            line("nested_10", Who::Go),
        ];
        let drawn = series(&PICTURES[2], &lines);
        assert_eq!(drawn, [(Who::Callgate, vec![(1.0, 1.0), (10.0, 1.0)])]);
    }
}
