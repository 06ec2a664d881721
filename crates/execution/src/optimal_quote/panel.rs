//! One panel of time for the whole ladder of levels.
//!
//! Within a panel a level is written `r_q = scale · e^(growth·s) · shape(s/width)`, `s` counted from
//! the panel's start. Taking out the scale makes every number O(1) whatever the drift and the
//! horizon; taking out the growth (positive only where drift makes the ratio rise without end)
//! leaves an equation that only relaxes, whose damping is never negative.

use super::radau::{RADAU, Radau, STAGES, Shape, Stages, evaluate, tail};
use super::rates::Rates;

/// One level `q` over one panel.
#[derive(Debug, Clone, Copy)]
pub(super) struct Level {
    ln_scale: f64,
    /// Per second, at least 0.
    growth: f64,
    shape: Shape,
}

impl Level {
    /// `ln r` at `s` seconds into a panel of `width` seconds.
    pub(super) fn ln_ratio(&self, s: f64, width: f64) -> f64 {
        self.ln_scale + self.growth * s + evaluate(&self.shape, s / width).ln()
    }

    /// The same in a panel that starts from `r = 0`, where the shape is that of `r/s`.
    pub(super) fn ln_ratio_from_zero(&self, s: f64, width: f64) -> f64 {
        self.ln_ratio(s, width) + (s / width).ln()
    }
}

/// Tries to advance every level by `width` seconds from `ln r = ln_ratios[q - 1]` (all minus
/// infinity for a start from zero). Appends a [`Level`] each to `levels`, the ratios at the end to
/// `ends`, and returns the largest relative error of a shape; infinite, and the outputs incomplete,
/// when the panel is so wide that a ratio left the positive numbers.
pub(super) fn advance(
    rates: &Rates,
    ln_ratios: &[f64],
    width: f64,
    levels: &mut Vec<Level>,
    ends: &mut Vec<f64>,
) -> f64 {
    let radau: &Radau = &RADAU;
    let mut worst = 0.0_f64;
    let mut pull = [0.0; STAGES];
    for (below, &ln_ratio) in ln_ratios.iter().enumerate() {
        let start = Start::new(rates, below + 1, ln_ratio, width);
        let Some(step) = start.step(radau, &mut pull, width) else {
            return f64::INFINITY;
        };
        worst = worst.max(step.error);
        levels.push(step.level);
        ends.push(step.end);
    }
    worst
}

/// A level at the start of a panel.
struct Start {
    q: usize,
    /// `r = 0` here, so the scale is taken from the inflow instead: `η · width`.
    from_zero: bool,
    ln_scale: f64,
    growth: f64,
    /// What the level loses by itself over the panel, in units of itself.
    fall: f64,
    /// `η · width / scale`: what flows in over the panel, in units of the level.
    inflow: f64,
}

struct Step {
    level: Level,
    end: f64,
    error: f64,
}

impl Start {
    fn new(rates: &Rates, q: usize, ln_ratio: f64, width: f64) -> Self {
        let from_zero = ln_ratio == f64::NEG_INFINITY;
        let ln_inflow = rates.ln_eta + width.ln();
        let ln_scale = if from_zero { ln_inflow } else { ln_ratio };
        let fall = rates.fall(q);
        Self {
            q,
            from_zero,
            ln_scale,
            growth: (-fall).max(0.0),
            fall: fall.max(0.0) * width,
            inflow: (ln_inflow - ln_scale).exp(),
        }
    }

    /// Solves the level. `pull` is `width · η / r` of the level below at the stages, and becomes
    /// this level's.
    fn step(&self, radau: &Radau, pull: &mut Stages, width: f64) -> Option<Step> {
        let base = if self.from_zero { 0.0 } else { 1.0 };
        let inflow = self.inflow_at(radau, width);
        let damping = pull.map(|pull| self.fall + pull);
        let mut forcing = inflow;
        for (forcing, damping) in forcing.iter_mut().zip(&damping) {
            *forcing -= base * damping;
        }
        let ratio = radau.relax(&damping, &forcing).map(|u| base + u);
        if !ratio.iter().all(|&r| r > 0.0 && r.is_finite()) {
            return None;
        }
        for i in 0..STAGES {
            pull[i] = inflow[i] / ratio[i];
        }
        Some(self.finish(radau, &ratio, width))
    }

    fn inflow_at(&self, radau: &Radau, width: f64) -> Stages {
        if self.growth == 0.0 {
            return [self.inflow; STAGES];
        }
        radau
            .nodes
            .map(|x| self.inflow * (-self.growth * width * x).exp())
    }

    fn finish(&self, radau: &Radau, ratio: &Stages, width: f64) -> Step {
        let (start, stages) = if self.from_zero {
            let mut slopes = *ratio;
            for (slope, x) in slopes.iter_mut().zip(&radau.nodes) {
                *slope /= x;
            }
            (1.0 / self.q as f64, slopes)
        } else {
            (1.0, *ratio)
        };
        let shape = radau.shape(start, &stages);
        let least = stages.iter().copied().fold(start, f64::min);
        let end = self.ln_scale + self.growth * width + ratio[STAGES - 1].ln();
        let level = Level {
            ln_scale: self.ln_scale,
            growth: self.growth,
            shape,
        };
        Step {
            level,
            end,
            error: tail(&shape) / least,
        }
    }
}
