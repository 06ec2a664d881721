"""Check values for five kinds of strategies, by a program of its own: styles.json.

    python3 crates/strategies/tests/data/styles.py > crates/strategies/tests/data/styles.json

Python 3.8 or newer, its standard library, and the shipped history. It shares no code with the
strategies and, where it can, no arithmetic either:
- prices are whole thousandths; signals of mean_reversion, breakout and dual_momentum are decided in
  integers and fractions, without rounding;
- a deviation is taken from sums of squares, not from distances to the mean;
- the volatility of a portfolio comes from the whole covariance matrix, as w' S w.
The account is the one of tests/data/portfolio-stats.json: wishes are shares of the equity at the
close, fills are at that close, sells before buys.
"""

import csv
import gzip
import json
import math
from datetime import date
from fractions import Fraction
from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]
CAPITAL = 1_000_000.0


def load():
    with gzip.open(ROOT / "data" / "us20-daily.csv.gz", "rt", newline="") as file:
        rows = list(csv.reader(file))
    names = rows[0][1:]
    days = [row[0] for row in rows[1:]]
    texts = [row[1:] for row in rows[1:]]
    milli = [[int(Fraction(text) * 1000) for text in row] for row in texts]
    for row, line in zip(texts, milli):
        assert all(Fraction(text) * 1000 == m for text, m in zip(row, line))
    closes = [[float(text) for text in row] for row in texts]
    return names, days, closes, milli


class Table:
    """The columns of a universe."""

    def __init__(self, whole, universe):
        names, self.days, closes, milli = whole
        keep = [i for i, name in enumerate(names) if universe is None or name in universe]
        self.names = [names[i] for i in keep]
        self.closes = [[row[i] for i in keep] for row in closes]
        self.milli = [[row[i] for i in keep] for row in milli]
        self.n = len(keep)

    def is_month_end(self, t):
        return t + 1 < len(self.days) and self.days[t + 1][:7] != self.days[t][:7]

    def month_ends(self, t):
        return [s for s in range(t + 1) if self.is_month_end(s)]


class Account:
    def __init__(self, table, fee):
        self.table, self.fee = table, fee
        self.cash, self.units, self.fills = CAPITAL, [0.0] * table.n, 0

    def equity(self, t):
        value = self.cash
        for units, close in zip(self.units, self.table.closes[t]):
            value += units * close
        return value

    def bring_to(self, t, weights):
        """Weights by column; what is not in it stays. Gives whether anything was traded."""
        equity = self.equity(t)
        orders = []
        for column in sorted(weights):
            price = self.table.closes[t][column]
            order = weights[column] * equity / price - self.units[column]
            if order != 0.0:
                orders.append((order > 0.0, column, order, price))
        for _, column, order, price in sorted(orders):
            self.cash -= order * price
            self.cash -= abs(order) * price * self.fee
            self.units[column] += order
            self.fills += abs(order) * price > 1e-9 * equity  # less is rounding
        return bool(orders)


def mean_reversion(table, par):
    window, entry, exit = par["window"], Fraction(str(par["entry"])), Fraction(str(par["exit"]))
    short = par["direction"] == "long_short"
    held = [0] * table.n

    def beyond(t, column, bound):
        """The sign of z where |z| > bound, otherwise 0; decided on its square."""
        last = [table.milli[s][column] for s in range(t - window + 1, t + 1)]
        total, squares = sum(last), sum(p * p for p in last)
        spread = window * squares - total * total
        away = window * last[-1] - total
        if spread == 0 or away * away * (window - 1) <= bound * bound * window * spread:
            return 0
        return 1 if away > 0 else -1

    def decide(t, first):
        if t < window - 1:
            return {}
        wishes = {}
        for column in range(table.n):
            enter, stay = beyond(t, column, entry), beyond(t, column, exit)
            if enter == -1:
                now = 1
            elif enter == 1 and short:
                now = -1
            elif held[column] == 1:
                now = 1 if stay == -1 else 0
            elif held[column] == -1:
                now = -1 if stay == 1 else 0
            else:
                now = 0
            if now != held[column]:
                held[column] = now
                wishes[column] = now / table.n
        return wishes

    return decide


def breakout(table, par):
    entry, exit = par["entry"], par["exit"]
    short = par["direction"] == "long_short"
    held = [0] * table.n

    def decide(t, first):
        if t < entry:
            return {}
        wishes = {}
        for column in range(table.n):
            before = [table.milli[s][column] for s in range(t - entry, t)]
            price, now = table.milli[t][column], held[column]
            if now == 1 and price < min(before[-exit:]):
                now = 0
            if now == -1 and price > max(before[-exit:]):
                now = 0
            if price > max(before):
                now = 1
            if short and price < min(before):
                now = -1
            if now != held[column]:
                held[column] = now
                wishes[column] = now / table.n
        return wishes

    return decide


def deviation(values):
    n, total = len(values), math.fsum(values)
    return math.sqrt((math.fsum(v * v for v in values) - total * total / n) / (n - 1))


def inverse_volatility(table, par):
    window = par["window"]

    def decide(t, first):
        if t < window or not (first or table.is_month_end(t)):
            return {}
        inverse = []
        for column in range(table.n):
            logs = [math.log(table.closes[s][column]) for s in range(t - window, t + 1)]
            inverse.append(1.0 / deviation([b - a for a, b in zip(logs, logs[1:])]))
        return {column: value / math.fsum(inverse) for column, value in enumerate(inverse)}

    return decide


def dual_momentum(table, par):
    lookback, top = par["lookback_months"], par["top"]
    threshold = Fraction(str(par["threshold"]))
    hurdle, defensive = par["hurdle"], par["defensive"]

    def decide(t, first):
        ends = table.month_ends(t)
        if not table.is_month_end(t) or len(ends) <= lookback:
            return {}
        then = ends[-1 - lookback]
        gain = {
            name: Fraction(table.milli[t][c], table.milli[then][c]) - 1
            for c, name in enumerate(table.names)
        }
        ranked = [name for name in table.names if name not in (hurdle, defensive)]
        ranked.sort(key=lambda name: -gain[name])
        weights = {name: 0.0 for name in table.names}
        refused = 0
        for name in ranked[:top]:
            if gain[name] > threshold and (hurdle == "none" or gain[name] > gain[hurdle]):
                weights[name] = 1.0 / top
            else:
                refused += 1
        if defensive != "cash":
            weights[defensive] = refused / top
        return {table.names.index(name): weight for name, weight in weights.items()}

    return decide


def momentum(table, par):
    lookback, skip, top = par["lookback_months"], par["skip_months"], par["top"]

    def decide(t, first):
        ends = table.month_ends(t)
        if not table.is_month_end(t) or len(ends) <= lookback:
            return {}
        late, then = ends[-1 - skip], ends[-1 - lookback]
        gain = [Fraction(table.milli[late][c], table.milli[then][c]) for c in range(table.n)]
        best = sorted(range(table.n), key=lambda c: (-gain[c], c))[:top]
        return {c: (1.0 / top if c in best else 0.0) for c in range(table.n)}

    return decide


def equal_weight(table, par):
    def decide(t, first):
        if first or table.is_month_end(t):
            return {c: 1.0 / table.n for c in range(table.n)}
        return {}

    return decide


def covariance(table, t, window):
    steps = range(t - window + 1, t + 1)
    returns = [
        [table.closes[s][c] / table.closes[s - 1][c] - 1.0 for s in steps] for c in range(table.n)
    ]
    means = [math.fsum(r) / window for r in returns]
    apart = [[v - m for v in r] for r, m in zip(returns, means)]
    return [
        [math.fsum(a * b for a, b in zip(x, y)) / (window - 1) for y in apart] for x in apart
    ]


def volatility_target(table, par):
    inside = STYLES[par["of"]["strategy"]](table, par["of"]["params"])
    book = Account(table, 0.0)
    window, state = par["window"], {"scaled": False}

    def decide(t, first):
        traded = book.bring_to(t, inside(t, first))
        if t < window:
            return {}
        due = traded or table.is_month_end(t) or par["rescale"] == "daily" or not state["scaled"]
        if not due:
            return {}
        state["scaled"] = True
        equity = book.equity(t)
        w = [units * close / equity for units, close in zip(book.units, table.closes[t])]
        matrix = covariance(table, t, window) if any(w) else []
        variance = math.fsum(
            w[i] * matrix[i][j] * w[j] for i in range(len(matrix)) for j in range(len(matrix))
        )
        times = par["leverage_max"]
        if variance > 0.0:
            times = min(times, par["target"] / math.sqrt(252.0 * variance))
        return {c: times * weight for c, weight in enumerate(w)}

    return decide


STYLES = {
    "mean_reversion": mean_reversion,
    "breakout": breakout,
    "inverse_volatility": inverse_volatility,
    "dual_momentum": dual_momentum,
    "momentum": momentum,
    "equal_weight": equal_weight,
    "volatility_target": volatility_target,
}

# None of them the last row of a month: that a month is over is known on the next row.
DAYS = ["1991-06-13", "1998-09-10", "2008-10-15", "2020-03-18", "2022-12-28"]


def run(whole, case):
    table = Table(whole, case["universe"])
    assert not any(table.is_month_end(table.days.index(day)) for day in DAYS)
    decide = STYLES[case["strategy"]](table, case["params"])
    account = Account(table, case["fee_rate"])
    start = next(t for t, day in enumerate(table.days) if day >= (case["start"] or ""))
    seen = {}
    for t in range(start, len(table.days)):
        account.bring_to(t, decide(t, t == start))
        if table.days[t] in DAYS:
            held = {name: units for name, units in zip(table.names, account.units) if units != 0.0}
            seen[table.days[t]] = {"nav": account.equity(t), "fills": account.fills, "held": held}
    return {**case, "days": seen}


def case(strategy, params, universe=None, start="1991-01-02", fee_rate=0.0):
    return {
        "strategy": strategy,
        "params": params,
        "universe": universe,
        "start": start,
        "fee_rate": fee_rate,
    }


FEW = ["AAPL", "CVX", "GE", "JPM", "KO", "XOM"]
FEW_WITH_FEES = (FEW, None, 5e-4)
LONG, BOTH = "long", "long_short"
MOMENTUM = {"strategy": "momentum", "params": {"lookback_months": 12, "skip_months": 1, "top": 5}}
EQUAL = {"strategy": "equal_weight", "params": {}}
REVERSION = {
    "strategy": "mean_reversion",
    "params": {"window": 20, "entry": 2.0, "exit": 0.5, "direction": BOTH},
}


def dual(lookback_months, top, threshold, hurdle, defensive):
    return {
        "lookback_months": lookback_months,
        "top": top,
        "threshold": threshold,
        "hurdle": hurdle,
        "defensive": defensive,
    }


def scaled(target, window, leverage_max, rescale, of):
    return {
        "target": target,
        "window": window,
        "leverage_max": leverage_max,
        "rescale": rescale,
        "of": of,
    }


CASES = [
    case("mean_reversion", {"window": 20, "entry": 2.0, "exit": 0.5, "direction": LONG}),
    case("mean_reversion", {"window": 60, "entry": 1.5, "exit": 0.0, "direction": BOTH}, *FEW_WITH_FEES),
    case("breakout", {"entry": 55, "exit": 20, "direction": LONG}),
    case("breakout", {"entry": 20, "exit": 10, "direction": BOTH}, *FEW_WITH_FEES),
    case("inverse_volatility", {"window": 60}),
    case("inverse_volatility", {"window": 20}, *FEW_WITH_FEES),
    case("dual_momentum", dual(12, 1, 0.0, "none", "cash")),
    case("dual_momentum", dual(6, 3, 0.05, "KO", "GE"), None, "1990-01-02", 5e-4),
    case("volatility_target", scaled(0.1, 60, 1.5, "monthly", MOMENTUM)),
    case("volatility_target", scaled(0.2, 20, 2.0, "daily", EQUAL), *FEW_WITH_FEES),
    case("volatility_target", scaled(0.05, 40, 3.0, "monthly", REVERSION), FEW),
]

if __name__ == "__main__":
    history = load()
    print(json.dumps([run(history, one) for one in CASES], indent=1))
