//! What a connection is answered that is no client's, in bytes.

use polyfolio_simulators::tws::frame;
use polyfolio_simulators::tws::messages::{
    Contract, ContractDataRequest, ErrorMessage, Order, PlaceOrderRequest, StartApiRequest,
};
use prost::Message;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::common::{Venue, soon};

async fn dial(venue: &Venue) -> TcpStream {
    TcpStream::connect(venue.gateway.address()).await.unwrap()
}

fn hello(versions: &str) -> Vec<u8> {
    let mut bytes = b"API\0".to_vec();
    bytes.extend((versions.len() as u32).to_be_bytes());
    bytes.extend(versions.bytes());
    bytes
}

async fn body(socket: &mut TcpStream) -> Vec<u8> {
    let bytes = soon("a length", socket.read_u32()).await.unwrap();
    let mut body = vec![0; bytes as usize];
    soon("a frame", socket.read_exact(&mut body)).await.unwrap();
    body
}

async fn is_hung_up_on(socket: &mut TcpStream) {
    let mut rest = Vec::new();
    // A reset is an end too.
    let _ = soon("the end", socket.read_to_end(&mut rest)).await;
    assert_eq!(rest, b"");
}

#[tokio::test]
async fn the_handshake_is_text_without_a_message_id() {
    let venue = Venue::open().await;
    let mut socket = dial(&venue).await;
    // One byte at a time: the hello is whole when it is whole.
    for byte in hello("v213..220 +PACEAPI") {
        socket.write_all(&[byte]).await.unwrap();
    }
    assert_eq!(body(&mut socket).await, b"220\x0020221201 21:00:05 UTC\0");
}

#[tokio::test]
async fn a_client_without_protobuf_is_refused() {
    let venue = Venue::open().await;
    for versions in ["v100..212", "v227..300"] {
        let mut socket = dial(&venue).await;
        socket.write_all(&hello(versions)).await.unwrap();
        let refusal = body(&mut socket).await;
        assert_eq!(
            refusal, b"4\x002\0-1\x00506\0Unsupported version\0",
            "{versions}"
        );
        is_hung_up_on(&mut socket).await;
    }
}

#[tokio::test]
async fn what_speaks_something_else_is_hung_up_on() {
    let venue = Venue::open().await;
    let mut socket = dial(&venue).await;
    socket.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    is_hung_up_on(&mut socket).await;
}

/// A connection past its hello.
async fn greeted(venue: &Venue) -> TcpStream {
    let mut socket = dial(venue).await;
    socket.write_all(&hello("v213..226")).await.unwrap();
    body(&mut socket).await;
    socket
}

/// A connection of client 9, past all that it begins with. The id may still be held by one that is
/// ending.
async fn named(venue: &Venue) -> TcpStream {
    for _ in 0..1_000 {
        let mut socket = greeted(venue).await;
        let name = StartApiRequest {
            client_id: Some(9),
            optional_capabilities: None,
        };
        let name = frame::encode(71, &name).unwrap();
        socket.write_all(&name).await.unwrap();
        // Either the accounts, or that the id is in use.
        if body(&mut socket).await[..4] == 204_u32.to_be_bytes() {
            tokio::task::yield_now().await;
            continue;
        }
        for id in [209_u32, 204, 204, 204] {
            assert_eq!(body(&mut socket).await[..4], id.to_be_bytes());
        }
        return socket;
    }
    panic!("client id 9 stays in use");
}

#[tokio::test]
async fn a_client_names_itself_first() {
    let venue = Venue::open().await;
    let mut socket = greeted(&venue).await;
    let name = StartApiRequest::default();
    socket
        .write_all(&frame::encode(49, &name).unwrap())
        .await
        .unwrap();
    is_hung_up_on(&mut socket).await;
}

#[tokio::test]
async fn a_message_that_is_not_understood_is_answered_and_the_next_one_served() {
    let venue = Venue::open().await;
    let mut socket = named(&venue).await;
    let nothing = StartApiRequest::default();
    socket
        .write_all(&frame::encode(66, &nothing).unwrap())
        .await
        .unwrap();
    // An order whose first field breaks off.
    socket
        .write_all(&[0, 0, 0, 5, 0, 0, 0, 203, 0x08])
        .await
        .unwrap();
    socket
        .write_all(&frame::encode(49, &nothing).unwrap())
        .await
        .unwrap();
    for code in [505, 320] {
        let error = ErrorMessage::decode(&body(&mut socket).await[4..]).unwrap();
        assert_eq!((error.id, error.error_code), (Some(-1), Some(code)));
    }
    assert_eq!(body(&mut socket).await[..4], 249_u32.to_be_bytes());
}

#[tokio::test]
async fn a_stream_that_lost_step_is_hung_up_on() {
    let venue = Venue::open().await;
    let mut socket = named(&venue).await;
    socket.write_all(&[0xff; 64]).await.unwrap();
    is_hung_up_on(&mut socket).await;
}

/// A client that asks and does not read is hung up on; everybody else is served meanwhile.
#[tokio::test]
async fn a_client_that_does_not_read_is_hung_up_on() {
    let venue = Venue::open().await;
    let other = venue.client(1).await;
    let mut socket = named(&venue).await;
    let asks = ContractDataRequest {
        req_id: Some(1),
        contract: Some(Contract {
            con_id: Some(1_001),
            ..Contract::default()
        }),
    };
    let asks = frame::encode(9, &asks).unwrap().repeat(1_000);
    let mut was_hung_up_on = false;
    for _ in 0..200 {
        let written = soon("a write", socket.write_all(&asks)).await;
        soon("the time", other.client.server_time()).await.unwrap();
        was_hung_up_on = written.is_err();
        if was_hung_up_on {
            break;
        }
    }
    assert!(was_hung_up_on);
    drop(socket);
    let again = venue.client_again(9).await;
    soon("the time", again.client.server_time()).await.unwrap();
}

/// An order of which the last byte is missing was never placed; the same with it was.
#[tokio::test]
async fn half_an_order_is_none() {
    let venue = Venue::open().await;
    let other = venue.client(1).await;
    let request = PlaceOrderRequest {
        order_id: Some(1),
        contract: Some(Contract {
            con_id: Some(1_001),
            ..Contract::default()
        }),
        order: Some(Order {
            action: Some("BUY".into()),
            total_quantity: Some("1".into()),
            order_type: Some("LMT".into()),
            lmt_price: Some(90.0),
            transmit: Some(true),
            ..Order::default()
        }),
    };
    let whole = frame::encode(3, &request).unwrap();
    for (bytes, placed) in [(&whole[..whole.len() - 1], 0), (&whole[..], 1)] {
        let mut socket = named(&venue).await;
        socket.write_all(bytes).await.unwrap();
        drop(socket);
        // The id is free again once all that was sent is read.
        drop(named(&venue).await);
        let open = other.client.all_open_orders().await.unwrap();
        assert_eq!(crate::lists::open(open).await.len(), placed);
    }
}

#[tokio::test]
async fn there_are_so_many_connections_and_no_more() {
    let venue = Venue::open().await;
    let mut held = Vec::new();
    for _ in 0..32 {
        held.push(greeted(&venue).await);
    }
    is_hung_up_on(&mut dial(&venue).await).await;
}
