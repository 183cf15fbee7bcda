//! A histogram as a picture.

use plotters::prelude::*;
use std::error::Error;
use std::path::Path;

/// Bars for each doubling from a microsecond on; the last is for all that is longer.
const BARS: usize = 16;

/// The bar that so many microseconds belong to.
fn bar(microseconds: f64) -> usize {
    (microseconds.max(1.0).log2() as usize).min(BARS - 1)
}

/// Draws how often each lateness came.
pub fn write(path: &Path, late: &[f64]) -> Result<(), Box<dyn Error>> {
    let mut counts = [0_u32; BARS];
    late.iter().for_each(|&late| counts[bar(late)] += 1);
    let most = counts.iter().copied().max().unwrap_or(0) + 1;
    let root = SVGBackend::new(path, (720, 360)).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .margin(12)
        .x_label_area_size(40)
        .y_label_area_size(52)
        .build_cartesian_2d(0..BARS, 0..most)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .x_labels(BARS)
        .x_label_formatter(&|bar| format!("{}", 1_u64 << bar))
        .x_desc("microseconds late, at least")
        .y_desc("callbacks")
        .draw()?;
    let bars = counts.iter().enumerate().map(|(bar, &count)| {
        Rectangle::new([(bar, 0), (bar + 1, count)], RGBColor(0xc0, 0x39, 0x2b).filled())
    });
    chart.draw_series(bars)?;
    root.present()?;
    Ok(())
}
