//! A journal on disk whose files were changed behind its back: looked at, opened, salvaged.
//!
//! Bytes of a file that the engine cannot make sense of may do no more than lose records, and every
//! loss is found. What salvage leaves is sound, and a beginning of what was written.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use polyfolio_ports::{Blob, Journal, Seq};
use polyfolio_store::{Options, SledJournal, StoreError, salvage, verify};

/// A change: which file, what is done, where (three bytes), with which byte.
const EDIT_LEN: usize = 6;
/// More damage than this is no longer interesting.
const EDITS_MAX: usize = 16;
const SECTOR_LEN: usize = 512;
const RECORDS: Seq = 24;

/// The bytes are changes to the files of a sound journal.
pub fn run(data: &[u8]) {
    let Ok(dir) = tempfile::tempdir() else { return };
    let template = template();
    let mut files = template.files.clone();
    for edit in data.chunks_exact(EDIT_LEN).take(EDITS_MAX) {
        change(&mut files, edit);
    }
    let is_same = files == template.files;
    if lay_out(dir.path(), &files).is_err() {
        return;
    }
    let looked = verify(dir.path());
    if let Err(error) = &looked {
        has_a_place(error, dir.path());
    }
    let is_sound = looked.as_ref().is_ok_and(|found| found.ok);
    assert!(
        is_sound || !is_same,
        "an untouched journal is refused: {looked:?}"
    );
    match is_sound {
        true => is_a_beginning(dir.path(), &template.records),
        false => is_salvaged(dir.path(), &template.records),
    }
}

/// Salvage refuses with a reason, or leaves a sound journal.
fn is_salvaged(dir: &Path, written: &[Blob]) {
    match salvage(dir, &|_, _| Ok(Vec::new())) {
        Ok(_) => is_a_beginning(dir, written),
        Err(error) => has_a_place(&error, dir),
    }
}

fn is_a_beginning(dir: &Path, written: &[Blob]) {
    let mut found = Vec::new();
    let journal = match SledJournal::read_only(dir) {
        Ok(journal) => journal,
        Err(error) => panic!("sound, and it does not open: {error}"),
    };
    if let Err(error) = journal.replay(1, &mut |_, blob| found.push(blob)) {
        panic!("sound, and it does not replay: {error}");
    }
    assert!(written.starts_with(&found), "records that nobody wrote");
}

fn has_a_place(error: &StoreError, dir: &Path) {
    let (told, dir) = (error.to_string(), dir.display().to_string());
    assert!(told.contains(&dir), "{told} does not name {dir}");
}

/// A sound journal: its files, and what is in it.
struct Template {
    files: Vec<(PathBuf, Option<Vec<u8>>)>,
    records: Vec<Blob>,
}

fn template() -> &'static Template {
    static TEMPLATE: OnceLock<Template> = OnceLock::new();
    TEMPLATE.get_or_init(|| match made() {
        Ok(template) => template,
        Err(error) => panic!("no journal could be made to begin with: {error}"),
    })
}

fn made() -> Result<Template, Box<dyn std::error::Error>> {
    let dir = tempfile::tempdir()?;
    let records: Vec<Blob> = (1..=RECORDS).map(blob).collect();
    let journal = SledJournal::open_with(dir.path(), Options::default().deployment(7))?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    for batch in records.chunks(3) {
        runtime.block_on(journal.append(batch.to_vec()))?;
    }
    journal.close()?;
    drop(journal);
    let mut files = Vec::new();
    gather(dir.path(), Path::new(""), &mut files)?;
    files.sort();
    Ok(Template { files, records })
}

fn blob(n: Seq) -> Blob {
    let text = format!(
        "{{\"kind\":\"fuzzed\",\"n\":{n},\"pad\":\"{}\"}}",
        "x".repeat(40)
    );
    Blob {
        kind: "fuzzed".to_owned(),
        version: 1,
        bytes: text.into_bytes(),
    }
}

fn gather(
    root: &Path,
    below: &Path,
    files: &mut Vec<(PathBuf, Option<Vec<u8>>)>,
) -> std::io::Result<()> {
    for entry in fs::read_dir(root.join(below))? {
        let entry = entry?;
        let name = below.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            gather(root, &name, files)?;
        } else {
            files.push((name, Some(fs::read(entry.path())?)));
        }
    }
    Ok(())
}

fn lay_out(dir: &Path, files: &[(PathBuf, Option<Vec<u8>>)]) -> std::io::Result<()> {
    for (name, bytes) in files {
        let path = dir.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        if let Some(bytes) = bytes {
            fs::write(path, bytes)?;
        }
    }
    Ok(())
}

fn change(files: &mut [(PathBuf, Option<Vec<u8>>)], edit: &[u8]) {
    let &[file, action, high, middle, low, value] = edit else {
        return;
    };
    let nth = usize::from(file) % files.len();
    let Some(bytes) = &mut files[nth].1 else {
        return;
    };
    // What lies behind the last byte that is not zero is room, not content.
    let used = bytes
        .iter()
        .rposition(|byte| *byte != 0)
        .map_or(0, |at| at + 1);
    if used == 0 {
        return;
    }
    let at = usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low);
    let at = at % used;
    match action % 6 {
        0 => bytes[at] ^= value,
        1 => bytes[at] = value,
        2 => bytes.truncate(at),
        3 => bytes[at..used.min(at + SECTOR_LEN)].fill(value),
        4 => bytes.insert(at, value),
        _ => files[nth].1 = None,
    }
}
