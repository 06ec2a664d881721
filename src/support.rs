//! What a person sends along when something is wrong: one archive that says what this program is,
//! how it was set up, and what it last did. It is read from files that others wrote, changes
//! nothing, and holds no secret: the environment is not in it, and what an environment variable
//! with a telling name holds is struck out wherever it appears.
//!
//! What cannot be had is in it with the reason why.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use polyfolio_report::view::Status;
use polyfolio_store::{SledJournal, verify};
use serde_json::json;

use crate::runtime::{self, journal_view, view};
use crate::settings::{Loaded, Merged};

/// How much of a long file goes in: its end.
const TAIL_MAX: u64 = 1 << 20;

/// How many records of the journal go in: the last ones.
const RECORDS_MAX: u64 = 2_000;

/// Words in the name of a variable that say that its value is a secret.
const TELLING: [&str; 9] = [
    "SECRET",
    "TOKEN",
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "KEY",
    "CREDENTIAL",
    "AUTH",
    "WEBHOOK",
];

/// An archive in the making.
#[derive(Debug, Default)]
pub struct Bundle {
    entries: Vec<(String, Vec<u8>)>,
    secrets: Vec<String>,
}

impl Bundle {
    /// What there is to say of these settings and their state directory.
    pub fn gather(
        loaded: &Loaded,
        merged: &Merged,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        let mut bundle = Self {
            entries: Vec::new(),
            secrets: secrets(environment, merged.secrets()),
        };
        let state = &loaded.settings.state_dir;
        bundle.put("about.json", Ok(about(loaded)));
        bundle.put("config.toml", Ok(merged.to_toml(true)));
        bundle.put("journal-verify.json", verified(state));
        bundle.put("journal-tail.jsonl", last_records(state));
        bundle.put("status.json", status(state));
        for name in ["manifest.json", "head", view::FILE, journal_view::FILE] {
            bundle.put_end_of(&format!("state/{name}"), &state.join(name));
        }
        let tape = polyfolio_broker_paper::TAPE_FILE;
        bundle.put_end_of("tape-tail.jsonl", &state.join("broker").join(tape));
        match newest_events(&loaded.settings.logs_dir) {
            Some(events) => bundle.put_end_of("events-tail.jsonl", &events),
            None => bundle.put("events-tail.jsonl", Err("there is no log".to_owned())),
        }
        bundle
    }

    /// The names of what is in it.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|(name, _)| name.as_str())
    }

    /// Writes it to a file that must not be there yet.
    ///
    /// # Errors
    /// What the system says.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let file = File::create_new(path)?;
        self.pack_into(file).inspect_err(|_| {
            // Half an archive is none, and would stand in the way of the next.
            let _ = std::fs::remove_file(path);
        })
    }

    fn pack_into(&self, file: File) -> io::Result<()> {
        let packed = GzEncoder::new(file, Compression::default());
        let mut archive = tar::Builder::new(packed);
        for (name, bytes) in &self.entries {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            archive.append_data(&mut header, format!("polyfolio-support/{name}"), &bytes[..])?;
        }
        archive.into_inner()?.finish()?.sync_all()
    }

    fn put(&mut self, name: &str, text: Result<String, String>) {
        let (name, text) = match text {
            Ok(text) => (name.to_owned(), text),
            Err(why) => (format!("{name}.missing"), why),
        };
        let struck = self
            .secrets
            .iter()
            .fold(text, |text, secret| text.replace(secret.as_str(), "***"));
        self.entries.push((name, struck.into_bytes()));
    }

    /// The end of a file, from the beginning of a line on; nothing when it is not there.
    fn put_end_of(&mut self, name: &str, path: &Path) {
        match end_of(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => self.put(name, Err(error.to_string())),
            Ok(text) => self.put(name, Ok(text)),
        }
    }
}

/// What must not leave: variables whose names tell, and what is declared to be a secret.
fn secrets(
    environment: impl IntoIterator<Item = (String, String)>,
    declared: impl Iterator<Item = String>,
) -> Vec<String> {
    let is_telling = |name: &str| {
        TELLING
            .iter()
            .any(|word| name.to_uppercase().contains(word))
    };
    let found = environment
        .into_iter()
        .filter(|(name, value)| is_telling(name) && value.trim().len() >= 4);
    let found = found.map(|(_, value)| value);
    let declared = declared.filter(|value| !value.trim().is_empty());
    let mut secrets: Vec<String> = found
        .chain(declared)
        .map(|value| value.trim().to_owned())
        .collect();
    // As they stand within JSON, too.
    let escaped = secrets
        .iter()
        .filter_map(|secret| serde_json::to_string(secret).ok());
    let escaped: Vec<String> = escaped
        .map(|text| text.trim_matches('"').to_owned())
        .collect();
    secrets.extend(escaped);
    // A secret that holds another goes first.
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets
}

fn about(loaded: &Loaded) -> String {
    let about = json!({
        "program": "polyfolio",
        "version": env!("CARGO_PKG_VERSION"),
        "system": std::env::consts::OS,
        "machine": std::env::consts::ARCH,
        "mode": loaded.settings.mode.to_string(),
        "journal_schema": polyfolio_store::SCHEMA,
        "record_version": polyfolio_oms::records::VERSION,
    });
    format!("{about:#}\n")
}

fn verified(directory: &Path) -> Result<String, String> {
    let found = verify(directory).map_err(|error| error.to_string())?;
    serde_json::to_string_pretty(&found).map_err(|error| error.to_string())
}

fn last_records(directory: &Path) -> Result<String, String> {
    let journal = SledJournal::read_only(directory).map_err(|error| error.to_string())?;
    let records = journal.tail(RECORDS_MAX);
    let records = records.map_err(|error| error.to_string())?;
    Ok(records
        .iter()
        .map(|record| format!("{}\n", record.line))
        .collect())
}

fn status(directory: &Path) -> Result<String, String> {
    let book = runtime::read_book(directory).map_err(|error| error.to_string())?;
    serde_json::to_string_pretty(&Status::of(&book)).map_err(|error| error.to_string())
}

fn end_of(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let from = length.saturating_sub(TAIL_MAX);
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(TAIL_MAX).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let whole = match text.split_once('\n') {
        Some((_, whole)) if from > 0 => whole,
        _ => &text,
    };
    Ok(whole.to_owned())
}

fn newest_events(logs: &Path) -> Option<PathBuf> {
    let days = std::fs::read_dir(logs).ok()?.flatten();
    let events = days.map(|day| day.path().join("events.jsonl"));
    events.filter(|path| path.is_file()).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_telling_variable_holds_is_struck_out() {
        let environment = [
            ("POLYFOLIO_IB_PASSWORD", "hunter22"),
            ("api_key", " abcd1234 "),
            ("KEYBOARD", "us"),
            ("HOME", "/home/me"),
        ];
        let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut bundle = Bundle {
            entries: Vec::new(),
            secrets: secrets(environment, ["77".to_owned(), String::new()].into_iter()),
        };
        bundle.put("a", Ok("x hunter22 y abcd1234 us /home/me 77".to_owned()));
        assert_eq!(bundle.entries[0].1, b"x *** y *** us /home/me ***");
    }

    #[test]
    fn of_a_long_file_whole_lines_of_its_end_are_kept() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("long");
        let line = format!("{}\n", "x".repeat(999));
        std::fs::write(&path, line.repeat(2_000)).unwrap();
        let end = end_of(&path).unwrap();
        assert!(end.len() as u64 <= TAIL_MAX && end.len() as u64 > TAIL_MAX - 1_001);
        assert!(end.lines().all(|line| line.len() == 999));
        std::fs::write(&path, "short").unwrap();
        assert_eq!(end_of(&path).unwrap(), "short");
    }
}
