//! `completions` and `man`: what a shell and a reader of manuals know of the command line, made from
//! the command line itself.

use std::path::PathBuf;

use clap::{Args, CommandFactory};
use clap_complete::Shell;
use serde_json::{Map, json};

use super::{App, CommandLine, answer};
use crate::exit::Exit;
use crate::failure::Failure;

/// Print what a shell completes
#[derive(Args, Debug)]
#[command(
    before_help = "Example:  polyfolio completions bash",
    after_help = "bash  source <(polyfolio completions bash)\n\
                  zsh   polyfolio completions zsh > DIR/_polyfolio, a DIR of your fpath\n\
                  fish  polyfolio completions fish | source"
)]
pub(crate) struct Completions {
    /// Which shell
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self, app: &mut App) -> Result<Exit, Failure> {
        let mut script = Vec::new();
        let mut command = CommandLine::command();
        clap_complete::generate(self.shell, &mut command, "polyfolio", &mut script);
        let script = String::from_utf8_lossy(&script).into_owned();
        if app.global.json {
            let shell = self.shell.to_string();
            let fields = [("shell", json!(shell)), ("script", json!(script))];
            let fields = fields.map(|(name, value)| (name.to_owned(), value));
            app.say_json(&answer("completions", None, Map::from_iter(fields)))?;
        } else {
            app.say(script)?;
        }
        Ok(Exit::Done)
    }
}

/// Write the manual pages, one a verb
#[derive(Args, Debug)]
#[command(
    before_help = "Example:  polyfolio man ~/.local/share/man/man1",
    after_help = "Pages of that name are written anew; nothing else there is touched."
)]
pub(crate) struct Man {
    /// Where to; made if it is not there
    directory: PathBuf,
}

impl Man {
    pub(crate) fn run(self, app: &mut App) -> Result<Exit, Failure> {
        let pages = pages(&self.directory).map_err(|error| {
            let place = self.directory.display();
            Failure::new(Exit::Usage, format!("{place} cannot be written: {error}"))
                .line("name a directory that you may write to")
        })?;
        if app.global.json {
            let fields = [("pages".to_owned(), json!(pages))];
            app.say_json(&answer("man", None, Map::from_iter(fields)))?;
        } else {
            let place = self.directory.display();
            app.say(format!("{} pages in {place}\n", pages.len()))?;
        }
        Ok(Exit::Done)
    }
}

/// Writes every page; their names.
fn pages(directory: &std::path::Path) -> std::io::Result<Vec<String>> {
    std::fs::create_dir_all(directory)?;
    clap_mangen::generate_to(CommandLine::command(), directory)?;
    let mut pages = Vec::new();
    name_pages(&CommandLine::command(), "polyfolio", &mut pages);
    pages.sort();
    Ok(pages)
}

/// The page of a command, and those of its own commands.
fn name_pages(command: &clap::Command, name: &str, pages: &mut Vec<String>) {
    pages.push(format!("{name}.1"));
    for verb in command.get_subcommands() {
        name_pages(verb, &format!("{name}-{}", verb.get_name()), pages);
    }
}
