//! Sleeves as accounts, as a page: all of them in a table, or one in full.

use polyfolio_model::{Money, SleeveId};
use polyfolio_report::sheet::{InRun, Sheet};

use super::amount::{signed, signed_quantity};
use super::{Align, Table, count, money, percent, price, quantity, signed_money};

/// What is not known.
const UNKNOWN: &str = "–";

/// Every sleeve in a line.
pub fn all_text(sheets: &[Sheet]) -> String {
    let mut table = Table::new([
        ("sleeve", Align::Left),
        ("NAV", Align::Decimal),
        ("cash", Align::Decimal),
        ("P&L", Align::Decimal),
        ("drawdown", Align::Decimal),
        ("fees", Align::Decimal),
        ("holds", Align::Right),
    ]);
    for sheet in sheets {
        table.row([
            sheet.sleeve.to_string(),
            amount(sheet.nav),
            money(sheet.cash),
            sheet.pnl.map_or(UNKNOWN.to_owned(), signed_money),
            share(sheet.drawdown),
            money(sheet.fees),
            count(sheet.positions.len(), "name"),
        ]);
    }
    table.to_string()
}

/// One sleeve in full.
pub fn sheet_text(sheet: &Sheet) -> String {
    let mut text = format!("{}\n\n", sheet.sleeve);
    let mut table = Table::new([("", Align::Left), ("", Align::Decimal)]);
    let mut row = |name: &str, value: String| table.row([name.to_owned(), value]);
    row("NAV", amount(sheet.nav));
    row("cash", money(sheet.cash));
    row("paid in", signed_money(sheet.funding));
    if sheet.sleeve.as_str() != SleeveId::UNASSIGNED {
        row("P&L", sheet.pnl.map_or(UNKNOWN.to_owned(), signed_money));
        row("drawdown", share(sheet.drawdown));
    }
    row("traded", money(sheet.traded));
    let turnover = sheet.turnover().map(|turnover| percent(turnover, 1));
    row("turnover", turnover.unwrap_or_else(|| UNKNOWN.to_owned()));
    row("fees", money(sheet.fees));
    text.push_str(&table.to_string());
    text.push_str(&holdings(sheet));
    if let Some(run) = &sheet.run {
        text.push_str(&in_run(run, &sheet.sleeve));
    }
    text
}

fn holdings(sheet: &Sheet) -> String {
    if sheet.positions.is_empty() {
        return "\n  holds nothing\n".to_owned();
    }
    let mut table = Table::new([
        ("holds", Align::Left),
        ("quantity", Align::Decimal),
        ("close", Align::Decimal),
        ("value", Align::Decimal),
        ("of NAV", Align::Decimal),
    ]);
    let nav = sheet.nav.filter(|nav| nav.is_positive());
    for (symbol, holding) in &sheet.positions {
        let part = holding.value.zip(nav).map(|(value, nav)| {
            let value = polyfolio_model::convert::money_f64(value);
            percent(value / polyfolio_model::convert::money_f64(nav), 1)
        });
        let price = holding.price.map(price);
        table.row([
            symbol.to_string(),
            quantity(holding.quantity),
            price.unwrap_or_else(|| UNKNOWN.to_owned()),
            amount(holding.value),
            part.unwrap_or_else(|| UNKNOWN.to_owned()),
        ]);
    }
    format!("\n{table}")
}

fn in_run(run: &InRun, sleeve: &SleeveId) -> String {
    let performance = &run.report.performance;
    let slippage = performance.slippage.as_ref().map(|cost| cost.bp);
    let mut table = Table::new([("", Align::Left), ("", Align::Decimal)]);
    let mut row = |name: &str, value: String| table.row([name.to_owned(), value]);
    row(
        "P&L",
        performance.pnl.map_or(UNKNOWN.to_owned(), signed_money),
    );
    row("bought", money(performance.bought));
    row("sold", money(performance.sold));
    row("fees", money(performance.fees));
    row(
        "slippage",
        slippage.map_or(UNKNOWN.to_owned(), |bp| format!("{} bp", signed(bp, 1))),
    );
    let mut text = format!("\n  run {}\n{table}", run.run);
    for cross in &run.crosses {
        let (other, signed) = if cross.to == *sleeve {
            (&cross.from, cross.quantity)
        } else {
            (&cross.to, -cross.quantity)
        };
        text.push_str(&format!(
            "  crossed with {other}: {} {} at {}\n",
            signed_quantity(signed),
            cross.instrument,
            cross.price
        ));
    }
    if !run.residues.is_empty() {
        let names = count(run.residues.len(), "name");
        text.push_str(&format!(
            "  residues below a lot in {names}; in full:  --json\n"
        ));
    }
    text
}

fn amount(of: Option<Money>) -> String {
    of.map_or(UNKNOWN.to_owned(), money)
}

fn share(of: Option<f64>) -> String {
    of.map_or(UNKNOWN.to_owned(), |share| percent(share, 1))
}
