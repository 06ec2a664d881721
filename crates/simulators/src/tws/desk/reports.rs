//! What the market says of an order, and what the order's client hears of it.

use chrono::NaiveDate;
use polyfolio_model::convert::{money_f64, price_f64};
use polyfolio_model::{
    CancelRejectReason, ClOrdId, ExecKind, ExecutionReport, Fill, Liquidity, RejectReason, Side, Ts,
};

use super::Desk;
use super::ledger::{Asked, Executed};
use super::order::{Ended, Entry, Status, time_text};
use crate::tws::messages::{
    CommissionAndFeesReport, Execution, ExecutionDetails, OpenOrder, OrderStatus,
};
use crate::tws::notices::{NO_REQUEST, Notice};

impl Desk {
    pub(super) fn reported(&mut self, report: &ExecutionReport) {
        let (of, time) = (report.cl_ord_id, report.time);
        let day = self.ledger.today(time);
        match &report.kind {
            ExecKind::New => self.worked(of),
            ExecKind::Triggered => self.triggered(of),
            ExecKind::Trade(fill) => self.traded(of, fill, time),
            ExecKind::Rejected { reason, text } => self.rejected(of, *reason, text, time),
            ExecKind::Canceled { request, .. } => {
                if let Some(request) = request {
                    self.ledger.answered(*request);
                }
                self.canceled(of, "", time);
            }
            ExecKind::Expired { .. } => self.canceled(of, "the order expired", time),
            ExecKind::Replaced {
                request, order_qty, ..
            } => {
                let asked = request.and_then(|request| self.ledger.answered(request));
                if let (Some(entry), Some(Asked::Amend(amend))) = (self.ledger.order_mut(of), asked)
                {
                    entry.terms.quantity = *order_qty;
                    let ord_type = entry.terms.ord_type;
                    entry.terms.ord_type = ord_type.amended(&amend).unwrap_or(ord_type);
                    if entry.remaining().is_zero() {
                        entry.end(Status::Filled, filled(entry, time, day));
                    }
                    self.tell_order(of);
                }
            }
            ExecKind::CancelRejected { request, reason } => {
                let asked = self.ledger.answered(*request);
                self.not_changed(of, asked, *reason, time);
            }
            // The market behind this gateway says nothing else.
            _ => {}
        }
    }

    /// Tells an order and how far it is to its client.
    pub(super) fn tell_order(&mut self, of: ClOrdId) {
        if let Some((open_order, status)) = self.told(of) {
            let client_id = status.client_id.unwrap_or_default();
            self.tell(client_id, &open_order);
            self.tell(client_id, &status);
        }
    }

    /// An order as both its messages tell it.
    pub(super) fn told(&self, of: ClOrdId) -> Option<(OpenOrder, OrderStatus)> {
        let entry = self.ledger.order(of)?;
        let open_order = OpenOrder {
            order_id: Some(entry.order_id),
            contract: self.contract(entry.terms.stock),
            order: Some(entry.order(&self.config.account)),
            order_state: Some(entry.state(self.config.currency.as_str())),
        };
        Some((open_order, entry.status()))
    }

    fn worked(&mut self, of: ClOrdId) {
        if let Some(entry) = self.ledger.order_mut(of) {
            if entry.status == Status::PendingSubmit {
                entry.status = match entry.terms.ord_type.trigger() {
                    Some(_) => Status::PreSubmitted,
                    None => Status::Submitted,
                };
            }
            self.tell_order(of);
        }
    }

    /// A stop is held no more. One that is being cancelled stays so.
    fn triggered(&mut self, of: ClOrdId) {
        if let Some(entry) = self.ledger.order_mut(of)
            && entry.status == Status::PreSubmitted
        {
            entry.status = Status::Submitted;
            self.tell_order(of);
        }
    }

    fn traded(&mut self, of: ClOrdId, fill: &Fill, time: Ts) {
        let account = self.config.account.clone();
        let day = self.ledger.today(time);
        let place = self.ledger.order(of).map(|entry| entry.terms.stock);
        let stock = place.and_then(|place| self.config.stocks.get(place));
        let exchange = stock.map(|stock| stock.exchange().to_owned());
        let Some(entry) = self.ledger.order_mut(of) else {
            return;
        };
        entry.filled += fill.last_qty;
        entry.value += fill.last_px * fill.last_qty;
        entry.fees += fill.fee.unwrap_or_default();
        entry.last_px = Some(fill.last_px);
        if entry.remaining().is_zero() {
            entry.end(Status::Filled, filled(entry, time, day));
        }
        let execution = Execution {
            order_id: Some(entry.order_id),
            exec_id: Some(exec_id(fill)),
            time: Some(time_text(time)),
            acct_number: Some(account),
            exchange,
            side: Some(side_text(entry.terms.side).into()),
            shares: Some(fill.last_qty.to_string()),
            price: Some(price_f64(fill.last_px)),
            perm_id: Some(entry.perm_id()),
            client_id: Some(entry.client_id),
            cum_qty: Some(entry.filled.to_string()),
            avg_price: Some(entry.average()),
            order_ref: entry.terms.order_ref.clone(),
            last_liquidity: fill.liquidity.map(liquidity_number),
        };
        let (client_id, stock, side) = (entry.client_id, entry.terms.stock, entry.terms.side);
        let Some(instrument) = self
            .config
            .stocks
            .get(stock)
            .map(|s| s.instrument().clone())
        else {
            return;
        };
        let holdings = &mut self.ledger.holdings;
        let realized = holdings.trade(&instrument, side, fill.last_qty, fill.last_px);
        let cost = CommissionAndFeesReport {
            exec_id: execution.exec_id.clone(),
            commission_and_fees: Some(money_f64(fill.fee.unwrap_or_default())),
            currency: Some(self.config.currency.to_string()),
            // The greatest number there is says that nothing was realised.
            realized_pnl: Some(realized.map_or(f64::MAX, money_f64)),
            bond_yield: None,
            yield_redemption_date: None,
        };
        let details = ExecutionDetails {
            req_id: Some(NO_REQUEST),
            contract: self.contract(stock),
            execution: Some(execution.clone()),
        };
        let executed = Executed {
            time,
            day,
            stock,
            execution,
            cost: cost.clone(),
        };
        self.ledger.executions.push(executed);
        self.tell_execution(of, client_id, &details, &cost);
        self.position_changed(stock);
    }

    fn rejected(&mut self, of: ClOrdId, reason: RejectReason, text: &str, time: Ts) {
        let notice = match reason {
            RejectReason::Tick => Notice::PriceVariation,
            _ => Notice::Rejected(text.to_owned()),
        };
        let day = self.ledger.today(time);
        if let Some(entry) = self.ledger.order_mut(of) {
            let text = notice.text();
            entry.end(Status::Inactive, Ended { time, day, text });
            let (client_id, order_id, status) = (entry.client_id, entry.order_id, entry.status());
            self.tell(client_id, &status);
            self.tell(client_id, &notice.about(order_id, time));
        }
    }

    /// An order is off the market; nobody hears so twice.
    pub(super) fn canceled(&mut self, of: ClOrdId, why: &'static str, time: Ts) {
        let day = self.ledger.today(time);
        let entry = self.ledger.order_mut(of);
        if let Some(entry) = entry.filter(|entry| entry.is_open()) {
            let text = "Cancelled".into();
            entry.end(Status::Cancelled, Ended { time, day, text });
            let (client_id, order_id, status) = (entry.client_id, entry.order_id, entry.status());
            self.tell(client_id, &status);
            self.tell(client_id, &Notice::Canceled(why).about(order_id, time));
        }
    }

    /// The market did not do what was asked with an order.
    fn not_changed(
        &mut self,
        of: ClOrdId,
        asked: Option<Asked>,
        reason: CancelRejectReason,
        time: Ts,
    ) {
        let Some(entry) = self.ledger.order_mut(of) else {
            return;
        };
        let (client_id, order_id) = (entry.client_id, entry.order_id);
        let notice = match (asked, reason) {
            (Some(Asked::Amend(_)), CancelRejectReason::TooLate) => match entry.status {
                Status::Filled => Notice::FilledOrder,
                _ => Notice::DuplicateOrderId,
            },
            (Some(Asked::Amend(_)), _) => Notice::Rejected("the new terms are refused".into()),
            _ => Notice::CannotCancel {
                order_id,
                state: entry.status.text(),
            },
        };
        self.tell(client_id, &notice.about(order_id, time));
    }
}

fn filled(entry: &Entry, time: Ts, day: NaiveDate) -> Ended {
    let text = format!("Filled Size: {}", entry.filled);
    Ended { time, day, text }
}

/// An execution's id in the shape that the gateway's have: parts with points between them, the
/// last one counting corrections.
pub(in crate::tws) fn exec_id(fill: &Fill) -> String {
    format!("{}.01", fill.exec_id)
}

fn side_text(side: Side) -> &'static str {
    match side {
        Side::Buy => "BOT",
        Side::Sell => "SLD",
    }
}

fn liquidity_number(liquidity: Liquidity) -> i32 {
    match liquidity {
        Liquidity::Maker => 1,
        Liquidity::Taker => 2,
    }
}
