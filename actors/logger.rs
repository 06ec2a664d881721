//! Every message and every event, as JSON lines.
//!
//! In: everything. Out: `logs/<decision date>/events.jsonl`, appended.
//! Mailbox: 65,536; what does not fit is counted by the post office and said at the end. A line
//! that cannot be written is counted too: no order waits for its log.
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
    /// Lines on their way to the disk.
    pub fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// Lines that could not be written.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

/// The actor.
pub struct Logger {
    directory: PathBuf,
    file: Option<(String, BufWriter<File>)>,
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
            count,
            board,
        }
    }

    fn write(&mut self, logged: &Logged) -> std::io::Result<()> {
        let day = day_of(logged);
        if self.file.as_ref().is_none_or(|(open, _)| *open != day) {
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

    fn flush(&mut self) {
        if let Some((_, file)) = &mut self.file
            && file.flush().is_err()
        {
            self.count.lost.fetch_add(1, Ordering::Relaxed);
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

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(65_536);
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        self.flush();
        self.board.report_stopped(&Station::Logger);
    }
}

impl Handler<Logged> for Logger {
    type Result = ();

    fn handle(&mut self, logged: Logged, _: &mut Self::Context) {
        match self.write(&logged) {
            Ok(()) => self.count.written.fetch_add(1, Ordering::Relaxed),
            Err(_) => self.count.lost.fetch_add(1, Ordering::Relaxed),
        };
    }
}

impl Handler<FlushLog> for Logger {
    type Result = ();
    fn handle(&mut self, _: FlushLog, _: &mut Self::Context) {
        self.flush();
    }
}
