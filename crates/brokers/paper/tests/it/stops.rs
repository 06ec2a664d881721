//! Stops and orders at the close through the broker's wire, its tape and a restart.

use std::fs;
use std::path::Path;

use chrono::NaiveTime;
use polyfolio_broker_paper::{PaperConfig, PaperVenue, TapeLine, TapeTag, read_tape};
use polyfolio_matching::TapeEvent;
use polyfolio_model::{
    Amend, ExecKind, NewOrder, OrdStatus, OrdType, Price, RequestId, Side, TimeInForce,
};
use polyfolio_ports::{Broker, Clock, Command};

use crate::common::*;

fn price(text: &str) -> Price {
    text.parse().unwrap()
}

fn stop(child: u32, side: Side, trigger: &str, limit: Option<&str>) -> NewOrder {
    let mut order = order(child, side, 10, "market");
    order.ord_type = OrdType::of(limit.map(price), Some(price(trigger)));
    order.time_in_force = TimeInForce::GoodTillCancel;
    order
}

fn on_close(child: u32, side: Side, price: &str) -> NewOrder {
    let mut order = order(child, side, 10, price);
    order.time_in_force = TimeInForce::AtTheClose;
    order
}

/// A market that stands at 99.99 to 100.01 and closes at 21:30.
fn still() -> PaperConfig {
    let mut config = config();
    config.close = NaiveTime::from_hms_opt(21, 30, 0).unwrap();
    for listing in &mut config.listings {
        listing.market.sigma = 0.0;
        listing.market.arrival_rate = 0.0;
    }
    config
}

fn open_still(dir: &Path) -> PaperVenue {
    let (venue, notices) = PaperVenue::open(dir, still()).unwrap();
    assert_eq!(notices, []);
    venue
}

fn trades(kinds: &[ExecKind]) -> Vec<String> {
    let trade = |kind: &ExecKind| match kind {
        ExecKind::Trade(fill) => Some(format!("{} at {}", fill.last_qty, fill.last_px)),
        _ => None,
    };
    kinds.iter().filter_map(trade).collect()
}

#[tokio::test(start_paused = true)]
async fn a_stop_rests_wakes_up_and_trades() {
    let dir = tempfile::tempdir().unwrap();
    let venue = open_still(dir.path());
    venue.set_market(date(1), &closes(100)).unwrap();
    let mut session = Session::start(&venue);
    session.send(stop(1, Side::Buy, "100.50", None));
    session.pass_secs(60).await;
    assert_eq!(session.kinds(), [ExecKind::New]);
    let facts = session.snapshot(1).await.orders.remove(0);
    assert_eq!(facts.status, OrdStatus::New);
    assert_eq!((facts.price, facts.trigger), (None, Some(price("100.5"))));
    venue.set_market(date(2), &closes(105)).unwrap();
    let session = Session::start(&venue);
    session.pass_secs(1).await;
    let tags: Vec<TapeTag> = read_tape(dir.path())
        .unwrap()
        .iter()
        .filter(|line| line.cl_ord_id == Some(id(1)))
        .map(|line| line.event)
        .collect();
    let expect = [TapeTag::Accepted, TapeTag::Triggered, TapeTag::Traded];
    assert_eq!(tags, expect);
    let account = venue.account().unwrap();
    assert!(account.open_orders.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_stop_behind_the_market_is_told_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let venue = open_still(dir.path());
    venue.set_market(date(1), &closes(100)).unwrap();
    let mut session = Session::start(&venue);
    session.send(stop(1, Side::Sell, "99.99", Some("99.90")));
    session.pass_secs(1).await;
    let kinds = session.kinds();
    assert_eq!(kinds[..2], [ExecKind::New, ExecKind::Triggered]);
    assert_eq!(trades(&kinds), ["10 at 99.99"]);
    session.broker.send(Command::Query(id(1))).unwrap();
    session.pass_secs(1).await;
    let again = &session.kinds()[3..];
    assert_eq!(again[..3], kinds[..]);
}

/// Awake and not yet filled, the process dies; the market is back below the trigger, and the order
/// is a limit order all the same.
#[tokio::test(start_paused = true)]
async fn a_restart_keeps_who_is_awake_and_who_is_not() {
    let dir = tempfile::tempdir().unwrap();
    {
        let venue = open_still(dir.path());
        venue.set_market(date(1), &closes(100)).unwrap();
        let mut session = Session::start(&venue);
        session.send(stop(1, Side::Buy, "100.50", Some("100.60")));
        session.send(stop(2, Side::Buy, "120", None));
        session.pass_secs(1).await;
        venue.set_market(date(2), &closes(105)).unwrap();
    }
    let venue = open_still(dir.path());
    let mut session = Session::start(&venue);
    session.pass_secs(30).await;
    assert_eq!(trades(&session.kinds()), [""; 0]);
    let amend = Amend {
        order_qty: 4.into(),
        price: None,
        trigger: Some(price("105.01")),
    };
    let replace = Command::Replace(id(2), RequestId(7), amend);
    session.broker.send(replace).unwrap();
    session.pass_secs(1).await;
    assert_eq!(trades(&session.kinds()), ["4 at 105.01"]);
    drop(session);
    venue.set_market(date(3), &closes(100)).unwrap();
    let traded = read_tape(dir.path()).unwrap();
    let last = traded.iter().rfind(|line| line.event == TapeTag::Traded);
    let last = last.unwrap();
    assert_eq!(
        (last.cl_ord_id, last.price),
        (Some(id(1)), Some(price("100.6")))
    );
}

#[tokio::test(start_paused = true)]
async fn orders_at_the_close_trade_there_or_are_over() {
    let dir = tempfile::tempdir().unwrap();
    let venue = open_still(dir.path());
    venue.set_market(date(1), &closes(100)).unwrap();
    let mut session = Session::start(&venue);
    session.send(on_close(1, Side::Buy, "market"));
    session.send(on_close(2, Side::Sell, "100"));
    session.send(on_close(3, Side::Buy, "99.99"));
    session.pass_secs(30 * 60 - 1).await;
    assert_eq!(
        session.kinds(),
        [ExecKind::New, ExecKind::New, ExecKind::New]
    );
    session.pass_secs(2).await;
    let kinds = session.kinds();
    assert_eq!(trades(&kinds), ["10 at 100", "10 at 100"]);
    let cum_qty = Some(0.into());
    assert_eq!(kinds.last(), Some(&ExecKind::Expired { cum_qty }));
    // What comes later is for the next close; on paper that is the next date.
    session.send(on_close(4, Side::Sell, "market"));
    session.pass_secs(1).await;
    venue.set_market(date(2), &closes(103)).unwrap();
    let tape = read_tape(dir.path()).unwrap();
    let sold = tape
        .iter()
        .rfind(|line| line.event == TapeTag::Traded)
        .unwrap();
    assert_eq!(
        (sold.cl_ord_id, sold.price),
        (Some(id(4)), Some(103.into()))
    );
}

#[tokio::test(start_paused = true)]
async fn a_stop_for_the_close_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let venue = open_still(dir.path());
    venue.set_market(date(1), &closes(100)).unwrap();
    let mut session = Session::start(&venue);
    let mut both = stop(1, Side::Buy, "101", None);
    both.time_in_force = TimeInForce::AtTheClose;
    session.send(both);
    session.pass_secs(1).await;
    let [ExecKind::Rejected { text, .. }] = &session.kinds()[..] else {
        panic!("{:?}", session.kinds());
    };
    assert!(text.contains("cannot be for the close"), "{text}");
}

/// A life of stops, cut in two and not: the same bytes.
#[test]
fn a_broken_life_of_stops_is_the_unbroken_one() {
    let live = |dir: &Path, cuts: &[i64]| {
        for (n, secs) in cuts.iter().enumerate() {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .start_paused(true)
                .build()
                .unwrap();
            runtime.block_on(async {
                let mut config = config();
                config.close = NaiveTime::from_hms_opt(21, 5, 0).unwrap();
                let (venue, _) = PaperVenue::open(dir, config).unwrap();
                venue.set_market(date(1), &closes(100)).unwrap();
                let mut session = Session::start(&venue);
                if n == 0 {
                    for child in 0..8_u32 {
                        let up = format!("100.{:02}", 2 + child);
                        let down = format!("99.{:02}", 98 - child);
                        session.send(stop(4 * child + 1, Side::Buy, &up, None));
                        session.send(stop(4 * child + 2, Side::Sell, &down, Some("99.80")));
                        session.send(on_close(4 * child + 3, Side::Buy, &up));
                    }
                }
                session.pass_secs(*secs).await;
                venue.advance_to(session.clock.now());
            });
        }
        fs::read_to_string(dir.join("tape.jsonl")).unwrap()
    };
    let (broken, unbroken) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let tape = live(unbroken.path(), &[400]);
    assert_eq!(live(broken.path(), &[17, 40, 3, 240, 100]), tape);
    let count = |word: &str| tape.matches(word).count();
    assert!(count("\"event\":\"triggered\"") >= 8, "{tape}");
    assert!(count("\"event\":\"traded\"") >= 8, "{tape}");
}

/// Every line reads back as the event it stands for, and one of before there were stops reads as
/// it always did.
#[test]
fn lines_of_stops_read_back_and_older_ones_still_do() {
    let old = r#"{"time":"2022-12-01T21:00:00.030Z","event":"accepted","cl_ord_id":"00000abc000000010000000100000001","symbol":"AAA","side":"BUY","quantity":"10","price":"99.5","exec_id":null,"venue_id":"O-1","time_in_force":"day"}"#;
    let old_replace = r#"{"time":"2022-12-01T21:00:00.030Z","event":"replaced","cl_ord_id":"00000abc000000010000000100000001","symbol":"AAA","side":"BUY","quantity":"10","price":"99.5","exec_id":null,"venue_id":"O-1","request":1}"#;
    let stop = old.replace(
        r#""venue_id":"O-1","#,
        r#""venue_id":"O-1","trigger":"99.6","#,
    );
    let moved = old_replace.replace(
        r#""venue_id":"O-1","#,
        r#""venue_id":"O-1","trigger":"99.6","#,
    );
    let awake = r#"{"time":"2022-12-01T21:00:00.030Z","event":"triggered","cl_ord_id":"00000abc000000010000000100000001","symbol":"AAA","side":"BUY","quantity":null,"price":null,"exec_id":null,"venue_id":"O-1"}"#;
    let closing = old.replace(r#""day""#, r#""at_the_close""#);
    for text in [old, old_replace, &stop, &moved, awake, &closing] {
        let line: TapeLine = serde_json::from_str(text).unwrap();
        let event = TapeEvent::try_from(line.clone()).unwrap();
        assert_eq!(TapeLine::from(&event), line);
        assert_eq!(serde_json::to_string(&line).unwrap(), text);
    }
    let line: TapeLine = serde_json::from_str(&stop).unwrap();
    let event = TapeEvent::try_from(line).unwrap();
    let polyfolio_matching::Happening::Accepted { order, .. } = event.what else {
        panic!("{event:?}");
    };
    let (trigger, limit) = (price("99.6"), price("99.5"));
    assert_eq!(order.ord_type, OrdType::StopLimit { trigger, limit });
}
