//! One order's facts, and what follows from them.

use polyfolio_model::{
    ExecKind, Fill, Liquidity, Money, NewOrder, OrdStatus, OrderFacts, Price, Qty, RejectReason,
    Ts, VenueOrderId,
};

use crate::fees::Traded;

/// One order, open or done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderRecord {
    /// Its terms as they stand now.
    pub order: NewOrder,
    /// The venue's id; a refused order has none.
    pub venue_id: Option<VenueOrderId>,
    /// Counted from 1 among the accepted orders; 0 for a refused one.
    pub number: u64,
    /// How it stands.
    pub status: OrdStatus,
    /// How much has filled.
    pub cum_qty: Qty,
    /// Σ quantity × price of its fills.
    pub cum_value: Money,
    /// What it has cost.
    pub fees: Money,
    /// When the venue took or refused it.
    pub entered: Ts,
    /// When its trigger was reached, if it is a stop and has been.
    pub triggered: Option<Ts>,
    /// When its own terms or fills last changed.
    pub since: Ts,
    /// How often they have changed.
    pub revision: u64,
    /// Whether its last execution took.
    pub(crate) took: bool,
    /// What the account had traded in the month before its first fill.
    month: Qty,
    /// Places among all executions that there ever were.
    pub(super) fills: Vec<usize>,
    pub(super) refusal: Option<(RejectReason, String)>,
}

impl OrderRecord {
    /// Whether it can still trade.
    pub fn is_open(&self) -> bool {
        matches!(self.status, OrdStatus::New | OrdStatus::PartiallyFilled)
    }

    /// How much can still trade.
    pub fn leaves_qty(&self) -> Qty {
        if self.is_open() {
            self.order.order_qty - self.cum_qty
        } else {
            Qty::ZERO
        }
    }

    /// The price that it still waits for, when it does.
    pub fn waits_for(&self) -> Option<Price> {
        let trigger = self.order.ord_type.trigger()?;
        self.triggered.is_none().then_some(trigger)
    }

    /// As a broker's list shows it.
    pub fn facts(&self) -> OrderFacts {
        let refused = || VenueOrderId::new(format!("refused-{}", self.order.cl_ord_id));
        OrderFacts {
            cl_ord_id: Some(self.order.cl_ord_id),
            venue_id: self.venue_id.clone().unwrap_or_else(refused),
            instrument: self.order.instrument.clone(),
            side: self.order.side,
            order_qty: self.order.order_qty,
            cum_qty: self.cum_qty,
            status: self.status,
            price: self.order.ord_type.limit(),
            trigger: self.order.ord_type.trigger(),
        }
    }

    /// What it will have traded after one more execution; `month` is the account's so far.
    pub(crate) fn traded_with(&self, quantity: Qty, value: Money, month: Qty) -> Traded {
        Traded {
            side: self.order.side,
            quantity: self.cum_qty + quantity,
            value: self.cum_value + value,
            month: if self.fills.is_empty() {
                month
            } else {
                self.month
            },
        }
    }

    /// An order that the venue took.
    pub(super) fn accepted(order: &NewOrder, id: &VenueOrderId, number: u64, time: Ts) -> Self {
        Self {
            venue_id: Some(id.clone()),
            number,
            ..Self::new(order, time)
        }
    }

    /// An order that the venue did not take.
    pub(super) fn refused(order: &NewOrder, reason: RejectReason, text: &str, time: Ts) -> Self {
        Self {
            status: OrdStatus::Rejected,
            refusal: Some((reason, text.to_owned())),
            ..Self::new(order, time)
        }
    }

    /// Takes in an execution, which stands at `place` in the book's list; `month` is what the
    /// account had traded before it.
    pub(super) fn trade(&mut self, fill: &Fill, place: usize, month: Qty, time: Ts) {
        if self.fills.is_empty() {
            self.month = month;
        }
        self.fills.push(place);
        self.cum_qty += fill.last_qty;
        self.cum_value += fill.last_px * fill.last_qty;
        self.fees += fill.fee.unwrap_or_default();
        self.took = fill.liquidity == Some(Liquidity::Taker);
        self.status = self.working_status();
        self.touch(time);
    }

    fn new(order: &NewOrder, time: Ts) -> Self {
        Self {
            order: order.clone(),
            venue_id: None,
            number: 0,
            status: OrdStatus::New,
            cum_qty: Qty::ZERO,
            cum_value: Money::ZERO,
            fees: Money::ZERO,
            entered: time,
            triggered: None,
            since: time,
            revision: 0,
            took: false,
            month: Qty::ZERO,
            fills: Vec::new(),
            refusal: None,
        }
    }

    pub(super) fn working_status(&self) -> OrdStatus {
        match self.cum_qty {
            cum if cum >= self.order.order_qty => OrdStatus::Filled,
            cum if cum.is_zero() => OrdStatus::New,
            _ => OrdStatus::PartiallyFilled,
        }
    }

    /// The report of its end, when it ended otherwise than by filling.
    pub(super) fn end(&self) -> Option<ExecKind> {
        let cum_qty = Some(self.cum_qty);
        match self.status {
            OrdStatus::Canceled => Some(ExecKind::Canceled {
                request: None,
                cum_qty,
            }),
            OrdStatus::Expired => Some(ExecKind::Expired { cum_qty }),
            _ => None,
        }
    }

    pub(super) fn touch(&mut self, time: Ts) {
        self.since = time;
        self.revision += 1;
    }
}
