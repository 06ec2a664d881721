//! The weights that count: as they stand, or divided by their sum.

use crate::refusal::{Code, Refusal};
use crate::scaling::SleeveInput;

/// One weight per sleeve, in order. Faults are pushed, and make the numbers meaningless.
pub(super) fn effective_weights(
    sleeves: &[SleeveInput],
    normalize: bool,
    faults: &mut Vec<Refusal>,
) -> Vec<f64> {
    for sleeve in sleeves {
        let weight = sleeve.weight;
        if !(weight.is_finite() && weight >= 0.0) {
            let message = format!("weight {weight} is not a number of at least 0");
            let fault = Refusal::new(Code::Weight, message, "set the sleeve's weight");
            faults.push(fault.of_sleeve(&sleeve.id));
        }
    }
    let sum: f64 = sleeves.iter().map(|sleeve| sleeve.weight).sum();
    if normalize && sum == 0.0 && !sleeves.is_empty() {
        faults.push(Refusal::new(
            Code::WeightsZero,
            format!("the weights of {} sleeves sum to 0", sleeves.len()),
            "give a sleeve a weight, or set portfolio.normalize = false",
        ));
    }
    let divisor = if normalize { sum } else { 1.0 };
    sleeves
        .iter()
        .map(|sleeve| sleeve.weight / divisor)
        .collect()
}
