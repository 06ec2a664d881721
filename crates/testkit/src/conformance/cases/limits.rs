//! How much a venue takes, and whose clock it keeps.

use polyfolio_model::{ClOrdId, ExecKind, Qty, Span};
use polyfolio_ports::Link;

use crate::conformance::log::Log;
use crate::conformance::trial::Trial;
use crate::conformance::{Act, Rig, Verdict};

/// Orders in the burst: more than two seconds' worth.
const BURST: usize = 100;

/// What the venue takes in a second.
const MESSAGES_PER_SECOND: u32 = 50;

pub(in crate::conformance) async fn c57_a_burst_is_paced_and_a_cancel_goes_first<R: Rig>(
    rig: &mut R,
) -> Verdict {
    let mut trial = Trial::open(rig).await;
    trial.act(Act::LimitRate(MESSAGES_PER_SECOND)).await?;
    let works = trial.rest(1).await;
    let mut burst: Vec<ClOrdId> = Vec::new();
    for _ in 0..BURST {
        let order = trial.resting_order(1);
        burst.push(trial.place(&order));
    }
    let request = trial.cancel(works);
    let answered = |log: &Log| {
        let is_new = |id: &&ClOrdId| log.says(**id, |kind| *kind == ExecKind::New);
        let all = burst.iter().filter(is_new).count() == BURST;
        (all && !log.answers(request).is_empty()).then_some(())
    };
    trial
        .until("an answer to each of the burst", answered)
        .await;
    let reports: Vec<_> = trial.log.executions().collect();
    let canceled = reports
        .iter()
        .position(|report| matches!(report.kind, ExecKind::Canceled { .. }));
    let last = reports
        .iter()
        .rposition(|report| report.kind == ExecKind::New);
    assert!(canceled < last, "the cancel waited behind the burst");
    let links = trial.log.links();
    assert_eq!(links, [&Link::Ready], "the venue hung up");
    for id in burst {
        assert_eq!(trial.rig.taken(id), 1, "{id}");
    }
    Ok(())
}

pub(in crate::conformance) async fn c58_a_clock_that_is_off_harms_no_order<R: Rig>(
    rig: &mut R,
) -> Verdict {
    for (life, ahead) in [(1, 3_600), (2, -3_600)] {
        rig.act(Act::ClockAhead(Span::from_secs(ahead))).await?;
        let mut trial = Trial::open(rig).await.counting_from(1_000 * life);
        let before = trial.snapshot().await;
        let id = trial.filled(10).await;
        let snapshot = trial.snapshot().await;
        let bought = trial.held(&snapshot) - trial.held(&before);
        assert_eq!(bought, Qty::from(10), "{ahead} seconds ahead");
        assert_eq!(trial.rig.taken(id), 1);
    }
    Ok(())
}
