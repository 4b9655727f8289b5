//! Charts as SVG, on white, so that they are readable in any theme.

use std::{error::Error, fs, path::Path};

use plotters::{
    coord::ranged1d::ValueFormatter,
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use crate::{
    contenders::{FAST_PEERS, INCUMBENT, OURS},
    decode::Cell,
    scaling::Scaling,
};

type Outcome = Result<(), Box<dyn Error>>;

/// Draws the decode matrix for the cuts `whole` and `1460`.
pub(crate) fn decode(directory: &Path, cells: &[Cell]) -> Outcome {
    fs::create_dir_all(directory)?;
    for (cut, title) in [("whole", "the stream in one chunk"), ("1460", "chunks of 1460 bytes")] {
        let cells: Vec<_> =
            cells.iter().filter(|cell| cell.cut.name == cut && cell.best(&FAST_PEERS).is_some()).collect();
        if !cells.is_empty() {
            bars(&directory.join(format!("bench-{cut}.svg")), &format!("Decoding speed, {title}"), &cells)?;
        }
    }
    Ok(())
}

/// Draws the scaling.
pub(crate) fn scaling(directory: &Path, [by_size, by_count]: &[Scaling; 2]) -> Outcome {
    fs::create_dir_all(directory)?;
    curves(&directory.join("bench-scaling-size.svg"), by_size)?;
    curves(&directory.join("bench-scaling-events.svg"), by_count)
}

/// A group of bars for each corpus: the speed, where the best of the rivals is 1.
fn bars(path: &Path, title: &str, cells: &[&Cell]) -> Outcome {
    let speed = |cell: &Cell, name: &str| Some(cell.best(&FAST_PEERS)? / cell.nanos(name)?);
    let names: Vec<_> = names().collect();
    let speeds = cells.iter().flat_map(|cell| names.iter().filter_map(|name| speed(cell, name)));
    let top = speeds.fold(1.0, f64::max).ceil();

    // To the right there is room for the legend.
    let groups = cells.len() as f64;
    let root = SVGBackend::new(path, (1280, 480)).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption(title, ("sans-serif", 20))
        .margin(12)
        .x_label_area_size(40)
        .y_label_area_size(56)
        .build_cartesian_2d(0.0..groups + 2.0, 0.0..top)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .x_labels(0)
        .y_desc("times the speed of the best rival")
        .y_label_formatter(&|times| format!("{times:.1}"))
        .axis_desc_style(("sans-serif", 14))
        .label_style(("sans-serif", 13))
        .light_line_style(TRANSPARENT)
        .draw()?;

    let width = 0.84 / names.len() as f64;
    for (index, name) in names.iter().enumerate() {
        let color = color(index);
        let bars = cells.iter().enumerate().filter_map(|(group, cell)| {
            let left = group as f64 + 0.08 + width * index as f64;
            Some(Rectangle::new([(left, 0.0), (left + width * 0.92, speed(cell, name)?)], color.filled()))
        });
        chart
            .draw_series(bars)?
            .label(*name)
            .legend(move |(x, y)| Rectangle::new([(x, y - 5), (x + 12, y + 5)], color.filled()));
    }
    chart.draw_series(LineSeries::new([(0.0, 1.0), (groups, 1.0)], BLACK.mix(0.6)))?;
    for (group, cell) in cells.iter().enumerate() {
        let (x, y) = chart.plotting_area().map_coordinate(&(group as f64 + 0.5, 0.0));
        let style = TextStyle::from(("sans-serif", 13)).pos(Pos::new(HPos::Center, VPos::Top));
        root.draw(&Text::new(cell.corpus, (x, y + 8), style))?;
    }
    legend(&mut chart, SeriesLabelPosition::UpperRight)?;
    root.present()?;
    Ok(())
}

/// A line for each contender, both axes logarithmic.
fn curves(path: &Path, scaling: &Scaling) -> Outcome {
    let points = || scaling.lines.iter().flat_map(|line| line.points.iter().copied());
    let least = points().fold((f64::MAX, f64::MAX), |least, point| (least.0.min(point.0), least.1.min(point.1)));
    let most = points().fold((0.0, 0.0), |most: (f64, f64), point| (most.0.max(point.0), most.1.max(point.1)));

    let root = SVGBackend::new(path, (900, 520)).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption(scaling.title, ("sans-serif", 20))
        .margin(12)
        .x_label_area_size(48)
        .y_label_area_size(72)
        .build_cartesian_2d((least.0..most.0 * 1.2).log_scale(), (least.1 / 2.0..most.1 * 2.0).log_scale())?;
    chart
        .configure_mesh()
        .x_desc(scaling.x_label)
        .y_desc(scaling.y_label)
        .x_label_formatter(&|value| power(*value))
        .y_label_formatter(&|value| power(*value))
        .axis_desc_style(("sans-serif", 14))
        .label_style(("sans-serif", 13))
        .light_line_style(TRANSPARENT)
        .draw()?;
    for (index, line) in scaling.lines.iter().enumerate() {
        let color = color(index);
        chart
            .draw_series(LineSeries::new(line.points.iter().copied(), color.stroke_width(2)).point_size(3))?
            .label(line.name)
            .legend(move |(x, y)| Rectangle::new([(x, y - 5), (x + 12, y + 5)], color.filled()));
    }
    legend(&mut chart, SeriesLabelPosition::UpperLeft)?;
    root.present()?;
    Ok(())
}

fn legend<'a, X, Y>(
    chart: &mut ChartContext<'a, SVGBackend<'a>, Cartesian2d<X, Y>>,
    position: SeriesLabelPosition,
) -> Outcome
where
    X: Ranged<ValueType = f64> + ValueFormatter<f64>,
    Y: Ranged<ValueType = f64> + ValueFormatter<f64>,
{
    chart
        .configure_series_labels()
        .position(position)
        .background_style(WHITE.mix(0.85))
        .border_style(BLACK.mix(0.3))
        .label_font(("sans-serif", 13))
        .draw()?;
    Ok(())
}

fn names() -> impl Iterator<Item = &'static str> {
    OURS.into_iter().chain(FAST_PEERS).chain([INCUMBENT]).map(|contender| contender.name)
}

/// The colours of Okabe and Ito, which the colour-blind can tell apart; blue is ours.
fn color(index: usize) -> RGBColor {
    const COLORS: [RGBColor; 6] = [
        RGBColor(0, 114, 178),
        RGBColor(86, 180, 233),
        RGBColor(230, 159, 0),
        RGBColor(0, 158, 115),
        RGBColor(204, 121, 167),
        RGBColor(130, 130, 130),
    ];
    COLORS[index % COLORS.len()]
}

/// `10k` and the like.
fn power(value: f64) -> String {
    match value {
        ..1e3 => format!("{value:.0}"),
        1e3..1e6 => format!("{:.0}k", value / 1e3),
        1e6..1e9 => format!("{:.0}M", value / 1e6),
        _ => format!("{:.0}G", value / 1e9),
    }
}
