//! The lines: which numbers of lots, sampled where, in what colour, over what range of prices.

use plotters::style::RGBColor;
use polyfolio_execution::optimal_quote::QuoteSurface;

/// Dark to light, even to the eye and to the colour-blind: the reader sees the order of the lots.
const PALETTE: [RGBColor; 5] = [
    RGBColor(68, 1, 84),
    RGBColor(62, 74, 137),
    RGBColor(38, 130, 142),
    RGBColor(53, 183, 121),
    RGBColor(180, 205, 40),
];
/// More lines than this cannot be told apart.
const MAX_LINES: usize = 10;
/// Samples of a line; half of them crowd towards the deadline, where it bends.
const SAMPLES: u32 = 240;

/// One line: a number of lots and its points `(elapsed seconds, ticks)`.
pub(super) struct QuotePath {
    pub lots: usize,
    pub color: RGBColor,
    pub points: Vec<(f64, f64)>,
}

pub(super) fn paths(surface: &QuoteSurface) -> Vec<QuotePath> {
    let horizon = surface.horizon_s();
    let shown = shown_lots(surface.lots());
    let last = shown.len().saturating_sub(1).max(1) as f64;
    let path = |(index, lots): (usize, usize)| {
        let point = |left: f64| (horizon - left, surface.offset(lots, left));
        let points = times_left(horizon).map(point).collect();
        QuotePath {
            lots,
            color: shade(index as f64 / last),
            points,
        }
    };
    shown.into_iter().enumerate().map(path).collect()
}

/// Seconds left, from the horizon down to 0.
fn times_left(horizon: f64) -> impl Iterator<Item = f64> {
    let half = SAMPLES / 2;
    let even = (0..half).map(move |i| 1.0 - 0.9 * f64::from(i) / f64::from(half));
    let crowded = (0..=half).map(move |i| 0.1 * (1.0 - f64::from(i) / f64::from(half)).powi(3));
    even.chain(crowded).map(move |share| share * horizon)
}

/// All lots, or ten of them spread evenly in ratio.
fn shown_lots(lots: usize) -> Vec<usize> {
    if lots <= MAX_LINES {
        return (1..=lots).collect();
    }
    let step = (lots as f64).ln() / (MAX_LINES - 1) as f64;
    let mut shown: Vec<usize> = (0..MAX_LINES)
        .map(|i| (step * i as f64).exp().round() as usize)
        .collect();
    shown.dedup();
    shown
}

/// The prices that the axis spans. A fall in the last hundredth of the time may leave it: it can
/// reach the liquidation cost, a hundred times the rest.
pub(super) fn price_range(paths: &[QuotePath]) -> (f64, f64) {
    let horizon = paths
        .iter()
        .flat_map(|path| &path.points)
        .map(|p| p.0)
        .fold(0.0, f64::max);
    let early = paths
        .iter()
        .flat_map(|path| &path.points)
        .filter(|p| p.0 <= 0.99 * horizon);
    let (low, high) = early
        .map(|p| p.1)
        .filter(|price| price.is_finite())
        .fold((0.0_f64, 0.0_f64), |(low, high), price| {
            (low.min(price), high.max(price))
        });
    let span = if high > low { high - low } else { 1.0 };
    (low - 0.06 * span, high + 0.06 * span)
}

/// The part of a path above `low`, cut where it crosses.
pub(super) fn clip(points: &[(f64, f64)], low: f64) -> Vec<(f64, f64)> {
    let mut kept: Vec<(f64, f64)> = Vec::with_capacity(points.len());
    for &(time, price) in points {
        if price >= low {
            kept.push((time, price));
        } else if let Some(&(before, above)) = kept.last() {
            let share = if price.is_finite() {
                (above - low) / (above - price)
            } else {
                1.0
            };
            kept.push((before + share * (time - before), low));
            break;
        }
    }
    kept
}

/// The palette at `share` from 0 to 1.
fn shade(share: f64) -> RGBColor {
    let place = share * (PALETTE.len() - 1) as f64;
    let index = (place as usize).min(PALETTE.len() - 2);
    let (from, to) = (PALETTE[index], PALETTE[index + 1]);
    let part = place - index as f64;
    let mix = |from: u8, to: u8| {
        (f64::from(from) + part * (f64::from(to) - f64::from(from))).round() as u8
    };
    RGBColor(mix(from.0, to.0), mix(from.1, to.1), mix(from.2, to.2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_lots_show_ten_lines_from_one_to_all() {
        let shown = shown_lots(500);
        assert_eq!((shown[0], *shown.last().unwrap()), (1, 500));
        assert!(shown.len() <= MAX_LINES && shown.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(shown_lots(3), [1, 2, 3]);
    }

    #[test]
    fn a_path_ends_where_it_crosses_the_axis() {
        let clipped = clip(&[(0.0, 2.0), (1.0, 1.0), (2.0, -1.0), (3.0, -9.0)], 0.0);
        assert_eq!(clipped, [(0.0, 2.0), (1.0, 1.0), (1.5, 0.0)]);
    }

    #[test]
    fn the_palette_runs_from_its_first_colour_to_its_last() {
        assert_eq!((shade(0.0), shade(1.0)), (PALETTE[0], PALETTE[4]));
        assert_eq!(shade(0.25), PALETTE[1]);
    }
}
