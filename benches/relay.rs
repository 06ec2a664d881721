//! A line to the gateway that notes when an order comes by on it.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::now;

/// How long an order may take before the benchmark gives up.
const PATIENCE: Duration = Duration::from_secs(20);

/// A relay on a port of its own; its threads end with the connections.
pub struct Relay {
    /// Where it listens.
    pub address: SocketAddr,
    wanted: Arc<Mutex<Vec<u8>>>,
    seen: Receiver<Instant>,
}

impl Relay {
    /// A relay to a gateway.
    pub fn to(gateway: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let wanted = Arc::<Mutex<Vec<u8>>>::default();
        let (say, seen) = channel();
        let watch = Watch {
            wanted: Arc::clone(&wanted),
            say,
        };
        std::thread::spawn(move || {
            for client in listener.incoming() {
                join(client.expect("a connection"), gateway, &watch);
            }
        });
        Self {
            address,
            wanted,
            seen,
        }
    }

    /// From now on these bytes are waited for.
    pub fn want(&self, bytes: &str) {
        *self.wanted.lock().expect("nobody panics with it") = bytes.as_bytes().to_vec();
    }

    /// When they came by.
    pub fn seen(&self) -> Instant {
        self.seen.recv_timeout(PATIENCE).expect("it comes by")
    }
}

#[derive(Clone)]
struct Watch {
    wanted: Arc<Mutex<Vec<u8>>>,
    say: Sender<Instant>,
}

impl Watch {
    fn look(&self, bytes: &[u8]) {
        let at = now();
        let mut wanted = self.wanted.lock().expect("nobody panics with it");
        let comes_by = |wanted: &[u8]| bytes.windows(wanted.len()).any(|part| part == wanted);
        if !wanted.is_empty() && comes_by(&wanted) {
            wanted.clear();
            // The benchmark may be over.
            let _ = self.say.send(at);
        }
    }
}

fn join(client: TcpStream, gateway: SocketAddr, watch: &Watch) {
    let gateway = TcpStream::connect(gateway).expect("a gateway");
    for socket in [&client, &gateway] {
        socket.set_nodelay(true).expect("a socket");
    }
    let back = (
        gateway.try_clone().expect("a socket"),
        client.try_clone().expect("a socket"),
    );
    let watch = watch.clone();
    std::thread::spawn(move || carry(client, gateway, |bytes| watch.look(bytes)));
    std::thread::spawn(move || carry(back.0, back.1, |_| ()));
}

fn carry(mut from: TcpStream, mut to: TcpStream, look: impl Fn(&[u8])) {
    let mut bytes = vec![0; 65_536];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        look(&bytes[..count]);
        if to.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    // The other side may have ended before.
    let _ = to.shutdown(Shutdown::Both);
}
