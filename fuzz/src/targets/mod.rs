//! What is fuzzed: bytes that came from outside, read as the program reads them.
//!
//! A target is a plain function of bytes. It panics when a promise is broken, and returns
//! otherwise, whether the bytes were any good or not. The same functions are run by a fuzz engine
//! (`fuzz_targets/`) and, over their corpus and seeded mutations of it, by the ordinary tests
//! (`tests/fuzzed`). What is promised everywhere: no panic, no hang, no memory out of proportion;
//! an error says in which file and where; what was read and is written again reads as the same.

pub mod book;
pub mod config;
pub mod envelope;
pub mod history;
pub mod journal;
pub mod record;
pub mod targets_file;

/// A target: its name, which is its corpus too, and what it does with bytes.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const ALL: [Target; 7] = [
    ("book", book::run),
    ("config", config::run),
    ("envelope", envelope::run),
    ("history", history::run),
    ("journal", journal::run),
    ("record", record::run),
    ("targets_file", targets_file::run),
];
