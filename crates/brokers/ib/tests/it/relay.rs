//! A line between connector and gateway that can be cut, or swallow what goes one way or both.

use std::net::SocketAddr;
use std::sync::Arc;

use polyfolio_simulators::tws::frame::encode;
use polyfolio_simulators::tws::messages::ErrorMessage;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{broadcast, watch};
use tokio::task::{JoinHandle, JoinSet};

use crate::common::soon;

/// The id of an error message.
const ERROR: u32 = 4;

/// What the line does with bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Line {
    /// Counted: every change cuts what is connected.
    cut: u32,
    /// What the connector says is lost.
    deaf: bool,
    /// What the gateway says is lost.
    mute: bool,
    /// Connections are hung up on at once.
    closed: bool,
}

pub(crate) struct Relay {
    pub(crate) address: SocketAddr,
    line: watch::Sender<Line>,
    /// Bytes that the connector has sent, swallowed or not.
    sent: Arc<watch::Sender<u64>>,
    /// Bytes that the gateway has sent, swallowed or not.
    answered: Arc<watch::Sender<u64>>,
    /// What the gateway is made to say.
    said: broadcast::Sender<Vec<u8>>,
    task: JoinHandle<()>,
}

impl Relay {
    pub(crate) async fn to(gateway: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let line = watch::Sender::new(Line::default());
        let (sent, answered) = (Arc::default(), Arc::default());
        let said = broadcast::Sender::new(16);
        let ends = Ends {
            line: line.subscribe(),
            sent: Arc::clone(&sent),
            answered: Arc::clone(&answered),
            said: said.clone(),
        };
        let task = tokio::spawn(accept(listener, gateway, ends));
        Self {
            address,
            line,
            sent,
            answered,
            said,
            task,
        }
    }

    /// Says something in the gateway's name. The line must be quiet: messages are not to be mixed.
    pub(crate) fn say(&self, id: i32, code: i32, text: &str) {
        let message = ErrorMessage {
            id: Some(id),
            error_time: None,
            error_code: Some(code),
            error_msg: Some(text.to_owned()),
            advanced_order_reject_json: None,
        };
        let frame = encode(ERROR, &message).unwrap();
        self.said.send(frame).unwrap();
    }

    /// Waits until something of the connector comes by here.
    pub(crate) async fn after_a_word(&self) {
        self.after(|| ()).await;
    }

    /// Lets something be sent, and waits until it has come by here.
    pub(crate) async fn after(&self, send: impl FnOnce()) {
        more(&self.sent, send).await;
    }

    /// Lets something be sent, and waits until the gateway has said something to it.
    pub(crate) async fn after_the_answer(&self, send: impl FnOnce()) {
        more(&self.answered, send).await;
    }

    /// Ends every connection; new ones are let through.
    pub(crate) fn cut(&self) {
        self.line.send_modify(|line| line.cut += 1);
    }

    pub(crate) fn set_deaf(&self, deaf: bool) {
        self.line.send_modify(|line| line.deaf = deaf);
    }

    pub(crate) fn set_mute(&self, mute: bool) {
        self.line.send_modify(|line| line.mute = mute);
    }

    /// Ends every connection and lets none through, until it is opened again.
    pub(crate) fn set_closed(&self, closed: bool) {
        self.line.send_modify(|line| {
            line.closed = closed;
            line.cut += 1;
        });
    }
}

async fn more(counted: &watch::Sender<u64>, send: impl FnOnce()) {
    let before = *counted.borrow();
    send();
    let mut counted = counted.subscribe();
    let more = counted.wait_for(|bytes| *bytes > before);
    soon("bytes on the line", more).await.unwrap();
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[derive(Clone)]
struct Ends {
    line: watch::Receiver<Line>,
    sent: Arc<watch::Sender<u64>>,
    answered: Arc<watch::Sender<u64>>,
    said: broadcast::Sender<Vec<u8>>,
}

async fn accept(listener: TcpListener, gateway: SocketAddr, ends: Ends) {
    let mut lines = JoinSet::new();
    loop {
        let (near, _) = listener.accept().await.unwrap();
        if ends.line.borrow().closed {
            continue;
        }
        let ends = ends.clone();
        lines.spawn(async move {
            let Ok(far) = TcpStream::connect(gateway).await else {
                return;
            };
            let (near_in, near_out) = near.into_split();
            let (far_in, far_out) = far.into_split();
            let mut ended = ends.line.clone();
            let cut = ended.borrow_and_update().cut;
            tokio::select! {
                () = up(near_in, far_out, &ends) => {}
                () = down(far_in, near_out, &ends) => {}
                _ = ended.wait_for(|line| line.cut != cut) => {}
            }
        });
    }
}

async fn up(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, ends: &Ends) {
    let mut buffer = vec![0; 16_384];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        let is_swallowed = ends.line.borrow().deaf;
        if !is_swallowed && to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
        ends.sent.send_modify(|sent| *sent += read as u64);
    }
}

async fn down(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, ends: &Ends) {
    let mut buffer = vec![0; 16_384];
    let mut said = ends.said.subscribe();
    loop {
        let bytes = tokio::select! {
            read = from.read(&mut buffer) => match read {
                Ok(read @ 1..) => buffer[..read].to_vec(),
                _ => return,
            },
            said = said.recv() => said.unwrap(),
        };
        let is_swallowed = ends.line.borrow().mute;
        if !is_swallowed && to.write_all(&bytes).await.is_err() {
            return;
        }
        ends.answered
            .send_modify(|answered| *answered += bytes.len() as u64);
    }
}
