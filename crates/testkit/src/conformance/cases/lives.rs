//! Wires that end, and wires that take over.

use polyfolio_model::{ExecKind, OrdStatus, Qty, Span};
use polyfolio_ports::Command;

use crate::conformance::trial::{Trial, facts};
use crate::conformance::{Act, Rig, Verdict};

/// A second wire of the process that runs, ready.
async fn second<R: Rig>(rig: &mut R) -> Trial<'_, R> {
    let broker = rig.wire();
    let mut second = Trial::over(rig, broker).counting_from(1_000);
    second.listen();
    second.ready().await;
    second
}

pub(in crate::conformance) async fn c59_a_dropped_wire_is_silent_and_cancels_nothing<R: Rig>(
    rig: &mut R,
) -> Verdict {
    let mut first = Trial::open(rig).await;
    let (id, fills) = (first.rest(10).await, first.rest(4).await);
    first.snapshot().await;
    let (rig, broker, mut ear) = first.into_parts();
    drop(broker);
    rig.act(Act::Fill(fills, Qty::from(4))).await?;
    rig.wait(Span::from_secs(2)).await;
    // What the second wire hears is said after what the first one would have.
    let mut second = second(rig).await;
    let snapshot = second.snapshot().await;
    for (id, status) in [(id, OrdStatus::New), (fills, OrdStatus::Filled)] {
        let [facts] = &facts(&snapshot, id)[..] else {
            panic!("{id}: {snapshot:#?}");
        };
        assert_eq!(facts.status, status);
    }
    let heard = ear.try_recv();
    assert!(heard.is_err(), "said to nobody: {heard:?}");
    Ok(())
}

pub(in crate::conformance) async fn c60_a_new_start_takes_the_place_of_the_old<R: Rig>(
    rig: &mut R,
) -> Verdict {
    let mut first = Trial::open(rig).await;
    let id = first.rest(10).await;
    first.snapshot().await;
    let (rig, mut old, mut ear) = first.into_parts();
    let mut second = second(rig).await;
    let order = second.resting_order(3);
    let new = order.cl_ord_id;
    let sent = old.send(Command::New(order.clone()));
    assert!(sent.is_err(), "a wire that was replaced still sends");
    second.place(&order);
    let is_new = |kind: &ExecKind| *kind == ExecKind::New;
    second.hear(new, "acknowledgement", is_new).await;
    // The end of the old wire is not the end of the new one.
    drop(old);
    let request = second.cancel(id);
    second.answer(request).await;
    let heard = ear.try_recv();
    assert!(heard.is_err(), "the old wire still hears: {heard:?}");
    assert_eq!(second.rig.taken(new), 1);
    Ok(())
}
