//! Reports that come twice, or in another order.

use polyfolio_model::{OrdStatus, Qty};

use crate::conformance::trial::Trial;
use crate::conformance::{Act, Rig, Verdict};

pub(in crate::conformance) async fn c30_a_trade_told_twice_has_one_id<R: Rig>(
    rig: &mut R,
) -> Verdict {
    let mut trial = Trial::open(rig).await;
    let id = trial.rest(10).await;
    trial.act(Act::DuplicateExecution).await?;
    trial.act(Act::Fill(id, Qty::from(4))).await?;
    trial.hear_traded(id, 4).await;
    let snapshot = trial.snapshot().await;
    assert_eq!(trial.log.trades(id).len(), 1, "{:#?}", trial.log);
    assert_eq!(snapshot.fills.len(), 1, "{:#?}", snapshot.fills);
    let told = trial.log.told_trades(id);
    assert!(told.iter().all(|fill| fill.last_qty == Qty::from(4)));
    assert_eq!(trial.held(&snapshot), Qty::from(4));
    Ok(())
}

pub(in crate::conformance) async fn c31_trades_out_of_order_all_arrive<R: Rig>(
    rig: &mut R,
) -> Verdict {
    let mut trial = Trial::open(rig).await;
    let id = trial.rest(10).await;
    trial.act(Act::ReorderExecutions).await?;
    for part in [4, 6] {
        trial.act(Act::Fill(id, Qty::from(part))).await?;
    }
    trial.hear_traded(id, 10).await;
    let facts = trial.listed(id).await;
    assert_eq!(
        (facts.status, facts.cum_qty),
        (OrdStatus::Filled, Qty::from(10))
    );
    assert_eq!(trial.log.trades(id).len(), 2, "{:#?}", trial.log);
    trial.until("the fee of each", |log| log.fees(id)).await;
    Ok(())
}
