//! What the router shows of its book: never more than the journal holds.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::mpsc::{TryRecvError, channel};

use polyfolio_actors::messages::RouterCommand;
use polyfolio_actors::order_router::{Decide, Keep, ObserveBook, OrderRouter};
use polyfolio_actors::switchboard::Switchboard;
use polyfolio_portfolio::TradingState;
use polyfolio_ports::{Blob, BoxFuture, Journal, JournalError, Seq};
use polyfolio_store::MemoryJournal;
use tokio::sync::watch;

use crate::around::{Around, Wrapped};
use crate::harness::router_config;
use crate::parts::{clock, put, until};

/// A journal that is not done before it is told.
struct Held {
    journal: MemoryJournal,
    asked: watch::Sender<bool>,
    go_on: watch::Sender<bool>,
}

impl Around for Held {
    fn journal(&self) -> &MemoryJournal {
        &self.journal
    }

    fn append(&self, batch: Vec<Blob>) -> BoxFuture<Result<Seq, JournalError>> {
        self.asked.send_replace(true);
        let mut go_on = self.go_on.subscribe();
        let written = self.journal.append(batch);
        Box::pin(async move {
            // Its sender lives as long as the journal.
            let _ = go_on.wait_for(|go_on| *go_on).await;
            written.await
        })
    }
}

#[actix::test]
async fn a_halt_is_shown_when_it_is_durable_and_not_before() {
    let held = Arc::new(Wrapped(Held {
        journal: MemoryJournal::new(7),
        asked: watch::Sender::new(false),
        go_on: watch::Sender::new(false),
    }));
    let clock = clock();
    let board = Arc::new(Switchboard::new(clock.clone(), []));
    let journal: Arc<dyn Journal> = held.clone();
    let router = OrderRouter::recover(
        journal,
        router_config(),
        clock,
        board,
        Arc::new(|_| {}),
        Keep::default(),
    );
    let router = put(64, router.unwrap());
    let halt = RouterCommand::SetTrading(TradingState::Halted, "a test".to_owned());
    router.send(Decide(halt)).await.unwrap();
    until(|| *held.0.asked.borrow()).await;

    let (answer, shown) = channel();
    let durable = true;
    router.send(ObserveBook { answer, durable }).await.unwrap();
    assert_eq!(shown.try_recv().err(), Some(TryRecvError::Empty));
    let (answer, ahead) = channel();
    let durable = false;
    router.send(ObserveBook { answer, durable }).await.unwrap();
    let (book, _) = ahead.try_recv().unwrap();
    assert_eq!(book.trading().0, TradingState::Halted, "it is decided");

    held.0.go_on.send_replace(true);
    let answered = RefCell::new(None);
    until(|| {
        *answered.borrow_mut() = shown.try_recv().ok();
        answered.borrow().is_some()
    })
    .await;
    let (book, _) = answered.take().unwrap();
    assert_eq!(book.trading().0, TradingState::Halted);
    assert_eq!(held.replay(1, &mut |_, _| {}).unwrap(), 1);
}
