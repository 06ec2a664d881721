//! Bars over the wire: history to warm up on, and bars as they come.

use std::sync::Arc;

use chrono::{Datelike, Days, NaiveDate, Weekday};
use polyfolio_broker_ib::IbConfig;
use polyfolio_model::{Bar, BarSize, Price, Span, Ts};
use polyfolio_ports::{
    BarEvent, BarUpdate, Bars, BarsFailed, BarsRequest, BarsWanted, BoxFuture, Reach,
};
use polyfolio_simulators::tws::faults::List;
use polyfolio_simulators::tws::{Fault, GatewayConfig, TradingDay};
use rust_decimal::Decimal;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::common::{Desk, Venue, config, gateway_config, soon};
use crate::relay::Relay;

/// How many days with a close there are.
const DAYS: usize = 40;

/// AAA and BBB with forty closes before the day on which they begin, and markets that move.
fn with_closes() -> GatewayConfig {
    let mut config = gateway_config();
    for (n, stock) in config.stocks.iter_mut().take(2).enumerate() {
        let start = stock.start.unwrap();
        let step = stock.listing.tick().get();
        let mut closes = Vec::new();
        let mut day: NaiveDate = "2022-12-01".parse().unwrap();
        while closes.len() < DAYS {
            if !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) {
                let back = Decimal::from(closes.len() * (7 + n));
                closes.push((day, Price::new(start.get() + step * back)));
            }
            day = day.checked_sub_days(Days::new(1)).unwrap();
        }
        closes.reverse();
        stock.closes = closes;
        stock.listing.market.sigma = 0.5;
    }
    config
}

fn ask(
    desk: &Desk,
    instrument: &str,
    size: BarSize,
    reach: Reach,
) -> BoxFuture<Result<Vec<Bar>, BarsFailed>> {
    let instrument = instrument.into();
    desk.account.bars().history(BarsRequest {
        instrument,
        size,
        reach,
    })
}

async fn history(desk: &Desk, size: BarSize, count: u32) -> Result<Vec<Bar>, BarsFailed> {
    let bars = ask(desk, "AAA", size, Reach::Count(count));
    soon("bars", bars).await
}

async fn refused(desk: &Desk, instrument: &str) -> String {
    let bars = ask(desk, instrument, BarSize::Hour1, Reach::Count(3));
    soon("a refusal", bars).await.unwrap_err().to_string()
}

fn in_order(bars: &[Bar]) -> bool {
    bars.windows(2).all(|pair| pair[0].start < pair[1].start) && bars.iter().all(Bar::is_sound)
}

#[tokio::test]
async fn history_is_as_long_as_was_asked_however_many_requests_it_takes() {
    let venue = Venue::of(with_closes()).await;
    let desk = venue.desk().await;
    // More than the week that IB tells at once.
    let bars = history(&desk, BarSize::Min5, 900).await.unwrap();
    assert_eq!(bars.len(), 900);
    assert!(in_order(&bars));
    let last = bars.last().unwrap();
    assert_eq!(last.start.to_string(), "2022-12-01T20:55:00Z");
    assert_eq!(last.close, 100.into());
    // Eleven days and a half of seventy-eight.
    assert_eq!(bars[0].start.to_string(), "2022-11-16T17:30:00Z");
    let days = history(&desk, BarSize::Day1, 30).await.unwrap();
    let closes = &venue_closes()[DAYS - 31..DAYS - 1];
    let told: Vec<_> = days
        .iter()
        .map(|bar| (bar.start.date(), bar.close))
        .collect();
    assert_eq!(told, closes);
}

fn venue_closes() -> Vec<(NaiveDate, Price)> {
    with_closes().stocks[0].closes.clone()
}

#[tokio::test]
async fn what_history_does_not_have_is_no_shorter_answer() {
    let venue = Venue::of(with_closes()).await;
    let desk = venue.desk().await;
    let failed = history(&desk, BarSize::Day1, 60).await.unwrap_err();
    let text = failed.to_string();
    assert!(
        text.contains("39 bars of 1d, and 60 were asked for"),
        "{text}"
    );
    let since = Reach::Since("2022-11-25T00:00:00Z".parse().unwrap());
    let bars = soon("bars", ask(&desk, "AAA", BarSize::Hour1, since)).await;
    let bars = bars.unwrap();
    assert_eq!(bars[0].start.to_string(), "2022-11-25T14:30:00Z");
    // Five days of seven bars, the first of each half an hour.
    assert_eq!(bars.len(), 35);
}

/// The hours of New York, in winter.
fn new_york() -> TradingDay {
    TradingDay {
        zone: "US/Eastern".into(),
        east_s: -5 * 3_600,
        from: "09:30:00".parse().unwrap(),
        to: "16:00:00".parse().unwrap(),
    }
}

/// The same, where AAA trades by these hours.
fn with_hours() -> GatewayConfig {
    let mut config = with_closes();
    config.stocks[0].terms.hours = Some(new_york());
    config
}

/// A day is the session that has just begun: what is older is asked for behind it.
#[tokio::test]
async fn history_reaches_over_the_session_that_has_just_begun() {
    for (time, last) in [
        ("2022-12-02T14:00:00Z", "2022-12-01T20:59:00Z"),
        ("2022-12-02T14:30:20Z", "2022-12-01T20:59:00Z"),
        ("2022-12-02T14:31:20Z", "2022-12-02T14:30:00Z"),
    ] {
        let venue = Venue::of(with_hours()).await;
        venue.clock.pass_to(time);
        let desk = venue.desk().await;
        let bars = history(&desk, BarSize::Min1, 400).await.unwrap();
        assert!(bars.len() == 400 && in_order(&bars), "{time}");
        assert_eq!(bars[399].start.to_string(), last, "{time}");
        // A session and ten minutes of the one before, or nine and the first one of the next.
        let is_next = last.starts_with("2022-12-02");
        let first = ["2022-11-30T20:50:00Z", "2022-11-30T20:51:00Z"][usize::from(is_next)];
        assert_eq!(bars[0].start.to_string(), first, "{time}");
    }
}

/// The same where a market never closes, in the minute in which it begins and around midnight.
#[tokio::test]
async fn history_reaches_over_midnight() {
    for (time, last) in [
        ("2022-12-01T21:00:20Z", "2022-12-01T20:59:00Z"),
        ("2022-12-02T00:00:20Z", "2022-12-01T23:59:00Z"),
    ] {
        let venue = Venue::of(with_closes()).await;
        venue.clock.pass_to(time);
        let desk = venue.desk().await;
        let bars = history(&desk, BarSize::Min1, 500).await.unwrap();
        assert!(bars.len() == 500 && in_order(&bars), "{time}");
        assert_eq!(bars[499].start.to_string(), last, "{time}");
    }
}

#[tokio::test]
async fn a_refusal_says_what_to_do() {
    let venue = Venue::of(with_closes()).await;
    let desk = venue.desk().await;
    let said = refused(&desk, "ZZZ").await;
    assert!(said.contains("[instrument.\"ZZZ\".ib]"), "{said}");
    let said = refused(&desk, "DDD").await;
    assert!(said.contains("returned no data"), "{said}");
    let blind = GatewayConfig {
        live_quotes: false,
        ..with_closes()
    };
    let venue = Venue::of(blind).await;
    let desk = venue.desk().await;
    let said = refused(&desk, "AAA").await;
    assert!(
        said.contains("permissions") && said.contains("client portal"),
        "{said}"
    );
}

#[tokio::test]
async fn an_answer_without_an_end_is_none() {
    let venue = Venue::of(with_closes()).await;
    let impatient = IbConfig {
        request_timeout_ms: 400,
        ..venue.config()
    };
    let mut desk = Desk::open(impatient, venue.clock.clone());
    desk.ready().await;
    let cut = Fault::CutNextList {
        list: List::HistoricalData,
        after: 5,
        code: None,
        hang_up: false,
    };
    venue.gateway.faults().order(cut).unwrap();
    let failed = history(&desk, BarSize::Min5, 20).await.unwrap_err();
    assert!(matches!(failed, BarsFailed::NoAnswer { .. }), "{failed}");
    assert!(failed.to_string().contains("broker.ib.request_timeout_ms"));
}

#[tokio::test]
async fn what_is_asked_without_a_connection_is_answered_by_the_next_one() {
    let venue = Venue::of(with_closes()).await;
    let relay = Relay::to(venue.gateway.address()).await;
    let mut desk = Desk::open(config(relay.address), venue.clock.clone());
    desk.ready().await;
    relay.cut();
    let bars = history(&desk, BarSize::Min5, 20).await.unwrap();
    assert_eq!(bars.len(), 20);
}

#[tokio::test]
async fn more_requests_than_can_be_kept_are_refused_at_once() {
    let venue = Venue::of(with_closes()).await;
    let relay = Relay::to(venue.gateway.address()).await;
    let mut desk = Desk::open(config(relay.address), venue.clock.clone());
    desk.ready().await;
    relay.set_closed(true);
    desk.down().await;
    let mut asked: Vec<_> = (1..=1_000)
        .map(|count| ask(&desk, "AAA", BarSize::Day1, Reach::Count(count)))
        .collect();
    let refused = ask(&desk, "AAA", BarSize::Day1, Reach::Count(1));
    let refused = soon("a refusal", refused).await.unwrap_err();
    let said = refused.to_string();
    assert!(
        said.contains("1000 requests") && said.contains("Next: wait"),
        "{said}"
    );
    // Whoever gives up makes room, and what is kept is answered by the next connection.
    asked.truncate(1);
    let another = ask(&desk, "AAA", BarSize::Min5, Reach::Count(20));
    relay.set_closed(false);
    let first = soon("the first one", asked.remove(0)).await.unwrap();
    assert_eq!(first.len(), 1);
    assert_eq!(soon("another one", another).await.unwrap().len(), 20);
}

/// An answer that the connection took with it: the gateway hangs up in the middle of it.
#[tokio::test]
async fn what_a_connection_took_with_it_is_asked_again() {
    let venue = Venue::of(with_closes()).await;
    let desk = venue.desk().await;
    let cut = Fault::CutNextList {
        list: List::HistoricalData,
        after: 5,
        code: None,
        hang_up: true,
    };
    venue.gateway.faults().order(cut).unwrap();
    let bars = ask(&desk, "AAA", BarSize::Min5, Reach::Count(300));
    // History's own pacing lets the same question leave again after sixteen seconds.
    let patience = std::time::Duration::from_secs(60);
    let bars = tokio::time::timeout(patience, bars).await.unwrap();
    let bars = bars.unwrap();
    assert!(bars.len() == 300 && in_order(&bars));
}

/// History waits for what is left of the budget; an order does not wait for it.
#[tokio::test]
async fn an_order_does_not_wait_for_history() {
    let venue = Venue::of(with_closes()).await;
    let slow = IbConfig {
        messages_per_second: 20,
        cancels_reserve: 5,
        ..venue.config()
    };
    let mut desk = Desk::open(slow, venue.clock.clone());
    desk.ready().await;
    let (sender, mut answered) = unbounded_channel();
    // Each is another question, and they are of one contract: they take a while.
    for days in 1..=25 {
        let bars = ask(&desk, "AAA", BarSize::Hour1, Reach::Count(7 * days));
        let sender = sender.clone();
        tokio::spawn(async move {
            let _ = sender.send(bars.await);
        });
    }
    soon("the first answer", answered.recv())
        .await
        .unwrap()
        .unwrap();
    desk.buy(1, 10, Some("99.00"));
    desk.hears(&["1 PendingNew", "1 New"]).await;
    desk.cancel(1, 1);
    desk.hears(&["1 pending cancel 1", "1 canceled for 1, 0 filled"])
        .await;
    let mut done = 1;
    while let Ok(answer) = answered.try_recv() {
        answer.unwrap();
        done += 1;
    }
    assert!(done < 25, "history was done before the order");
}

fn subscribe(desk: &Desk, size: BarSize, after: Option<Ts>) -> UnboundedReceiver<BarUpdate> {
    let (sender, updates) = unbounded_channel();
    let wanted = BarsWanted {
        instrument: "AAA".into(),
        size,
        after,
    };
    let sink = Arc::new(move |update| {
        let _ = sender.send(update);
    });
    desk.account.bars().subscribe(vec![wanted], sink);
    updates
}

async fn closed(updates: &mut UnboundedReceiver<BarUpdate>) -> Bar {
    match soon("a bar", updates.recv()).await.unwrap().event {
        BarEvent::Closed(bar) => bar,
        other => panic!("{other:?}"),
    }
}

/// A day's bar is told and listed once its session is over for a while, and not before.
#[tokio::test]
async fn a_day_is_over_a_while_after_its_session() {
    let venue = Venue::of(with_hours()).await;
    let desk = venue.desk().await;
    let days = history(&desk, BarSize::Day1, 2).await.unwrap();
    let before = days[1].start;
    assert_eq!(before.to_string(), "2022-11-30T00:00:00Z");
    let mut updates = subscribe(&desk, BarSize::Day1, Some(before));
    venue.clock.pass_to("2022-12-01T21:29:55Z");
    // Another count is another question: the same one would have to wait.
    let days = history(&desk, BarSize::Day1, 3).await.unwrap();
    assert_eq!(days[2].start, before);
    assert!(updates.try_recv().is_err());
    venue.clock.pass_to("2022-12-01T21:30:15Z");
    let day = closed(&mut updates).await;
    assert_eq!(day.start.to_string(), "2022-12-01T00:00:00Z");
    assert_eq!(day.close, 100.into());
    let days = history(&desk, BarSize::Day1, 4).await.unwrap();
    assert_eq!(days[3], day);
    // Of a contract without hours of its own a day ends with its date.
    let days = ask(&desk, "BBB", BarSize::Day1, Reach::Count(2));
    let days = soon("days", days).await.unwrap();
    assert_eq!(days[1].start, before);
}

async fn interrupted(updates: &mut UnboundedReceiver<BarUpdate>) {
    let update = soon("a word", updates.recv()).await.unwrap();
    let is_said = matches!(&update.event, BarEvent::Stopped(why) if why.contains("interrupted"));
    assert!(is_said, "{update:?}");
}

#[tokio::test]
async fn bars_go_on_where_history_ended_and_over_a_connection_that_broke() {
    let venue = Venue::of(with_closes()).await;
    let relay = Relay::to(venue.gateway.address()).await;
    let mut desk = Desk::open(config(relay.address), venue.clock.clone());
    desk.ready().await;
    let warm = history(&desk, BarSize::Min1, 30).await.unwrap();
    // Two minutes pass between the one and the other.
    venue.clock.pass(Span::from_secs(120));
    let after = warm.last().map(|bar| bar.start);
    let mut updates = subscribe(&desk, BarSize::Min1, after);
    let mut all = warm;
    for _ in 0..2 {
        all.push(closed(&mut updates).await);
    }
    // 21:02:05 is now. A minute is over when the next one is told of.
    for _ in 0..2 {
        venue.clock.pass(Span::from_secs(60));
        venue.clock.pass(Span::from_secs(5));
        all.push(closed(&mut updates).await);
    }
    relay.set_closed(true);
    desk.down().await;
    venue.clock.pass(Span::from_secs(600));
    relay.set_closed(false);
    desk.ready().await;
    while all.last().unwrap().start < "2022-12-01T21:13:00Z".parse().unwrap() {
        all.push(closed(&mut updates).await);
    }
    let minute = Span::from_secs(60);
    for pair in all.windows(2) {
        assert_eq!(pair[1].start, pair[0].start + minute);
    }
    // What was told is what history says, in a longer bar.
    let since: Ts = "2022-12-01T21:05:00Z".parse().unwrap();
    let longer = ask(&desk, "AAA", BarSize::Min5, Reach::Since(since));
    let longer = soon("bars", longer).await.unwrap();
    let told: Vec<&Bar> = all
        .iter()
        .filter(|bar| bar.start >= since)
        .take(5)
        .collect();
    let high = told.iter().map(|bar| bar.high).max().unwrap();
    let low = told.iter().map(|bar| bar.low).min().unwrap();
    let [bar] = longer.as_slice() else {
        panic!("{longer:?}");
    };
    assert_eq!((bar.open, bar.close), (told[0].open, told[4].close));
    assert_eq!((bar.high, bar.low), (high, low));
}

#[tokio::test]
async fn bars_that_may_not_be_seen_are_said_to_have_stopped() {
    let blind = GatewayConfig {
        live_quotes: false,
        ..with_closes()
    };
    let venue = Venue::of(blind).await;
    let mut desk = venue.desk().await;
    let mut updates = subscribe(&desk, BarSize::Min5, None);
    let update = soon("a word", updates.recv()).await.unwrap();
    let BarEvent::Stopped(why) = update.event else {
        panic!("{update:?}");
    };
    assert!(why.contains("client portal"), "{why}");
    desk.notice("no bars").await;
}

#[tokio::test]
async fn bars_come_back_with_the_history_farm() {
    let venue = Venue::of(with_closes()).await;
    let relay = Relay::to(venue.gateway.address()).await;
    let mut desk = Desk::open(config(relay.address), venue.clock.clone());
    desk.ready().await;
    let after = Some("2022-12-01T20:58:00Z".parse().unwrap());
    let mut updates = subscribe(&desk, BarSize::Min1, after);
    assert_eq!(
        closed(&mut updates).await.start.to_string(),
        "2022-12-01T20:59:00Z"
    );
    relay.say(-1, 2105, "HMDS data farm connection is broken:simhmds");
    desk.notice("2105").await;
    interrupted(&mut updates).await;
    venue.clock.pass(Span::from_secs(65));
    let before = venue.gateway.faults().state().messages_heard;
    relay.say(-1, 2106, "HMDS data farm connection is OK:simhmds");
    assert_eq!(
        closed(&mut updates).await.start.to_string(),
        "2022-12-01T21:00:00Z"
    );
    let asked = async {
        while venue.gateway.faults().state().messages_heard == before {
            tokio::task::yield_now().await;
        }
    };
    soon("bars to be asked for again", asked).await;
}

/// What the gateway could not tell while it had lost IB is told afterwards, as it was.
#[tokio::test]
async fn bars_that_were_made_while_ib_was_lost_are_filled_in() {
    for data_lost in [false, true] {
        let venue = Venue::of(with_closes()).await;
        let mut desk = venue.desk().await;
        let after: Ts = "2022-12-01T20:58:00Z".parse().unwrap();
        let mut updates = subscribe(&desk, BarSize::Min1, Some(after));
        let mut told = vec![closed(&mut updates).await];
        let faults = venue.gateway.faults();
        let lose = Fault::LoseConnectivity {
            for_ms: None,
            data_lost,
        };
        faults.order(lose).unwrap();
        desk.down().await;
        interrupted(&mut updates).await;
        venue.clock.pass(Span::from_secs(185));
        let restore = Fault::RestoreConnectivity { data_lost };
        faults.order(restore).unwrap();
        desk.ready().await;
        for _ in 0..3 {
            told.push(closed(&mut updates).await);
        }
        let since = Reach::Since(told[0].start);
        let bars = soon("bars", ask(&desk, "AAA", BarSize::Min1, since)).await;
        assert_eq!(bars.unwrap(), told, "data lost: {data_lost}");
    }
}
