//! `polyfolio data`: what is in a price history, and the closes that it lacks.

mod check;
mod fetch;

use clap::{Args, Subcommand};

use super::App;
use crate::exit::Exit;
use crate::failure::Failure;
use check::Check;
use fetch::Fetch;

/// Look into price histories, or bring one up to date
#[derive(Args, Debug)]
#[command(
    before_help = "Example:  polyfolio data check data/us20-daily.csv.gz\n          \
                   polyfolio data fetch -c my.toml"
)]
pub(crate) struct Data {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Check(Check),
    Fetch(Fetch),
}

impl Data {
    pub(crate) fn run(self, app: &mut App) -> Result<Exit, Failure> {
        match self.verb {
            Verb::Check(check) => check.run(app),
            Verb::Fetch(fetch) => fetch.run(app),
        }
    }
}
