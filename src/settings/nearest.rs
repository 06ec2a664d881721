//! "Did you mean …": the nearest valid word.

/// The word of `valid` that `word` was probably meant to be; `None` when nothing is near.
pub(crate) fn nearest<'a>(word: &str, valid: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let distance = |candidate: &str| strsim::damerau_levenshtein(&word, &candidate.to_lowercase());
    let near = |candidate: &&str| {
        let length = candidate.chars().count().max(word.chars().count());
        distance(candidate) <= (length / 3).max(1) && length > 1
    };
    valid
        .into_iter()
        .filter(near)
        .min_by_key(|candidate| distance(candidate))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised_and_strangers_are_not() {
        let valid = ["weight", "strategy", "universe", "lots"];
        let said = [
            ("wieght", Some("weight")),
            ("Weight", Some("weight")),
            ("strategie", Some("strategy")),
            ("lot", Some("lots")),
            ("colour", None),
        ];
        for (word, meant) in said {
            assert_eq!(nearest(word, valid), meant, "{word}");
        }
    }
}
