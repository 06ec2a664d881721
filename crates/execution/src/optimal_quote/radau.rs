//! The eight-stage Radau IIA collocation method for one scalar linear equation: nodes,
//! differentiation, and the collocation polynomial in Chebyshev form.
//!
//! All tables are derived from the definition (the nodes are the zeros of `P_8 - P_7` moved to
//! `[0, 1]`), once a process.

use std::f64::consts::PI;
use std::sync::LazyLock;

/// Stages; the method has order 15 at the end of a panel and its polynomial degree 8.
pub(super) const STAGES: usize = 8;
/// Values that determine the polynomial: the start and the stages.
pub(super) const POINTS: usize = STAGES + 1;

/// One number a stage.
pub(super) type Stages = [f64; STAGES];
/// Chebyshev coefficients on `[0, 1]`, lowest first.
pub(super) type Shape = [f64; POINTS];

/// The tables of the method.
#[derive(Debug)]
pub(super) struct Radau {
    /// Stage positions in `(0, 1]`, increasing; the last is 1.
    pub nodes: Stages,
    /// Derivative at stage `i` of the polynomial that is 0 at the start and 1 at stage `j` alone:
    /// the inverse of the Butcher matrix.
    derivative: [Stages; STAGES],
    /// Chebyshev coefficient `n` of the polynomial that is 1 at point `j` alone, as `[j][n]`.
    modes: [Shape; POINTS],
}

/// The tables, made on first use.
pub(super) static RADAU: LazyLock<Radau> = LazyLock::new(Radau::new);

impl Radau {
    fn new() -> Self {
        let nodes = right_radau_nodes();
        let mut points = [0.0; POINTS];
        points[1..].copy_from_slice(&nodes);
        Self {
            nodes,
            derivative: derivative_matrix(&points),
            modes: chebyshev_modes(&points),
        }
    }

    /// Solves `u' + damping·u = forcing` over a panel of unit width with `u = 0` at its start.
    ///
    /// Damping is never negative here, and then the matrix needs no pivoting: scaled by the
    /// quadrature weights its symmetric part is positive semidefinite (the method is algebraically
    /// stable), so elimination meets no small pivot.
    pub(super) fn relax(&self, damping: &Stages, forcing: &Stages) -> Stages {
        let mut matrix = self.derivative;
        let mut u = *forcing;
        for i in 0..STAGES {
            matrix[i][i] += damping[i];
        }
        for pivot in 0..STAGES {
            let row = matrix[pivot];
            let inverse = 1.0 / row[pivot];
            for i in pivot + 1..STAGES {
                let factor = matrix[i][pivot] * inverse;
                for j in pivot + 1..STAGES {
                    matrix[i][j] -= factor * row[j];
                }
                u[i] -= factor * u[pivot];
            }
        }
        for i in (0..STAGES).rev() {
            for j in i + 1..STAGES {
                u[i] -= matrix[i][j] * u[j];
            }
            u[i] /= matrix[i][i];
        }
        u
    }

    /// The polynomial through a value at the start and one a stage.
    pub(super) fn shape(&self, start: f64, stages: &Stages) -> Shape {
        let mut shape = self.modes[0].map(|mode| mode * start);
        for (value, modes) in stages.iter().zip(&self.modes[1..]) {
            for (coefficient, mode) in shape.iter_mut().zip(modes) {
                *coefficient += value * mode;
            }
        }
        shape
    }
}

/// The polynomial's value at `x` in `[0, 1]`, by Clenshaw's recurrence.
pub(super) fn evaluate(shape: &Shape, x: f64) -> f64 {
    let x = 2.0 * x - 1.0;
    let (mut last, mut before) = (0.0, 0.0);
    for &coefficient in shape[1..].iter().rev() {
        (last, before) = (coefficient + 2.0 * x * last - before, last);
    }
    shape[0] + x * last - before
}

/// What the polynomial misses, estimated from its highest coefficients: where they still matter
/// the next ones would too.
pub(super) fn tail(shape: &Shape) -> f64 {
    let [.., before, last] = shape;
    last.abs().max(0.1 * before.abs())
}

/// Zeros of `P_8 - P_7`, by Newton's method from the Chebyshev–Radau points, moved to `[0, 1]`.
fn right_radau_nodes() -> Stages {
    let mut nodes = [1.0; STAGES];
    for (i, node) in nodes[..STAGES - 1].iter_mut().enumerate() {
        let angle = 2.0 * PI * (STAGES - 1 - i) as f64 / (2 * STAGES - 1) as f64;
        let mut x = angle.cos();
        for _ in 0..12 {
            let (value, slope) = radau_polynomial(x);
            x -= value / slope;
        }
        *node = 0.5 * (1.0 + x);
    }
    nodes
}

/// `P_8 - P_7` and its derivative inside `(-1, 1)`.
fn radau_polynomial(x: f64) -> (f64, f64) {
    let mut legendre = [1.0, x, 0.0];
    for n in 2..=STAGES {
        let degree = n as f64;
        let next = ((2.0 * degree - 1.0) * x * legendre[1] - (degree - 1.0) * legendre[0]) / degree;
        legendre = [legendre[1], next, legendre[0]];
    }
    let [below, top, second] = legendre;
    let slope = |n: usize, p: f64, before: f64| n as f64 * (x * p - before) / (x * x - 1.0);
    (
        top - below,
        slope(STAGES, top, below) - slope(STAGES - 1, below, second),
    )
}

/// Barycentric weights of Lagrange interpolation.
fn barycentric_weights(points: &[f64; POINTS]) -> [f64; POINTS] {
    let mut weights = [1.0; POINTS];
    for j in 0..POINTS {
        for k in (0..POINTS).filter(|&k| k != j) {
            weights[j] /= points[j] - points[k];
        }
    }
    weights
}

fn derivative_matrix(points: &[f64; POINTS]) -> [Stages; STAGES] {
    let weights = barycentric_weights(points);
    let mut matrix = [[0.0; STAGES]; STAGES];
    for i in 1..POINTS {
        for j in 1..POINTS {
            matrix[i - 1][j - 1] = if i == j {
                (0..POINTS)
                    .filter(|&k| k != i)
                    .map(|k| 1.0 / (points[i] - points[k]))
                    .sum()
            } else {
                weights[j] / weights[i] / (points[i] - points[j])
            };
        }
    }
    matrix
}

/// Chebyshev coefficients of the Lagrange basis, by the discrete cosine transform at Chebyshev's
/// own points.
fn chebyshev_modes(points: &[f64; POINTS]) -> [Shape; POINTS] {
    let mut modes = [[0.0; POINTS]; POINTS];
    for m in 0..POINTS {
        let angle = PI * (m as f64 + 0.5) / POINTS as f64;
        let x = 0.5 * (1.0 + angle.cos());
        for (j, coefficients) in modes.iter_mut().enumerate() {
            let others = (0..POINTS).filter(|&k| k != j);
            let basis: f64 = others
                .map(|k| (x - points[k]) / (points[j] - points[k]))
                .product();
            for (n, coefficient) in coefficients.iter_mut().enumerate() {
                let share = if n == 0 { 1.0 } else { 2.0 } / POINTS as f64;
                *coefficient += share * basis * (n as f64 * angle).cos();
            }
        }
    }
    modes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quadrature_of_the_last_stage_has_order_fifteen() {
        for degree in 0..15 {
            let forcing = RADAU.nodes.map(|x| x.powi(degree));
            let integral = RADAU.relax(&[0.0; STAGES], &forcing)[STAGES - 1];
            let exact = 1.0 / f64::from(degree + 1);
            assert!(
                (integral - exact).abs() < 4e-15,
                "degree {degree}: {integral} {exact}"
            );
        }
        let forcing = RADAU.nodes.map(|x| x.powi(15));
        let integral = RADAU.relax(&[0.0; STAGES], &forcing)[STAGES - 1];
        assert!(
            (integral - 1.0 / 16.0).abs() > 1e-10,
            "order 15 and no more"
        );
    }

    #[test]
    fn the_decay_of_one_panel_is_the_exponential() {
        for damping in [1e-9, 0.1, 1.0, 2.0] {
            let stages = [damping; STAGES];
            let u = RADAU.relax(&stages, &stages.map(|d| -d));
            let exact = (-damping).exp_m1();
            assert!(
                (u[STAGES - 1] - exact).abs() <= 1e-13 * exact.abs(),
                "{damping}"
            );
        }
    }

    #[test]
    fn stiffness_is_damped_not_amplified() {
        for damping in [1e3, 1e9, 1e18] {
            let u = RADAU.relax(&[damping; STAGES], &[-damping; STAGES]);
            assert!(
                (u[STAGES - 1] + 1.0).abs() < 10.0 / damping + 1e-12,
                "{damping}: {u:?}"
            );
        }
    }

    #[test]
    fn the_shape_goes_through_its_points() {
        let f = |x: f64| (1.3 * x).sin() + 0.2 * x.powi(8);
        let values = RADAU.nodes.map(f);
        let shape = RADAU.shape(f(0.0), &values);
        assert!((evaluate(&shape, 0.0) - f(0.0)).abs() < 1e-15);
        for (x, value) in RADAU.nodes.iter().zip(values) {
            assert!((evaluate(&shape, *x) - value).abs() < 2e-15);
        }
        assert!((evaluate(&shape, 0.37) - f(0.37)).abs() < 1e-8);
    }
}
