//! Orders that trade because somebody says so.

use crate::common::*;
use polyfolio_matching::{SyntheticVenue, Venue, VenueCommand};
use polyfolio_model::{ExecKind, OrdStatus, Qty, RequestId, Side};

#[test]
fn what_is_told_to_trade_trades_at_its_limit_and_the_rest_works_on() {
    let (mut venue, mut events) = venue(config(3));
    // Far from the market: nothing but a word makes it trade.
    events.extend(venue.apply(new(1, Side::Buy, 10, "50"), secs(1)));
    events.extend(venue.advance(secs(2)));
    let before = venue.book().account.clone();
    events.extend(venue.trade_now(id(1), Some(Qty::from(4)), secs(3)));
    let record = venue.book().order(id(1)).unwrap();
    assert_eq!(record.status, OrdStatus::PartiallyFilled);
    assert_eq!(record.cum_qty, Qty::from(4));
    let fill = &venue.book().fills()[0].fill;
    assert_eq!((fill.last_px, fill.last_qty), (50.into(), 4.into()));
    let after = &venue.book().account;
    assert_eq!(after.cash, before.cash - 200.into() - fill.fee.unwrap());
    venue.book().audit().unwrap();

    // What is left can be cancelled, and then there is nothing to trade.
    events.extend(venue.apply(VenueCommand::Cancel(id(1), RequestId(1)), secs(4)));
    events.extend(venue.advance(secs(5)));
    assert!(kinds(&events).iter().any(|kind| matches!(
        kind,
        ExecKind::Canceled { cum_qty: Some(cum), .. } if *cum == Qty::from(4)
    )));
    let executions = venue.book().executions();
    events.extend(venue.trade_now(id(1), None, secs(6)));
    events.extend(venue.trade_now(id(9), None, secs(6)));
    assert_eq!(venue.book().executions(), executions);

    // The tape has it all.
    let again = SyntheticVenue::restore(config(3), tape(&events), Some(secs(6))).unwrap();
    assert_eq!(again.book(), venue.book());
}
