//! Settings: files and environment, layer by layer, to values that passed every check.

use std::io;
use std::path::Path;

use polyfolio::failure::Failure;
use polyfolio::settings::{Fault, Loaded, Sources};
use polyfolio_strategies::Registry;

/// Lines of this kind stand between the layers of an input.
const BETWEEN: &[u8] = b"\n%%\n";

/// The bytes are a file, or a file, a second one that lies above it, and variables, one a line.
pub fn run(data: &[u8]) {
    let (first, rest) = split(data);
    let (second, environment) = rest.map_or((None, None), |rest| {
        let (second, environment) = split(rest);
        (Some(second), environment)
    });
    let files = [Some(first), second].into_iter().flatten();
    match read(&files.collect::<Vec<_>>(), environment.unwrap_or_default()) {
        Ok(loaded) => comes_back(&loaded),
        Err(fault) => has_a_place(fault),
    }
}

fn split(data: &[u8]) -> (&[u8], Option<&[u8]>) {
    let at = data.windows(BETWEEN.len()).position(|part| part == BETWEEN);
    match at {
        Some(at) => (&data[..at], Some(&data[at + BETWEEN.len()..])),
        None => (data, None),
    }
}

fn read(files: &[&[u8]], environment: &[u8]) -> Result<Loaded, Fault> {
    let variables = String::from_utf8_lossy(environment);
    let variable = |line: &str| {
        let (name, text) = line.split_once('=')?;
        Some((name.to_owned(), text.to_owned()))
    };
    let sources = Sources {
        files: (0..files.len())
            .map(|at| format!("{at}.toml").into())
            .collect(),
        environment: variables.lines().filter_map(variable).collect(),
        flags: Vec::new(),
        brokers: Default::default(),
    };
    let bring = |path: &Path| {
        let named = |at: &usize| Path::new(&format!("{at}.toml")) == path;
        match (0..files.len()).find(named) {
            Some(at) => Ok(files[at].to_vec()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    };
    Loaded::read_with(&sources, &Registry::builtin(), &bring)
}

/// A person must be able to find what is wrong.
fn has_a_place(fault: Fault) {
    let (told, debug) = (fault.to_string(), format!("{fault:?}"));
    assert!(
        !matches!(fault, Fault::Merge(_)),
        "not a user's error: {told}"
    );
    let failure = Failure::from(fault).to_string();
    let has = |words: &str| failure.contains(words);
    let in_file = has(".toml, line ") && !has("line 0");
    assert!(
        in_file || has("environment") || has("built in"),
        "without a place: {failure}\n{debug}"
    );
}

/// What `polyfolio config show` prints is a config that gives the same settings.
fn comes_back(loaded: &Loaded) {
    let shown = loaded.merged.to_toml(true);
    let again = match read(&[shown.as_bytes()], b"") {
        Ok(again) => again,
        Err(fault) => panic!("{}\n{shown}", Failure::from(fault)),
    };
    let settings = |loaded: &Loaded| format!("{:#?}", loaded.settings);
    assert_eq!(settings(loaded), settings(&again), "{shown}");
    assert_eq!(loaded.merged.to_toml(false), again.merged.to_toml(false));
    assert_eq!(loaded.merged.to_json().ok(), again.merged.to_json().ok());
    assert!(loaded.merged.to_json().is_ok());
    let consents = [false, true].map(|live| loaded.demand_consent(live).is_ok());
    assert_eq!(consents.iter().filter(|is_ok| **is_ok).count(), 1);
}
