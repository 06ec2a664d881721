//! An audit can fail: sound records have no findings, and each record that was doctored has the
//! one it should have, by name and ids.

use std::sync::Arc;

use polyfolio_model::{ClOrdId, ExecKind, Qty, RejectReason, RunId, Side};
use polyfolio_oms::Record;
use polyfolio_oms::records::{Allocated, Break, Intent, ParentStage, Withdrawn};
use polyfolio_report::audit::{Audit, Auditor, Kill, Moment, VenueEvent, VenueFact, Verdict};

use crate::journal::{at, cl_ord_id, first_run, first_run_at_work, money, price};

/// Both records of one run: 412 CVX bought in two orders, 12 WMT left undone.
struct Records {
    tape: Vec<VenueEvent>,
    journal: Vec<Record>,
}

impl Records {
    fn sound() -> Self {
        let (first, second) = (cl_ord_id(1, 1, 1), cl_ord_id(1, 1, 2));
        let opening = VenueFact::Opened {
            cash: money("1000000"),
            positions: vec![("BND".into(), Qty::from(7))],
        };
        let tape = [
            (0, opening),
            (2, accepted(first, "CVX", 200)),
            (60, traded(first, "X1", 200, "179.25", "2")),
            (300, accepted(second, "CVX", 212)),
            (301, traded(second, "X2", 212, "179.4", "2.12")),
        ];
        Self {
            tape: tape.map(|(time, what)| event(time, what)).into(),
            journal: first_run().records,
        }
    }

    fn audit(self, kills: Vec<Kill>) -> Audit {
        let mut auditor = Auditor::new(self.tape, kills);
        for record in &self.journal {
            auditor.take(record);
        }
        auditor.finish()
    }

    /// Puts something on the tape, before its `place`-th event.
    fn happens(mut self, place: usize, what: VenueFact) -> Self {
        let time = self.tape[place.min(self.tape.len()) - 1].time;
        self.tape.insert(place, VenueEvent { time, what });
        self
    }

    fn without_event(mut self, place: usize) -> Self {
        self.tape.remove(place);
        self
    }

    /// Writes a record behind the last one for which this holds.
    fn writes(mut self, behind: impl Fn(&Record) -> bool, record: Record) -> Self {
        let place = self.journal.iter().rposition(behind).unwrap();
        self.journal.insert(place + 1, record);
        self
    }

    fn without(mut self, is_left_out: impl Fn(&Record) -> bool) -> Self {
        let length = self.journal.len();
        self.journal.retain(|record| !is_left_out(record));
        assert!(self.journal.len() < length, "nothing was left out");
        self
    }

    fn changed(mut self, change: impl Fn(&mut Record)) -> Self {
        self.journal.iter_mut().for_each(change);
        self
    }

    /// Expects these findings and no others: verdict, code, first id.
    fn expect(self, expected: &[(Verdict, &str, &str)]) {
        let audit = self.audit(Vec::new());
        let found: Vec<_> = audit
            .findings
            .iter()
            .map(|f| (f.verdict, f.code, f.ids[0].as_str()))
            .collect();
        assert_eq!(found, expected, "{:#?}", audit.findings);
        assert!(audit.findings.iter().all(|f| !f.message.is_empty()));
    }
}

fn event(time: i64, what: VenueFact) -> VenueEvent {
    VenueEvent {
        time: at(time),
        what,
    }
}

fn accepted(cl_ord_id: ClOrdId, symbol: &str, quantity: i64) -> VenueFact {
    VenueFact::Accepted {
        cl_ord_id,
        instrument: symbol.into(),
        side: Side::Buy,
        order_qty: quantity.into(),
    }
}

fn traded(cl_ord_id: ClOrdId, exec_id: &str, quantity: i64, px: &str, fee: &str) -> VenueFact {
    VenueFact::Traded {
        cl_ord_id,
        exec_id: exec_id.into(),
        quantity: quantity.into(),
        price: price(px),
        fee: money(fee),
    }
}

/// The intent of another order of the first parent.
fn another(child: u32, quantity: i64) -> Intent {
    let journal = first_run();
    let mut intents = journal
        .records
        .into_iter()
        .filter_map(|record| match record {
            Record::Intent(intent) => Some(intent),
            _ => None,
        });
    let mut intent = intents.next().unwrap();
    intent.order.cl_ord_id = cl_ord_id(1, 1, child);
    intent.order.order_qty = quantity.into();
    intent
}

fn is_intent(record: &Record) -> bool {
    matches!(record, Record::Intent(_))
}

fn is_allocated(record: &Record) -> bool {
    matches!(record, Record::Allocated(_))
}

fn is_about(record: &Record, child: u32) -> bool {
    let id = cl_ord_id(1, 1, child);
    match record {
        Record::Intent(intent) => intent.order.cl_ord_id == id,
        Record::Fact(fact) => fact.report.cl_ord_id == id,
        Record::Allocated(allocated) => allocated.cl_ord_id == id,
        _ => false,
    }
}

const FIRST: &str = "00000abc000000010000000100000001";
const SECOND: &str = "00000abc000000010000000100000002";
const THIRD: &str = "00000abc000000010000000100000003";

use Verdict::{Duplicates, Missing, Overshoots, PositionErrors};

#[test]
fn sound_records_agree() {
    let audit = Records::sound().audit(Vec::new());
    assert_eq!(audit.findings, []);
    let figures = (
        audit.runs,
        audit.intents,
        audit.venue_orders,
        audit.executions,
    );
    assert_eq!(figures, (1, 2, 2, 2));
    assert_eq!((audit.left, audit.crosses, audit.resent), (1, 1, 0));
}

#[test]
fn an_order_that_the_venue_took_twice() {
    Records::sound()
        .happens(2, accepted(cl_ord_id(1, 1, 1), "CVX", 200))
        .expect(&[
            (Duplicates, "sent_twice", FIRST),
            // The other copy stands there still.
            (Missing, "forgotten", FIRST),
            (Overshoots, "exposure", "1.1"),
        ]);
}

#[test]
fn an_id_that_was_used_for_a_second_order() {
    let mut again = another(1, 200);
    again.attempt = 2;
    Records::sound()
        .writes(
            |r| is_about(r, 1) && !is_allocated(r),
            Record::Intent(again),
        )
        .expect(&[(Duplicates, "id_used_twice", FIRST)]);
}

#[test]
fn a_repeat_of_an_order_nobody_spoke_of_is_no_second_order() {
    let mut again = another(1, 200);
    again.attempt = 2;
    let records =
        Records::sound().writes(|r| is_about(r, 1) && is_intent(r), Record::Intent(again));
    let audit = records.audit(Vec::new());
    assert_eq!((audit.findings, audit.resent), (Vec::new(), 1));
}

#[test]
fn an_order_that_the_journal_never_meant() {
    Records::sound()
        .happens(5, accepted(cl_ord_id(1, 9, 1), "KO", 5))
        .happens(
            6,
            VenueFact::Closed {
                cl_ord_id: cl_ord_id(1, 9, 1),
            },
        )
        .expect(&[(
            Missing,
            "never_intended",
            "00000abc000000010000000900000001",
        )]);
}

#[test]
fn a_foreign_order_that_traded() {
    let foreign = ClOrdId {
        deployment: 7,
        run: 1,
        parent: 1,
        child: 1,
    };
    Records::sound()
        .happens(5, accepted(foreign, "CVX", 5))
        .happens(6, traded(foreign, "X3", 5, "179", "0"))
        .expect(&[
            (Missing, "never_intended", &foreign.to_string()),
            (PositionErrors, "not_booked", "X3"),
            (PositionErrors, "ledger_position", "CVX"),
            (PositionErrors, "ledger_cash", "cash"),
            (PositionErrors, "target", "CVX"),
        ]);
}

#[test]
fn an_order_that_was_meant_otherwise() {
    let other = |record: &mut Record| {
        if let Record::Intent(intent) = record
            && intent.order.cl_ord_id == cl_ord_id(1, 1, 2)
        {
            intent.order.order_qty = 211.into();
        }
    };
    Records::sound()
        .changed(other)
        .expect(&[(Missing, "intended_otherwise", SECOND)]);
}

#[test]
fn an_order_that_was_acknowledged_and_is_not_there() {
    let third = cl_ord_id(1, 1, 3);
    let mut records = Records::sound();
    let mut heard = records.journal.iter().find_map(|record| match record {
        Record::Fact(fact) => Some(fact.clone()),
        _ => None,
    });
    let fact = heard.as_mut().unwrap();
    fact.report.cl_ord_id = third;
    fact.report.kind = ExecKind::New;
    let fact = Record::Fact(fact.clone());
    records = records.writes(is_intent, Record::Intent(another(3, 1)));
    records
        .writes(is_intent, fact)
        .expect(&[(Missing, "lost_at_venue", THIRD)]);
}

/// Its connector may have refused it before a byte of it left: the venue need not know of it.
#[test]
fn an_order_that_was_refused_and_is_not_there_is_none_that_was_lost() {
    Records::sound()
        .writes(is_intent, Record::Intent(another(3, 1)))
        .writes(is_intent, refused(cl_ord_id(1, 1, 3)))
        .expect(&[]);
}

#[test]
fn an_order_that_was_refused_and_works_all_the_same() {
    let third = cl_ord_id(1, 1, 3);
    Records::sound()
        .writes(is_intent, Record::Intent(another(3, 1)))
        .writes(is_intent, refused(third))
        .happens(5, accepted(third, "CVX", 1))
        .expect(&[
            (Missing, "forgotten", THIRD),
            (Overshoots, "exposure", "1.1"),
        ]);
}

fn refused(id: ClOrdId) -> Record {
    let records = Records::sound();
    let mut facts = records.journal.iter().filter_map(|record| match record {
        Record::Fact(fact) => Some(fact.clone()),
        _ => None,
    });
    let mut fact = facts.next().unwrap();
    fact.report.cl_ord_id = id;
    fact.report.kind = ExecKind::Rejected {
        reason: RejectReason::Other,
        text: "not sent".to_owned(),
    };
    Record::Fact(fact)
}

#[test]
fn an_order_whose_fate_was_never_settled() {
    Records::sound()
        .writes(is_intent, Record::Intent(another(3, 1)))
        .expect(&[(Missing, "unsettled", THIRD)]);
}

#[test]
fn an_order_that_was_given_up_and_is_there() {
    let third = cl_ord_id(1, 1, 3);
    let absent = Record::Absent(Withdrawn {
        cl_ord_id: third,
        evidence: "two snapshots".to_owned(),
        time: at(300),
    });
    Records::sound()
        .writes(is_intent, Record::Intent(another(3, 1)))
        .writes(is_intent, absent)
        .happens(5, accepted(third, "CVX", 1))
        .happens(6, VenueFact::Closed { cl_ord_id: third })
        .expect(&[
            (Missing, "given_up", THIRD),
            (Overshoots, "exposure", "1.1"),
        ]);
}

#[test]
fn an_order_that_stands_after_its_run() {
    // A replace leaves ten of it open.
    let larger = VenueFact::Replaced {
        cl_ord_id: cl_ord_id(1, 1, 2),
        order_qty: 222.into(),
    };
    Records::sound().happens(4, larger).expect(&[
        (Missing, "forgotten", SECOND),
        (Overshoots, "exposure", "1.1"),
    ]);
}

#[test]
fn more_open_than_wanted_for_a_moment() {
    // 212 more come onto the book while 201 are wanted, and leave it without a trade.
    let third = cl_ord_id(1, 1, 3);
    Records::sound()
        .writes(is_intent, Record::Intent(another(3, 213)))
        .happens(3, accepted(third, "CVX", 213))
        .happens(4, VenueFact::Closed { cl_ord_id: third })
        .writes(
            is_intent,
            Record::NotSent(Withdrawn {
                cl_ord_id: cl_ord_id(1, 1, 9),
                evidence: String::new(),
                time: at(300),
            }),
        )
        .changed(|record| {
            // The venue spoke of it, so that only the overshoot is left.
            if let Record::NotSent(_) = record {
                let mut journal = first_run();
                let mut facts = journal.records.drain(..).filter_map(|r| match r {
                    Record::Fact(fact) => Some(fact),
                    _ => None,
                });
                let mut fact = facts.next().unwrap();
                fact.report.cl_ord_id = third;
                *record = Record::Fact(fact);
            }
        })
        .expect(&[(Overshoots, "exposure", "1.1")]);
}

#[test]
fn an_execution_that_was_booked_twice() {
    let twice = first_run().records.into_iter().find(is_allocated).unwrap();
    Records::sound().writes(is_allocated, twice).expect(&[
        (PositionErrors, "booked_twice", "X1"),
        (PositionErrors, "ledger_position", "CVX"),
        (PositionErrors, "ledger_cash", "cash"),
    ]);
}

#[test]
fn an_execution_that_was_never_booked() {
    Records::sound().without(is_allocated).expect(&[
        (PositionErrors, "not_booked", "X1"),
        (PositionErrors, "not_booked", "X2"),
        (PositionErrors, "ledger_position", "CVX"),
        (PositionErrors, "ledger_cash", "cash"),
    ]);
}

#[test]
fn an_execution_that_nobody_made() {
    Records::sound().without_event(2).expect(&[
        (Missing, "forgotten", FIRST),
        (PositionErrors, "invented", "X1"),
        (PositionErrors, "ledger_position", "CVX"),
        (PositionErrors, "ledger_cash", "cash"),
        (PositionErrors, "unfilled", "1.1"),
        (PositionErrors, "target", "CVX"),
    ]);
}

#[test]
fn a_fee_that_the_ledger_does_not_have() {
    let cheaper = |record: &mut Record| {
        if let Record::Allocated(Allocated { shares, .. }) = record {
            shares[0].fee = money("0");
        }
    };
    Records::sound()
        .changed(cheaper)
        .expect(&[(PositionErrors, "ledger_cash", "cash")]);
}

#[test]
fn a_target_that_was_not_reached_and_no_reason_on_record() {
    let larger = |record: &mut Record| {
        if let Record::Planned(planned) = record {
            Arc::make_mut(&mut planned.plan)["targets"]["CVX"] = "413".into();
        }
    };
    Records::sound()
        .changed(larger)
        .expect(&[(PositionErrors, "target", "CVX")]);
    let no_reason = |record: &mut Record| {
        if let Record::Stage(staged) = record {
            staged.stage = ParentStage::Done { left: None };
        }
    };
    Records::sound().changed(no_reason).expect(&[
        (PositionErrors, "unfilled", "1.2"),
        (PositionErrors, "target", "WMT"),
    ]);
}

#[test]
fn a_target_missed_by_what_was_held_back_for_an_order_of_unknown_fate() {
    let reserving = |unknown: &'static str, target: &'static str| {
        Records::sound().changed(move |record| {
            if let Record::Planned(planned) = record {
                Arc::make_mut(&mut planned.plan)["targets"]["CVX"] = target.into();
                Arc::make_mut(&mut planned.plan)["unknown"] = serde_json::json!({ "CVX": unknown });
            }
        })
    };
    let audit = reserving("5", "417").audit(Vec::new());
    assert_eq!((audit.findings, audit.reserved), (Vec::new(), 1));
    // More than was held back, or the other way round.
    reserving("4", "417").expect(&[(PositionErrors, "target", "CVX")]);
    reserving("-5", "417").expect(&[(PositionErrors, "target", "CVX")]);
    reserving("5", "407").expect(&[(PositionErrors, "target", "CVX")]);
}

#[test]
fn a_run_that_ended_with_a_parent_at_work() {
    Records::sound()
        .without(|record| matches!(record, Record::Stage(staged) if staged.parent.parent == 1))
        .expect(&[(PositionErrors, "not_done", "1.1")]);
}

#[test]
fn a_plan_that_saw_another_account() {
    let other = |record: &mut Record| {
        if let Record::Planned(planned) = record {
            Arc::make_mut(&mut planned.plan)["positions"]["BND"] = "8".into();
        }
    };
    Records::sound()
        .changed(other)
        .expect(&[(PositionErrors, "planned_from", "BND")]);
}

#[test]
fn a_break_is_a_position_error() {
    let found = Record::Break(Break {
        instrument: Some("CVX".into()),
        code: "position".to_owned(),
        message: "200 here, 212 there".to_owned(),
        time: at(301),
    });
    Records::sound()
        .writes(is_allocated, found)
        .expect(&[(PositionErrors, "break", "CVX")]);
}

#[test]
fn what_is_under_way_is_not_judged_by_its_end() {
    let records = Records {
        journal: first_run_at_work().records,
        ..Records::sound()
    };
    records.expect(&[]);
}

#[test]
fn kills_land_where_the_journal_was() {
    let journal = first_run().records;
    let place = |is: &dyn Fn(&Record) -> bool| (journal.iter().position(is).unwrap() + 1) as u64;
    let planned = place(&|r| matches!(r, Record::Planned(_)));
    let parents = planned + 6;
    let sent = place(&is_intent);
    let answered = place(&|r| matches!(r, Record::Fact(_)));
    let ended = place(&|r| matches!(r, Record::RunEnded(run) if run.run == RunId(1)));
    let kill = |records, events, wrote| Kill {
        records,
        events,
        wrote,
    };
    let kills = vec![
        kill(0, 0, false),
        kill(parents, 1, true),
        kill(sent, 1, true),
        kill(answered, 2, true),
        kill(answered, 2, false),
        kill(ended - 1, 5, true),
        kill(ended, 5, true),
        kill(ended, 5, false),
    ];
    let audit = Records::sound().audit(kills);
    let landed: Vec<_> = audit
        .landings
        .iter()
        .map(|landing| (landing.moment, landing.working, landing.unanswered))
        .collect();
    assert_eq!(
        landed,
        [
            (Moment::Starting, 0, 0),
            (Moment::Planned, 0, 0),
            (Moment::Executing, 0, 1),
            (Moment::Executing, 1, 0),
            (Moment::Recovering, 1, 0),
            (Moment::Closing, 0, 0),
            (Moment::Over, 0, 0),
            (Moment::Starting, 0, 0),
        ]
    );
}
