//! What a person may do about an instrument that stopped.

use polyfolio_oms::router::{order_in_doubt, order_that_works_on};

/// The next step, by the reason that is on record.
pub fn next_step(reason: &str) -> String {
    if order_that_works_on(reason).is_some() {
        return "cancel it at the broker; it goes on when the order is over".to_owned();
    }
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
        let step = next_step(&format!("order {id} works and cannot be canceled: refused"));
        assert!(step.starts_with("cancel it at the broker"), "{step}");
        assert!(next_step("order x filled more").contains("resume-trading"));
    }
}
