//! A run before the last one, from the records themselves: the book lets go of its orders at some
//! later plan, and what it knew of them just before is the whole of it.

use polyfolio_model::RunId;
use polyfolio_oms::book::Run;
use polyfolio_oms::{Book, Record};

use super::SlippageReport;

/// What the orders of a run cost, as far as these records tell. `None` when they do not begin
/// before it, or it is not among them.
pub fn slippage_of_run(
    deployment: u32,
    records: impl IntoIterator<Item = Record>,
    run: RunId,
) -> Option<SlippageReport> {
    let mut book = Book::new(deployment);
    let mut header = None;
    for record in records {
        let is_plan = matches!(record, Record::Planned(_));
        let before = header.as_ref().filter(|_| is_plan).map(|header| {
            let report = SlippageReport::of_header(&book, header);
            (report, orders(&book, run))
        });
        let may_change = is_header(&record);
        book.apply(&record);
        if may_change && let Some(found) = header_of(&book, run) {
            header = Some(found.clone());
        }
        if let Some((report, held)) = before
            && orders(&book, run) < held
        {
            return Some(report);
        }
    }
    header.map(|header| SlippageReport::of_header(&book, &header))
}

/// Whether it may say something of a run as a whole.
fn is_header(record: &Record) -> bool {
    matches!(record, Record::Planned(_) | Record::RunEnded(_))
}

/// The run, while it is the last.
fn header_of(book: &Book, run: RunId) -> Option<&Run> {
    book.run().filter(|last| last.planned.run == run)
}

/// How much of the run the book still has.
fn orders(book: &Book, run: RunId) -> usize {
    let parents = book.parents().keys().filter(|id| id.run == run);
    let children = book.children().filter(|child| child.id().run == run.0);
    parents.count() + children.count()
}
