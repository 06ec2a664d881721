//! Chance by counting: the n-th draw of a stream is a function of the seed, the stream and n.
//!
//! Nothing is consumed, so nothing has to be saved: a venue that is rebuilt from its tape draws
//! what the unbroken one would have drawn, and one instrument's path does not depend on how many
//! others there are. The generator is SplitMix64 (Steele, Lea, Flood 2014), a stream being a start
//! state: good for simulation, useless for secrets.

const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// A stream of draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chance {
    key: u64,
}

impl Chance {
    /// The stream of a seed.
    pub const fn new(seed: u64) -> Self {
        Self {
            key: mix(seed.wrapping_add(GAMMA)),
        }
    }

    /// A stream of its own below this one.
    #[must_use]
    pub const fn branch(self, name: u64) -> Self {
        Self {
            key: mix(self.key ^ mix(name.wrapping_add(GAMMA))),
        }
    }

    /// The stream named by a text.
    #[must_use]
    pub fn named(self, name: &str) -> Self {
        // FNV-1a, 64 bits.
        let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        self.branch(hash)
    }

    /// The n-th draw, uniform on (0, 1].
    pub fn uniform(self, n: u64) -> f64 {
        let bits = mix(self.key.wrapping_add(n.wrapping_add(1).wrapping_mul(GAMMA)));
        ((bits >> 11) + 1) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// The n-th draw, exponential with mean 1.
    pub fn exponential(self, n: u64) -> f64 {
        -self.uniform(n).ln()
    }

    /// The n-th draw, standard normal (Box–Muller over the uniforms 2n and 2n + 1).
    pub fn normal(self, n: u64) -> f64 {
        let n = n.wrapping_mul(2);
        let radius = (2.0 * self.exponential(n)).sqrt();
        radius * (std::f64::consts::TAU * self.uniform(n.wrapping_add(1))).cos()
    }
}

const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRAWS: u64 = 200_000;

    fn moments(draw: impl Fn(u64) -> f64) -> (f64, f64) {
        let n = DRAWS as f64;
        let mean = (0..DRAWS).map(&draw).sum::<f64>() / n;
        let variance = (0..DRAWS).map(|i| (draw(i) - mean).powi(2)).sum::<f64>() / n;
        (mean, variance)
    }

    #[test]
    fn draws_have_the_moments_of_their_laws() {
        let chance = Chance::new(7).named("moments");
        let se = |sd: f64| 4.0 * sd / (DRAWS as f64).sqrt();
        let (mean, variance) = moments(|i| chance.uniform(i));
        assert!((mean - 0.5).abs() < se(0.289), "{mean}");
        assert!((variance - 1.0 / 12.0).abs() < se(0.075), "{variance}");
        let (mean, variance) = moments(|i| chance.exponential(i));
        assert!((mean - 1.0).abs() < se(1.0), "{mean}");
        assert!((variance - 1.0).abs() < se(8.0_f64.sqrt()), "{variance}");
        let (mean, variance) = moments(|i| chance.normal(i));
        assert!(mean.abs() < se(1.0), "{mean}");
        assert!((variance - 1.0).abs() < se(2.0_f64.sqrt()), "{variance}");
    }

    #[test]
    fn streams_differ_and_do_not_correlate() {
        let root = Chance::new(7);
        let (a, b) = (root.branch(1), root.branch(2));
        assert_ne!(root.named("AAPL"), root.named("MSFT"));
        let n = DRAWS as f64;
        let product = (0..DRAWS).map(|i| a.normal(i) * b.normal(i)).sum::<f64>() / n;
        assert!(product.abs() < 4.0 / n.sqrt(), "{product}");
    }
}
