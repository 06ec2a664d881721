//! A venue is its tape: the same seed gives the same tape, and a tape gives back the venue.

use crate::common::*;
use polyfolio_matching::{SyntheticVenue, TapeEvent, Venue, VenueCommand, VenueEvent};
use polyfolio_model::{
    Amend, ExecKind, Money, OrdType, Price, Qty, RequestId, Side, Span, TimeInForce, Ts,
};
use proptest::prelude::*;

/// What somebody does, and how long after the last thing.
#[derive(Clone, Debug)]
struct Act {
    after: i64,
    command: VenueCommand,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let target = 1_u32..30;
    let side = prop_oneof![Just(Side::Buy), Just(Side::Sell)];
    let tif = prop_oneof![
        Just(TimeInForce::Day),
        Just(TimeInForce::GoodTillCancel),
        Just(TimeInForce::ImmediateOrCancel),
        Just(TimeInForce::AtTheClose)
    ];
    let price = || (9_980_i64..10_020).prop_map(|c| format!("{}.{:02}", c / 100, c % 100));
    let trigger = price().prop_map(|text| text.parse::<Price>().unwrap());
    let new = (
        target.clone(),
        side,
        1_i64..30,
        price(),
        trigger.clone(),
        tif,
        0..8_u8,
    )
        .prop_map(|(child, side, quantity, price, trigger, tif, dice)| {
            let mut order = order(child, side, quantity, &price);
            let limit = order.ord_type.limit().filter(|_| dice == 7);
            if dice >= 5 {
                order.ord_type = OrdType::of(limit, Some(trigger));
            }
            order.time_in_force = tif;
            if dice == 0 {
                order.ord_type = OrdType::Market;
            }
            if dice == 1 {
                order.instrument = "BBB".into();
            }
            VenueCommand::New(order)
        });
    let cancel =
        (target.clone(), any::<u64>()).prop_map(|(c, r)| VenueCommand::Cancel(id(c), RequestId(r)));
    let new_trigger = prop::option::of(trigger);
    let replace = (target.clone(), any::<u64>(), 1_i64..40, new_trigger).prop_map(
        |(child, request, total, trigger)| {
            let amend = Amend {
                order_qty: total.into(),
                price: None,
                trigger,
            };
            VenueCommand::Replace(id(child), RequestId(request), amend)
        },
    );
    let query = target.prop_map(|child| VenueCommand::Query(id(child)));
    let command = prop_oneof![5 => new, 2 => cancel, 1 => replace, 1 => query];
    let act = (0_i64..5_000, command).prop_map(|(after, command)| Act { after, command });
    prop::collection::vec(act, 1..60)
}

fn partial(seed: u64) -> polyfolio_matching::VenueConfig {
    let mut config = config(seed);
    config.fill_size = 7.into();
    // Within the time that most of the acts take.
    config.close = chrono::NaiveTime::from_hms_opt(21, 1, 0).unwrap();
    config
}

/// Acts in turn from the venue's own time on.
fn perform(venue: &mut SyntheticVenue, acts: &[Act]) -> Vec<TapeEvent> {
    let mut now = venue.now();
    let mut events = Vec::new();
    for act in acts {
        now = now + Span::from_millis(act.after);
        venue.apply_into(act.command.clone(), now, &mut events);
    }
    venue.advance_into(now + Span::from_secs(30), &mut events);
    tape(&events)
}

fn times_rise(events: &[VenueEvent]) -> bool {
    let times = events.iter().filter_map(|event| match event {
        VenueEvent::Tape(event) => Some(event.time),
        _ => None,
    });
    times.collect::<Vec<Ts>>().is_sorted()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_same_seed_gives_the_same_tape(acts in acts(), seed in any::<u64>()) {
        let run = || {
            let (mut venue, events) = venue(partial(seed));
            let mut all = tape(&events);
            all.extend(perform(&mut venue, &acts));
            all
        };
        prop_assert_eq!(run(), run());
    }

    #[test]
    fn stepping_and_jumping_are_the_same(acts in acts(), seed in any::<u64>()) {
        let (mut jumping, _) = venue(partial(seed));
        let (mut stepping, _) = venue(partial(seed));
        let (mut by_jump, mut by_step) = (Vec::new(), Vec::new());
        let mut now = start();
        for act in &acts {
            now = now + Span::from_millis(act.after);
            while let Some(next) = stepping.next_event().filter(|next| *next <= now) {
                stepping.advance_into(next, &mut by_step);
            }
            stepping.apply_into(act.command.clone(), now, &mut by_step);
            jumping.apply_into(act.command.clone(), now, &mut by_jump);
        }
        prop_assert!(times_rise(&by_jump));
        prop_assert_eq!(by_jump, by_step);
    }

    /// After every event: cash, fees and positions are what the fills add up to, and the equity is
    /// cash and positions at their mids.
    #[test]
    fn the_account_is_the_sum_of_its_fills(acts in acts(), seed in any::<u64>()) {
        let (mut venue, _) = venue(partial(seed));
        let mut now = start();
        for act in &acts {
            now = now + Span::from_millis(act.after);
            venue.apply(act.command.clone(), now);
            prop_assert_eq!(venue.book().audit(), Ok(()));
            let account = &venue.book().account;
            let marked = account.positions.iter();
            let value: Money =
                marked.map(|(id, q)| venue.mid(id).unwrap() * *q).sum();
            prop_assert_eq!(venue.equity(), Ok(account.cash + value));
        }
    }

    /// What the sender heard adds up to what the account has.
    #[test]
    fn the_reports_are_the_account(acts in acts(), seed in any::<u64>()) {
        let (mut venue, _) = venue(partial(seed));
        let (mut now, mut events) = (start(), Vec::new());
        for act in acts.iter().filter(|act| !matches!(act.command, VenueCommand::Query(_))) {
            now = now + Span::from_millis(act.after);
            venue.apply_into(act.command.clone(), now, &mut events);
        }
        // Past the last answer on the wire.
        let fills = venue.book().fills().len();
        venue.advance_into(now + Span::from_millis(80), &mut events);
        let (mut fees, mut quantity, mut heard) = (Money::ZERO, Qty::ZERO, 0);
        for report in reports(&events) {
            if let ExecKind::Trade(fill) = report.kind {
                fees += fill.fee.unwrap();
                quantity += fill.last_qty;
                heard += 1;
            }
        }
        prop_assert!(heard >= fills);
        let told: Vec<_> = venue.book().fills().iter().take(heard).collect();
        prop_assert_eq!(fees, told.iter().map(|f| f.fill.fee.unwrap()).sum::<Money>());
        prop_assert_eq!(quantity, told.iter().map(|f| f.fill.last_qty).sum::<Qty>());
        if heard == venue.book().fills().len() {
            prop_assert_eq!(fees, venue.book().account.fees);
        }
    }

    /// Killed at any quiet instant and rebuilt from tape and clock, the venue goes on as the
    /// unbroken one.
    #[test]
    fn a_tape_gives_back_the_venue(acts in acts(), seed in any::<u64>(), cut in 0_usize..60) {
        let (mut unbroken, events) = venue(partial(seed));
        let (before, after) = acts.split_at(cut.min(acts.len()));
        let mut all = tape(&events);
        all.extend(perform(&mut unbroken, before));
        let now = Some(unbroken.now());
        let mut rebuilt = SyntheticVenue::restore(partial(seed), all, now).unwrap();
        prop_assert_eq!(rebuilt.book(), unbroken.book());
        prop_assert_eq!(rebuilt.adopt_parameters(), vec![]);
        prop_assert_eq!(perform(&mut rebuilt, after), perform(&mut unbroken, after));
    }
}

#[test]
fn new_parameters_leave_the_mids_where_they_are() {
    let (mut old, events) = venue(config(1));
    old.advance(secs(100));
    let mut changed = config(2);
    changed.listings[0].market.sigma = 3.0;
    let now = Some(old.now());
    let mut fresh = SyntheticVenue::restore(changed, tape(&events), now).unwrap();
    let said = fresh.adopt_parameters();
    assert_eq!(tape(&said).len(), 1);
    for symbol in ["AAA", "BBB"] {
        assert_eq!(fresh.mid(&symbol.into()), old.mid(&symbol.into()));
    }
    assert_eq!(fresh.adopt_parameters(), []);
}
