//! The dotted name of a setting.

use std::fmt;

/// The way from the root of the config to one value: `sleeve.trend.weight`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(Vec<String>);

impl Key {
    /// From its parts.
    pub fn of<const N: usize>(parts: [&str; N]) -> Self {
        Self(parts.map(str::to_owned).into())
    }

    /// A part below.
    #[must_use]
    pub fn child(&self, part: &str) -> Self {
        let mut parts = self.0.clone();
        parts.push(part.to_owned());
        Self(parts)
    }

    /// The part above; of the root, the root.
    #[must_use]
    pub fn above(&self) -> Self {
        let above = self.0.split_last().map(|(_, above)| above.to_vec());
        Self(above.unwrap_or_default())
    }

    /// Its parts.
    pub fn parts(&self) -> &[String] {
        &self.0
    }

    /// The last part: what the value is called where it stands.
    pub fn name(&self) -> &str {
        self.0.last().map_or("", String::as_str)
    }

    /// What it lies below, the nearest first.
    pub fn ancestors(&self) -> impl Iterator<Item = Self> {
        (1..self.0.len())
            .rev()
            .map(|depth| Self(self.0[..depth].to_vec()))
    }

    /// Whether it lies below `prefix`.
    pub fn is_below(&self, prefix: &[&str]) -> bool {
        self.0.len() > prefix.len() && self.0.iter().zip(prefix).all(|(a, b)| a == b)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, part) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(".")?;
            }
            f.write_str(&written(part))?;
        }
        Ok(())
    }
}

/// A part as TOML writes it: bare where it may be, quoted otherwise.
pub(crate) fn written(part: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !part.is_empty() && part.chars().all(bare) {
        part.to_owned()
    } else {
        toml::Value::from(part).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_are_not_bare_are_quoted() {
        let key = Key::of(["instrument", "BRK.B", "tick"]);
        assert_eq!(key.to_string(), "instrument.\"BRK.B\".tick");
        assert!(key.is_below(&["instrument"]) && !key.is_below(&["sleeve"]));
        assert_eq!(key.name(), "tick");
        let above: Vec<String> = key.ancestors().map(|key| key.to_string()).collect();
        assert_eq!(above, ["instrument.\"BRK.B\"", "instrument"]);
        assert_eq!(key.above(), Key::of(["instrument", "BRK.B"]));
    }
}
