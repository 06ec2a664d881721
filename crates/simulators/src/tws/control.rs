//! The control port: one JSON object a line in, one JSON object a line out.
//!
//! A line is a [`Fault`], or asks for the truth: `{"do":"state"}`. Every answer has
//! `ok`; one that is not has `error`. It is for whoever drives a gateway that is another process.

use std::io;
use std::net::SocketAddr;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::GatewayError;
use super::faults::{Fault, Faults};

/// The longest line that is read.
const LINE_BYTES_MAX: u64 = 64 * 1_024;

/// How many may drive at once.
const CONNECTIONS_MAX: usize = 8;

/// A control port that listens. Dropped, it is gone.
#[derive(Debug)]
pub struct Control {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Control {
    /// Opens a control port for a gateway's faults, on a loopback address: whoever reaches it does
    /// with the gateway what he likes.
    pub async fn listen(address: SocketAddr, faults: Faults) -> Result<Self, GatewayError> {
        if !address.ip().is_loopback() {
            return Err(GatewayError::NotLoopback(address));
        }
        let fault = |source| GatewayError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(fault)?;
        let address = listener.local_addr().map_err(fault)?;
        let task = tokio::spawn(accept(listener, faults));
        Ok(Self { address, task })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, faults: Faults) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = listener.accept().await;
        while connections.try_join_next().is_some() {}
        match accepted {
            Ok((socket, _)) if connections.len() < CONNECTIONS_MAX => {
                let faults = faults.clone();
                // Whoever hangs up has heard enough.
                connections.spawn(async move { drop(serve(socket, &faults).await) });
            }
            Ok(_) => {}
            // Nothing was accepted; whoever else waits is next.
            Err(_) => tokio::task::yield_now().await,
        }
    }
}

async fn serve(socket: TcpStream, faults: &Faults) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let (read, mut write) = socket.into_split();
    let mut read = BufReader::new(read);
    let mut line = Vec::new();
    loop {
        line.clear();
        let bounded = (&mut read).take(LINE_BYTES_MAX);
        if { bounded }.read_until(b'\n', &mut line).await? == 0 {
            return Ok(());
        }
        let is_whole = line.last() == Some(&b'\n');
        let answer = match is_whole || (line.len() as u64) < LINE_BYTES_MAX {
            true if line.trim_ascii().is_empty() => continue,
            true => obey(&line, faults),
            false => refused(format!("a line has at most {LINE_BYTES_MAX} bytes")),
        };
        write.write_all(format!("{answer}\n").as_bytes()).await?;
        if !is_whole {
            return Ok(());
        }
    }
}

/// What a line comes to.
fn obey(line: &[u8], faults: &Faults) -> Value {
    let value: Value = match serde_json::from_slice(line) {
        Ok(value) => value,
        Err(fault) => return refused(format!("no JSON: {fault}")),
    };
    if value.get("do") == Some(&json!("state")) {
        return match value == json!({"do": "state"}) {
            true => json!({"ok": true, "state": faults.state()}),
            false => refused("`state` takes nothing else".into()),
        };
    }
    let fault: Fault = match serde_json::from_value(value) {
        Ok(fault) => fault,
        Err(fault) => return refused(fault.to_string()),
    };
    match faults.order(fault) {
        Ok(()) => json!({"ok": true}),
        Err(fault) => refused(fault.to_string()),
    }
}

fn refused(error: String) -> Value {
    json!({"ok": false, "error": error})
}
