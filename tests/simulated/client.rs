//! A client of bare messages.

use std::io::{Read, Write};
use std::net::TcpStream;

use polyfolio_simulators::tws::frame::{self, Frame, FrameBuffer};
use polyfolio_simulators::tws::ids::{Answer, ClientMessageId as Id};
use polyfolio_simulators::tws::messages::{
    Contract, ExecutionDetails, NextValidId, OpenOrder, Order, PlaceOrderRequest, StartApiRequest,
};

use crate::house::{PATIENCE, Simulator};

pub(crate) struct Client {
    socket: TcpStream,
    buffer: FrameBuffer,
    pub(crate) next_order_id: i32,
}

/// What a client is told that matters here.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Said {
    Order(String),
    Executed(String),
    Other,
}

impl Client {
    pub(crate) fn connect(simulator: &Simulator, client_id: i32) -> Self {
        let mut socket = TcpStream::connect(simulator.listen).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        socket.write_all(b"API\0\0\0\0\x09v213..226").unwrap();
        let mut length = [0; 4];
        socket.read_exact(&mut length).unwrap();
        let mut greeting = vec![0; u32::from_be_bytes(length) as usize];
        socket.read_exact(&mut greeting).unwrap();
        assert!(greeting.starts_with(b"226\0"), "{greeting:?}");
        let name = StartApiRequest {
            client_id: Some(client_id),
            optional_capabilities: None,
        };
        let name = frame::encode(Id::StartApi as u32, &name).unwrap();
        socket.write_all(&name).unwrap();
        let mut client = Self {
            socket,
            buffer: FrameBuffer::default(),
            next_order_id: 0,
        };
        while client.next_order_id == 0 {
            let frame = client.frame().unwrap();
            if let Some(next) = read::<NextValidId>(&frame) {
                client.next_order_id = next.order_id.unwrap();
            }
        }
        client
    }

    /// Sends as many market orders for KO in one go, each with a reference of its own.
    pub(crate) fn buy(&mut self, orders: i32) -> Vec<String> {
        let ids = self.next_order_id..self.next_order_id + orders;
        self.next_order_id += orders;
        let mut bytes = Vec::new();
        let mut names = Vec::new();
        for id in ids {
            let name = format!("order-{id}");
            let order = Order {
                action: Some("BUY".into()),
                total_quantity: Some("3".into()),
                order_type: Some("MKT".into()),
                order_ref: Some(name.clone()),
                transmit: Some(true),
                ..Order::default()
            };
            let contract = Contract {
                symbol: Some("KO".into()),
                sec_type: Some("STK".into()),
                exchange: Some("SMART".into()),
                currency: Some("USD".into()),
                ..Contract::default()
            };
            let request = PlaceOrderRequest {
                order_id: Some(id),
                contract: Some(contract),
                order: Some(order),
            };
            bytes.extend(frame::encode(Id::PlaceOrder as u32, &request).unwrap());
            names.push(name);
        }
        self.socket.write_all(&bytes).unwrap();
        names
    }

    /// The next thing that is said; `None` at the end of the connection.
    pub(crate) fn hear(&mut self) -> Option<Said> {
        let frame = self.frame()?;
        if let Some(told) = read::<OpenOrder>(&frame) {
            return Some(Said::Order(told.order.unwrap().order_ref.unwrap()));
        }
        if let Some(told) = read::<ExecutionDetails>(&frame) {
            return Some(Said::Executed(told.execution.unwrap().exec_id.unwrap()));
        }
        Some(Said::Other)
    }

    fn frame(&mut self) -> Option<Frame> {
        loop {
            if let Some(frame) = self.buffer.next_frame().unwrap() {
                return Some(frame);
            }
            let mut bytes = [0; 4_096];
            // A reset is an end too.
            match self.socket.read(&mut bytes) {
                Ok(0) => return None,
                Ok(read) => self.buffer.push(&bytes[..read]),
                Err(fault) if fault.kind() == std::io::ErrorKind::ConnectionReset => return None,
                Err(fault) => panic!("{fault}"),
            }
        }
    }
}

fn read<M: Answer + Default>(frame: &Frame) -> Option<M> {
    let is_it = frame.id == M::ID;
    is_it.then(|| M::decode(frame.payload.as_slice()).unwrap())
}
