//! One connection: the hello, the client's name, then its messages until it ends.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::watch;

use super::desk::SessionId;
use super::faults::Meanwhile;
use super::frame::{Frame, FrameBuffer, FrameError};
use super::gateway::Shared;
use super::hello::{self, ClientHello, HelloError};
use super::line::{Line, LineEnd};
use super::request::ClientMessage;

/// How much is read at once.
const READ_BYTES: usize = 16 * 1_024;

/// How many messages that wait are written at once.
const FRAMES_PER_WRITE: usize = 64;

/// Whether the gateway is mute.
type Silence = watch::Receiver<Option<Meanwhile>>;

/// Why a connection ended otherwise than by the client's leaving.
#[derive(Debug, thiserror::Error)]
enum SessionError {
    #[error("the connection broke")]
    Io(#[from] io::Error),
    #[error(transparent)]
    Hello(#[from] HelloError),
    #[error(transparent)]
    Frame(#[from] FrameError),
    #[error("the first message is not the client's name")]
    NoName,
    #[error("the client does not read what it is told")]
    TooSlow,
}

/// What arrives on a connection.
struct Incoming {
    socket: OwnedReadHalf,
    buffer: FrameBuffer,
}

/// A client that is connected; it leaves when this is dropped, however that comes.
struct Present {
    id: SessionId,
    shared: Arc<Shared>,
}

/// Serves a connection to its end. What went wrong on it is the client's own affair: the gateway
/// hangs up and goes on.
pub(super) async fn serve(socket: TcpStream, shared: Arc<Shared>) {
    let mut kills = shared.desk().kills();
    tokio::select! {
        biased;
        // Gone, as the socket goes with this task.
        _ = kills.changed() => {}
        _ = attend(socket, shared) => {}
    }
}

async fn attend(socket: TcpStream, shared: Arc<Shared>) -> Result<(), SessionError> {
    // Small messages that wait for each other would cost a client its order's speed.
    socket.set_nodelay(true)?;
    let (socket, mut out) = socket.into_split();
    let buffer = FrameBuffer::default();
    let mut incoming = Incoming { socket, buffer };
    greet(&mut incoming, &mut out, &shared).await?;
    let mut silence = shared.desk().silence();
    let name = loop {
        let Some(first) = incoming.frame().await? else {
            return Ok(());
        };
        stands_still(&mut silence).await;
        if shared.desk().loses_messages() {
            continue;
        }
        let Ok(ClientMessage::StartApi(name)) = ClientMessage::of(&first) else {
            return Err(SessionError::NoName);
        };
        break name;
    };
    let (line, end) = Line::new();
    let client_id = name.client_id.unwrap_or_default();
    let joined = shared.desk().join(client_id, line, shared.now());
    let lost = end.lost.clone();
    let Some(id) = joined else {
        return write(end, out, silence).await;
    };
    let present = Present { id, shared };
    tokio::select! {
        biased;
        () = lost.notified() => Err(SessionError::TooSlow),
        written = write(end, out, silence.clone()) => written,
        read = listen(incoming, &present, silence) => read,
    }
}

/// Agrees on a version.
async fn greet(
    incoming: &mut Incoming,
    out: &mut OwnedWriteHalf,
    shared: &Shared,
) -> Result<(), SessionError> {
    let hello = loop {
        if let Some(hello) = ClientHello::take(&mut incoming.buffer)? {
            break hello;
        }
        if !incoming.more().await? {
            return Err(incoming
                .buffer
                .finish()
                .err()
                .map_or(HelloError::NotAnApiClient.into(), Into::into));
        }
    };
    let mut silence = shared.desk().silence();
    speaks(&mut silence).await;
    let ours = shared.desk().version_max();
    let now = shared.desk().told_time(shared.now());
    match hello.agree(ours) {
        Ok(version) => {
            out.write_all(&hello::answer(version, now)).await?;
            Ok(())
        }
        Err(fault) => {
            out.write_all(&hello::refusal()).await?;
            out.shutdown().await?;
            Err(fault.into())
        }
    }
}

/// Hands every message to the desk.
async fn listen(
    mut incoming: Incoming,
    present: &Present,
    mut silence: Silence,
) -> Result<(), SessionError> {
    let shared = &present.shared;
    while let Some(frame) = incoming.frame().await? {
        stands_still(&mut silence).await;
        let said = ClientMessage::of(&frame);
        shared.desk().hear(present.id, said, shared.now());
        shared.wake();
    }
    Ok(())
}

/// Writes what is said until nobody will say anything more.
async fn write(
    mut end: LineEnd,
    mut out: OwnedWriteHalf,
    mut silence: Silence,
) -> Result<(), SessionError> {
    let mut frames = Vec::new();
    while end.frames.recv_many(&mut frames, FRAMES_PER_WRITE).await > 0 {
        stands_still(&mut silence).await;
        out.write_all(&frames.concat()).await?;
        frames.clear();
    }
    out.shutdown().await?;
    Ok(())
}

/// Waits for the end of a silence in which everything waits.
async fn stands_still(silence: &mut Silence) {
    // The desk outlives its connections.
    let moves = |mute: &Option<Meanwhile>| *mute != Some(Meanwhile::Held);
    let _ = silence.wait_for(moves).await;
}

/// Waits for the end of any silence.
async fn speaks(silence: &mut Silence) {
    let _ = silence.wait_for(Option::is_none).await;
}

impl Incoming {
    /// The next message; `None` when the client has left between two.
    async fn frame(&mut self) -> Result<Option<Frame>, SessionError> {
        loop {
            if let Some(frame) = self.buffer.next_frame()? {
                return Ok(Some(frame));
            }
            if !self.more().await? {
                self.buffer.finish()?;
                return Ok(None);
            }
        }
    }

    /// Reads on; whether there was anything.
    async fn more(&mut self) -> io::Result<bool> {
        let mut bytes = [0; READ_BYTES];
        let read = self.socket.read(&mut bytes).await?;
        self.buffer.push(bytes.get(..read).unwrap_or_default());
        Ok(read > 0)
    }
}

impl Drop for Present {
    fn drop(&mut self) {
        self.shared.desk().leave(self.id);
    }
}
