//! Orders that are announced before they come: their ids are on disk by then, and whether they come
//! or not, each stays one order.

use polyfolio_model::ClOrdId;
use polyfolio_ports::{Broker, Command};

use crate::common::{Desk, Venue, config, id};
use crate::relay::Relay;

impl Desk {
    /// Announces orders; their ids are on disk when this returns.
    async fn prepare(&mut self, children: &[u32]) {
        let ids: Vec<ClOrdId> = children.iter().map(|child| id(*child)).collect();
        self.send(Command::Prepare(ids));
        // What is answered later was taken later.
        self.snapshot().await.unwrap();
    }

    /// Which order id each order has on disk, as the lines stand there.
    fn ids_on_disk(&self) -> Vec<(String, i64)> {
        let text = std::fs::read_to_string(self.dir.path().join("ids.jsonl")).unwrap();
        let lines = text.lines().map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            let order = &line["order"];
            Some((
                order["id"].as_str()?.to_owned(),
                order["order_id"].as_i64()?,
            ))
        });
        lines.flatten().collect()
    }
}

fn pairs(expect: &[(u32, i64)]) -> Vec<(String, i64)> {
    let pair = |(child, order_id): &(u32, i64)| (id(*child).to_string(), *order_id);
    expect.iter().map(pair).collect()
}

#[tokio::test]
async fn an_announced_order_leaves_under_the_id_that_is_on_disk() {
    let venue = Venue::open().await;
    let mut desk = venue.desk().await;
    desk.prepare(&[1, 2]).await;
    assert_eq!(desk.ids_on_disk(), pairs(&[(1, 1), (2, 2)]));
    desk.buy(1, 10, Some("99.00"));
    desk.hears(&["1 PendingNew", "1 New"]).await;
    desk.buy(2, 10, Some("99.00"));
    desk.hears(&["2 PendingNew", "2 New"]).await;
    // One that nobody announced has the next.
    desk.buy(3, 10, Some("99.00"));
    desk.hears(&["3 PendingNew", "3 New"]).await;
    assert_eq!(desk.ids_on_disk(), pairs(&[(1, 1), (2, 2), (3, 3)]));
    assert_eq!(desk.snapshot().await.unwrap().orders.len(), 3);
}

/// The announcement itself is no order, and one that is announced again keeps its id.
#[tokio::test]
async fn an_announcement_sends_nothing() {
    let venue = Venue::open().await;
    let mut desk = venue.desk().await;
    desk.prepare(&[1]).await;
    desk.prepare(&[1, 2]).await;
    assert_eq!(desk.snapshot().await.unwrap().orders, []);
    assert_eq!(desk.ids_on_disk(), pairs(&[(1, 1), (2, 2)]));
}

/// Killed while the journal wrote: the next process has the order under the id it was given.
#[tokio::test]
async fn an_order_that_was_announced_before_a_crash_is_one_order_after_it() {
    let venue = Venue::open().await;
    let mut desk = venue.desk().await;
    desk.prepare(&[1]).await;
    let mut desk = desk.restarted();
    desk.settled().await;
    desk.buy(1, 10, Some("99.00"));
    desk.hears(&["1 PendingNew", "1 New"]).await;
    desk.buy(1, 10, Some("99.00"));
    desk.hears(&["1 New"]).await;
    assert_eq!(desk.ids_on_disk(), pairs(&[(1, 1)]));
    assert_eq!(desk.snapshot().await.unwrap().orders.len(), 1);
}

/// The same, and another order left before it: its id is never taken any more, and it gets a new
/// one as any lost order does.
#[tokio::test]
async fn an_announced_order_that_was_overtaken_leaves_under_a_new_id() {
    let venue = Venue::open().await;
    let mut desk = venue.desk().await;
    desk.prepare(&[1]).await;
    let mut desk = desk.restarted();
    desk.settled().await;
    desk.buy(2, 5, Some("99.00"));
    desk.hears(&["2 PendingNew", "2 New"]).await;
    desk.buy(1, 10, Some("99.00"));
    desk.hears(&["1 PendingNew", "1 New"]).await;
    desk.notice("leaves under 3").await;
    assert_eq!(desk.ids_on_disk(), pairs(&[(1, 1), (2, 2), (1, 3)]));
    assert_eq!(desk.snapshot().await.unwrap().orders.len(), 2);
}

/// Its id is on disk, and still no byte of it has left: the answer is definite.
#[tokio::test]
async fn an_announced_order_that_cannot_leave_is_refused() {
    let venue = Venue::open().await;
    let mut desk = venue.desk().await;
    desk.prepare(&[1]).await;
    desk.buy(1, 10, Some("99.905"));
    desk.hears(&["1 rejected: Tick"]).await;
}

#[tokio::test]
async fn nothing_is_prepared_for_a_connection_that_is_gone() {
    let venue = Venue::open().await;
    let relay = Relay::to(venue.gateway.address()).await;
    let mut desk = Desk::open(config(relay.address), venue.clock.clone());
    desk.ready().await;
    relay.set_closed(true);
    desk.down().await;
    let refused = desk.broker.send(Command::Prepare(vec![id(1)]));
    assert!(refused.is_err());
    relay.set_closed(false);
    desk.ready().await;
    desk.snapshot().await.unwrap();
    assert_eq!(desk.ids_on_disk(), []);
}
