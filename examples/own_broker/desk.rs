//! The brokerage of the example: a file of JSON lines, and nothing else.
//!
//! Every line is on disk before anybody hears of it, and an order is looked up by the id that it came
//! with. So a kill, a restart or an answer that nobody heard duplicates nothing. It trades at the
//! last close, in whole orders, and takes market and limit orders.
//!
//! It knows nothing of wires and of who listens.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use polyfolio::brokers::prelude::*;
use serde::{Deserialize, Serialize};

/// Something that happened, as the file has it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
struct Happened {
    order: ClOrdId,
    time: Ts,
    what: What,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum What {
    /// An order was taken on a day of the market.
    Taken {
        day: String,
        terms: NewOrder,
    },
    Traded(Fill),
    Canceled {
        request: Option<RequestId>,
    },
    Expired,
}

/// An order, as its lines add up.
struct Record {
    terms: NewOrder,
    number: usize,
    taken: Ts,
    day: String,
    status: OrdStatus,
    cum_qty: Qty,
    fills: Vec<(Ts, Fill)>,
}

/// The brokerage.
pub(crate) struct Desk {
    /// Where prices stand.
    pub(crate) closes: BTreeMap<InstrumentId, Price>,
    /// How long an order waits until it trades.
    pub(crate) fill_after: Span,
    path: PathBuf,
    /// Only a process that trades has it.
    file: Option<File>,
    /// Whether a line may be there or not: then nothing here is the truth any more.
    pub(crate) is_broken: bool,
    rules: BTreeMap<InstrumentId, Instrument>,
    day: String,
    commission: Money,
    cash: Money,
    positions: BTreeMap<InstrumentId, Qty>,
    orders: BTreeMap<ClOrdId, Record>,
}

impl Desk {
    /// Adds the file up, and changes nothing.
    pub(crate) fn read(opening: &Opening<'_>) -> io::Result<Self> {
        let settings = opening.settings;
        let rules = opening.instruments.iter();
        let mut desk = Self {
            closes: opening.closes.iter().cloned().collect(),
            fill_after: settings.span("fill_after").unwrap_or(Span::ZERO),
            path: settings.text("file").unwrap_or_default().into(),
            file: None,
            is_broken: false,
            rules: rules.map(|rule| (rule.id.clone(), rule.clone())).collect(),
            day: opening
                .decision_date
                .map(|date| date.to_string())
                .unwrap_or_default(),
            commission: settings.money("commission").unwrap_or(Money::ZERO),
            cash: settings.money("cash").unwrap_or(Money::ZERO),
            positions: BTreeMap::new(),
            orders: BTreeMap::new(),
        };
        for line in whole_lines(&desk.path)?.lines() {
            desk.count(&serde_json::from_str(line)?);
        }
        Ok(desk)
    }

    /// The same for this process alone. A last line without its end was told to nobody and is cut
    /// off; orders for a day that is over end.
    pub(crate) fn open(opening: &Opening<'_>) -> io::Result<Self> {
        let path = PathBuf::from(opening.settings.text("file").unwrap_or_default());
        let above = path.parent().unwrap_or(Path::new(""));
        fs::create_dir_all(above)?;
        let file = File::options().create(true).append(true).open(&path)?;
        file.try_lock()?;
        file.set_len(whole_lines(&path)?.len() as u64)?;
        let mut desk = Self::read(opening)?;
        desk.file = Some(file);
        let day = desk.day.clone();
        desk.begin_day(day)?;
        Ok(desk)
    }

    /// Another day of the market: orders for a former one end.
    pub(crate) fn begin_day(&mut self, day: String) -> io::Result<Vec<ExecutionReport>> {
        self.day = day;
        let is_over = |record: &&Record| {
            record.terms.time_in_force == TimeInForce::Day && record.day < self.day
        };
        let over = self.orders.values().filter(is_over);
        let over: Vec<_> = over.map(|r| (r.terms.cl_ord_id, r.taken)).collect();
        let mut said = Vec::new();
        for (order, time) in over {
            if self.is_open(order) {
                said.extend(self.write(order, time, What::Expired)?);
            }
        }
        Ok(said)
    }

    /// Takes an order, or says why not.
    pub(crate) fn take(&mut self, terms: NewOrder, now: Ts) -> io::Result<Vec<ExecutionReport>> {
        let id = terms.cl_ord_id;
        if let Err((reason, text)) = self.accepts(&terms) {
            let text = text.to_owned();
            return Ok(vec![self.report(
                id,
                now,
                ExecKind::Rejected { reason, text },
            )]);
        }
        let day = self.day.clone();
        self.write(id, now, What::Taken { day, terms })
    }

    fn accepts(&self, terms: &NewOrder) -> Result<(), (RejectReason, &'static str)> {
        let limit = match terms.ord_type {
            OrdType::Market => None,
            OrdType::Limit(limit) => Some(limit),
            _ => return Err((RejectReason::Other, "stops are not taken here")),
        };
        let rule = self.rules.get(&terms.instrument);
        match rule.filter(|rule| self.closes.contains_key(&rule.id)) {
            _ if self.orders.contains_key(&terms.cl_ord_id) => {
                Err((RejectReason::DuplicateClOrdId, "this id is taken"))
            }
            _ if terms.time_in_force == TimeInForce::AtTheClose => Err((
                RejectReason::Other,
                "orders at the close are not taken here",
            )),
            None => Err((RejectReason::UnknownInstrument, "it has no price here")),
            Some(rule) if limit.is_some_and(|limit| !limit.is_on_grid(rule.tick)) => {
                Err((RejectReason::Tick, "the limit is off the grid"))
            }
            Some(rule) if !terms.order_qty.is_in_lots(rule.lot) => {
                Err((RejectReason::Lot, "these are no whole lots"))
            }
            Some(_) => Ok(()),
        }
    }

    /// Takes an order off the book, or says why not.
    pub(crate) fn cancel(
        &mut self,
        id: ClOrdId,
        request: RequestId,
        now: Ts,
    ) -> io::Result<Vec<ExecutionReport>> {
        let reason = match self.orders.contains_key(&id) {
            true if self.is_open(id) => {
                let request = Some(request);
                return self.write(id, now, What::Canceled { request });
            }
            true => CancelRejectReason::TooLate,
            false => CancelRejectReason::UnknownOrder,
        };
        let kind = ExecKind::CancelRejected { request, reason };
        Ok(vec![self.report(id, now, kind)])
    }

    /// Trades what has waited long enough, by a clock that may have been set back, and meets the last
    /// close.
    pub(crate) fn trade_what_is_due(&mut self, now: Ts) -> io::Result<Vec<ExecutionReport>> {
        let is_due = |record: &&Record| record.taken + self.fill_after <= now || record.taken > now;
        let due = self.orders.values().filter(is_due);
        let due: Vec<_> = due.map(|record| record.terms.clone()).collect();
        let mut said = Vec::new();
        for terms in due {
            let close = self.closes.get(&terms.instrument).copied();
            let meets = |close: &Price| match (terms.side, terms.ord_type.limit()) {
                (_, None) => true,
                (Side::Buy, Some(limit)) => *close <= limit,
                (Side::Sell, Some(limit)) => *close >= limit,
            };
            let at_once = terms.time_in_force == TimeInForce::ImmediateOrCancel;
            let id = terms.cl_ord_id;
            match close.filter(meets) {
                Some(close) => said.extend(self.trade(id, None, close, now)?),
                None if at_once && self.is_open(id) => {
                    let request = None;
                    said.extend(self.write(id, now, What::Canceled { request })?);
                }
                None => {}
            }
        }
        Ok(said)
    }

    /// So much of an order trades, or all that is left of it.
    pub(crate) fn trade(
        &mut self,
        id: ClOrdId,
        quantity: Option<Qty>,
        last_px: Price,
        now: Ts,
    ) -> io::Result<Vec<ExecutionReport>> {
        let Some(record) = self.orders.get(&id).filter(|_| self.is_open(id)) else {
            return Ok(Vec::new());
        };
        let left = record.terms.order_qty - record.cum_qty;
        let place = record.fills.len() + 1;
        let fill = Fill {
            exec_id: ExecId::new(format!("{}.{place}", record.number)),
            last_qty: quantity.map_or(left, |quantity| quantity.min(left)),
            last_px,
            fee: Some(self.commission),
            liquidity: None,
        };
        self.write(id, now, What::Traded(fill))
    }

    /// All that is known of an order; nothing of one that is not.
    pub(crate) fn all_about(&self, id: ClOrdId, now: Ts) -> Vec<ExecutionReport> {
        let Some(record) = self.orders.get(&id) else {
            return Vec::new();
        };
        let trades = record.fills.iter();
        let trades =
            trades.map(|(time, fill)| self.report(id, *time, ExecKind::Trade(fill.clone())));
        let cum_qty = record.cum_qty;
        let status = self.report(id, now, ExecKind::Status { cum_qty });
        trades.chain([status]).collect()
    }

    /// Everything there is, as far back as there was anything.
    pub(crate) fn everything(&self) -> Snapshot {
        let fills = self.orders.values().flat_map(|record| {
            record.fills.iter().map(|(time, fill)| AccountFill {
                cl_ord_id: Some(record.terms.cl_ord_id),
                instrument: record.terms.instrument.clone(),
                side: record.terms.side,
                time: *time,
                fill: fill.clone(),
                replaces: None,
            })
        });
        let held = self.positions.iter();
        let value = held.map(|(id, quantity)| Some(*self.closes.get(id)? * *quantity));
        let value: Option<Money> = value.sum();
        Snapshot {
            orders: self.orders.values().map(Record::facts).collect(),
            fills: fills.collect(),
            positions: self.positions.clone().into_iter().collect(),
            cash: Some(self.cash),
            nav: value.map(|value| self.cash + value),
            reaches_back_to: None,
        }
    }

    /// Something to say of an order.
    pub(crate) fn report(&self, id: ClOrdId, time: Ts, kind: ExecKind) -> ExecutionReport {
        ExecutionReport {
            cl_ord_id: id,
            venue_id: self.orders.get(&id).map(Record::venue_id),
            time,
            kind,
        }
    }

    fn is_open(&self, id: ClOrdId) -> bool {
        let record = self.orders.get(&id);
        record.is_some_and(|record| record.facts().is_open())
    }

    /// On disk first, then counted, then said. After an error nothing more is written: whether that
    /// line is there, the next process will see.
    fn write(&mut self, order: ClOrdId, time: Ts, what: What) -> io::Result<Vec<ExecutionReport>> {
        let Some(mut file) = self.file.take() else {
            return Ok(Vec::new()); // a look, or broken
        };
        self.is_broken = true;
        let happened = Happened { order, time, what };
        let mut line = serde_json::to_vec(&happened)?;
        line.push(b'\n');
        file.write_all(&line)?;
        file.sync_data()?;
        (self.file, self.is_broken) = (Some(file), false);
        let kind = self.count(&happened);
        Ok(kind
            .map(|kind| self.report(order, time, kind))
            .into_iter()
            .collect())
    }

    /// Counts what happened; returns what there is to say of it.
    fn count(&mut self, happened: &Happened) -> Option<ExecKind> {
        if let What::Taken { day, terms } = &happened.what {
            let record = Record {
                terms: terms.clone(),
                number: self.orders.len() + 1,
                taken: happened.time,
                day: day.clone(),
                status: OrdStatus::New,
                cum_qty: Qty::ZERO,
                fills: Vec::new(),
            };
            self.orders.insert(happened.order, record);
            return Some(ExecKind::New);
        }
        let record = self.orders.get_mut(&happened.order)?;
        let cum_qty = Some(record.cum_qty);
        Some(match &happened.what {
            What::Taken { .. } => ExecKind::New,
            What::Traded(fill) => {
                let signed = record.terms.side.signed(fill.last_qty);
                record.cum_qty += fill.last_qty;
                record.fills.push((happened.time, fill.clone()));
                record.status = match record.cum_qty >= record.terms.order_qty {
                    true => OrdStatus::Filled,
                    false => OrdStatus::PartiallyFilled,
                };
                let instrument = record.terms.instrument.clone();
                *self.positions.entry(instrument).or_insert(Qty::ZERO) += signed;
                self.cash -= fill.last_px * signed + fill.fee.unwrap_or(Money::ZERO);
                ExecKind::Trade(fill.clone())
            }
            What::Canceled { request } => {
                record.status = OrdStatus::Canceled;
                let request = *request;
                ExecKind::Canceled { request, cum_qty }
            }
            What::Expired => {
                record.status = OrdStatus::Expired;
                ExecKind::Expired { cum_qty }
            }
        })
    }
}

impl Record {
    fn venue_id(&self) -> VenueOrderId {
        VenueOrderId::new(self.number.to_string())
    }

    fn facts(&self) -> OrderFacts {
        OrderFacts {
            cl_ord_id: Some(self.terms.cl_ord_id),
            venue_id: self.venue_id(),
            instrument: self.terms.instrument.clone(),
            side: self.terms.side,
            order_qty: self.terms.order_qty,
            cum_qty: self.cum_qty,
            status: self.status,
            price: self.terms.ord_type.limit(),
            trigger: None,
        }
    }
}

/// The lines of a file that have their end; none where there is no file.
fn whole_lines(path: &Path) -> io::Result<String> {
    let mut text = match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(String::new()),
        read => read?,
    };
    text.truncate(text.rfind('\n').map_or(0, |end| end + 1));
    Ok(text)
}
