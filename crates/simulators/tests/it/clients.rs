//! Who may connect, what a connection begins with, and what time it is.

use ibapi::Error;

use crate::common::{Venue, config, soon};
use polyfolio_simulators::tws::GatewayConfig;

#[tokio::test]
async fn a_connection_begins_with_accounts_the_next_id_and_the_farms() {
    let venue = Venue::open().await;
    let mut trader = venue.client(7).await;
    let client = &trader.client;
    assert_eq!(client.server_version(), 226);
    assert_eq!(client.handshake_managed_accounts(), ["DU1234567"]);
    assert_eq!(client.next_order_id(), 1);
    let connected = client.connection_time().map(|time| time.unix_timestamp());
    assert_eq!(connected, Some(1_669_928_405));
    for code in [2104, 2106, 2158] {
        assert_eq!(trader.notice().await.code, code);
    }
}

#[tokio::test]
async fn the_older_of_two_versions_is_spoken() {
    let older = GatewayConfig {
        version_max: 213,
        ..config()
    };
    let venue = Venue::of(older).await;
    assert_eq!(venue.client(1).await.client.server_version(), 213);
}

#[tokio::test]
async fn accounts_ids_and_both_times_are_told_on_request() {
    let venue = Venue::open().await;
    let trader = venue.client(1).await;
    let client = &trader.client;
    assert_eq!(
        soon("accounts", client.managed_accounts()).await.unwrap(),
        ["DU1234567"]
    );
    assert_eq!(
        soon("an id", client.next_valid_order_id()).await.unwrap(),
        1
    );
    let time = soon("the time", client.server_time()).await.unwrap();
    assert_eq!(time.unix_timestamp(), 1_669_928_405);
    venue.clock.pass(polyfolio_model::Span::from_millis(1_250));
    let time = soon("the time", client.server_time_millis()).await.unwrap();
    assert_eq!(time.unix_timestamp_nanos(), 1_669_928_406_250_000_000);
}

/// Several clients at once; an id that is held is refused until its holder is gone.
#[tokio::test]
async fn a_held_client_id_is_refused_and_free_again_afterwards() {
    let venue = Venue::open().await;
    let first = venue.client(1).await;
    let second = venue.client(2).await;
    match venue.try_connect(1).await {
        Err(Error::ClientIdInUse { client_id: 1 }) => {}
        other => panic!("{:?}", other.map(|_| "connected")),
    }
    // Neither of those who were there noticed.
    soon("the time", first.client.server_time()).await.unwrap();
    soon("the time", second.client.server_time()).await.unwrap();
    first.client.disconnect().await;
    drop(first);
    let again = venue.client_again(1).await;
    soon("the time", again.client.server_time()).await.unwrap();
}

/// Dropped, the gateway is gone for everybody at once.
#[tokio::test]
async fn a_gateway_that_is_dropped_hangs_up() {
    let venue = Venue::open().await;
    let mut trader = venue.client(1).await;
    drop(venue.gateway);
    let ended = async {
        while let Some(notice) = trader.notices.next().await {
            if notice.code == -8 {
                return;
            }
        }
    };
    soon("the end of the connection", ended).await;
    let asked = soon("a refusal", trader.client.server_time()).await;
    assert!(asked.is_err());
}
