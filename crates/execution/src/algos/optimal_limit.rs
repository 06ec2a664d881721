//! One clip at a time at the optimal quote.
//!
//! The parent is cut into clips from its start; what is open is the rest of the clip it is in, and
//! the last clip is what is left over. The model is told how many clips are left, whole or begun,
//! and how many seconds. Its quote is a distance from the mid in ticks; the price is that, rounded
//! to the passive side of the grid, held one tick short of the opposite side unless it may cross,
//! and within the parent's limit. Without a grid there is no "one tick short": then it is held at
//! the best price of its own side.
//!
//! A parent of more than [`MAX_LOTS`] clips is quoted as if [`MAX_LOTS`] were left: the quote falls
//! with the lots and is at or through the touch long before, while the cost of a surface grows with
//! them.

use polyfolio_model::{OrdType, Price, Qty, Quote, Side, Span, Ts, convert};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::algo::{Decision, ExecutionAlgo, ExecutionError, ParentView, Reason};
use crate::optimal_quote::{QuoteParams, QuoteSurface};

/// The most clips the model is asked about.
const MAX_LOTS: usize = 500;
/// No quote is further from the mid than this many ticks.
const MAX_OFFSET_TICKS: f64 = 1e9;
/// Places after the point of a price without a grid.
const PLACES: u32 = 12;

#[derive(Debug)]
pub(crate) struct OptimalLimit {
    clip: Qty,
    requote_min: Span,
    cross: bool,
    params: QuoteParams,
    tick: Price,
    /// The surface of the parent that was asked about last.
    solved: Option<(SurfaceKey, Option<QuoteSurface>)>,
}

/// All that a surface depends on, beside the parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct SurfaceKey {
    side: Side,
    lots: usize,
    horizon: Span,
}

impl OptimalLimit {
    pub(crate) fn new(
        clip: Qty,
        requote_min: Span,
        cross: bool,
        params: QuoteParams,
        tick: Price,
    ) -> Result<Self, ExecutionError> {
        params.validate()?;
        match () {
            () if !clip.is_positive() => Err(ExecutionError::Clip(clip)),
            () if requote_min <= Span::ZERO => Err(ExecutionError::RequoteMin(requote_min)),
            () if !tick.is_positive() => Err(ExecutionError::Tick(tick)),
            () => Ok(Self {
                clip,
                requote_min,
                cross,
                params,
                tick,
                solved: None,
            }),
        }
    }

    /// The clip in whole lots of the instrument, at least one.
    fn clip(&self, parent: &ParentView<'_>) -> Qty {
        let lot = parent.instrument.lot;
        let clip = self.clip.toward_zero_in_lots(lot);
        if clip.is_zero() { lot } else { clip }
    }

    /// The quote in ticks from the mid; `None` where the model has none.
    fn offset(&mut self, parent: &ParentView<'_>, clip: Qty, now: Ts) -> Option<f64> {
        let key = SurfaceKey {
            side: parent.side,
            lots: lots(parent.order_qty, clip),
            horizon: parent.deadline.since(parent.start),
        };
        let params = self.params;
        let solved = match self.solved.take() {
            Some(solved) if solved.0 == key => solved,
            _ => (key, key.solve(params)),
        };
        let (_, surface) = self.solved.insert(solved);
        let q = lots(parent.remaining(), clip).min(key.lots);
        let offset = surface
            .as_ref()?
            .offset(q, parent.deadline.since(now).secs_f64());
        (!offset.is_nan()).then(|| offset.clamp(-MAX_OFFSET_TICKS, MAX_OFFSET_TICKS))
    }

    /// The price at `offset` ticks from the mid.
    fn price(
        &self,
        parent: &ParentView<'_>,
        quote: &Quote,
        offset: f64,
    ) -> Option<(Price, Reason)> {
        let grid = parent.instrument.tick;
        let tick = if grid.is_zero() { self.tick } else { grid };
        let distance = convert::decimal(offset)?.checked_mul(tick.get())?;
        let mid = quote.mid()?.get();
        let raw = match parent.side {
            Side::Buy => mid.checked_sub(distance)?,
            Side::Sell => mid.checked_add(distance)?,
        };
        let raw = Price::new(raw.round_dp(PLACES)).passive_on_grid(parent.side, grid);
        let held = short_of_the_other_side(quote, parent.side, grid)?;
        let (price, reason) = if !self.cross && parent.is_better(raw, held) {
            (held, Reason::HeldAtTouch)
        } else {
            (raw, Reason::ModelQuote)
        };
        let (price, at_limit) = parent.bounded(price)?;
        Some((price, if at_limit { Reason::AtLimit } else { reason }))
    }
}

impl ExecutionAlgo for OptimalLimit {
    fn decide(&mut self, parent: &ParentView<'_>, quote: Option<&Quote>, now: Ts) -> Decision {
        if let Some(idle) = parent.outside(now) {
            return idle;
        }
        let wake_at = Some((now + self.requote_min).min(parent.deadline));
        let quote = match parent.fresh(quote, now) {
            Ok(quote) if quote.mid().is_some() => quote,
            Ok(_) => {
                return Decision::Wait {
                    wake_at,
                    reason: Reason::NoQuote,
                };
            }
            Err(reason) => return Decision::Wait { wake_at, reason },
        };
        let clip = self.clip(parent);
        let offset = self.offset(parent, clip, now);
        match offset.and_then(|offset| self.price(parent, quote, offset)) {
            None => Decision::Wait {
                wake_at,
                reason: Reason::NoAnswer,
            },
            Some((price, reason)) => Decision::Work {
                open_qty: rest_of_clip(parent, clip),
                ord_type: OrdType::Limit(price),
                wake_at,
                reason,
            },
        }
    }
}

impl SurfaceKey {
    fn solve(self, params: QuoteParams) -> Option<QuoteSurface> {
        let params = match self.side {
            Side::Sell => params,
            Side::Buy => params.mirrored(),
        };
        QuoteSurface::solve(&params, self.lots, self.horizon.secs_f64()).ok()
    }
}

/// How many clips `quantity` is, the last one perhaps begun; from 1 to [`MAX_LOTS`].
fn lots(quantity: Qty, clip: Qty) -> usize {
    let clips = quantity.get().checked_div(clip.get());
    let clips = clips.and_then(|clips| clips.ceil().to_usize());
    clips.unwrap_or(MAX_LOTS).clamp(1, MAX_LOTS)
}

/// What is left of the clip that the parent is in.
fn rest_of_clip(parent: &ParentView<'_>, clip: Qty) -> Qty {
    let done = parent.filled.toward_zero_in_lots(clip);
    (done + clip).min(parent.order_qty) - parent.filled
}

/// The best price that does not trade at once: one tick short of the other side, or without a grid
/// the best of the own side.
fn short_of_the_other_side(quote: &Quote, side: Side, tick: Price) -> Option<Price> {
    if tick.is_zero() {
        return quote.same(side);
    }
    let other = quote.opposite(side)?;
    let steps = other.get().checked_div(tick.get())?;
    let steps = match side {
        Side::Buy => steps.ceil() - Decimal::ONE,
        Side::Sell => steps.floor() + Decimal::ONE,
    };
    steps.checked_mul(tick.get()).map(Price::new)
}
