//! What one's own trading does to the price, as fractions of it. Not to be added on top of walking
//! a real book, which contains it already.

/// The square-root law: `y · sigma · sqrt(quantity / volume)`.
///
/// `sigma` is the daily volatility as a fraction, `volume` the daily volume in the units of
/// `quantity`, `y` a factor near 1. NaN for a volume that is not above zero.
pub fn square_root(y: f64, sigma: f64, quantity: f64, volume: f64) -> f64 {
    y * sigma * share_of(quantity, volume).sqrt()
}

/// The law of Almgren, Thum, Hauptmann and Li, "Direct Estimation of Equity Market Impact" (2005),
/// with their estimates: permanent 0.314, temporary 0.142 and the exponent 3/5.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Almgren2005 {
    /// The order, in shares.
    pub shares: f64,
    /// The daily volume, in shares.
    pub volume: f64,
    /// Shares outstanding.
    pub outstanding: f64,
    /// The daily volatility, as a fraction.
    pub sigma: f64,
    /// How long the order takes, in trading days.
    pub days: f64,
}

impl Almgren2005 {
    /// The move that stays: `0.314 σ (X/V) (Θ/V)^(1/4)`, a fraction of the price.
    pub fn permanent(&self) -> f64 {
        let turnover = (self.outstanding / self.volume).powf(0.25);
        0.314 * self.sigma * share_of(self.shares, self.volume) * turnover
    }

    /// The concession that passes: `0.142 σ (X/(V T))^(3/5)`, a fraction of the price.
    pub fn temporary(&self) -> f64 {
        let rate = share_of(self.shares, self.volume * self.days);
        0.142 * self.sigma * rate.powf(0.6)
    }

    /// What the order pays on average: half of what stays, and what passes.
    pub fn realised(&self) -> f64 {
        self.permanent() / 2.0 + self.temporary()
    }
}

fn share_of(quantity: f64, volume: f64) -> f64 {
    if volume > 0.0 {
        quantity / volume
    } else {
        f64::NAN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_volume_of_nothing_has_no_impact_to_speak_of() {
        assert!(square_root(1.0, 0.02, 100.0, 0.0).is_nan());
        assert_eq!(square_root(1.0, 0.02, 0.0, 100.0), 0.0);
    }

    #[test]
    fn slower_is_cheaper_and_what_stays_does_not_care() {
        let fast = Almgren2005 {
            shares: 1e4,
            volume: 1e6,
            outstanding: 1e8,
            sigma: 0.02,
            days: 0.1,
        };
        let slow = Almgren2005 { days: 0.5, ..fast };
        assert!(slow.temporary() < fast.temporary());
        assert_eq!(slow.permanent(), fast.permanent());
    }
}
