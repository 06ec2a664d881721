//! A process that dies, at whatever moment, and the next one that finishes its run: the same
//! targets, and at most one order per id on the venue's tape.

use std::sync::Arc;

use polyfolio_actors::order_router::Keep;
use polyfolio_oms::events::Event;
use polyfolio_store::MemoryJournal;

use crate::harness::{Setup, qty};
use crate::orders::assert_one_order_per_id;
use crate::venue::Fate;

#[actix::test]
async fn whenever_a_process_dies_the_next_one_finishes_its_run() {
    let mut deaths = 0;
    while dies_and_is_finished(deaths + 1).await {
        deaths += 1;
    }
    assert!(deaths > 30, "a run has more events than {deaths}");
}

/// Whether the run was long enough to die in.
async fn dies_and_is_finished(nth: usize) -> bool {
    let journal = MemoryJournal::new(7);
    let mut setup = Setup {
        journal: Arc::new(journal.clone()),
        // The next process begins with a snapshot of what this one leaves, the one behind it on it.
        keep: Keep {
            every: 1,
            all: false,
        },
        ..Setup::new()
    };
    setup.max_child = Some(qty(200));
    let fates = [
        Fate::Half,
        Fate::Unheard,
        Fate::Fill,
        Fate::NotSent,
        Fate::Lost,
        Fate::Rest,
    ];
    setup.venue.fates(fates);
    let died = setup.run_and_die(nth).await.is_none();
    // Also in the recovery, wherever it is then.
    let reopened = journal.reopen();
    setup.journal = Arc::new(reopened.clone());
    setup.run_and_die(1 + nth % 7).await;
    let journal = reopened;

    setup.journal = Arc::new(journal.reopen());
    let venue = setup.venue.clone();
    setup.on_event = Arc::new(move |event| {
        if matches!(event, Event::Reconciled(_)) {
            venue.fill_all();
        }
    });
    let finished = setup.run().await;
    finished.is_done();
    assert_eq!(
        setup.venue.position("AAA"),
        qty(1_000),
        "died at event {nth}"
    );
    assert_one_order_per_id(&setup.venue);
    died
}
