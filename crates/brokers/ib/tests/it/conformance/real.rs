//! What is known of the real TWS, case by case. Nothing here was seen on one: it is what IB
//! documents, and what others report of it.

/// What the matrix says of a case.
pub(super) fn known(case: &str) -> &'static str {
    let (number, _) = case.split_once('_').unwrap();
    let known = KNOWN.iter().find(|(of, _)| *of == number);
    known.map_or("unverified", |(_, what)| what)
}

#[rustfmt::skip]
const KNOWN: &[(&str, &str)] = &[
    ("c02", "unverified; orders typed into TWS have no reference of ours"),
    ("c06", "unverified; commissions are reported to come seconds after the execution"),
    ("c09", "unverified; an IOC's end is reported as a status, a 202, or both"),
    ("c11", "unverified; the end is expected as a 202 or as a status when the exchange closes"),
    ("c14", "expected to differ: refused near the close, at times that differ by exchange"),
    ("c15", "unverified; TWS may ask for a better trigger, or hold the stop at IB"),
    ("c21", "unverified; the refusal is expected as 161, 10147 or 10148"),
    ("c22", "unverified; `settle` is a guess"),
    ("c25", "unverified; a total below what has filled may be refused or fill the order"),
    ("c26", "unverified; TWS may cap a limit far from the market (2161)"),
    ("c31", "unverified; IB promises no order among executions and statuses"),
    ("c32", "unverified; never sent: the grid comes from IB's market rules"),
    ("c34", "unverified; IB says it in the text of a 201, which may be worded differently"),
    ("c35", "expected to differ: TWS queues most orders until the market opens, and warns with a 399"),
    ("c38", "unverified; executions and completed orders reach back to the account's midnight"),
    ("c42", "unverified; a list without its end is given up after `snapshot_timeout_ms`"),
    ("c46", "unverified; the daily restart of the gateway is a silence of minutes"),
    ("c50", "unverified; IB documents that the id of a working order changes that order"),
    ("c52", "unverified; a 103 or 104 is expected"),
    ("c55", "unverified; others report that ids roll back by several over a restart of the gateway"),
    ("c56", "unverified; IB documents that the same client id alone may change an order"),
    ("c57", "unverified; IB documents 50 messages a second for each client"),
    ("c58", "unverified; TWS tells the time of its own machine"),
];
