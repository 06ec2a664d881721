//! Every key there is: its place, its kind, one line on what it does.
//!
//! This table is what files and variables are checked against, what "did you mean" chooses from,
//! and what `config/schema.json` is generated from. A key that is not here does not exist.

use super::{Field, Node};
use crate::settings::kind::Kind;

const fn leaf(name: &'static str, kind: Kind, doc: &'static str) -> Field {
    Field {
        name,
        doc,
        node: Node::Leaf(kind),
    }
}

const fn table(name: &'static str, fields: &'static [Field], doc: &'static str) -> Field {
    Field {
        name,
        doc,
        node: Node::Table(fields),
    }
}

const fn named(name: &'static str, node: &'static Node, doc: &'static str) -> Field {
    Field {
        name,
        doc,
        node: Node::Named(node),
    }
}

pub(super) const FIELDS: &[Field] = &[
    leaf(
        "mode",
        Kind::Choice(&["paper", "live"]),
        "where orders go; live needs --live on the command line too",
    ),
    table("state", STATE, "what must survive a crash"),
    table(
        "logs",
        LOGS,
        "what a run leaves behind for people and other programs",
    ),
    table("history", HISTORY, "the prices that strategies see"),
    table("portfolio", PORTFOLIO, "how sleeves become one book"),
    named("sleeve", &Node::Table(SLEEVE), "one weighted strategy each"),
    named(
        "instrument",
        &Node::Table(INSTRUMENT),
        "trading rules; \"default\" holds for every instrument that does not say otherwise",
    ),
    table("execution", EXECUTION, "how orders are worked"),
    table("risk", RISK, "what no order may do"),
    table("broker", BROKER, "the accounts that are traded"),
    table("notify", NOTIFY, "who outside is told of what"),
];

/// The names of `polyfolio_ports::NoticeKind`.
pub(in crate::settings) const NOTICES: &[&str] = &[
    "order_rejected",
    "order_denied",
    "break",
    "instrument_stopped",
    "trading_halted",
    "connection_lost",
    "invariant_violated",
    "run_ended",
];

const NOTIFY: &[Field] = &[
    leaf(
        "webhook",
        Kind::Secret("https://hooks.example.com/T0/x"),
        "where notices are posted, a secret; better by POLYFOLIO__NOTIFY__WEBHOOK; none without",
    ),
    leaf(
        "events",
        Kind::Choices(NOTICES),
        "what is told; without, all of it",
    ),
];

const STATE: &[Field] = &[
    leaf(
        "dir",
        Kind::Text("state"),
        "directory; every mode and broker has its own below it",
    ),
    leaf(
        "snapshot_every",
        Kind::Count("10_000"),
        "records of the journal after which a start keeps the book and reads no further back",
    ),
    leaf(
        "keep_all",
        Kind::Switch,
        "keep every record for ever; otherwise those before the last snapshot but one are dropped",
    ),
];

const LOGS: &[Field] = &[leaf("dir", Kind::Text("logs"), "directory")];

const HISTORY: &[Field] = &[
    leaf(
        "daily",
        Kind::Text("data/us20-daily.csv.gz"),
        "CSV of closes, plain or gzip: a column per instrument, or a line per bar with its symbol",
    ),
    leaf(
        "time_zone",
        Kind::Text("America/New_York"),
        "in which the date of a time is taken, where the file has times",
    ),
    leaf(
        "bar",
        Kind::Choice(&["start", "end"]),
        "what the time of a bar is the time of; one that ends at midnight is of the day before",
    ),
    leaf(
        "as_of",
        Kind::Date,
        "decide as if this were the last date of the history",
    ),
];

const PORTFOLIO: &[Field] = &[
    leaf(
        "base_currency",
        Kind::Text("USD"),
        "what NAV and limits are counted in",
    ),
    leaf(
        "sizing",
        Kind::Choice(&["nav", "reference"]),
        "nav: weights of the account's NAV today; reference: of a fixed NAV at a fixed date",
    ),
    leaf("leverage", Kind::Number("1.0"), "multiplies every target"),
    leaf(
        "normalize",
        Kind::Switch,
        "divide weights by their sum; otherwise the rest is cash",
    ),
    leaf(
        "reference_nav",
        Kind::Number("100_000"),
        "the NAV of reference sizing",
    ),
    leaf(
        "reference_date",
        Kind::Moment,
        "the date of reference sizing",
    ),
    leaf(
        "unclaimed",
        Kind::Choice(&["keep", "liquidate"]),
        "positions that no sleeve ever owned",
    ),
    leaf(
        "on_departure",
        Kind::Choice(&["wind-down", "unassign"]),
        "what a sleeve holds that left the config: trade it away, or give it to unassigned",
    ),
    leaf(
        "rounding",
        Kind::Choice(&["lot", "none"]),
        "orders in whole lots, or as they come",
    ),
    leaf(
        "no_trade_band",
        Kind::Number("0.01"),
        "differences below this share of the target are left alone",
    ),
    leaf(
        "min_notional",
        Kind::Money("100"),
        "orders worth less are left alone",
    ),
    leaf(
        "on_strategy_failure",
        Kind::Choice(&["hold-sleeve", "abort"]),
        "when a strategy fails: keep what its sleeve holds, or trade nothing",
    ),
    leaf(
        "on_late_resume",
        Kind::Choice(&["sweep", "extend", "abandon"]),
        "when a run is resumed after its deadline",
    ),
    leaf(
        "on_break",
        Kind::Choice(&["halt", "adopt"]),
        "when the broker's book differs from ours",
    ),
    leaf(
        "on_stop",
        Kind::Choice(&["leave", "cancel"]),
        "working orders when the process is told to stop",
    ),
];

const SLEEVE: &[Field] = &[
    leaf(
        "strategy",
        Kind::Text("sma_cross"),
        "its kind: polyfolio strategies lists them",
    ),
    leaf("weight", Kind::Number("0.30"), "its share of the NAV"),
    leaf("universe", Kind::Universe, "what it may hold"),
    named(
        "params",
        &Node::Leaf(Kind::Free),
        "the parameters of its kind; of = { strategy = …, params = { … } } where it wraps another",
    ),
    leaf(
        "start",
        Kind::Date,
        "its virtual account begins; earlier rows are warm-up",
    ),
    leaf(
        "end",
        Kind::Date,
        "rows after this date do not exist for it",
    ),
    leaf(
        "fee_rate",
        Kind::Number("0.0005"),
        "fee of a virtual fill as a share of its notional",
    ),
    leaf(
        "fill",
        Kind::Choice(&["same", "next"]),
        "virtual fills at the close of the decision, or at the next",
    ),
    leaf("lots", Kind::Switch, "whole units in the virtual account"),
    leaf(
        "capital",
        Kind::Number("1_000_000"),
        "what the virtual account begins with",
    ),
];

const INSTRUMENT: &[Field] = &[
    leaf("tick", Kind::Price("0.01"), "the price grid"),
    leaf("lot", Kind::Quantity("1"), "the quantity grid"),
    leaf(
        "min_notional",
        Kind::Money("0"),
        "the smallest value of an order",
    ),
    leaf(
        "currency",
        Kind::Text("USD"),
        "what it is quoted and settled in",
    ),
    table("quote", QUOTE, "its own parameters of the optimal quote"),
    table("ib", IB_CONTRACT, "how Interactive Brokers calls it"),
];

const IB_CONTRACT: &[Field] = &[
    leaf(
        "sec_type",
        Kind::Choice(&["STK", "ETF", "FUT", "CASH"]),
        "stock, exchange-traded fund, future, or pair of currencies",
    ),
    leaf(
        "symbol",
        Kind::Text("SPY"),
        "IB's symbol, where it is another",
    ),
    leaf("exchange", Kind::Text("SMART"), "where it is traded"),
    leaf(
        "primary_exchange",
        Kind::Text("ARCA"),
        "where it is listed: tells apart what shares a symbol",
    ),
    leaf(
        "expiry",
        Kind::Text("202612"),
        "a future's month or last trading day",
    ),
    leaf(
        "trading_class",
        Kind::Text("ES"),
        "a future's class, where a symbol has several",
    ),
    leaf(
        "multiplier",
        Kind::Text("50"),
        "a future's multiplier, where a symbol has several",
    ),
    leaf("con_id", Kind::Count("756733"), "IB's own number for it"),
];

const QUOTE: &[Field] = &[
    leaf(
        "sigma",
        Kind::Number("0.9"),
        "volatility of the mid, ticks per square root of a second",
    ),
    leaf(
        "arrival_rate",
        Kind::Number("0.08"),
        "fills per second of a quote at the mid",
    ),
    leaf(
        "decay",
        Kind::Number("0.45"),
        "how fast fills thin out away from the mid, per tick",
    ),
    leaf(
        "risk_aversion",
        Kind::Number("0.05"),
        "per tick and lot; 0 is risk neutral",
    ),
    leaf(
        "liquidation_cost",
        Kind::Number("3"),
        "ticks lost on a lot that is left at the deadline",
    ),
];

const EXECUTION: &[Field] = &[
    leaf(
        "algorithm",
        Kind::Choice(&["optimal_limit", "twap", "limit", "market"]),
        "how parent orders are worked",
    ),
    leaf("horizon", Kind::Span("5m"), "how long a run may take"),
    leaf(
        "at_deadline",
        Kind::Choice(&["sweep", "leave"]),
        "what is left then: a market order, or nothing",
    ),
    leaf("clip", Kind::Quantity("100"), "how much one quote shows"),
    leaf(
        "requote_min",
        Kind::Span("1s"),
        "the shortest time between two quotes",
    ),
    leaf(
        "sweep_for",
        Kind::Span("60s"),
        "how long the market is waited for after the deadline",
    ),
    leaf(
        "max_child",
        Kind::Quantity("1000"),
        "the largest quantity of one order sent",
    ),
    leaf(
        "cross",
        Kind::Switch,
        "whether a quote may reach the opposite side",
    ),
    table(
        "quote",
        QUOTE,
        "the market and the trader's taste, where an instrument says nothing",
    ),
];

const RISK: &[Field] = &[
    leaf(
        "max_gross_leverage",
        Kind::Number("1.5"),
        "Σ |position value| / NAV",
    ),
    leaf(
        "max_net_leverage",
        Kind::Number("1.5"),
        "|Σ position value| / NAV",
    ),
    leaf(
        "max_weight_per_instrument",
        Kind::Number("0.20"),
        "|position value| / NAV",
    ),
    leaf(
        "max_order_notional",
        Kind::Money("100_000"),
        "the value of one order",
    ),
    leaf(
        "max_price_age_days",
        Kind::Count("5"),
        "older closes are stale",
    ),
    leaf(
        "max_quote_age",
        Kind::Span("5s"),
        "no order is sent on an older quote",
    ),
    leaf(
        "max_turnover",
        Kind::Number("1.0"),
        "Σ |order value| / NAV, of one plan",
    ),
    leaf(
        "max_volume_share",
        Kind::Number("0.05"),
        "one order / what is traded of it in a day: the mean of the last 20",
    ),
    named(
        "group",
        &Node::Table(GROUP),
        "instruments that are limited together: a sector, a country",
    ),
    leaf(
        "max_drawdown",
        Kind::Number("0.2"),
        "the share of the account that may be lost since its best mark",
    ),
    leaf(
        "max_sleeve_drawdown",
        Kind::Number("0.3"),
        "the share of a sleeve that may be lost since its best mark",
    ),
    leaf(
        "max_daily_loss",
        Kind::Number("0.03"),
        "the share of the account that may be lost since the day before",
    ),
    leaf(
        "on_loss",
        Kind::Choice(&["halt", "reduce_only"]),
        "what happens to trading when more was lost",
    ),
    leaf("restricted", Kind::Symbols, "never traded"),
];

const GROUP: &[Field] = &[
    leaf("instruments", Kind::Symbols, "which"),
    leaf(
        "max_weight",
        Kind::Number("0.35"),
        "Σ |position value| of them / NAV",
    ),
];

/// The brokers that come with polyfolio.
pub(crate) const BROKERS: &[&str] = &["paper", "ib"];

pub(super) const BROKER: &[Field] = &[
    leaf(
        "use",
        Kind::Choice(BROKERS),
        "whose account is traded: the embedded broker's, or Interactive Brokers'",
    ),
    table("paper", PAPER, "the embedded paper broker"),
    table("ib", IB, "Interactive Brokers, at TWS or IB Gateway"),
];

const PAPER: &[Field] = &[
    leaf("account", Kind::Text("PAPER-1"), "the name of the account"),
    leaf("cash", Kind::Money("1_000_000"), "opening cash"),
    named(
        "positions",
        &Node::Leaf(Kind::Quantity("100")),
        "opening positions by symbol",
    ),
    leaf("seed", Kind::Seed("7"), "of all chance in its market"),
    leaf(
        "latency_ms",
        Kind::Count("20"),
        "how long a message takes each way",
    ),
    leaf(
        "fees",
        Kind::Text("ibkr_fixed"),
        "zero, ibkr_fixed, ibkr_tiered, us_sell_fees, or basis points such as 2.5bp",
    ),
    leaf(
        "fill_model",
        Kind::Choice(&["poisson", "touch", "through"]),
        "when resting orders trade",
    ),
    leaf("spread_ticks", Kind::Count("2"), "offer less bid"),
];

const IB: &[Field] = &[
    leaf(
        "host",
        Kind::Text("127.0.0.1"),
        "where TWS or IB Gateway runs",
    ),
    leaf(
        "port",
        Kind::Count("4002"),
        "its API port: 7497 and 4002 are the paper accounts', 7496 and 4001 the live ones'",
    ),
    leaf(
        "client_id",
        Kind::Count("17"),
        "who we are there; it never changes for a state directory, and nobody else may use it",
    ),
    leaf(
        "account",
        Kind::Text("DU1234567"),
        "which account; without, the login's only one",
    ),
    leaf(
        "market_data",
        Kind::Choice(&["live", "frozen", "delayed", "delayed_frozen"]),
        "which quotes",
    ),
    leaf(
        "outside_rth",
        Kind::Switch,
        "whether orders may trade outside regular hours",
    ),
    leaf(
        "connect_timeout",
        Kind::Span("10s"),
        "how long one attempt to connect may take",
    ),
    leaf(
        "request_timeout",
        Kind::Span("10s"),
        "how long an answer may take",
    ),
    leaf(
        "snapshot_timeout",
        Kind::Span("30s"),
        "how long the lists of everything may take",
    ),
    leaf(
        "heartbeat",
        Kind::Span("15s"),
        "how often the gateway is asked whether it is there",
    ),
    leaf(
        "ack_timeout",
        Kind::Span("10s"),
        "after this long without a word an order's fate is unknown, and asked for",
    ),
    leaf(
        "absence_horizon",
        Kind::Span("30s"),
        "after this long an order that is in no list was not accepted in time",
    ),
    leaf(
        "propagation_lag",
        Kind::Span("5s"),
        "how long a fact may take to appear in every list",
    ),
    leaf(
        "settle",
        Kind::Span("3s"),
        "how long after the end of an order a last fill may come",
    ),
    leaf(
        "reconnect",
        Kind::Span("1s"),
        "how long to wait before connecting again; doubled each time, up to a minute",
    ),
    leaf(
        "messages_per_second",
        Kind::Count("45"),
        "how many messages are sent at most; IB hangs up on more than 50",
    ),
    leaf(
        "cancels_reserve",
        Kind::Count("10"),
        "how many of them only cancels may use",
    ),
    leaf(
        "maintenance",
        Kind::Text("03:45-06:00, sat 03:00-08:00"),
        "when a lost connection is no alarm, in UTC: IB's nightly reset, the gateway's restart",
    ),
];
