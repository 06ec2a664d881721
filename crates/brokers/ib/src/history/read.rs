//! IB's bars as ours.

use ibapi::market_data::historical::{Bar as Told, BarTimestamp};
use polyfolio_model::{Bar, BarSize, Ts, convert};

/// Reads bars: each a bar, of the kind that was asked for, and one after the other.
pub(crate) fn read(told: &[Told], size: BarSize) -> Result<Vec<Bar>, String> {
    let mut bars: Vec<Bar> = Vec::with_capacity(told.len());
    for told in told {
        let bar =
            one(told, size).ok_or_else(|| format!("IB tells a bar that is none: {told:?}"))?;
        if bars.last().is_some_and(|before| before.start >= bar.start) {
            return Err(format!("IB tells bars out of their order: {}", bar.start));
        }
        bars.push(bar);
    }
    Ok(bars)
}

fn one(told: &Told, size: BarSize) -> Option<Bar> {
    let start = match (told.date, size) {
        (BarTimestamp::Date(date), BarSize::Day1) => {
            Ts::from_nanos(i64::try_from(date.midnight().assume_utc().unix_timestamp_nanos()).ok()?)
        }
        (BarTimestamp::DateTime(time), BarSize::Min1 | BarSize::Min5 | BarSize::Hour1) => {
            Ts::from_nanos(i64::try_from(time.unix_timestamp_nanos()).ok()?)
        }
        _ => return None,
    };
    let bar = Bar {
        start,
        open: convert::price(told.open)?,
        high: convert::price(told.high)?,
        low: convert::price(told.low)?,
        close: convert::price(told.close)?,
        // Quotes have none, and say −1.
        volume: convert::qty(told.volume).filter(|volume| !volume.is_negative()),
    };
    bar.is_sound().then_some(bar)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(date: &str, prices: [f64; 4], volume: f64) -> Told {
        let [open, high, low, close] = prices;
        Told {
            date: date.parse().unwrap(),
            open,
            high,
            low,
            close,
            volume,
            wap: 0.0,
            count: -1,
        }
    }

    #[test]
    fn bars_are_read_with_their_beginnings() {
        let prices = [3.0, 5.0, 2.0, 4.0];
        let days = read(&[told("20221201", prices, 7.0)], BarSize::Day1).unwrap();
        assert_eq!(days[0].start.to_string(), "2022-12-01T00:00:00Z");
        assert_eq!((days[0].high, days[0].volume), (5.into(), Some(7.into())));
        let minutes = read(&[told("1669928400", prices, -1.0)], BarSize::Min1).unwrap();
        assert_eq!(minutes[0].start.to_string(), "2022-12-01T21:00:00Z");
        assert_eq!(minutes[0].volume, None);
    }

    #[test]
    fn what_is_no_bar_is_refused() {
        let good = [3.0, 5.0, 2.0, 4.0];
        let check = |bars: &[Told], size| assert!(read(bars, size).is_err(), "{bars:?}");
        check(&[told("20221201", good, 1.0)], BarSize::Min5);
        check(&[told("1669928400", good, 1.0)], BarSize::Day1);
        check(&[told("20221201", [-1.0; 4], 1.0)], BarSize::Day1);
        check(
            &[told("20221201", [3.0, 2.0, 2.0, 4.0], 1.0)],
            BarSize::Day1,
        );
        check(&[told("20221201", [f64::NAN; 4], 1.0)], BarSize::Day1);
        let twice = [told("20221201", good, 1.0), told("20221201", good, 1.0)];
        check(&twice, BarSize::Day1);
    }
}
