//! Connections: how a session begins and ends, and what is heard of the time between.

use polyfolio_model::{ClOrdId, OrdStatus, Qty, RequestId};
use polyfolio_ports::{Command, Link, Report, Snapshot};

use crate::conformance::log::Log;
use crate::conformance::trial::{Trial, bought, facts};
use crate::conformance::{Act, Rig, Verdict};

pub(in crate::conformance) async fn c43_ready_is_the_first_word<R: Rig>(rig: &mut R) -> Verdict {
    let mut trial = Trial::open(rig).await;
    trial.rest(4).await;
    for _ in 0..2 {
        let first = trial.log.reports().first();
        assert_eq!(first, Some(&Report::Link(Link::Ready)));
        trial.restart().await;
        trial.snapshot().await;
    }
    Ok(())
}

pub(in crate::conformance) async fn c44_nothing_is_sent_before_the_start<R: Rig>(
    rig: &mut R,
) -> Verdict {
    let broker = rig.start();
    let mut trial = Trial::over(rig, broker);
    let order = trial.resting_order(10);
    let id = order.cl_ord_id;
    assert!(trial.send(Command::New(order)).is_err());
    trial.listen();
    trial.ready().await;
    let snapshot = trial.snapshot().await;
    assert_eq!(facts(&snapshot, id), []);
    assert_eq!(trial.rig.taken(id), 0);
    Ok(())
}

/// Every kind of command that trades is refused at the door, and nothing of it arrives later.
async fn nothing_leaves<R: Rig>(trial: &mut Trial<'_, R>, works: ClOrdId) -> Verdict {
    let order = trial.resting_order(10);
    let new = order.cl_ord_id;
    let request = RequestId(trial.count());
    for command in [Command::New(order), Command::Cancel(works, request)] {
        let sent = trial.send(command.clone());
        assert!(sent.is_err(), "{command:?} was taken while down");
    }
    trial.act(Act::Restore).await?;
    let heard = trial.log.links().len();
    let ready = |log: &Log| {
        let links = log.links();
        let is_up = links.last().is_some_and(|link| **link == Link::Ready);
        (links.len() > heard && is_up).then_some(())
    };
    trial.until("new session", ready).await;
    let snapshot = trial.snapshot().await;
    assert_eq!(facts(&snapshot, new), []);
    assert_eq!(trial.rig.taken(new), 0);
    let [still] = &facts(&snapshot, works)[..] else {
        panic!("{snapshot:#?}");
    };
    assert!(still.is_open(), "{still:?}");
    Ok(())
}

pub(in crate::conformance) async fn c45_down_is_said_and_nothing_is_sent_meanwhile<R: Rig>(
    rig: &mut R,
) -> Verdict {
    let mut trial = Trial::open(rig).await;
    let works = trial.rest(4).await;
    trial.act(Act::Disconnect).await?;
    trial.down().await;
    nothing_leaves(&mut trial, works).await
}

pub(in crate::conformance) async fn c46_silence_is_found_out<R: Rig>(rig: &mut R) -> Verdict {
    let mut trial = Trial::open(rig).await;
    let works = trial.rest(4).await;
    trial.act(Act::Mute).await?;
    trial.down().await;
    nothing_leaves(&mut trial, works).await
}

pub(in crate::conformance) async fn c47_what_was_asked_fails_with_the_connection<R: Rig>(
    rig: &mut R,
) -> Verdict {
    let mut trial = Trial::open(rig).await;
    trial.rest(4).await;
    trial.act(Act::Mute).await?;
    let asked = trial.ask();
    trial.act(Act::Disconnect).await?;
    let answer = trial.snapshot_of(asked).await;
    assert!(answer.is_err(), "{answer:#?}");
    let readies = trial
        .log
        .links()
        .iter()
        .filter(|link| ***link == Link::Ready)
        .count();
    assert_eq!(readies, 1, "the next session had begun: {:#?}", trial.log);
    Ok(())
}

pub(in crate::conformance) async fn c48_missed_fills_are_in_the_next_snapshot<R: Rig>(
    rig: &mut R,
) -> Verdict {
    let mut trial = Trial::open(rig).await;
    let id = trial.rest(10).await;
    trial.act(Act::Disconnect).await?;
    trial.down().await;
    trial.act(Act::Fill(id, Qty::from(10))).await?;
    trial.act(Act::Restore).await?;
    trial.ready_again().await;
    let snapshot = trial.snapshot().await;
    has_filled(&trial, &snapshot, id);
    Ok(())
}

pub(in crate::conformance) async fn c49_fills_between_two_processes_are_in_the_first_snapshot<
    R: Rig,
>(
    rig: &mut R,
) -> Verdict {
    let mut trial = Trial::open(rig).await;
    let id = trial.rest(10).await;
    trial.die();
    trial.act(Act::Fill(id, Qty::from(10))).await?;
    trial.restart().await;
    let snapshot = trial.snapshot().await;
    has_filled(&trial, &snapshot, id);
    Ok(())
}

fn has_filled<R: Rig>(trial: &Trial<'_, R>, snapshot: &Snapshot, id: ClOrdId) {
    assert_eq!(bought(snapshot, id), Qty::from(10), "{snapshot:#?}");
    assert_eq!(trial.held(snapshot), Qty::from(10));
    let [facts] = &facts(snapshot, id)[..] else {
        panic!("{snapshot:#?}");
    };
    assert_eq!(facts.status, OrdStatus::Filled);
}
