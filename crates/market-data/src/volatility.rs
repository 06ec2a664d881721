//! How much each instrument moves in a day.

use crate::History;

impl History {
    /// Standard deviation (n − 1) of the daily log-returns of the last `rows`
    /// rows, per instrument, in the order of the columns; not annualised.
    ///
    /// The return of a row is ln(close / close of the row before); rows without a close of
    /// the instrument are no rows of its own. `None` where fewer than two returns are at hand.
    pub fn daily_volatility(&self, rows: usize) -> Vec<Option<f64>> {
        let columns = 0..self.instruments().len();
        columns
            .map(|column| {
                let own = self.own_closes(column).rev().take(rows.saturating_add(1));
                let closes: Vec<f64> = own.map(|(row, _)| self.closes(row)[column]).collect();
                let returns = closes.windows(2).rev();
                deviation(&returns.map(|w| f64::ln(w[0] / w[1])).collect::<Vec<f64>>())
            })
            .collect()
    }
}

fn deviation(values: &[f64]) -> Option<f64> {
    if values.len() < 2 {
        return None;
    }
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    Some((squares / (n - 1.0)).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history() -> History {
        let text = "date,UP,FLAT\n2023-01-02,1,5\n2023-01-03,2,5\n2023-01-04,2,5\n";
        History::parse("t.csv", text.as_bytes()).unwrap()
    }

    #[test]
    fn two_returns_ln2_and_0() {
        let sigma = history().daily_volatility(2);
        // mean ln2/2, each half of ln2 away: variance 2·(ln2/2)² / 1
        let expected = std::f64::consts::LN_2 / 2.0 * std::f64::consts::SQRT_2;
        assert!((sigma[0].unwrap() - expected).abs() < 1e-15);
        assert_eq!(sigma[1], Some(0.0));
    }

    #[test]
    fn a_window_longer_than_the_history_takes_what_there_is() {
        assert_eq!(
            history().daily_volatility(250),
            history().daily_volatility(2)
        );
    }

    #[test]
    fn one_return_has_no_deviation() {
        assert_eq!(history().daily_volatility(1), [None, None]);
    }

    #[test]
    fn a_row_without_a_close_is_no_row_of_its_own() {
        let text = "date,UP,FLAT\n2023-01-02,1,5\n2023-01-03,2,5\n2023-01-04,,5\n2023-01-05,2,5\n";
        let holed = History::parse("t.csv", text.as_bytes()).unwrap();
        assert_eq!(
            holed.daily_volatility(2)[0],
            history().daily_volatility(2)[0]
        );
        assert_eq!(holed.daily_volatility(1), [None, None]);
    }
}
