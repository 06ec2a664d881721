//! The page: pixels, fonts and strokes.

use plotters::prelude::*;

/// Width and height in CSS pixels.
pub(super) const SIZE: (u32, u32) = (960, 600);
/// Drawing units a pixel. The library rounds to whole units, and at one a pixel the lines wobble.
const UNIT: u32 = 8;
const FONT: &str = "sans-serif";

/// The same drawing with its view box kept and its size on the page in pixels.
pub(super) fn in_pixels(svg: &str) -> String {
    let size = |unit: u32| {
        format!(
            "<svg width=\"{}\" height=\"{}\"",
            SIZE.0 * unit,
            SIZE.1 * unit
        )
    };
    svg.replacen(&size(UNIT), &size(1), 1)
}

/// Pixels in drawing units.
pub(super) fn px(pixels: i32) -> i32 {
    pixels * UNIT as i32
}

/// A sans-serif font of so many pixels.
pub(super) fn font(pixels: i32) -> FontDesc<'static> {
    (FONT, px(pixels)).into_font()
}

/// A line of so many pixels.
pub(super) fn line(color: RGBColor, pixels: u32) -> ShapeStyle {
    color.stroke_width(pixels * UNIT)
}

/// The page in drawing units.
pub(super) fn page() -> (u32, u32) {
    (SIZE.0 * UNIT, SIZE.1 * UNIT)
}
