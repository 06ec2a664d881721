//! The directory of a drill: a state directory, logs, and what the program said.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use polyfolio_store::acknowledged;

use crate::exit::Exit;
use crate::failure::Failure;

/// Often, so that snapshots and what they drop are drilled too.
const SNAPSHOT_EVERY: u32 = 200;

/// How much of the program's last words is shown.
const LAST_WORDS: usize = 12;

/// A directory that holds one drill and nothing else.
#[derive(Clone, Debug)]
pub struct Place {
    directory: PathBuf,
    mode: &'static str,
    state: &'static str,
}

impl Place {
    /// This directory, which must be empty or not there yet; a new one below the system's temporary
    /// directory when none is named. `mode` is the one that the program trades in, `state` the
    /// name of its state directory.
    ///
    /// # Errors
    /// Something lies there already, or nothing can be written.
    pub fn new(
        directory: Option<&Path>,
        mode: &'static str,
        state: &'static str,
    ) -> Result<Self, Failure> {
        let directory = match directory {
            Some(directory) => empty(directory)?,
            None => tempfile::Builder::new()
                .prefix("polyfolio-drill-")
                .tempdir()
                .map(tempfile::TempDir::keep)
                .map_err(|error| unwritable(&std::env::temp_dir(), &error))?,
        };
        let directory = fs::canonicalize(&directory).map_err(|e| unwritable(&directory, &e))?;
        Ok(Self {
            directory,
            mode,
            state,
        })
    }

    /// The place of an account of the drill, counted from 1; the first one's is the drill's own.
    pub(super) fn of_account(&self, number: u32) -> Result<Self, Failure> {
        let directory = match number {
            0 | 1 => return Ok(self.clone()),
            number => self.directory.join(format!("account-{number}")),
        };
        fs::create_dir_all(&directory).map_err(|error| unwritable(&directory, &error))?;
        let (mode, state) = (self.mode, self.state);
        Ok(Self {
            directory,
            mode,
            state,
        })
    }

    /// The directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Where the program keeps its journal.
    pub fn state_dir(&self) -> PathBuf {
        self.directory.join(self.state)
    }

    /// What makes the program work here, as variables of the environment.
    pub(super) fn settings(&self) -> Vec<(String, String)> {
        let pair = |key: &str, value: String| (format!("POLYFOLIO__{key}"), value);
        vec![
            pair("MODE", self.mode.to_owned()),
            // Nobody is killed while he trades at the broker of a config. A drill at another venue of
            // its own says so behind this.
            pair("BROKER__USE", "paper".to_owned()),
            // What happens in a drill is nobody's alarm.
            pair("NOTIFY__EVENTS", "[]".to_owned()),
            pair("STATE__DIR", self.directory.display().to_string()),
            pair("STATE__SNAPSHOT_EVERY", SNAPSHOT_EVERY.to_string()),
            pair(
                "LOGS__DIR",
                self.directory.join("logs").display().to_string(),
            ),
        ]
    }

    /// How many records the journal has acknowledged.
    pub(super) fn records(&self) -> u64 {
        acknowledged(&self.state_dir()).unwrap_or_default()
    }

    /// Where the program talks to.
    pub(super) fn talk(&self) -> io::Result<File> {
        File::options().create(true).append(true).open(self.said())
    }

    /// The end of what the program said.
    pub(super) fn last_words(&self) -> String {
        let said = fs::read(self.said()).unwrap_or_default();
        let said = String::from_utf8_lossy(&said);
        let lines: Vec<&str> = said.lines().collect();
        lines[lines.len().saturating_sub(LAST_WORDS)..].join("\n")
    }

    fn said(&self) -> PathBuf {
        self.directory.join("said.txt")
    }
}

fn empty(directory: &Path) -> Result<PathBuf, Failure> {
    fs::create_dir_all(directory).map_err(|error| unwritable(directory, &error))?;
    let mut entries = fs::read_dir(directory).map_err(|error| unwritable(directory, &error))?;
    if entries.next().is_some() {
        return Err(
            Failure::usage(format!("{} is not empty", directory.display()))
                .line(
                    "a drill kills what it works on, so it works on nothing that was there before",
                )
                .line("name a new directory:  polyfolio drill --state-dir DIR"),
        );
    }
    Ok(directory.to_owned())
}

fn unwritable(directory: &Path, error: &io::Error) -> Failure {
    let what = format!("{} cannot be written", directory.display());
    Failure::new(Exit::State, what).line(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_takes_no_directory_that_holds_anything() {
        let house = tempfile::tempdir().unwrap();
        let fresh = Place::new(Some(&house.path().join("fresh")), "paper", "paper-ib").unwrap();
        assert!(fresh.state_dir().ends_with("fresh/paper-ib"));
        let used = Place::new(Some(house.path()), "paper", "paper").unwrap_err();
        assert_eq!(used.exit, Exit::Usage);
    }
}
