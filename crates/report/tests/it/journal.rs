//! Two runs, written by hand. The first buys CVX for two sleeves in two fills of two orders,
//! crosses KO inside and leaves 12 WMT undone; the second sells 100 CVX at a profit.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use polyfolio_execution::AlgoSpec;
use polyfolio_model::{
    ClOrdId, ExecKind, ExecutionReport, Fill, Instrument, InstrumentId, Liquidity, Money, NewOrder,
    OrdType, ParentId, Price, Qty, RunId, Side, SleeveId, Span, TimeInForce, Ts,
};
use polyfolio_oms::records::{
    Adopted, Allocated, Arrived, AtDeadline, Cross, Fact, Intent, Nav, Parent, ParentStage,
    ParentStaged, Planned, RunEnded, Share, Transfer,
};
use polyfolio_oms::{Book, Record};
use serde_json::{Value, json};

pub(crate) const DEPLOYMENT: u32 = 0xabc;

/// A journal that is being written.
pub(crate) struct Journal {
    pub(crate) book: Book,
    pub(crate) records: Vec<Record>,
}

/// The terms of a parent.
pub(crate) struct Wanted<'a> {
    pub(crate) symbol: &'a str,
    pub(crate) side: Side,
    pub(crate) quantity: i64,
    pub(crate) wants: &'a [(&'a str, i64)],
    pub(crate) close: Option<&'a str>,
}

pub(crate) fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(crate) fn at(seconds: i64) -> Ts {
    Ts::on(date("2022-11-30"), 21) + Span::from_secs(seconds)
}

pub(crate) fn money(text: &str) -> Money {
    text.parse().unwrap()
}

pub(crate) fn price(text: &str) -> Price {
    text.parse().unwrap()
}

fn qty(text: &str) -> Qty {
    text.parse().unwrap()
}

pub(crate) fn cl_ord_id(run: u32, parent: u32, child: u32) -> ClOrdId {
    ClOrdId {
        deployment: DEPLOYMENT,
        run,
        parent,
        child,
    }
}

impl Journal {
    /// An account of a million.
    pub(crate) fn new() -> Self {
        let mut journal = Self {
            book: Book::new(DEPLOYMENT),
            records: Vec::new(),
        };
        journal.write(Record::Adopted(Adopted {
            positions: [(InstrumentId::from("BND"), Qty::from(7))].into(),
            cash: money("1000000"),
            reason: "opening".to_owned(),
            time: at(-10),
        }));
        journal
    }

    pub(crate) fn write(&mut self, record: Record) {
        // What is stored and read again must be the same record.
        let bytes = record.encode().unwrap();
        let read = Record::decode(record.kind(), 1, &bytes).unwrap();
        assert_eq!(read, record);
        self.book.apply(&read);
        self.records.push(read);
    }

    pub(crate) fn plan(&mut self, run: u32, day: &str, start: i64, plan: Value) {
        self.write(Record::Planned(Planned {
            run: RunId(run),
            decision_date: date(day),
            start: at(start),
            deadline: at(start + 300),
            parents: 0,
            plan: plan.into(),
            mark: None,
        }));
    }

    pub(crate) fn transfer(&mut self, run: u32, sleeve: &str, cash: &str) {
        let (run, sleeve, cash) = (RunId(run), sleeve.into(), money(cash));
        self.write(Record::Transfer(Transfer { run, sleeve, cash }));
    }

    pub(crate) fn parent(&mut self, run: u32, parent: u32, start: i64, wanted: &Wanted<'_>) {
        let wants = wanted.wants.iter();
        self.write(Record::Parent(Parent {
            id: ParentId {
                run: RunId(run),
                parent,
            },
            instrument: Instrument {
                id: wanted.symbol.into(),
                tick: price("0.01"),
                lot: Qty::from(1),
                min_notional: Money::ZERO,
                currency: "USD".into(),
            },
            side: wanted.side,
            order_qty: wanted.quantity.into(),
            wants: wants
                .map(|(sleeve, quantity)| ((*sleeve).into(), (*quantity).into()))
                .collect(),
            algo: AlgoSpec::Market,
            limit: None,
            max_child: None,
            decision_price: wanted.close.map(price),
            start: at(start),
            deadline: at(start + 300),
            at_deadline: AtDeadline::Sweep,
            sweep_for: Span::from_secs(60),
        }));
    }

    pub(crate) fn arrive(&mut self, run: u32, parent: u32, mid: &str, time: i64) {
        let parent = ParentId {
            run: RunId(run),
            parent,
        };
        let (mid, time) = (price(mid), at(time));
        self.write(Record::Arrived(Arrived { parent, mid, time }));
    }

    pub(crate) fn submit(&mut self, id: ClOrdId, quantity: i64, limit: Option<&str>, time: i64) {
        let parent = self.book.parent(id.parent_id()).unwrap().parent.clone();
        let order = NewOrder {
            cl_ord_id: id,
            instrument: parent.instrument.id,
            side: parent.side,
            order_qty: quantity.into(),
            ord_type: limit.map_or(OrdType::Market, |limit| OrdType::Limit(price(limit))),
            time_in_force: TimeInForce::Day,
        };
        let time = at(time);
        self.write(Record::Intent(Intent {
            order,
            attempt: 1,
            time,
            mid: Some(price("100.5")),
        }));
    }

    pub(crate) fn hear(&mut self, id: ClOrdId, kind: ExecKind, time: i64) {
        let venue_id = Some(format!("V{}", id.child).as_str().into());
        let report = ExecutionReport {
            cl_ord_id: id,
            venue_id,
            time: at(time),
            kind,
        };
        self.write(Record::Fact(Fact {
            report,
            heard: at(time + 1),
        }));
    }

    /// A fill and its allocation, in one batch.
    pub(crate) fn fill(
        &mut self,
        id: ClOrdId,
        exec_id: &str,
        (quantity, px, fee): (i64, &str, &str),
        shares: &[(&str, i64, &str)],
        time: i64,
    ) {
        let fill = Fill {
            exec_id: exec_id.into(),
            last_qty: quantity.into(),
            last_px: price(px),
            fee: Some(money(fee)),
            liquidity: Some(Liquidity::Maker),
        };
        self.hear(id, ExecKind::Trade(fill), time);
        let parent = &self.book.parent(id.parent_id()).unwrap().parent;
        let (side, instrument) = (parent.side, parent.instrument.id.clone());
        let shares = shares.iter().map(|(sleeve, part, fee)| Share {
            sleeve: (*sleeve).into(),
            quantity: side.signed((*part).into()),
            fee: money(fee),
        });
        self.write(Record::Allocated(Allocated {
            cl_ord_id: id,
            exec_id: exec_id.into(),
            instrument,
            price: price(px),
            shares: shares.collect(),
        }));
    }

    pub(crate) fn done(&mut self, run: u32, parent: u32, left: Option<&str>, time: i64) {
        let stage = ParentStage::Done {
            left: left.map(str::to_owned),
        };
        let parent = ParentId {
            run: RunId(run),
            parent,
        };
        self.write(Record::Stage(ParentStaged {
            parent,
            stage,
            time: at(time),
        }));
    }

    /// The run is over, and marked from the ledger at these closes.
    pub(crate) fn end(&mut self, run: u32, day: &str, closes: &[(&str, &str)], time: i64) {
        self.write(Record::RunEnded(RunEnded {
            run: RunId(run),
            time: at(time),
        }));
        let closes: BTreeMap<&str, Price> = closes.iter().map(|(s, p)| (*s, price(p))).collect();
        let close = |id: &InstrumentId| closes.get(id.as_str()).copied();
        let ledger = self.book.ledger();
        let sleeves: BTreeMap<SleeveId, Money> = ledger
            .accounts()
            .map(|(id, own)| (id.clone(), own.nav(close).unwrap()))
            .collect();
        self.write(Record::Nav(Nav {
            date: date(day),
            time: at(time),
            account: sleeves.values().copied().sum(),
            cash: self.book.ledger().cash(),
            sleeves,
            run: Some(RunId(run)),
        }));
    }
}

pub(crate) const CLOSES: [(&str, &str); 4] = [
    ("BND", "70"),
    ("CVX", "179.2"),
    ("KO", "63.95"),
    ("WMT", "140"),
];

/// The first run, up to its last order.
pub(crate) fn first_run_at_work() -> Journal {
    let mut journal = Journal::new();
    journal.plan(1, "2022-11-30", 0, first_plan());
    for sleeve in ["trend", "momentum", "reversion"] {
        journal.transfer(1, sleeve, "300000");
    }
    journal.write(Record::Cross(Cross {
        run: RunId(1),
        instrument: "KO".into(),
        quantity: qty("40"),
        price: price("63.95"),
        from: "reversion".into(),
        to: "trend".into(),
    }));
    let wants = [("trend", 180), ("momentum", 232)];
    let (symbol, side, close) = ("CVX", Side::Buy, Some("179.2"));
    journal.parent(
        1,
        1,
        0,
        &Wanted {
            symbol,
            side,
            quantity: 412,
            wants: &wants,
            close,
        },
    );
    let (symbol, wants, close) = ("WMT", [("trend", 12)], Some("140"));
    journal.parent(
        1,
        2,
        0,
        &Wanted {
            symbol,
            side,
            quantity: 12,
            wants: &wants,
            close,
        },
    );
    journal.arrive(1, 1, "179.3", 1);
    journal.submit(cl_ord_id(1, 1, 1), 200, Some("179.25"), 1);
    journal.hear(cl_ord_id(1, 1, 1), ExecKind::New, 2);
    let shares = [("trend", 87, "0.87"), ("momentum", 113, "1.13")];
    journal.fill(cl_ord_id(1, 1, 1), "X1", (200, "179.25", "2"), &shares, 60);
    journal.submit(cl_ord_id(1, 1, 2), 212, None, 300);
    journal
}

/// The first run, over.
pub(crate) fn first_run() -> Journal {
    let mut journal = first_run_at_work();
    let shares = [("trend", 93, "0.93"), ("momentum", 119, "1.19")];
    journal.fill(
        cl_ord_id(1, 1, 2),
        "X2",
        (212, "179.4", "2.12"),
        &shares,
        301,
    );
    journal.done(1, 1, None, 302);
    journal.done(1, 2, Some("the sweep found no market in time"), 360);
    journal.end(1, "2022-11-30", &CLOSES, 361);
    journal
}

/// Both runs, over.
pub(crate) fn two_runs() -> Journal {
    let mut journal = first_run();
    journal.plan(2, "2022-12-01", 86_400, json!({ "nav": "999950.00" }));
    let (wants, close) = ([("momentum", 100)], Some("190"));
    let (symbol, side) = ("CVX", Side::Sell);
    journal.parent(
        2,
        1,
        86_400,
        &Wanted {
            symbol,
            side,
            quantity: 100,
            wants: &wants,
            close,
        },
    );
    journal.arrive(2, 1, "190.5", 86_401);
    journal.submit(cl_ord_id(2, 1, 1), 100, Some("190.4"), 86_401);
    let shares = [("momentum", 100, "1")];
    journal.fill(
        cl_ord_id(2, 1, 1),
        "X1",
        (100, "190.6", "1"),
        &shares,
        86_410,
    );
    journal.done(2, 1, None, 86_411);
    let closes = [
        ("BND", "70"),
        ("CVX", "190"),
        ("KO", "63.95"),
        ("WMT", "140"),
    ];
    journal.end(2, "2022-12-01", &closes, 86_412);
    journal
}

fn first_plan() -> Value {
    json!({
        "decision_date": "2022-11-30", "nav": "1000490", "shared_nav": "1000000",
        "sleeves": {
            "trend": { "CVX": "180.4", "KO": "40", "WMT": "12" },
            "momentum": { "CVX": "232.1" },
            "reversion": { "KO": "-40" },
        },
        "targets": { "CVX": "412", "KO": "0", "WMT": "12" },
        "positions": { "BND": "7" },
        "orders": [
            { "symbol": "CVX", "side": "BUY", "quantity": "412", "notional": "73830.4",
              "sleeves": { "trend": "180", "momentum": "232" } },
            { "symbol": "WMT", "side": "BUY", "quantity": "12", "notional": "1680",
              "sleeves": { "trend": "12" } },
        ],
    })
}
