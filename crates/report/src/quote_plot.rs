//! The optimal quotes over time as a picture: one line for each number of lots left.
//!
//! The text is SVG that names the generic sans-serif family, so it needs no fonts where it is drawn,
//! and it is the same, byte for byte, for the same surface. It knows nothing of files.

mod canvas;
mod paths;

use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use polyfolio_execution::optimal_quote::{QuoteParams, QuoteSurface};
use thiserror::Error;

use canvas::{SIZE, font, in_pixels, line, page, px};
use paths::{QuotePath, clip, paths, price_range};

const LEGEND_WIDTH: i32 = 110;
const INK: RGBColor = RGBColor(38, 43, 51);
const FAINT_INK: RGBColor = RGBColor(110, 118, 129);
const GRID: RGBColor = RGBColor(232, 235, 239);

/// Why there is no picture.
#[derive(Debug, Error)]
pub enum QuotePlotError {
    /// Nothing to draw over.
    #[error("quote paths need a horizon above 0 seconds")]
    NoTime,
    /// The drawing library refused.
    #[error("quote paths cannot be drawn: {0}")]
    Drawing(String),
}

type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;
type Area<'b> = DrawingArea<SVGBackend<'b>, Shift>;

/// Draws `δ_q` in ticks from the start of the horizon to the deadline, in seconds, and returns the
/// SVG. Above ten lots it draws ten of them, from 1 to all. Where a quote falls without bound at the
/// deadline the axis ends and so does the line.
pub fn quote_paths_svg(surface: &QuoteSurface) -> Result<String, QuotePlotError> {
    if surface.horizon_s() <= 0.0 {
        return Err(QuotePlotError::NoTime);
    }
    let mut svg = String::new();
    draw(surface, &mut svg).map_err(|error| QuotePlotError::Drawing(error.to_string()))?;
    Ok(in_pixels(&svg))
}

fn draw(surface: &QuoteSurface, svg: &mut String) -> Result<(), Box<dyn std::error::Error>> {
    let paths = paths(surface);
    let (low, high) = price_range(&paths);
    let root = SVGBackend::with_string(svg, page()).into_drawing_area();
    root.fill(&WHITE)?;
    let body = root.margin(px(18), px(14), px(20), px(16));
    heading(&body, surface)?;
    let (left, right) = body.split_horizontally(px(SIZE.0 as i32 - 36 - LEGEND_WIDTH));
    let mut chart = ChartBuilder::on(&left)
        .margin_top(px(66))
        .x_label_area_size(px(50))
        .y_label_area_size(px(64))
        .build_cartesian_2d(0.0..surface.horizon_s(), low..high)?;
    axes(&mut chart)?;
    let mid = [(0.0, 0.0), (surface.horizon_s(), 0.0)];
    chart.draw_series(LineSeries::new(mid, line(FAINT_INK, 1)))?;
    for path in &paths {
        let points = clip(&path.points, low);
        chart.draw_series(LineSeries::new(points, line(path.color, 2)))?;
    }
    legend(&right, &paths)?;
    root.present()?;
    Ok(())
}

fn heading(area: &Area<'_>, surface: &QuoteSurface) -> Result<(), Box<dyn std::error::Error>> {
    let title = font(23).style(FontStyle::Bold).color(&INK);
    let detail = font(15).color(&FAINT_INK);
    area.draw(&Text::new(
        "Optimal limit quote over time",
        (px(4), 0),
        title,
    ))?;
    area.draw(&Text::new(
        describe(surface.params()),
        (px(4), px(33)),
        detail,
    ))?;
    Ok(())
}

fn describe(params: &QuoteParams) -> String {
    let QuoteParams {
        sigma,
        arrival_rate,
        decay,
        risk_aversion,
        liquidation_cost,
        drift,
    } = *params;
    format!(
        "σ = {} tick/√s  ·  A = {} /s  ·  k = {} /tick  ·  γ = {} /tick  ·  b = {} ticks  ·  μ = {} tick/s",
        short(sigma),
        short(arrival_rate),
        short(decay),
        short(risk_aversion),
        short(liquidation_cost),
        short(drift)
    )
}

fn axes(chart: &mut Chart<'_, '_>) -> Result<(), Box<dyn std::error::Error>> {
    chart
        .configure_mesh()
        .bold_line_style(line(GRID, 1))
        .light_line_style(TRANSPARENT)
        .axis_style(line(FAINT_INK, 1))
        .set_all_tick_mark_size(px(5))
        .x_desc("time since the start (seconds)")
        .y_desc("offset from the mid (ticks)")
        .x_labels(9)
        .y_labels(9)
        .x_label_formatter(&|x| plain(*x))
        .y_label_formatter(&|y| plain(*y))
        .label_style(font(14).color(&INK))
        .axis_desc_style(font(15).color(&INK))
        .draw()?;
    Ok(())
}

fn legend(area: &Area<'_>, paths: &[QuotePath]) -> Result<(), Box<dyn std::error::Error>> {
    const TOP: i32 = 72;
    const ROW: i32 = 25;
    let anchor = Pos::new(HPos::Left, VPos::Center);
    let heading = font(14).color(&FAINT_INK).pos(anchor);
    let entry = font(15).color(&INK).pos(anchor);
    area.draw(&Text::new("lots left", (px(22), px(TOP)), heading))?;
    for (row, path) in (1..).zip(paths) {
        let y = px(TOP + row * ROW);
        area.draw(&PathElement::new(
            [(px(22), y), (px(50), y)],
            line(path.color, 3),
        ))?;
        area.draw(&Text::new(
            path.lots.to_string(),
            (px(60), y),
            entry.clone(),
        ))?;
    }
    Ok(())
}

/// Six significant digits, without the tail that binary fractions leave.
fn short(x: f64) -> String {
    if x.is_infinite() {
        return "∞".into();
    }
    let rounded = format!("{x:.5e}").parse().unwrap_or(x);
    signed(rounded)
}

/// A label of an axis: what is below a millionth is the rounding of a zero.
fn plain(x: f64) -> String {
    signed((x * 1e6).round() / 1e6)
}

/// With a minus sign of typography, and none on zero.
fn signed(x: f64) -> String {
    (x + 0.0).to_string().replace('-', "\u{2212}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn surface(lots: usize, liquidation_cost: f64, horizon_s: f64) -> QuoteSurface {
        let params = QuoteParams {
            sigma: 0.3,
            arrival_rate: 0.1,
            decay: 0.3,
            risk_aversion: 0.05,
            liquidation_cost,
            drift: 0.0,
        };
        QuoteSurface::solve(&params, lots, horizon_s).unwrap()
    }

    #[test]
    fn a_line_and_a_legend_entry_for_each_number_of_lots() {
        let svg = quote_paths_svg(&surface(6, 3.0, 300.0)).unwrap();
        for path in paths(&surface(6, 3.0, 300.0)) {
            let RGBColor(r, g, b) = path.color;
            let color = format!("stroke=\"#{r:02X}{g:02X}{b:02X}\"");
            assert_eq!(svg.matches(&color).count(), 2, "{color}");
        }
        for text in [
            "Optimal limit quote",
            "(seconds)",
            "(ticks)",
            "lots left",
            "γ = 0.05",
        ] {
            assert!(svg.contains(text), "{text}");
        }
        assert!(svg.starts_with("<svg width=\"960\" height=\"600\" viewBox=\"0 0 7680 4800\""));
        assert!(!svg.contains("NaN") && !svg.contains("inf"));
        assert_eq!(svg, quote_paths_svg(&surface(6, 3.0, 300.0)).unwrap());
    }

    #[test]
    fn a_bottomless_quote_ends_at_the_axis() {
        let svg = quote_paths_svg(&surface(6, f64::INFINITY, 300.0)).unwrap();
        assert!(!svg.contains("NaN") && !svg.contains("inf"));
        assert!(svg.contains("b = ∞"));
    }

    #[test]
    fn numbers_are_written_short() {
        assert_eq!(short(0.1 + 0.2), "0.3");
        assert_eq!(short(-0.0), "0");
        assert_eq!(short(1e-9), "0.000000001");
        assert_eq!(short(f64::INFINITY), "∞");
        assert_eq!(plain(-2.5), "\u{2212}2.5");
        assert_eq!(plain(-1e-17), "0");
    }

    #[test]
    fn no_time_is_an_error() {
        let error = quote_paths_svg(&surface(1, 3.0, 0.0)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "quote paths need a horizon above 0 seconds"
        );
    }
}
