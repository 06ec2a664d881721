//! A line between connector and gateway that can be cut, or swallow what goes one way or both.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use crate::common::soon;

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
    task: JoinHandle<()>,
}

impl Relay {
    pub(crate) async fn to(gateway: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let line = watch::Sender::new(Line::default());
        let sent = Arc::new(watch::Sender::new(0));
        let task = tokio::spawn(accept(listener, gateway, line.subscribe(), sent.clone()));
        Self {
            address,
            line,
            sent,
            task,
        }
    }

    /// Lets something be sent, and waits until it has come by here.
    pub(crate) async fn after(&self, send: impl FnOnce()) {
        let before = *self.sent.borrow();
        send();
        let mut sent = self.sent.subscribe();
        let more = sent.wait_for(|sent| *sent > before);
        soon("bytes of the connector", more).await.unwrap();
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

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(
    listener: TcpListener,
    gateway: SocketAddr,
    line: watch::Receiver<Line>,
    sent: Arc<watch::Sender<u64>>,
) {
    let mut lines = JoinSet::new();
    loop {
        let (near, _) = listener.accept().await.unwrap();
        if line.borrow().closed {
            continue;
        }
        let (line, sent) = (line.clone(), sent.clone());
        lines.spawn(async move {
            let Ok(far) = TcpStream::connect(gateway).await else {
                return;
            };
            let (near_in, near_out) = near.into_split();
            let (far_in, far_out) = far.into_split();
            let cut = line.borrow().cut;
            let mut ended = line.clone();
            tokio::select! {
                () = carry(near_in, far_out, line.clone(), |line| line.deaf, Some(&sent)) => {}
                () = carry(far_in, near_out, line, |line| line.mute, None) => {}
                _ = ended.wait_for(|line| line.cut != cut) => {}
            }
        });
    }
}

async fn carry(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    line: watch::Receiver<Line>,
    swallows: fn(&Line) -> bool,
    counted: Option<&watch::Sender<u64>>,
) {
    let mut buffer = vec![0; 16_384];
    loop {
        let Ok(read @ 1..) = from.read(&mut buffer).await else {
            return;
        };
        let is_swallowed = swallows(&line.borrow());
        if !is_swallowed && to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
        if let Some(counted) = counted {
            counted.send_modify(|sent| *sent += read as u64);
        }
    }
}
