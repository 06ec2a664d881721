//! Equal slices over the time there is.
//!
//! What should have traded by now is a cumulative schedule, so a slice that did not fill is caught
//! up by the next one and nothing is remembered. A passive child stands at the best price of its
//! own side.

use polyfolio_model::{OrdType, Quote, Span, Ts};
use rust_decimal::Decimal;

use crate::algo::{Decision, ExecutionAlgo, ParentView, Reason, Style};
use crate::schedule::{Jitter, ScheduleError, TwapSchedule, still_to_trade};

#[derive(Debug)]
pub(crate) struct Twap {
    slices: u32,
    style: Style,
    jitter: Jitter,
    /// The schedule of the parent that was asked about last.
    planned: Option<(Key, Result<TwapSchedule, ScheduleError>)>,
}

/// All that a schedule depends on, beside the parameters.
type Key = (polyfolio_model::Qty, polyfolio_model::Qty, Ts, Ts);

impl Twap {
    pub(crate) fn new(
        slices: u32,
        style: Style,
        size: Decimal,
        time: Span,
        seed: u64,
    ) -> Result<Self, ScheduleError> {
        let jitter = Jitter { size, time, seed };
        TwapSchedule::check(slices, &jitter)?;
        Ok(Self {
            slices,
            style,
            jitter,
            planned: None,
        })
    }

    fn schedule(&mut self, parent: &ParentView<'_>) -> Result<&TwapSchedule, &ScheduleError> {
        let key = (
            parent.order_qty,
            parent.instrument.lot,
            parent.start,
            parent.deadline,
        );
        let planned = match self.planned.take() {
            Some(planned) if planned.0 == key => planned,
            _ => {
                let (total, lot, start, end) = key;
                // Half a minute of slices cannot come a minute late each.
                let slice = end.since(start).nanos() / i64::from(self.slices);
                let time = self.jitter.time.min(Span::from_nanos(slice));
                let jitter = Jitter {
                    time,
                    ..self.jitter
                };
                (
                    key,
                    TwapSchedule::new(total, lot, self.slices, start, end, &jitter),
                )
            }
        };
        self.planned.insert(planned).1.as_ref()
    }
}

impl ExecutionAlgo for Twap {
    fn decide(&mut self, parent: &ParentView<'_>, quote: Option<&Quote>, now: Ts) -> Decision {
        if let Some(idle) = parent.outside(now) {
            return idle;
        }
        let style = self.style;
        let Ok(schedule) = self.schedule(parent) else {
            return Decision::Wait {
                wake_at: None,
                reason: Reason::NoAnswer,
            };
        };
        let wake_at = Some(schedule.next_after(now).unwrap_or(parent.deadline));
        let open_qty = still_to_trade(schedule.cumulative(now), parent.filled);
        if open_qty.is_zero() {
            return Decision::Idle {
                wake_at,
                reason: Reason::NextSlice,
            };
        }
        let priced = parent
            .fresh(quote, now)
            .and_then(|quote| price(parent, style, quote));
        match priced {
            Err(reason) => Decision::Wait { wake_at, reason },
            Ok((ord_type, reason)) => Decision::Work {
                open_qty,
                ord_type,
                wake_at,
                reason,
            },
        }
    }
}

/// The price of a child, or why there is none.
fn price(
    parent: &ParentView<'_>,
    style: Style,
    quote: &Quote,
) -> Result<(OrdType, Reason), Reason> {
    match style {
        Style::Market => {
            quote.opposite(parent.side).ok_or(Reason::NoQuote)?;
            let ord_type = parent.immediate().ok_or(Reason::NoAnswer)?;
            Ok((ord_type, Reason::Schedule))
        }
        Style::Passive => {
            let touch = quote.same(parent.side).ok_or(Reason::NoQuote)?;
            let (price, at_limit) = parent.bounded(touch).ok_or(Reason::NoAnswer)?;
            let reason = if at_limit {
                Reason::AtLimit
            } else {
                Reason::Schedule
            };
            Ok((OrdType::Limit(price), reason))
        }
    }
}
