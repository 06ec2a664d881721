//! A run, as a person names it.

use std::str::FromStr;

use polyfolio_model::RunId;

/// How a person names a run: `20221228-001`, or the number at its end.
#[derive(Clone, Debug)]
pub(super) struct RunName {
    pub(super) text: String,
    pub(super) run: RunId,
}

impl FromStr for RunName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = text.rsplit_once('-').map_or(text, |(_, number)| number);
        let run = number.parse().map(RunId);
        Ok(Self {
            text: text.to_owned(),
            run: run.map_err(|_| "a run is named like 20221228-001, or by its number")?,
        })
    }
}

impl RunName {
    /// Whether it means the run of this label: a name is taken whole.
    pub(super) fn means(&self, label: &str) -> bool {
        let is_whole = self.text.contains('-');
        let named = label.parse::<Self>().map(|named| named.run);
        named == Ok(self.run) && (!is_whole || self.text == label)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_named_whole_or_by_its_number() {
        let means = |text: &str, label| text.parse::<RunName>().map(|name| name.means(label));
        for (text, is_meant) in [
            ("20221228-001", true),
            ("1", true),
            ("001", true),
            ("2", false),
            ("20221229-001", false),
            ("20221228-002", false),
        ] {
            assert_eq!(means(text, "20221228-001"), Ok(is_meant), "{text}");
        }
        assert!(means("last", "20221228-001").is_err());
        assert!(means("20221228-", "20221228-001").is_err());
    }
}
