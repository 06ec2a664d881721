//! The name that a misspelt one was perhaps meant to be.

/// The closest of `known` by edit distance, if at most a third of `name` differs (two letters in
/// short names); the first of equals.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let allowed = (name.chars().count() / 3).max(2);
    let distances = known
        .into_iter()
        .map(|have| (strsim::damerau_levenshtein(name, have), have));
    let closest = distances.min_by_key(|&(distance, _)| distance)?;
    (closest.0 <= allowed).then(|| closest.1.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_slips_and_not_strangers() {
        let known = ["equal_weight", "sma_cross", "momentum"];
        assert_eq!(nearest("smacross", known).as_deref(), Some("sma_cross"));
        assert_eq!(nearest("momentun", known).as_deref(), Some("momentum"));
        assert_eq!(nearest("carry", known), None);
    }
}
