use super::*;
use crate::face::wrap::PAGE;
use crate::face::{Align, Style};

/// One page: what must stand on it, at a width.
fn check(found: &str, width: usize, expected: &str) {
    assert_eq!(found, expected, "\n{found}");
    let widest = found.lines().map(seen).max();
    assert!(widest <= Some(width), "{widest:?}\n{found}");
}

fn orders() -> Table {
    let mut table = Table::new([
        ("", Align::Left),
        ("held", Align::Decimal),
        ("target", Align::Decimal),
        ("order", Align::Right),
        ("notional", Align::Decimal),
    ]);
    table.row(["CVX", "0", "412", "BUY 412", "73,830.40"].map(str::to_owned));
    table.row(["KO", "1,150", "–", "", "–"].map(str::to_owned));
    table
}

fn notes() -> Vec<String> {
    let notes = ["sleeves", "trend +130 · momentum +290 · core +73", ""];
    notes.map(str::to_owned).into()
}

#[test]
fn a_table_that_fits_is_a_table() {
    let expected = concat!(
        "        held  target    order   notional\n",
        "  CVX      0     412  BUY 412  73,830.40\n",
        "  KO   1,150       –                –\n",
    );
    check(&table(&orders(), 40), 40, expected);
}

#[test]
fn a_table_that_does_not_is_a_record_a_row() {
    let mut wide = orders();
    wide.row(["GE", "0", "1", "BUY 1,234,567,890", "1"].map(str::to_owned));
    let expected = "  \
  CVX
    held 0  target 412  order BUY 412
    notional 73,830.40
  KO
    held 1,150  target –  notional –
  GE
    held 0  target 1
    order BUY 1,234,567,890  notional 1
";
    check(&table(&wide, 40), 40, expected);
}

#[test]
fn what_names_a_row_stands_on_its_first_line() {
    let mut wide = Table::new([
        ("order", Align::Left),
        ("", Align::Left),
        ("", Align::Left),
        ("quantity", Align::Decimal),
        ("average", Align::Decimal),
        ("fees", Align::Right),
    ]);
    let row = ["1.4.1", "BBY", "BUY", "16,000.25", "78.2849", "12.30"];
    wide.row(row.map(str::to_owned));
    let expected = "\
order
  1.4.1  BBY  BUY
    quantity 16,000.25  average 78.2849
    fees 12.30
";
    check(&table(&wide, 40), 40, expected);
}

#[test]
fn the_last_words_of_a_row_go_on_under_themselves() {
    let mut facts = Table::new([("", Align::Left), ("", Align::Left)]);
    facts.row(["trading", "active"].map(str::to_owned));
    let step = "if it is dead:  polyfolio resolve 4 --gone --reason WHY";
    facts.row(["stopped", step].map(str::to_owned));
    let expected = "  \
  trading  active
  stopped  if it is dead:
           polyfolio resolve 4 --gone
           --reason WHY
";
    check(&table(&facts, 40), 40, expected);
}

#[test]
fn notes_stand_beside_below_or_in_the_record() {
    let beside = concat!(
        "        held  target    order   notional  sleeves\n",
        "  CVX      0     412  BUY 412  73,830.40  trend +130\n",
        "                                          momentum +290 · core +73\n",
        "  KO   1,150       –                –\n",
    );
    check(&with_notes(&orders(), &notes(), 66), 66, beside);
    let below = with_notes(&orders(), &notes(), 50);
    assert!(
        below.contains("73,830.40\n    trend +130 · momentum +290 · core +73\n  KO "),
        "{below}"
    );
    let record = "  \
  CVX
    held 0  target 412
    order BUY 412
    notional 73,830.40
    sleeves trend +130
    momentum +290 · core +73
  KO
    held 1,150  target –
    notional –
";
    check(&with_notes(&orders(), &notes(), 30), 30, record);
}

#[test]
fn a_label_without_room_beside_it_stands_above() {
    let said = "no answer to order 0000000a000000010000000200000003 yet";
    let beside_it = "  break   position of KO differs from\n          the broker's\n";
    let found = beside(
        "  break",
        10,
        "position of KO differs from the broker's",
        40,
    );
    check(&found, 40, beside_it);
    let above = "  \
  left undone
    no answer to order
    0000000a000000010000000200000003 yet
";
    check(&beside("  left undone", 18, said, 44), 44, above);
}

#[test]
fn a_line_goes_on_under_itself_and_breaks_between_its_pieces() {
    let text = "error: the fate of 3 orders is unknown\n  \
                look at them:  polyfolio status --json\n  \
                run 20221228-001 · over · positive is a cost\n";
    let expected = "\
error: the fate of 3 orders is unknown
  look at them:
      polyfolio status --json
  run 20221228-001 · over
      positive is a cost
";
    check(&fit(text, 38), 38, expected);
    assert_eq!(fit(text, PAGE), text);
    let last = fit("no end of line but many words that do not fit", 20);
    check(
        &last,
        20,
        "no end of line but\n    many words that\n    do not fit",
    );
}

#[test]
fn a_word_longer_than_the_page_is_not_broken() {
    let path = "/a/directory/whose/name/is/longer/than/any/page/has/columns";
    let found = fit(&format!("everything lies in {path}"), 40);
    assert_eq!(found, format!("everything lies in\n    {path}"));
}

#[test]
fn emphasis_takes_no_room() {
    let line = "\u{1b}[1;31merror:\u{1b}[0m weight is not a number";
    assert_eq!(seen(line), seen("error: weight is not a number"));
    assert_eq!(fit(line, 40), line);
    assert_eq!(seen(&Style::PLAIN.alarm("error:")), 6);
}
