//! A client of bare messages, which hears every one in its order and nothing of its own accord.

use polyfolio_simulators::tws::frame::{self, Frame, FrameBuffer};
use polyfolio_simulators::tws::ids::{Answer, ClientMessageId as Id};
use polyfolio_simulators::tws::messages::*;
use prost::Message;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::common::{Venue, soon};

/// A connection that named itself.
pub(crate) struct Raw {
    socket: TcpStream,
    buffer: FrameBuffer,
}

impl Raw {
    /// Connects, and reads on until all is said that a connection begins with.
    pub(crate) async fn connect(venue: &Venue, client: i32) -> Self {
        let mut raw = Self::dial(venue).await;
        raw.name_itself(client).await;
        while raw.said().await.as_deref() != Some("notice -1 2158") {}
        raw
    }

    /// Connects as far as the greeting.
    pub(crate) async fn dial(venue: &Venue) -> Self {
        let mut socket = TcpStream::connect(venue.gateway.address()).await.unwrap();
        socket.write_all(b"API\0\0\0\0\x09v213..226").await.unwrap();
        let bytes = soon("a greeting", socket.read_u32()).await.unwrap();
        let mut greeting = vec![0; bytes as usize];
        soon("a greeting", socket.read_exact(&mut greeting))
            .await
            .unwrap();
        let buffer = FrameBuffer::default();
        Self { socket, buffer }
    }

    pub(crate) async fn name_itself(&mut self, client: i32) {
        let name = StartApiRequest {
            client_id: Some(client),
            optional_capabilities: None,
        };
        self.send(Id::StartApi, &name).await;
    }

    pub(crate) async fn send(&mut self, id: Id, message: &impl Message) {
        let bytes = frame::encode(id as u32, message).unwrap();
        // Who was hung up on may not be able to send any more.
        let _ = self.socket.write_all(&bytes).await;
    }

    /// A limit order for AAA.
    pub(crate) async fn place(&mut self, id: i32, action: &str, quantity: i32, price: f64) {
        let order = Order {
            action: Some(action.into()),
            total_quantity: Some(quantity.to_string()),
            order_type: Some("LMT".into()),
            lmt_price: Some(price),
            order_ref: Some(format!("ref-{id}")),
            transmit: Some(true),
            ..Order::default()
        };
        let contract = Contract {
            con_id: Some(1_001),
            ..Contract::default()
        };
        let request = PlaceOrderRequest {
            order_id: Some(id),
            contract: Some(contract),
            order: Some(order),
        };
        self.send(Id::PlaceOrder, &request).await;
    }

    pub(crate) async fn cancel(&mut self, id: i32) {
        let request = CancelOrderRequest {
            order_id: Some(id),
            order_cancel: None,
        };
        self.send(Id::CancelOrder, &request).await;
    }

    /// The next message in a few words; `None` when the gateway has hung up.
    pub(crate) async fn said(&mut self) -> Option<String> {
        self.frame().await.as_ref().map(words)
    }

    /// All that was said so far: the gateway answers in order, so what came before the time came
    /// before it.
    pub(crate) async fn all(&mut self) -> Vec<String> {
        self.send(Id::CurrentTime, &CurrentTimeRequest {}).await;
        let mut all = Vec::new();
        while let Some(said) = self.said().await {
            if said.starts_with("time ") {
                return all;
            }
            all.push(said);
        }
        all.push("hung up".into());
        all
    }

    pub(crate) async fn hears(&mut self, expect: &[&str]) {
        assert_eq!(self.all().await, expect);
    }

    /// Nothing more comes: the gateway has hung up.
    pub(crate) async fn is_hung_up_on(&mut self) {
        assert_eq!(self.said().await, None);
    }

    async fn frame(&mut self) -> Option<Frame> {
        loop {
            if let Some(frame) = self.buffer.next_frame().unwrap() {
                return Some(frame);
            }
            let mut bytes = [0; 4_096];
            let read = soon("a message", self.socket.read(&mut bytes)).await;
            // A reset is an end too.
            match read.unwrap_or_default() {
                0 => return None,
                read => self.buffer.push(&bytes[..read]),
            }
        }
    }
}

fn read<M: Answer + Default>(frame: &Frame) -> Option<M> {
    let is_it = frame.id == M::ID;
    is_it.then(|| M::decode(frame.payload.as_slice()).unwrap())
}

fn words(frame: &Frame) -> String {
    if let Some(said) = read::<OrderStatus>(frame) {
        let (id, status) = (said.order_id.unwrap(), said.status.unwrap());
        let (filled, remaining) = (said.filled.unwrap(), said.remaining.unwrap());
        return format!("status {id} {status} {filled}+{remaining}");
    }
    if let Some(said) = read::<ErrorMessage>(frame) {
        return format!("notice {} {}", said.id.unwrap(), said.error_code.unwrap());
    }
    if let Some(said) = read::<OpenOrder>(frame) {
        let status = said.order_state.unwrap().status.unwrap();
        return format!("order {} {status}", said.order_id.unwrap());
    }
    if let Some(said) = read::<ExecutionDetails>(frame) {
        let execution = said.execution.unwrap();
        let (id, shares) = (execution.order_id.unwrap(), execution.shares.unwrap());
        return format!("executed {id} {shares} {}", execution.exec_id.unwrap());
    }
    if let Some(said) = read::<CommissionAndFeesReport>(frame) {
        return format!("cost {}", said.exec_id.unwrap());
    }
    if let Some(said) = read::<TickPrice>(frame) {
        let (kind, price) = (said.tick_type.unwrap(), said.price.unwrap());
        return format!("tick {kind} {price} x {}", said.size.unwrap());
    }
    if let Some(said) = read::<NextValidId>(frame) {
        return format!("next {}", said.order_id.unwrap());
    }
    if let Some(said) = read::<CurrentTime>(frame) {
        return format!("time {}", said.current_time.unwrap());
    }
    if let Some(said) = read::<CompletedOrder>(frame) {
        return format!("completed {}", said.order.unwrap().order_ref.unwrap());
    }
    format!("message {}", frame.id)
}
