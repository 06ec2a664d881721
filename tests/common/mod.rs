//! The real program in a directory, as every test of it starts it: without the settings that whoever
//! runs the tests has in his environment.

use std::path::Path;
use std::process::Command;

/// A book small enough for short runs, in which every part has something to do.
const SMALL_BOOK: &str = r#"
[sleeve.slow]
strategy = "sma_cross"
weight = 0.5
universe = ["AAPL", "CVX", "JPM", "KO", "XOM"]
params = { fast = 20, slow = 100 }

[sleeve.fast]
strategy = "momentum"
weight = 0.4
universe = ["AAPL", "CVX", "JPM", "KO", "XOM"]
params = { lookback_months = 3, skip_months = 0, top = 2 }

[instrument.default]
tick = 0.01
lot = 1

[risk]
max_weight_per_instrument = 0.9
max_order_notional = 1_000_000

[execution]
horizon = "90s"
"#;

/// The program with these words, in a directory.
pub(crate) fn program<'a>(directory: &Path, words: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_polyfolio"));
    let ours = |name: &str| name.to_uppercase().starts_with("POLYFOLIO") || name == "COLUMNS";
    for (name, _) in std::env::vars_os().filter(|(name, _)| ours(&name.to_string_lossy())) {
        command.env_remove(name);
    }
    command.args(words).current_dir(directory);
    command
}

/// The shipped history, wherever the program runs.
pub(crate) fn shipped_history() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/us20-daily.csv.gz")
}

/// A config over the shipped history that begins with `first`, and goes on with the small book.
pub(crate) fn small_book(first: &str) -> String {
    let data = shipped_history();
    format!("[history]\ndaily = {data:?}\n{first}{SMALL_BOOK}")
}
