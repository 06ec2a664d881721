//! Next steps that can be copied as they stand: `…:  polyfolio run` means the portfolio that this
//! command was about.

/// Verbs that look at no portfolio.
const OF_NONE: &[&str] = &[
    "completions",
    "config init",
    "data check",
    "man",
    "sim",
    "strategies",
];

/// What stands before a command that ends its line.
const BEFORE: [&str; 2] = [":  polyfolio ", ": polyfolio "];

/// The same text, each command that ends a line with `flags` behind it, unless it names a config
/// itself or needs none.
pub fn with_flags(text: &str, flags: &str) -> String {
    if flags.is_empty() {
        return text.to_owned();
    }
    let line = |line: &str| {
        let end = line.trim_end().len();
        let after = |before: &&str| line[..end].find(*before).map(|at| at + before.len());
        let command = BEFORE.iter().find_map(after);
        match command.map(|at| &line[at..end]) {
            Some(command) if is_of_a_portfolio(command) => {
                format!("{}{flags}{}", &line[..end], &line[end..])
            }
            _ => line.to_owned(),
        }
    };
    text.split_inclusive('\n').map(line).collect()
}

fn is_of_a_portfolio(command: &str) -> bool {
    let is_of_none = OF_NONE.iter().any(|verb| command.starts_with(verb));
    let names_one = command
        .split_whitespace()
        .any(|word| word == "-c" || word == "--config" || word == "--help");
    !is_of_none && !names_one
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_next_step_is_about_the_same_portfolio() {
        let cases = [
            (
                "go on with:  polyfolio run",
                "go on with:  polyfolio run -c my.toml",
            ),
            (
                "a:  polyfolio run\nb\n",
                "a:  polyfolio run -c my.toml\nb\n",
            ),
            (
                "a:  polyfolio plan -c x.toml\n",
                "a:  polyfolio plan -c x.toml\n",
            ),
            (
                "kinds:  polyfolio strategies\n",
                "kinds:  polyfolio strategies\n",
            ),
            (
                "look why, then: polyfolio resume-trading\n",
                "look why, then: polyfolio resume-trading -c my.toml\n",
            ),
            ("the verb polyfolio run\n", "the verb polyfolio run\n"),
            (
                "help:  polyfolio quote --help\n",
                "help:  polyfolio quote --help\n",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(with_flags(text, " -c my.toml"), expected);
            assert_eq!(with_flags(text, ""), text);
        }
    }
}
