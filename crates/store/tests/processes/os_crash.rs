//! The end of the whole system: what the kernel still held in memory is gone, and the file system
//! replays its own journal.
//!
//! A journal is written on an ext4 of its own, in a file behind a loop device. At a moment under
//! load the writer is stopped where it stands, and the file is copied: it holds what the kernel had
//! handed to the device until then and nothing of what it had not, as after a power cut. The copy
//! is mounted, the file system replays its journal, and ours is opened. A copy during which the
//! file changed is no image of one moment, and is taken again. It needs root and loop devices, and
//! says so where they are not to be had.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use polyfolio_store::Engine;
use proptest::prelude::Rng as _;

use crate::worker::{Other, open, whole};
use crate::{chance, number};

const DISK_BYTES: u64 = 64 << 20;

/// So often a copy is taken again.
const COPIES_MAX: usize = 20;

pub(crate) fn what_was_acknowledged_survives_the_end_of_the_system(engine: Engine) {
    let rounds = number("POLYFOLIO_OS_CRASHES", 2);
    let house = tempfile::tempdir().unwrap();
    let disk = house.path().join("disk");
    if let Err(why) = format(&disk).and_then(|()| Mounted::at(&disk, house.path().join("mnt"))) {
        println!("{engine:?}: the end of the system cannot be tried here: {why}");
        return;
    }
    let (seed, mut rng) = chance();
    let mounted = Mounted::at(&disk, house.path().join("mnt")).unwrap();
    let state = mounted.0.join("state");
    let (mut most, mut records) = (0, 0);
    for round in 0..rounds {
        let mut other = Other::start(engine, &state);
        other.hear(1 + rng.next_u32() as usize % 90);
        let pid = other.child.id().to_string();
        run("kill", &["-STOP", &pid]).unwrap();
        let copy = house.path().join("copy");
        let came_to_rest = (0..COPIES_MAX).any(|_| is_of_one_moment(&disk, &copy));
        assert!(came_to_rest, "the disk does not come to rest");
        let acknowledged = other.kill();

        let after = Mounted::at(&copy, house.path().join("after")).unwrap();
        let journal = match open(&after.0.join("state"), engine) {
            Ok(journal) => journal,
            Err(error) => panic!("{engine:?}, seed {seed}, round {round}: {error}"),
        };
        let found = whole(&journal);
        assert!(
            found >= acknowledged,
            "{engine:?}, seed {seed}, round {round}: acknowledged {acknowledged}, found {found}"
        );
        drop(journal);
        drop(after);
        (most, records) = (most.max(acknowledged), records.max(found));
    }
    println!(
        "{engine:?}: {rounds} ends of the system (seed {seed}), {most} records acknowledged, \
         nothing lost, none torn"
    );
}

/// Copies the disk, and looks whether it changed meanwhile.
fn is_of_one_moment(disk: &Path, copy: &Path) -> bool {
    fs::copy(disk, copy).unwrap();
    fs::read(disk).unwrap() == fs::read(copy).unwrap()
}

/// A file system in a file, mounted until it is dropped.
struct Mounted(PathBuf);

impl Mounted {
    fn at(disk: &Path, place: PathBuf) -> Result<Self, String> {
        fs::create_dir_all(&place).map_err(|error| error.to_string())?;
        run("mount", &["-o", "loop", text(disk), text(&place)])?;
        Ok(Self(place))
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = run("umount", &[text(&self.0)]);
    }
}

fn format(disk: &Path) -> Result<(), String> {
    let file = File::create(disk).and_then(|file| file.set_len(DISK_BYTES));
    file.map_err(|error| error.to_string())?;
    run("mkfs.ext4", &["-q", "-F", text(disk)])
}

fn run(program: &str, args: &[&str]) -> Result<(), String> {
    let output = Command::new(program).args(args).output();
    match output {
        Ok(Output { status, .. }) if status.success() => Ok(()),
        Ok(output) => Err(format!(
            "{program}: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        )),
        Err(error) => Err(format!("{program}: {error}")),
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
