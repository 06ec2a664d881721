//! Everything a broker knows: whole, or an honest failure.

use polyfolio_model::{OrdStatus, Qty};

use crate::conformance::log::Log;
use crate::conformance::trial::{Trial, bought, facts};
use crate::conformance::{Act, Rig, Verdict};

pub(in crate::conformance) async fn c38_a_snapshot_is_everything<R: Rig>(rig: &mut R) -> Verdict {
    let mut trial = Trial::open(rig).await;
    let empty = trial.snapshot().await;
    assert_eq!((&empty.orders[..], &empty.fills[..]), (&[][..], &[][..]));
    let filled = trial.filled(10).await;
    trial.until("fee", |log| log.fees(filled)).await;
    let rests = trial.rest(4).await;
    let canceled = trial.rest(5).await;
    let request = trial.cancel(canceled);
    trial.answer(request).await;
    let snapshot = trial.snapshot().await;
    for (id, status, quantity, cum) in [
        (filled, OrdStatus::Filled, 10, 10),
        (rests, OrdStatus::New, 4, 0),
        (canceled, OrdStatus::Canceled, 5, 0),
    ] {
        let [facts] = &facts(&snapshot, id)[..] else {
            panic!("{id}: {snapshot:#?}");
        };
        assert_eq!(facts.status, status);
        let expect = (Qty::from(quantity), Qty::from(cum));
        assert_eq!((facts.order_qty, facts.cum_qty), expect);
    }
    assert_eq!(snapshot.orders.len(), 3, "{snapshot:#?}");
    assert_eq!(bought(&snapshot, filled), Qty::from(10));
    assert_eq!(trial.held(&snapshot), Qty::from(10));
    let (Some(cash), Some(nav)) = (snapshot.cash, snapshot.nav) else {
        panic!("no cash or no value: {snapshot:#?}");
    };
    assert!(cash.is_positive() && nav > cash, "{cash} of {nav}");
    let told = trial.log.trades(filled);
    for fill in &snapshot.fills {
        assert_eq!(
            told.get(&fill.fill.exec_id).map(|told| told.last_px),
            Some(fill.fill.last_px)
        );
        let reaches = snapshot.reaches_back_to.is_none_or(|to| to <= fill.time);
        assert!(reaches, "{:?} {fill:?}", snapshot.reaches_back_to);
    }
    Ok(())
}

pub(in crate::conformance) async fn c39_twice_is_once<R: Rig>(rig: &mut R) -> Verdict {
    let mut trial = Trial::open(rig).await;
    let filled = trial.filled(10).await;
    trial.until("fee", |log| log.fees(filled)).await;
    trial.rest(4).await;
    let once = trial.snapshot().await;
    assert_eq!(trial.snapshot().await, once);
    trial.restart().await;
    assert_eq!(trial.snapshot().await, once);
    Ok(())
}

pub(in crate::conformance) async fn c40_every_request_has_one_answer<R: Rig>(
    rig: &mut R,
) -> Verdict {
    let mut trial = Trial::open(rig).await;
    trial.rest(4).await;
    let asked: Vec<u64> = (0..5).map(|_| trial.ask().0).collect();
    let all = |log: &Log| (log.snapshots().len() >= 5).then_some(());
    trial.until("five answers", all).await;
    trial.snapshot().await;
    let answers = trial.log.snapshots();
    let mut ids: Vec<u64> = answers.iter().map(|(id, _)| *id).collect();
    ids.sort_unstable();
    assert_eq!(ids[..5], asked[..]);
    assert_eq!(ids.len(), 6);
    assert!(answers.iter().all(|(_, answer)| answer.is_ok()));
    Ok(())
}

/// The answer to the next snapshot is no snapshot, and the one after it is.
async fn fails_once<R: Rig>(rig: &mut R, act: Act) -> Verdict {
    let mut trial = Trial::open(rig).await;
    let filled = trial.filled(10).await;
    let rests = trial.rest(4).await;
    trial.snapshot().await;
    trial.act(act).await?;
    let asked = trial.ask();
    let answer = trial.snapshot_of(asked).await;
    assert!(answer.is_err(), "{answer:#?}");
    let snapshot = trial.snapshot_at_last().await;
    assert_eq!(bought(&snapshot, filled), Qty::from(10));
    assert_eq!(facts(&snapshot, rests).len(), 1, "{snapshot:#?}");
    assert_eq!(trial.held(&snapshot), Qty::from(10));
    Ok(())
}

pub(in crate::conformance) async fn c41_a_failed_snapshot_is_a_failure<R: Rig>(
    rig: &mut R,
) -> Verdict {
    fails_once(rig, Act::FailNextSnapshot).await
}

pub(in crate::conformance) async fn c42_a_list_that_stops_is_no_shorter_list<R: Rig>(
    rig: &mut R,
) -> Verdict {
    fails_once(rig, Act::CutNextSnapshot).await
}
