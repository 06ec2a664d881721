//! What orders cost, against numbers worked out by hand and against sums of themselves.

use polyfolio_model::{ClOrdId, ExecKind, Fill, Money, OrdType, Price, Qty, RunId, Side};
use polyfolio_report::slippage::{Costs, ParentCost, SlippageReport, slippage_of_run};
use polyfolio_report::{Cost, run_report};
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::journal::{self, DEPLOYMENT, Journal, Wanted, at, cl_ord_id, money, price};

fn cash(cost: Option<Cost>) -> Option<Money> {
    cost.map(|cost| cost.cash)
}

/// Delay, slippage, fees, opportunity, total.
fn amounts(costs: &Costs) -> [Option<Money>; 5] {
    let found = costs.shortfall;
    let all = [
        found.delay,
        found.slippage,
        Some(found.fees),
        found.opportunity,
        found.total,
    ];
    all.map(cash)
}

fn check(costs: &Costs, expected: [&str; 5]) {
    let expected = expected.map(|text| (text != "?").then(|| money(text)));
    assert_eq!(amounts(costs), expected);
}

fn of_run(journal: &Journal, run: u32) -> SlippageReport {
    let records = journal.records.iter().cloned();
    slippage_of_run(DEPLOYMENT, records, RunId(run)).expect("it is on record")
}

fn parent<'a>(report: &'a SlippageReport, symbol: &str) -> &'a ParentCost {
    let mut parents = report.parents.iter();
    parents
        .find(|parent| parent.symbol.as_str() == symbol)
        .unwrap_or_else(|| panic!("no parent of {symbol}"))
}

fn wanted<'a>(symbol: &'a str, side: Side, quantity: i64, close: &'a str) -> Wanted<'a> {
    Wanted {
        symbol,
        side,
        quantity,
        wants: &[],
        close: Some(close),
    }
}

fn trade(quantity: i64, px: Price, exec_id: &str, fee: Option<Money>) -> ExecKind {
    ExecKind::Trade(Fill {
        exec_id: exec_id.into(),
        last_qty: quantity.into(),
        last_px: px,
        fee,
        liquidity: None,
    })
}

fn says_fee(journal: &mut Journal, id: ClOrdId, exec_id: &str, fee: &str, time: i64) {
    let (exec_id, fee) = (exec_id.into(), money(fee));
    journal.hear(id, ExecKind::Fee { exec_id, fee }, time);
}

#[test]
fn a_parent_and_each_of_its_orders_say_what_they_cost() {
    let report = SlippageReport::of(&journal::first_run().book);
    let cvx = parent(&report, "CVX");
    // 412 · 10 cents; 200 saved 5 cents each, 212 paid 10 cents each; the commissions.
    check(&cvx.costs, ["41.2", "11.2", "4.12", "0", "56.52"]);
    assert_eq!(cvx.costs.shortfall.notional, Some(money("73830.4")));
    let bp = cvx.costs.shortfall.total.unwrap().bp.unwrap();
    assert!((bp - 56.52 / 73_830.4 * 1e4).abs() < 1e-9, "{bp}");
    assert_eq!(
        (cvx.decision_price, cvx.arrival, cvx.avg_px),
        (
            Some(price("179.2")),
            Some(price("179.3")),
            Some(price("179.3271844660"))
        )
    );
    let [limit, market] = &cvx.orders[..] else {
        panic!("two orders")
    };
    check(&limit.costs, ["20", "-10", "2", "0", "12"]);
    check(&market.costs, ["21.2", "21.2", "2.12", "0", "44.52"]);
    assert_eq!(limit.ord_type, OrdType::Limit(price("179.25")));
    let fill = &limit.fills[0];
    assert_eq!(
        (fill.time, fill.quantity, fill.price, fill.fee),
        (at(60), 200.into(), price("179.25"), Some(money("2")))
    );
    // The rate that is quoted is of what filled, at its arrival.
    let rate = limit.costs.slippage.unwrap();
    assert_eq!(rate.cash, money("-10"));
    assert!((rate.bp - -10.0 / (200.0 * 179.3) * 1e4).abs() < 1e-9);
}

#[test]
fn a_sell_above_its_arrival_gains() {
    let report = SlippageReport::of(&journal::two_runs().book);
    check(&report.costs, ["-50", "-10", "1", "0", "-59"]);
}

#[test]
fn what_was_left_undone_is_valued_where_a_later_run_met_the_market() {
    let mut journal = journal::first_run();
    let before = of_run(&journal, 1);
    check(&parent(&before, "WMT").costs, ["0", "0", "0", "?", "?"]);
    check(&before.costs, ["41.2", "11.2", "4.12", "?", "?"]);
    assert_eq!(before.costs.shortfall.notional, Some(money("75510.4")));

    journal.plan(2, "2022-12-01", 86_400, Value::Null);
    journal.parent(2, 1, 86_400, &wanted("WMT", Side::Buy, 12, "141"));
    check(
        &of_run(&journal, 1).costs,
        ["41.2", "11.2", "4.12", "?", "?"],
    );
    journal.arrive(2, 1, "141.5", 86_401);
    let after = of_run(&journal, 1);
    let wmt = parent(&after, "WMT");
    assert_eq!((wmt.left, wmt.later), (12.into(), Some(price("141.5"))));
    // Twelve at 1.50 above the close that decided.
    check(&wmt.costs, ["0", "0", "0", "18", "18"]);
    check(&after.costs, ["41.2", "11.2", "4.12", "18", "74.52"]);
    // What the later run itself waits for is not undone yet.
    check(&of_run(&journal, 2).costs, ["0", "0", "0", "?", "?"]);
}

/// One order of 10 at 100 against 100, filled at 101, its commission not said; its run over.
fn without_commission() -> (Journal, ClOrdId) {
    let mut journal = Journal::new();
    journal.plan(1, "2022-11-30", 0, Value::Null);
    journal.parent(1, 1, 0, &wanted("CVX", Side::Buy, 10, "100"));
    journal.arrive(1, 1, "100", 1);
    let id = cl_ord_id(1, 1, 1);
    journal.submit(id, 10, None, 1);
    journal.hear(id, trade(10, price("101"), "X1", None), 2);
    journal.done(1, 1, None, 3);
    journal.end(1, "2022-11-30", &[("BND", "70"), ("CVX", "100")], 4);
    (journal, id)
}

#[test]
fn a_commission_that_comes_after_the_end_is_in_it_from_then_on() {
    let (mut journal, id) = without_commission();
    let before = SlippageReport::of(&journal.book);
    assert_eq!(before.costs.commissions_missing, 1);
    assert_eq!(before.parents[0].orders[0].fills[0].fee, None);
    check(&before.costs, ["0", "10", "0", "0", "10"]);

    says_fee(&mut journal, id, "X1", "1.25", 30);
    let after = SlippageReport::of(&journal.book);
    assert_eq!(after.costs.commissions_missing, 0);
    assert_eq!(after.parents[0].orders[0].fills[0].fee, Some(money("1.25")));
    check(&after.costs, ["0", "10", "1.25", "0", "11.25"]);
    let run = run_report(&journal.book, RunId(1)).unwrap();
    assert_eq!(
        (run.commissions_missing, run.shortfall),
        (0, after.costs.shortfall)
    );
}

#[test]
fn an_earlier_run_is_told_by_the_records_until_its_orders_leave_and_after() {
    let (mut journal, id) = without_commission();
    journal.plan(2, "2022-12-01", 1_000, Value::Null);
    // Said while the next run goes on, of an order of the one before.
    says_fee(&mut journal, id, "X1", "1.25", 1_001);
    check(
        &of_run(&journal, 1).costs,
        ["0", "10", "1.25", "0", "11.25"],
    );
    assert_eq!(of_run(&journal, 1).run.as_deref(), Some("20221130-001"));
    assert_eq!(of_run(&journal, 1).end, Some(at(4)));
    // A week later the book has let go of it; the records have not.
    journal.plan(3, "2022-12-08", 604_800, Value::Null);
    journal.plan(4, "2022-12-09", 691_200, Value::Null);
    assert!(journal.book.child(id).is_none());
    check(
        &of_run(&journal, 1).costs,
        ["0", "10", "1.25", "0", "11.25"],
    );
    let unknown = slippage_of_run(DEPLOYMENT, journal.records, RunId(9));
    assert_eq!(unknown, None);
}

#[test]
fn an_execution_that_was_taken_back_costs_nothing_and_is_left() {
    let mut journal = journal::first_run();
    let (exec_id, reference) = ("B1".into(), "X2".into());
    let kind = ExecKind::TradeCancel { exec_id, reference };
    journal.hear(cl_ord_id(1, 1, 2), kind, 400);
    let report = SlippageReport::of(&journal.book);
    let cvx = parent(&report, "CVX");
    check(&cvx.costs, ["20", "-10", "2", "?", "?"]);
    assert_eq!((cvx.left, cvx.orders[1].fills.len()), (212.into(), 0));
}

#[test]
fn the_answer_is_published_in_this_form() {
    let (journal, _) = without_commission();
    let mut found = serde_json::to_value(SlippageReport::of(&journal.book)).unwrap();
    let parent = found["parents"][0].take();
    let nothing = json!({ "cash": "0", "bp": 0.0 });
    let ten = json!({ "cash": "10", "bp": 100.0 });
    let shortfall = json!({
        "notional": "1000", "delay": nothing, "slippage": ten, "fees": nothing,
        "opportunity": nothing, "total": ten,
    });
    assert_eq!(
        found,
        json!({
            "run": "20221130-001", "decision_date": "2022-11-30",
            "start": "2022-11-30T21:00:00Z", "end": "2022-11-30T21:00:04Z",
            "slippage": ten, "shortfall": shortfall, "commissions_missing": 1, "parents": [null],
        })
    );
    assert_eq!(
        parent,
        json!({
            "id": "1.1", "symbol": "CVX", "side": "BUY", "order_qty": "10", "cum_qty": "10",
            "left": "0", "done": true, "avg_px": "101", "decision_price": "100",
            "arrival": "100", "later": null,
            "slippage": ten, "shortfall": shortfall, "commissions_missing": 1,
            "orders": [{
                "cl_ord_id": "00000abc000000010000000100000001", "ord_type": "market",
                "status": "Filled", "decided": "2022-11-30T21:00:01Z",
                "arrival": "100.5", "order_qty": "10", "cum_qty": "10", "avg_px": "101",
                "slippage": ten, "shortfall": shortfall, "commissions_missing": 1,
                "fills": [{ "time": "2022-11-30T21:00:02Z", "exec_id": "X1", "quantity": "10",
                    "price": "101", "fee": null, "liquidity": null }],
            }],
        })
    );
    assert_eq!(
        SlippageReport::of(&Journal::new().book),
        SlippageReport::default()
    );
}

/// A fill: quantity, price, and the fee if it was said.
type Filled = (i64, Price, Option<Money>);

prop_compose! {
    fn a_price()(ticks in 5_000_i64..15_000) -> Price {
        Price::new(cents(ticks))
    }
}

fn cents(cents: i64) -> Decimal {
    Decimal::new(cents, 2)
}

prop_compose! {
    fn a_fill()(quantity in 1_i64..500, px in a_price(), fee in prop::option::of(-50_i64..200))
        -> Filled {
        (quantity, px, fee.map(|fee| Money::new(cents(fee))))
    }
}

prop_compose! {
    fn a_parent()(
        is_buy: bool, decision in a_price(), arrival in a_price(),
        orders in prop::collection::vec(prop::collection::vec(a_fill(), 0..4), 0..4),
    ) -> (Side, Price, Price, Vec<Vec<Filled>>) {
        (if is_buy { Side::Buy } else { Side::Sell }, decision, arrival, orders)
    }
}

fn written(parents: &[(Side, Price, Price, Vec<Vec<Filled>>)]) -> Journal {
    let mut journal = Journal::new();
    journal.plan(1, "2022-11-30", 0, Value::Null);
    for (number, (side, decision, arrival, orders)) in (1..).zip(parents) {
        let (symbol, close) = (format!("S{number}"), decision.to_string());
        let filled: i64 = orders.iter().flatten().map(|(quantity, ..)| quantity).sum();
        journal.parent(1, number, 0, &wanted(&symbol, *side, filled.max(1), &close));
        journal.arrive(1, number, &arrival.to_string(), 1);
        for (child, fills) in (1..).zip(orders) {
            let id = cl_ord_id(1, number, child);
            let quantity: i64 = fills.iter().map(|(quantity, ..)| quantity).sum();
            journal.submit(id, quantity + 1, None, 2);
            for (count, (quantity, px, fee)) in (3..).zip(fills) {
                journal.hear(id, trade(*quantity, *px, &format!("X{count}"), *fee), count);
            }
        }
        journal.done(1, number, None, 300);
    }
    journal
}

fn sum(all: impl Iterator<Item = [Option<Money>; 5]>) -> [Option<Money>; 5] {
    all.fold([Some(Money::ZERO); 5], |sum, amounts| {
        let mut pairs = sum.into_iter().zip(amounts);
        [(); 5].map(|()| {
            let (one, two) = pairs.next().unwrap();
            one.zip(two).map(|(one, two)| one + two)
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn orders_add_up_to_their_parent_and_parents_to_the_run(
        parents in prop::collection::vec(a_parent(), 1..4),
    ) {
        let journal = written(&parents);
        let report = SlippageReport::of(&journal.book);
        for parent in report.parents.iter().filter(|parent| parent.left.is_zero()) {
            let orders = parent.orders.iter().map(|order| amounts(&order.costs));
            prop_assert_eq!(sum(orders), amounts(&parent.costs));
            let filled: Qty = parent.orders.iter().map(|order| order.cum_qty).sum();
            prop_assert_eq!(filled, parent.cum_qty);
        }
        let parents = report.parents.iter().map(|parent| amounts(&parent.costs));
        prop_assert_eq!(sum(parents), amounts(&report.costs));
        let missing = report.parents.iter().flat_map(|parent| &parent.orders);
        let missing: usize = missing.map(|order| order.costs.commissions_missing).sum();
        prop_assert_eq!(missing, report.costs.commissions_missing);
    }

    /// The report of the run counts executions one by one, in another way.
    #[test]
    fn the_report_of_the_run_says_the_same(parents in prop::collection::vec(a_parent(), 1..4)) {
        let journal = written(&parents);
        let (costs, run) = (
            SlippageReport::of(&journal.book).costs,
            run_report(&journal.book, RunId(1)).unwrap(),
        );
        prop_assert_eq!(costs.slippage, run.account.slippage);
        prop_assert_eq!(costs.shortfall.fees.cash, run.account.fees);
        if run.left().next().is_none() {
            let pnl = run.account.pnl.map(|pnl| -pnl);
            prop_assert_eq!(cash(costs.shortfall.total), pnl);
        }
    }
}
