//! Orders that trade.

use polyfolio_model::{ExecKind, OrdStatus, OrdType, Price, Qty, TimeInForce};

use crate::conformance::log::{Log, ends};
use crate::conformance::trial::{Trial, bought, facts};
use crate::conformance::{Act, Rig, Verdict};

pub(in crate::conformance) async fn c06_a_market_order_fills_and_its_fee_comes<R: Rig>(
    rig: &mut R,
) -> Verdict {
    let mut trial = Trial::open(rig).await;
    let before = trial.snapshot().await;
    let id = trial.filled(10).await;
    let fee = trial.until("fee", |log: &Log| log.fees(id)).await;
    let after = trial.snapshot().await;
    let held = trial.held(&after) - trial.held(&before);
    assert_eq!(held, Qty::from(10));
    let [facts] = &facts(&after, id)[..] else {
        panic!("{after:#?}");
    };
    assert_eq!(facts.status, OrdStatus::Filled);
    assert_eq!((facts.order_qty, facts.cum_qty), (held, held));
    assert_eq!(bought(&after, id), held);
    let trades = trial.log.trades(id);
    let paid: polyfolio_model::Money = trades.values().map(|f| f.last_px * f.last_qty).sum();
    if let (Some(had), Some(has)) = (before.cash, after.cash) {
        assert_eq!(had - has, paid + fee);
    }
    Ok(())
}

pub(in crate::conformance) async fn c07_a_limit_is_kept<R: Rig>(rig: &mut R) -> Verdict {
    let mut trial = Trial::open(rig).await;
    let limit = trial.market.ask;
    let order = trial.order(10, OrdType::Limit(limit));
    let id = trial.place(&order);
    trial.hear_traded(id, 10).await;
    for fill in trial.log.trades(id).values() {
        assert!(fill.last_px <= limit, "{fill:?}");
    }
    Ok(())
}

pub(in crate::conformance) async fn c08_partial_fills_add_up<R: Rig>(rig: &mut R) -> Verdict {
    let mut trial = Trial::open(rig).await;
    let id = trial.rest(10).await;
    let limit = trial.low();
    for (part, sum) in [(3, 3), (2, 5)] {
        trial.act(Act::Fill(id, Qty::from(part))).await?;
        trial.hear_traded(id, sum).await;
        let facts = trial.listed(id).await;
        assert_eq!(facts.status, OrdStatus::PartiallyFilled, "{facts:?}");
        assert_eq!(facts.cum_qty, Qty::from(sum));
    }
    trial.act(Act::Fill(id, Qty::from(5))).await?;
    trial.hear_traded(id, 10).await;
    let facts = trial.listed(id).await;
    assert_eq!(
        (facts.status, facts.cum_qty),
        (OrdStatus::Filled, Qty::from(10))
    );
    let trades = trial.log.trades(id);
    assert_eq!(trades.len(), 3, "{trades:#?}");
    let prices: Vec<Price> = trades.values().map(|fill| fill.last_px).collect();
    assert_eq!(prices, [limit; 3]);
    trial.until("the fee of each", |log| log.fees(id)).await;
    Ok(())
}

pub(in crate::conformance) async fn c09_what_cannot_trade_at_once_is_canceled<R: Rig>(
    rig: &mut R,
) -> Verdict {
    let mut trial = Trial::open(rig).await;
    let mut order = trial.resting_order(10);
    order.time_in_force = TimeInForce::ImmediateOrCancel;
    let id = trial.place(&order);
    trial.hear(id, "end of the order", ends).await;
    let rejected = |kind: &ExecKind| matches!(kind, ExecKind::Rejected { .. });
    assert!(!trial.log.says(id, rejected), "{:#?}", trial.log);
    let mut order = trial.order(10, OrdType::Limit(trial.market.ask));
    order.time_in_force = TimeInForce::ImmediateOrCancel;
    let trades = trial.place(&order);
    trial.hear_traded(trades, 10).await;
    let snapshot = trial.snapshot().await;
    let open = snapshot.orders.iter().filter(|order| order.is_open());
    assert_eq!(open.count(), 0, "{snapshot:#?}");
    assert_eq!(bought(&snapshot, id), Qty::ZERO);
    Ok(())
}

pub(in crate::conformance) async fn c10_day_and_lasting_orders_rest<R: Rig>(
    rig: &mut R,
) -> Verdict {
    let mut trial = Trial::open(rig).await;
    for time_in_force in [TimeInForce::Day, TimeInForce::GoodTillCancel] {
        let mut order = trial.resting_order(10);
        order.time_in_force = time_in_force;
        let id = trial.place(&order);
        trial
            .hear(id, "acknowledgement", |k| *k == ExecKind::New)
            .await;
        let facts = trial.listed(id).await;
        assert_eq!(facts.status, OrdStatus::New, "{time_in_force:?}");
        assert_eq!(facts.price, Some(trial.low()));
    }
    Ok(())
}

pub(in crate::conformance) async fn c11_a_day_order_ends_with_the_day<R: Rig>(
    rig: &mut R,
) -> Verdict {
    let mut trial = Trial::open(rig).await;
    let mut order = trial.resting_order(10);
    order.time_in_force = TimeInForce::Day;
    let day = trial.place(&order);
    trial
        .hear(day, "acknowledgement", |k| *k == ExecKind::New)
        .await;
    let lasts = trial.rest(10).await;
    trial.act(Act::EndDay).await?;
    trial.hear(day, "end of the day order", ends).await;
    let snapshot = trial.snapshot().await;
    assert!(facts(&snapshot, day).iter().all(|order| !order.is_open()));
    let [lasting] = &facts(&snapshot, lasts)[..] else {
        panic!("{snapshot:#?}");
    };
    assert!(lasting.is_open(), "{lasting:?}");
    Ok(())
}
