//! Every message and every event, as JSON lines.
//!
//! In: everything. Out: `logs/<decision date>/events.jsonl`, appended.
//! Mailbox: 65,536; what does not fit is counted by the post office and said at the end. A line
//! that cannot be written is counted too: no order waits for its log. What waits in the mailbox is
//! written at once, so that the files can be read while a run goes on and a kill takes little.
//! It knows no meaning: it writes what it is told.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use actix::prelude::*;
use serde_json::json;

use crate::mail::{Logged, Station};
use crate::switchboard::Switchboard;

/// What became of the lines, for whoever asks at the end.
#[derive(Debug, Default)]
pub struct LogCount {
    written: AtomicU64,
    lost: AtomicU64,
}

impl LogCount {
    /// Lines handed to the system.
    pub fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// Lines that could not be written.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

/// How many messages may wait.
pub const MAILBOX: usize = 65_536;

/// The actor.
pub struct Logger {
    directory: PathBuf,
    file: Option<(String, BufWriter<File>)>,
    /// Lines that are buffered.
    buffered: u64,
    count: Arc<LogCount>,
    board: Arc<Switchboard>,
}

impl std::fmt::Debug for Logger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Logger")
            .field("directory", &self.directory)
            .finish_non_exhaustive()
    }
}

/// Write out what is buffered.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct FlushLog;

impl Logger {
    /// A logger that writes below this directory.
    pub fn new(directory: PathBuf, count: Arc<LogCount>, board: Arc<Switchboard>) -> Self {
        Self {
            directory,
            file: None,
            buffered: 0,
            count,
            board,
        }
    }

    fn write(&mut self, logged: &Logged) -> std::io::Result<()> {
        let day = day_of(logged);
        if self.file.as_ref().is_none_or(|(open, _)| *open != day) {
            self.flush();
            let directory = self.directory.join(&day);
            std::fs::create_dir_all(&directory)?;
            let path = directory.join("events.jsonl");
            let file = OpenOptions::new().create(true).append(true).open(path)?;
            self.file = Some((day, BufWriter::new(file)));
        }
        let line = json!({
            "v": 1, "seq": logged.id, "time": logged.time, "run": logged.run,
            "from": logged.from.to_string(), "to": logged.to.to_string(),
            "message": logged.message, "cause": logged.cause, "body": logged.body,
        });
        match &mut self.file {
            Some((_, file)) => writeln!(file, "{line}"),
            None => Ok(()),
        }
    }

    /// What cannot be written out is lost, and the file is opened anew for the next line.
    fn flush(&mut self) {
        let flushed = match &mut self.file {
            Some((_, file)) => file.flush().is_ok(),
            None => true,
        };
        let lines = std::mem::take(&mut self.buffered);
        let count = if flushed {
            &self.count.written
        } else {
            &self.count.lost
        };
        count.fetch_add(lines, Ordering::Relaxed);
        if !flushed && let Some((_, file)) = self.file.take() {
            // Its buffer is given up, not written at the drop after all.
            drop(file.into_parts());
        }
    }
}

/// The decision date of the run it belongs to, or the date of the message.
fn day_of(logged: &Logged) -> String {
    let of_run = logged
        .run
        .as_deref()
        .and_then(|run| run.get(..8))
        .filter(|day| day.bytes().all(|digit| digit.is_ascii_digit()));
    match of_run {
        Some(day) => format!("{}-{}-{}", &day[..4], &day[4..6], &day[6..8]),
        None => logged.time.date().to_string(),
    }
}

impl Actor for Logger {
    type Context = Context<Self>;

    fn stopped(&mut self, _: &mut Self::Context) {
        self.flush();
        self.board.report_stopped(&Station::Logger);
    }
}

impl Handler<Logged> for Logger {
    type Result = ();

    fn handle(&mut self, logged: Logged, ctx: &mut Self::Context) {
        match self.write(&logged) {
            Ok(()) if self.buffered == 0 => {
                self.buffered = 1;
                ctx.notify(FlushLog);
            }
            Ok(()) => self.buffered += 1,
            Err(_) => {
                self.count.lost.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

impl Handler<FlushLog> for Logger {
    type Result = ();
    fn handle(&mut self, _: FlushLog, _: &mut Self::Context) {
        self.flush();
    }
}
