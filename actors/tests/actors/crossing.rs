//! Opposite wishes meet inside the book.

use polyfolio_model::{InstrumentId, Money};
use polyfolio_oms::records::Record;

use crate::harness::{Setup, holds, qty, sleeve};

/// Alpha wants what beta is short of: no order leaves, and both ledgers have their side of it.
#[actix::test]
async fn two_sleeves_cross_and_nothing_goes_to_the_market() {
    let setup = Setup::new().sleeves(&[
        ("alpha", holds(&[("AAA", 10.0)])),
        ("beta", holds(&[("AAA", -10.0)])),
    ]);
    let finished = setup.run().await;
    finished.is_done();
    assert!(setup.venue.submits().is_empty());
    let records = setup.records();
    let crosses: Vec<_> = records
        .iter()
        .filter(|r| matches!(r, Record::Cross(_)))
        .collect();
    let [Record::Cross(cross)] = crosses[..] else {
        panic!("{crosses:?}")
    };
    assert_eq!(
        (&cross.from, &cross.to),
        (&sleeve("beta"), &sleeve("alpha"))
    );
    assert_eq!(cross.quantity, qty(500));

    let book = finished.book.unwrap();
    let aaa = InstrumentId::new("AAA");
    let held = |name: &str| book.ledger().position(&sleeve(name), &aaa);
    assert_eq!((held("alpha"), held("beta")), (qty(500), qty(-500)));
    let cash = |name: &str| book.ledger().account(&sleeve(name)).unwrap().cash;
    assert_eq!(
        (cash("alpha"), cash("beta")),
        (Money::from(25_000), Money::from(75_000))
    );
    assert!(book.ledger().positions().values().all(|net| net.is_zero()));
    assert_eq!(book.ledger().cash(), Money::from(100_000));
}
