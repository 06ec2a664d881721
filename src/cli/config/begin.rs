//! `polyfolio config init`: a config to begin with, the shipped one or one for a history of one's
//! own.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use polyfolio_market_data::History;

use super::super::App;
use super::super::app::in_shell;
use super::super::data::Reading;
use super::own_prices::{self, Places};
use crate::exit::Exit;
use crate::face::count;
use crate::failure::Failure;
use crate::settings::{DEFAULT_FILE, SHIPPED, history_failure, plain};

/// Write a config to begin with, to be changed: the shipped one, or one for your own prices
#[derive(Args, Debug)]
#[command(
    before_help = "Example:  polyfolio config init my.toml --history my-closes.csv",
    after_help = "With --history the file names your prices and has five sleeves on all that is in\n\
                  them, each a style of its own; what they need of the past suits how much there is."
)]
pub(super) struct Init {
    /// Where to; an existing file is left alone
    #[arg(default_value = DEFAULT_FILE)]
    file: PathBuf,
    /// Your prices: a CSV of closes, plain or gzip
    #[arg(long, value_name = "CSV")]
    history: Option<PathBuf>,
    #[command(flatten)]
    reading: Reading,
}

impl Init {
    pub(super) fn run(self, app: &App) -> Result<Exit, Failure> {
        let (text, talk) = match &self.history {
            None if !self.reading.is_default() => {
                return Err(
                    Failure::usage("there is no file whose times would be read so")
                        .line("name it with --history CSV"),
                );
            }
            None => (
                SHIPPED.to_owned(),
                "change it, then:  polyfolio config check".to_owned(),
            ),
            Some(path) => self.over(path)?,
        };
        self.write(&text)?;
        app.say(format!("{}\n", self.file.display()))?;
        app.remark(format!("{talk}{}", self.flag()));
        Ok(Exit::Done)
    }

    /// How the file is named to the other verbs, as a shell takes it.
    fn flag(&self) -> String {
        if self.file == Path::new(DEFAULT_FILE) {
            String::new()
        } else {
            format!(" -c {}", in_shell(&self.file))
        }
    }

    /// A config over prices of one's own, with a book of its own beside it; and what to say of it.
    fn over(&self, path: &Path) -> Result<(String, String), Failure> {
        let history = History::load_with(path, &self.reading.options(false))
            .map_err(|error| history_failure(&error).line(look_at(path)))?;
        let (Some(daily), Some(own)) = (path.to_str(), self.file.file_stem()) else {
            return Err(
                Failure::usage("the name of a file is none that TOML can hold")
                    .line(path.display().to_string()),
            );
        };
        let beside = |what: &str| {
            let name = format!("{what}-{}", own.to_string_lossy());
            self.file.with_file_name(name).display().to_string()
        };
        let (state, logs) = (beside("state"), beside("logs"));
        let mut talk = format!(
            "five sleeves over {}, {} to {}\n",
            count(history.instruments().len(), "instrument"),
            history.dates().first().copied().unwrap_or_default(),
            history.last_date().unwrap_or_default()
        );
        if Path::new(&state).exists() {
            talk += &format!("the book in {state} goes on: delete it to begin anew\n");
        }
        talk += "see what they want:  polyfolio plan";
        let places = Places {
            daily,
            reading: &self.reading.in_config(),
            state: &state,
            logs: &logs,
        };
        Ok((own_prices::config(&places, &history), talk))
    }

    fn write(&self, text: &str) -> Result<(), Failure> {
        let file = self.file.display().to_string();
        let cannot = |error: std::io::Error| {
            Failure::usage(format!("the config cannot be written: {}", plain(&error)))
                .line(file.clone())
        };
        let above = self.file.parent();
        if let Some(directory) = above.filter(|path| !path.as_os_str().is_empty()) {
            std::fs::create_dir_all(directory).map_err(cannot)?;
        }
        let created = std::fs::File::create_new(&self.file);
        let mut created = created.map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => {
                Failure::usage("the file exists and is left alone")
                    .line(file.clone())
                    .line("choose another name:  polyfolio config init FILE")
            }
            _ => cannot(error),
        })?;
        created.write_all(text.as_bytes()).map_err(cannot)
    }
}

fn look_at(path: &Path) -> String {
    format!(
        "look at a file with:  polyfolio data check {}",
        in_shell(path)
    )
}
