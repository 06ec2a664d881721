//! What every verb has at hand: the global flags, the settings, and a voice.
//!
//! Data goes to stdout, talk to stderr.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use polyfolio_ports::Sink;
use polyfolio_strategies::Registry;
use serde_json::{Map, Value};

use super::Global;
use crate::brokers::Brokers;
use crate::exit::Exit;
use crate::face::next_step::with_flags;
use crate::face::wrap::fitted;
use crate::face::{Style, fit, page};
use crate::failure::Failure;
use crate::settings::{FlagValue, Loaded, Merged, Sources};
use crate::support::Bundle;

/// The surroundings of a verb.
#[derive(Debug)]
pub struct App {
    /// The flags that every verb takes.
    pub global: Global,
    /// The kinds of strategies there are.
    pub registry: Registry,
    /// The brokers of one's own there are.
    pub brokers: Brokers,
}

impl App {
    /// With these kinds of strategies and these brokers of one's own.
    pub fn new(global: Global, registry: Registry, brokers: Brokers) -> Self {
        Self {
            global,
            registry,
            brokers,
        }
    }

    /// The settings; `flags` are those of the verb that stand for one.
    ///
    /// # Errors
    /// Whatever is wrong with them.
    pub fn load(&self, flags: Vec<FlagValue>) -> Result<Loaded, Failure> {
        Ok(Loaded::read(&self.sources(flags), &self.registry)?)
    }

    /// The settings for a verb that may trade: live needs the consent of the command line too.
    ///
    /// # Errors
    /// Whatever is wrong with them, or consent that is missing.
    pub fn load_to_trade(&self, flags: Vec<FlagValue>) -> Result<Loaded, Failure> {
        let loaded = self.load(flags)?;
        loaded.demand_consent(self.global.live)?;
        Ok(loaded)
    }

    /// The merged layers, before anything of their meaning is checked.
    ///
    /// # Errors
    /// A file, variable or flag that cannot be read.
    pub fn merge(&self) -> Result<Merged, Failure> {
        Ok(Merged::read(&self.sources(Vec::new()))?)
    }

    /// Data, to stdout, as it stands.
    ///
    /// # Errors
    /// Nobody listens, or the disk is full.
    pub fn say(&self, text: impl AsRef<str>) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        out.write_all(text.as_ref().as_bytes())?;
        Ok(out.flush()?)
    }

    /// A page, to stdout: what is wider than there is room for goes on under itself.
    ///
    /// # Errors
    /// As [`say`](Self::say).
    pub fn show(&self, page: impl AsRef<str>) -> Result<(), Failure> {
        self.say(fitted(&self.copyable(page.as_ref())))
    }

    /// A JSON answer, to stdout.
    ///
    /// # Errors
    /// As [`say`](Self::say).
    pub fn say_json(&self, answer: &Value) -> Result<(), Failure> {
        self.say(format!("{answer:#}\n"))
    }

    /// Talk, to stderr; silent with `-q`.
    pub fn note(&self, text: impl AsRef<str>) {
        if !self.global.quiet {
            // Talk that nobody hears is no error.
            let text = self.copyable(text.as_ref());
            let _ = writeln!(io::stderr(), "{}", fit(&text, page::talk_width()));
        }
    }

    /// The same as it stands: about another portfolio than this command's.
    pub fn remark(&self, text: impl AsRef<str>) {
        if !self.global.quiet {
            let _ = writeln!(io::stderr(), "{}", fit(text.as_ref(), page::talk_width()));
        }
    }

    /// Whoever talks while this command works, to stderr; silent with `-q`.
    pub fn hears(&self) -> Sink<String> {
        let (is_quiet, flags) = (self.global.quiet, self.flags());
        Arc::new(move |text: String| {
            if !is_quiet {
                let text = with_flags(&text, &flags);
                let _ = writeln!(io::stderr(), "{}", fit(&text, page::talk_width()));
            }
        })
    }

    /// Talk for `-v`, to stderr.
    pub fn detail(&self, text: impl AsRef<str>) {
        if self.global.verbose {
            self.note(text);
        }
    }

    /// Says what went wrong, to stderr, and how to end.
    pub fn lament(&self, failure: &Failure) -> Exit {
        let text = self.copyable(&failure.render(Style::of(&io::stderr())));
        let text = fit(&text, page::talk_width());
        let _ = io::stderr().write_all(text.as_bytes());
        failure.exit
    }

    /// An archive of what is needed to find out what went wrong with these settings.
    ///
    /// # Errors
    /// A layer of the settings that cannot be read.
    pub fn bundle(&self, loaded: &Loaded) -> Result<Bundle, Failure> {
        Ok(Bundle::gather(loaded, &self.merge()?, environment()))
    }

    /// Words for a person, with next steps that mean the portfolio of this command.
    fn copyable(&self, text: &str) -> String {
        with_flags(text, &self.flags())
    }

    /// The configs of this command, as a shell takes them.
    pub(super) fn flags(&self) -> String {
        let files = self.global.config.iter();
        files
            .map(|file| format!(" -c {}", in_shell(file)))
            .collect()
    }

    fn sources(&self, flags: Vec<FlagValue>) -> Sources {
        Sources {
            files: self.global.config.clone(),
            environment: environment(),
            flags,
            brokers: self.brokers.clone(),
        }
    }
}

fn environment() -> Vec<(String, String)> {
    let variables = std::env::vars_os().map(|(name, value)| {
        (
            name.to_string_lossy().into_owned(),
            value.to_string_lossy().into_owned(),
        )
    });
    let mut environment: Vec<(String, String)> = variables.collect();
    environment.sort();
    environment
}

/// The name of a file as a shell takes it.
pub(super) fn in_shell(file: &Path) -> String {
    let name = file.display().to_string();
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+,:=@%".contains(c);
    if !name.is_empty() && name.chars().all(is_plain) {
        name
    } else {
        format!("'{}'", name.replace('\'', "'\\''"))
    }
}

/// The frame of a JSON answer: `schema`, `as_of` (RFC 3339 or a date; null where no time plays a
/// part), and the fields.
pub fn answer(verb: &str, as_of: Option<String>, fields: Map<String, Value>) -> Value {
    let mut answer = Map::new();
    answer.insert("schema".to_owned(), format!("polyfolio.{verb}/1").into());
    answer.insert("as_of".to_owned(), as_of.into());
    answer.extend(fields);
    Value::Object(answer)
}
