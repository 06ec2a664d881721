//! polyfolio runs many weighted trading strategies as one book, in one process.

use std::process::ExitCode;

fn main() -> ExitCode {
    polyfolio::cli::main().into()
}
