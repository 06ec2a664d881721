//! The account's opening, its dates, and who may have it.

use polyfolio_broker_paper::{
    Notice, PaperConfig, PaperError, PaperVenue, read_account, read_tape,
};
use polyfolio_matching::{FeeModel, FillModel};
use polyfolio_model::{Money, Side, Ts};

use crate::common::*;

#[test]
fn the_opening_counts_once() {
    let dir = tempfile::tempdir().unwrap();
    let account = opened(dir.path()).account().unwrap();
    assert_eq!(account.cash, Money::from(100_000));
    assert_eq!(account.nav, Some(Money::from(104_000)));
    let mut richer = config();
    richer.cash = Money::from(1);
    richer.positions.clear();
    let (venue, notices) = PaperVenue::open(dir.path(), richer).unwrap();
    let kept = Notice::OpeningKept {
        opened_with: Money::from(100_000),
        configured: Money::from(1),
        positions_differ: true,
    };
    assert_eq!(notices, [kept]);
    assert_eq!(venue.account(), Some(account));
}

#[test]
fn a_second_process_is_refused_and_readers_are_not() {
    let dir = tempfile::tempdir().unwrap();
    let venue = opened(dir.path());
    let second = PaperVenue::open(dir.path(), config());
    assert!(matches!(second, Err(PaperError::Locked(_))), "{second:?}");
    assert_eq!(
        read_account(dir.path(), &config()).unwrap(),
        venue.account()
    );
    assert_eq!(read_tape(dir.path()).unwrap().len(), 2);
    drop(venue);
    assert!(PaperVenue::open(dir.path(), config()).is_ok());
}

#[test]
fn nothing_was_ever_opened_is_an_answer() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(read_tape(dir.path()).unwrap(), []);
    assert_eq!(read_account(dir.path(), &config()).unwrap(), None);
    let (venue, _) = PaperVenue::open(dir.path(), config()).unwrap();
    assert_eq!((venue.venue_time(), venue.account()), (None, None));
}

#[test]
fn the_date_goes_on_and_never_back() {
    let dir = tempfile::tempdir().unwrap();
    let venue = opened(dir.path());
    venue.set_market(date(20), &closes(110)).unwrap();
    assert_eq!(venue.venue_time(), Some(Ts::on(date(20), 21)));
    assert_eq!(venue.quote(&"AAA".into()).unwrap().mid(), Some(110.into()));
    assert_eq!(venue.account().unwrap().nav, Some(Money::from(104_400)));
    let back = venue.set_market(date(19), &closes(100)).unwrap_err();
    assert!(matches!(back, PaperError::GoesBack { .. }), "{back}");
    let said = back.to_string();
    assert!(
        said.contains("2022-12-20") && said.contains("2022-12-19"),
        "{said}"
    );
    // The same date again keeps its prices.
    venue.set_market(date(20), &closes(500)).unwrap();
    assert_eq!(venue.quote(&"AAA".into()).unwrap().mid(), Some(110.into()));
}

#[test]
fn what_an_account_opens_with_must_be_priced() {
    let dir = tempfile::tempdir().unwrap();
    let (venue, _) = PaperVenue::open(dir.path(), config()).unwrap();
    let fault = venue.set_market(date(1), &closes(100)[..1]).unwrap_err();
    assert!(matches!(fault, PaperError::UnpricedOpening { .. }));
    let said = fault.to_string();
    assert!(
        said.contains("BBB") && said.contains("2022-12-01"),
        "{said}"
    );
    assert_eq!(venue.account(), None);
    venue.set_market(date(1), &closes(100)).unwrap();
    assert_eq!(venue.account().unwrap().positions["BBB"], 40.into());
}

#[test]
fn what_is_held_must_be_listed_and_priced() {
    let dir = tempfile::tempdir().unwrap();
    let venue = opened(dir.path());
    let without = venue.set_market(date(2), &closes(100)[..1]).unwrap_err();
    assert!(matches!(without, PaperError::NoClose { .. }), "{without}");
    assert_eq!(venue.market_date(), Some(date(1)));
    drop(venue);
    let mut fewer = config();
    fewer.listings.pop();
    let gone = PaperVenue::open(dir.path(), fewer).unwrap_err();
    assert!(gone.to_string().contains("BBB"), "{gone}");
    let mut fewer = config();
    fewer.listings.remove(0);
    let (venue, _) = PaperVenue::open(dir.path(), fewer).unwrap();
    venue.set_market(date(2), &closes(100)[1..]).unwrap();
    drop(venue);
    // What is listed anew has a market from the date's next setting on.
    let (venue, _) = PaperVenue::open(dir.path(), config()).unwrap();
    venue.set_market(date(2), &closes(90)).unwrap();
    assert_eq!(venue.quote(&"BBB".into()).unwrap().mid(), Some(100.into()));
}

#[tokio::test(start_paused = true)]
async fn day_orders_end_with_their_date() {
    let dir = tempfile::tempdir().unwrap();
    let venue = opened(dir.path());
    let mut session = Session::start(&venue);
    session.send(order(1, Side::Buy, 1, "90.00"));
    session.pass_secs(1).await;
    assert_eq!(venue.account().unwrap().open_orders.len(), 1);
    venue.set_market(date(2), &closes(100)).unwrap();
    assert_eq!(venue.account().unwrap().open_orders, []);
}

#[test]
fn a_configuration_reads_as_people_write_it() {
    let text = r#"{"cash":"5000","seed":3,"latency_ms":0,"fees":"ibkr_fixed","fill_model":"touch",
        "spread_ticks":1,"positions":{"AAA":"-3"}}"#;
    let config: PaperConfig = serde_json::from_str(text).unwrap();
    assert_eq!(config.fees, FeeModel::IbkrFixed);
    assert_eq!(config.fill_model, FillModel::Touch);
    assert_eq!(config.account, "PAPER-1");
    let bps: FeeModel = serde_json::from_str(r#"{"bps":"1.5"}"#).unwrap();
    assert_eq!(bps, FeeModel::Bps("1.5".parse().unwrap()));
    let misspelt = serde_json::from_str::<PaperConfig>(r#"{"sead":3}"#);
    assert!(misspelt.unwrap_err().to_string().contains("sead"));
}
