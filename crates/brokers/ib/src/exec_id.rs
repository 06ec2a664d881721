//! IB's execution ids: parts with points between them, of which the last one counts corrections.
//!
//! A correction is the same execution with the last part raised; it stands for the one before.

use polyfolio_model::ExecId;

/// An execution apart from its corrections.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Correction {
    /// The execution, whatever became of it.
    pub(crate) base: String,
    /// The first is 1.
    pub(crate) version: u32,
    width: usize,
}

impl Correction {
    /// Reads an id; one of another shape is its own first version.
    pub(crate) fn read(id: &str) -> Self {
        let parts = id.rsplit_once('.');
        let counted = parts.and_then(|(base, last)| {
            let version: u32 = last.parse().ok().filter(|version| *version > 0)?;
            Some(Self {
                base: base.to_owned(),
                version,
                width: last.len(),
            })
        });
        counted.unwrap_or_else(|| Self {
            base: id.to_owned(),
            version: 1,
            width: 0,
        })
    }

    /// The id of the execution that this one stands for.
    pub(crate) fn replaces(&self) -> Option<ExecId> {
        let before = self.version.checked_sub(1).filter(|version| *version > 0)?;
        let (base, width) = (&self.base, self.width);
        let id = format!("{base}.{before:0width$}");
        Some(ExecId::new(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_part_counts_corrections() {
        for (id, version, replaces) in [
            ("0000e0d5.6576.01.01", 1, None),
            ("0000e0d5.6576.01.02", 2, Some("0000e0d5.6576.01.01")),
            ("0000e0d5.6576.01.10", 10, Some("0000e0d5.6576.01.09")),
            ("odd", 1, None),
            ("odd.x", 1, None),
            ("odd.00", 1, None),
        ] {
            let read = Correction::read(id);
            let before = read.replaces().map(|id| id.to_string());
            assert_eq!(
                (read.version, before.as_deref()),
                (version, replaces),
                "{id}"
            );
        }
        let base = |id| Correction::read(id).base;
        assert_eq!(base("a.01.01"), base("a.01.02"));
        assert_ne!(base("a.01.01"), base("a.02.01"));
    }
}
