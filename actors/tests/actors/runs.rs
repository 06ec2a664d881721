//! Whole runs in which nothing goes wrong.

use polyfolio_actors::Task;
use polyfolio_actors::conductor::{End, Tempo};
use polyfolio_model::Money;
use polyfolio_oms::records::Record;

use crate::harness::{Setup, qty, sleeve};

#[actix::test]
async fn a_run_fills_what_it_planned_and_a_second_one_has_nothing_to_do() {
    let setup = Setup::new();
    let first = setup.run().await;
    first.is_done();
    let run = Some("20221201-001".to_owned());
    assert!(matches!(&first.outcome.end, End::Done { run: of, resumed: false, .. } if *of == run));
    assert_eq!(setup.venue.position("AAA"), qty(1_000));
    let book = first.book.as_ref().unwrap();
    assert_eq!(
        book.ledger().position(&sleeve("alpha"), &"AAA".into()),
        qty(1_000)
    );
    assert_eq!(
        first.tempos,
        [Tempo::Planning, Tempo::Executing, Tempo::Planning]
    );

    let second = setup.run().await;
    second.is_done();
    let plan = second.outcome.plan.unwrap().plan.unwrap();
    assert!(
        plan.orders.is_empty() && plan.crosses.is_empty(),
        "{plan:?}"
    );
    assert_eq!(setup.venue.submits().len(), 1);
}

/// The outcome is told when the last word is durable: what the journal holds then is what a next
/// process finds.
#[actix::test]
async fn what_the_account_is_worth_at_the_end_is_in_the_journal() {
    let setup = Setup::new();
    let finished = setup.run().await;
    let told = finished.outcome.nav.unwrap();
    assert_eq!(told.account, Money::from(100_000));
    assert_eq!(told.sleeves[&sleeve("alpha")], Money::from(100_000));
    let navs: Vec<_> = setup.records().into_iter().filter_map(nav_of).collect();
    assert_eq!(navs, [told]);
}

fn nav_of(record: Record) -> Option<polyfolio_oms::records::Nav> {
    match record {
        Record::Nav(nav) => Some(nav),
        _ => None,
    }
}

#[actix::test]
async fn a_plan_says_what_would_be_sent_and_sends_nothing() {
    let setup = Setup {
        task: Task::Plan,
        ..Setup::new()
    };
    let finished = setup.run().await;
    finished.is_done();
    let made = finished.outcome.plan.unwrap();
    assert_eq!(made.plan.unwrap().orders[0].order_qty, qty(1_000));
    assert_eq!(made.sleeves[0].why, Ok("as ever".to_owned()));
    assert!(setup.venue.submits().is_empty());
}

#[actix::test]
async fn a_reconcile_connects_and_compares() {
    let setup = Setup {
        task: Task::Reconcile,
        ..Setup::new()
    };
    let finished = setup.run().await;
    finished.is_done();
    assert_eq!(finished.outcome.reconciled.unwrap().foreign_orders, 0);
    assert!(setup.venue.submits().is_empty());
}
