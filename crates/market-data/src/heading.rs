//! The words that head columns.

/// What a column of the file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Stamp,
    Symbol,
    Open,
    High,
    Low,
    Close,
    Volume,
}

impl Part {
    pub(crate) fn of(name: &str) -> Option<Self> {
        let known = [
            ("date", Self::Stamp),
            ("timestamp", Self::Stamp),
            ("datetime", Self::Stamp),
            ("time", Self::Stamp),
            ("symbol", Self::Symbol),
            ("ticker", Self::Symbol),
            ("open", Self::Open),
            ("high", Self::High),
            ("low", Self::Low),
            ("close", Self::Close),
            ("volume", Self::Volume),
        ];
        let mut known = known.into_iter();
        let found = known.find(|(word, _)| name.eq_ignore_ascii_case(word));
        found.map(|(_, part)| part)
    }
}
