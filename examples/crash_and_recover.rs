//! Kill a run in the middle, start it again, and see the same orders finish.
//!
//!     cargo run --release --example crash_and_recover
//!
//! Works in a directory of its own below the temporary directory, on the paper broker.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use polyfolio::prelude::Registry;

/// This program is also the one it kills: with an argument it is polyfolio.
fn main() -> Result<ExitCode, Box<dyn Error>> {
    if std::env::args().len() > 1 {
        return Ok(polyfolio::cli::main_with(Registry::builtin()).into());
    }
    let house = house()?;
    println!("in {}\n", house.display());
    println!("a run begins, and is killed as soon as the venue has 100 lines on its tape …");
    let mut run = polyfolio(&house, &["run"])?
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .spawn()?;
    while lines(&house.join("state/paper/broker/tape.jsonl")) < 100 {
        if run.try_wait()?.is_some() {
            break;
        }
        std::thread::yield_now();
    }
    run.kill()?;
    run.wait()?;
    polyfolio(&house, &["status"])?.status()?;
    println!("\n… and is started again:\n");
    polyfolio(&house, &["run"])?.status()?;
    println!("\nOrders on the venue's tape, and how many of them have an id of their own:");
    let (orders, ids) = accepted(&house)?;
    println!("  {orders} orders, {ids} ids");
    std::fs::remove_dir_all(&house)?;
    Ok(if orders == ids {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn house() -> Result<PathBuf, Box<dyn Error>> {
    let house = std::env::temp_dir().join(format!("polyfolio-{}", std::process::id()));
    std::fs::create_dir_all(&house)?;
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/us20-daily.csv.gz");
    std::fs::write(
        house.join("book.toml"),
        format!("[history]\ndaily = {data:?}\n[instrument.default]\ntick = 0.01\nlot = 1\n"),
    )?;
    Ok(house)
}

fn polyfolio(house: &Path, arguments: &[&str]) -> Result<Command, Box<dyn Error>> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .args(arguments)
        .args(["-c", "book.toml"])
        .current_dir(house);
    Ok(command)
}

fn lines(tape: &Path) -> usize {
    std::fs::read(tape).map_or(0, |bytes| {
        bytes.iter().filter(|byte| **byte == b'\n').count()
    })
}

fn accepted(house: &Path) -> Result<(usize, usize), Box<dyn Error>> {
    let said = polyfolio(house, &["tape", "--json"])?.output()?;
    let tape: serde_json::Value = serde_json::from_slice(&said.stdout)?;
    let lines = tape["tape"].as_array().ok_or("the tape is no list")?;
    let accepted = lines.iter().filter(|line| line["event"] == "accepted");
    let ids: Vec<String> = accepted.map(|line| line["cl_ord_id"].to_string()).collect();
    let unique: std::collections::BTreeSet<&String> = ids.iter().collect();
    Ok((ids.len(), unique.len()))
}
