//! What a person may do about an instrument that stopped.

use polyfolio_oms::router::order_in_doubt;

/// The next step, by the reason that is on record.
pub fn next_step(reason: &str) -> String {
    order_in_doubt(reason).map_or_else(
        || "when you have looked:  polyfolio resume-trading".to_owned(),
        |order| format!("if it is dead:  polyfolio resolve {order} --gone --reason WHY"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_that_no_list_can_prove_names_the_verb_for_it() {
        let id = "0000000a000000010000000200000003";
        let step = next_step(&format!("the fate of order {id} is unknown: nobody says"));
        assert_eq!(
            step,
            format!("if it is dead:  polyfolio resolve {id} --gone --reason WHY")
        );
        assert!(next_step("order x filled more").contains("resume-trading"));
    }
}
