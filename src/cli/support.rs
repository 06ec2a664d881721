//! `polyfolio support bundle`: one archive for whoever is to find out what went wrong.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Map, json};

use super::{App, answer};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::runtime::Finished;
use crate::settings::Loaded;

/// Gather what is needed to find out what went wrong
#[derive(Args, Debug)]
#[command(before_help = "Example:  polyfolio support bundle")]
pub(crate) struct Support {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Write an archive: config, journal, log and tape, their ends; no secrets
    #[command(before_help = "Example:  polyfolio support bundle for-them.tar.gz")]
    Bundle {
        /// Where to; an existing file is left alone
        #[arg(default_value = "polyfolio-support.tar.gz")]
        file: PathBuf,
    },
}

impl Support {
    pub(crate) fn run(self, app: &mut App) -> Result<Exit, Failure> {
        let Verb::Bundle { file } = self.verb;
        let bundle = app.bundle(&app.load(Vec::new())?)?;
        bundle.write(&file).map_err(|error| {
            let what = format!("the archive cannot be written: {error}");
            let failure = Failure::usage(what).line(file.display().to_string());
            match error.kind() {
                std::io::ErrorKind::AlreadyExists => {
                    failure.line("choose another name:  polyfolio support bundle FILE")
                }
                _ => failure,
            }
        })?;
        if app.global.json {
            let fields = Map::from_iter([
                ("file".to_owned(), json!(file)),
                (
                    "entries".to_owned(),
                    json!(bundle.names().collect::<Vec<_>>()),
                ),
            ]);
            app.say_json(&answer("support-bundle", None, fields))?;
        } else {
            app.say(format!("{}\n", file.display()))?;
            for name in bundle.names() {
                app.detail(format!("  {name}"));
            }
            app.note("look into it before you send it: it shows positions and orders");
        }
        Ok(Exit::Done)
    }
}

/// After any verb that drives a router: an identity of the books that did not hold leaves a bundle.
pub(super) fn leave_bundle_if_violated(app: &App, loaded: &Loaded, finished: &Finished) {
    if finished.violated {
        app.note(leave_bundle(app, loaded));
    }
}

/// An identity of the books did not hold: whoever looks into it needs all of it, as it is now.
fn leave_bundle(app: &App, loaded: &Loaded) -> String {
    let directory = &loaded.settings.state_dir;
    let free = |name: &PathBuf| !name.exists();
    let names = (1..).map(|n| directory.join(format!("support-{n}.tar.gz")));
    let written = app.bundle(loaded).and_then(|bundle| {
        let path = names.take(10_000).find(free).unwrap_or_default();
        bundle.write(&path).map_err(Failure::from)?;
        Ok(path)
    });
    match written {
        Ok(path) => format!("what is needed to look into it is in {}", path.display()),
        Err(failure) => format!("no support bundle could be left: {}", failure.what),
    }
}
