//! The quotes, for a person and for a program.

use super::Question;
use crate::face::{Align, Table, grouped, quantity, significant};

/// Written by hand, because every number has 17 significant digits.
pub(super) fn json(offsets: &[f64]) -> String {
    let quote = |(index, offset): (usize, &f64)| {
        let (lots, offset) = (index + 1, significant(*offset));
        format!("{{\"lots\":{lots},\"offset_ticks\":{offset}}}")
    };
    let quotes: Vec<String> = offsets.iter().enumerate().map(quote).collect();
    let list = quotes.join(",\n");
    format!("{{\"schema\":\"polyfolio.quote/1\",\"as_of\":null,\"quotes\":[\n{list}]}}\n")
}

/// The bare numbers.
pub(super) fn table(offsets: &[f64]) -> Table {
    let mut table = Table::new([
        ("lots left", Align::Right),
        ("offset, ticks", Align::Decimal),
    ]);
    for (index, offset) in offsets.iter().enumerate() {
        table.row([grouped(&(index + 1).to_string()), format!("{offset:.6}")]);
    }
    table
}

/// The numbers with what was asked and how to read them.
pub(super) fn text(question: &Question, offsets: &[f64]) -> String {
    let Question {
        params,
        seconds,
        elapsed,
        lots,
        ..
    } = question;
    let (size, lot) = (quantity(question.quantity), quantity(question.lot));
    let left = seconds - elapsed;
    let market = format!(
        "σ {} · A {} · k {}",
        params.sigma, params.arrival_rate, params.decay
    );
    let taste = format!(
        "γ {} · b {} · μ {}",
        params.risk_aversion, params.liquidation_cost, params.drift
    );
    let table = table(offsets);
    format!(
        "quote · {size} in {lots} lots of {lot} · {left} s of {seconds} s left\n  {market} · {taste}\n\n{table}\n  \
         a seller asks mid + offset, a buyer bids mid − offset; below 0 is through the mid\n"
    )
}
