"""Interactive Brokers' own Python client against the simulated gateway.

polyfolio's tests speak to the simulator with one library, which might misread the protocol in the
same way. This is another reader: the classes that IB publishes, in the package nautilus_ibapi. It is
run by hand, and no test of polyfolio needs it.

    python3 -m venv witness && witness/bin/pip install nautilus_ibapi==10.46.1 protobuf
    polyfolio sim tws --listen 127.0.0.1:4002          (in another terminal)
    witness/bin/python tests/witness/ib_client.py 127.0.0.1:4002

It prints a line for each thing that was tried, and ends with 0 if all of them came out as expected.
"""

import queue
import sys
import threading
import time

from ibapi.client import EClient
from ibapi.contract import Contract
from ibapi.execution import ExecutionFilter
from ibapi.order import Order
from ibapi.order_cancel import OrderCancel
from ibapi.wrapper import EWrapper

PATIENCE = 20.0
CLIENT_ID = 71


class Witness(EWrapper, EClient):
    """Puts everything that it is told into one queue, by name."""

    def __init__(self):
        EWrapper.__init__(self)
        EClient.__init__(self, wrapper=self)
        self.heard = queue.Queue()
        self.next_id = None
        self.permits = {}

    def tell(self, name, *what):
        self.heard.put((name, what))

    def wait(self, name, accept=lambda *_: True):
        """The first thing of this name that is accepted; what comes before it is passed over."""
        until = time.monotonic() + PATIENCE
        passed = []
        while True:
            try:
                heard, what = self.heard.get(timeout=max(0.01, until - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no {name}; heard {passed[-8:]}") from None
            if heard == name and accept(*what):
                return what
            passed.append((heard, what))

    def any_of(self, names, about):
        """The first thing of these names that is about this order; others are passed over."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                heard, what = self.heard.get(timeout=max(0.01, until - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"none of {sorted(names)}") from None
            if heard in names and what[0] == about:
                return heard, what

    def gather(self, name, end):
        """All of this name until the end of their list."""
        until = time.monotonic() + PATIENCE
        all_of_them = []
        while True:
            try:
                heard, what = self.heard.get(timeout=max(0.01, until - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no {end} behind {all_of_them}") from None
            if heard == name:
                all_of_them.append(what)
            elif heard == end:
                return all_of_them

    def take_id(self):
        taken, self.next_id = self.next_id, self.next_id + 1
        return taken

    # What the gateway says.

    def error(self, reqId, errorTime, errorCode, errorString, advancedOrderRejectJson=""):
        self.tell("error", reqId, errorCode, errorString)

    def nextValidId(self, orderId):
        self.tell("next_id", orderId)

    def managedAccounts(self, accountsList):
        self.tell("accounts", accountsList)

    def currentTime(self, time):
        self.tell("time", time)

    def accountSummary(self, reqId, account, tag, value, currency):
        self.tell("summary", account, tag, value, currency)

    def accountSummaryEnd(self, reqId):
        self.tell("summary_end")

    def updateAccountValue(self, key, val, currency, accountName):
        self.tell("account_value", key, val, currency)

    def updatePortfolio(self, contract, position, *rest):
        self.tell("portfolio", contract.symbol, position)

    def accountDownloadEnd(self, accountName):
        self.tell("account_end")

    def position(self, account, contract, position, avgCost):
        self.tell("position", contract.symbol, position)

    def positionEnd(self):
        self.tell("position_end")

    def contractDetails(self, reqId, contractDetails):
        self.tell("contract", contractDetails)

    def contractDetailsEnd(self, reqId):
        self.tell("contract_end")

    def tickPrice(self, reqId, tickType, price, attrib):
        self.tell("price", tickType, price)

    def openOrder(self, orderId, contract, order, orderState):
        self.permits[orderId] = order.permId
        self.tell("open_order", orderId, order, orderState.status)

    def openOrderEnd(self):
        self.tell("open_order_end")

    def orderStatus(self, orderId, status, filled, remaining, avgFillPrice, *rest):
        self.tell("status", orderId, status, filled, remaining)

    def completedOrder(self, contract, order, orderState):
        self.tell("completed", order.orderRef, orderState.status)

    def completedOrdersEnd(self):
        self.tell("completed_end")

    def execDetails(self, reqId, contract, execution):
        self.tell("execution", execution)

    def execDetailsEnd(self, reqId):
        self.tell("execution_end")

    def commissionAndFeesReport(self, report):
        self.tell("commission", report)

    def historicalData(self, reqId, bar):
        self.tell("bar", bar)

    def historicalDataEnd(self, reqId, start, end):
        self.tell("bar_end", start, end)

    def realtimeBar(self, reqId, time, open_, high, low, close, volume, wap, count):
        self.tell("realtime_bar", time, open_, high, low, close)


def stock(symbol):
    contract = Contract()
    contract.symbol = symbol
    contract.secType = "STK"
    contract.exchange = "SMART"
    contract.currency = "USD"
    return contract


def order(action, quantity, name, limit=None):
    made = Order()
    made.action = action
    made.totalQuantity = quantity
    made.orderType = "MKT" if limit is None else "LMT"
    if limit is not None:
        made.lmtPrice = limit
    made.tif = "DAY"
    made.orderRef = name
    made.transmit = True
    return made


def expect(holds, what):
    if not holds:
        raise AssertionError(what)


# What is tried. Each takes the witness, and returns a few words.


def greeting(witness):
    """It says the next order id and its accounts."""
    witness.next_id = witness.wait("next_id")[0]
    witness.reqManagedAccts()
    accounts = witness.wait("accounts")[0]
    return f"version {witness.serverVersion()}, account {accounts}, next id {witness.next_id}"


def clock(witness):
    """It says what time it is."""
    witness.reqCurrentTime()
    off = witness.wait("time")[0] - time.time()
    expect(abs(off) < 5, f"its clock is {off} s off")
    return f"{off:+.0f} s from here"


def value(witness):
    """The account's net liquidation value, with its currency."""
    witness.reqAccountSummary(9001, "All", "NetLiquidation,TotalCashValue")
    lines = witness.gather("summary", "summary_end")
    witness.cancelAccountSummary(9001)
    nav = {tag: (value, currency) for _, tag, value, currency in lines}
    expect(float(nav["NetLiquidation"][0]) > 0, nav)
    return f"NetLiquidation {' '.join(nav['NetLiquidation'])}"


def details(witness):
    """A stock's contract: its number, tick and hours."""
    witness.reqContractDetails(9002, stock("KO"))
    found = witness.gather("contract", "contract_end")
    expect(len(found) == 1, found)
    facts = found[0][0]
    expect(facts.contract.conId > 0 and facts.minTick > 0, facts)
    return f"conId {facts.contract.conId}, tick {facts.minTick}, {facts.timeZoneId or 'no zone'}"


def unknown_symbol(witness):
    """A symbol that nobody knows is error 200."""
    witness.reqContractDetails(9003, stock("NOSUCH"))
    code = witness.wait("error", lambda req, *_: req == 9003)[1]
    expect(code == 200, code)
    return "error 200"


def quotes(witness):
    """A bid and an offer, the bid below."""
    witness.reqMarketDataType(1)
    witness.reqMktData(9004, stock("KO"), "", False, False, [])
    bid = witness.wait("price", lambda kind, _: kind == 1)[1]
    ask = witness.wait("price", lambda kind, _: kind == 2)[1]
    witness.cancelMktData(9004)
    expect(0 < bid < ask, (bid, ask))
    witness.quote = (bid, ask)
    return f"{bid} to {ask}"


def five_minutes(witness):
    """History in bars of five minutes: complete, in order, high above low."""
    return history(witness, 9005, "1 D", "5 mins")


def days(witness):
    """History in daily bars."""
    return history(witness, 9006, "10 D", "1 day")


def history(witness, request, duration, size):
    witness.reqHistoricalData(
        request, stock("KO"), "", duration, size, "TRADES", 1, 1, False, []
    )
    bars = [what[0] for what in witness.gather("bar", "bar_end")]
    expect(bars, "no bar")
    dates = [bar.date for bar in bars]
    expect(dates == sorted(set(dates)), dates)
    for bar in bars:
        expect(bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high, bar)
    return f"{len(bars)} bars of {size}, {dates[0]} to {dates[-1]}"


def realtime(witness):
    """A real-time bar of five seconds."""
    witness.reqRealTimeBars(9007, stock("KO"), 5, "TRADES", False, [])
    at, open_, high, low, close = witness.wait("realtime_bar")
    witness.cancelRealTimeBars(9007)
    expect(at % 5 == 0 and low <= min(open_, close) <= max(open_, close) <= high, at)
    return f"at {at}: {open_} {high} {low} {close}"


def account_updates(witness):
    """The account as it is told on its own: values, holdings, an end."""
    witness.reqAccountUpdates(True, "")
    values = witness.gather("account_value", "account_end")
    witness.reqAccountUpdates(False, "")
    keys = {key for key, *_ in values}
    expect("NetLiquidation" in keys, keys)
    return f"{len(values)} values"


def place(witness):
    """A limit order far from the market works, and is in the list of open orders."""
    witness.limit = witness.take_id()
    price = round(witness.quote[0] * 0.8, 2)
    witness.placeOrder(witness.limit, stock("KO"), order("BUY", 3, "witness-limit", price))
    witness.wait("status", lambda id_, status, *_: id_ == witness.limit and status == "Submitted")
    witness.reqOpenOrders()
    listed = [what for what in witness.gather("open_order", "open_order_end")]
    ours = [what for what in listed if what[0] == witness.limit]
    expect(ours and ours[0][1].orderRef == "witness-limit", listed)
    expect(witness.permits[witness.limit] > 0, "no permId")
    return f"order {witness.limit} at {price}, permId {witness.permits[witness.limit]}"


def modify(witness):
    """The same order id with another quantity changes the order."""
    price = round(witness.quote[0] * 0.79, 2)
    changed = order("BUY", 5, "witness-limit", price)
    witness.placeOrder(witness.limit, stock("KO"), changed)
    told = witness.wait(
        "open_order", lambda id_, order_, _: id_ == witness.limit and order_.totalQuantity == 5
    )
    expect(abs(told[1].lmtPrice - price) < 1e-9, told[1].lmtPrice)
    return f"5 at {price}"


def duplicate_id(witness):
    """An order id whose order is over is error 103."""
    witness.placeOrder(witness.limit, stock("KO"), order("BUY", 1, "witness-old"))
    code = witness.wait("error", lambda req, *_: req == witness.limit)[1]
    expect(code == 103, code)
    return "error 103"


def cancel(witness):
    """A cancel ends it, with notice 202, whichever comes first."""
    witness.cancelOrder(witness.limit, OrderCancel())
    missing = {"error", "status"}
    while missing:
        heard, what = witness.any_of(missing, witness.limit)
        if heard == "error":
            expect(what[1] == 202, what)
        elif what[1] != "Cancelled":
            continue
        missing.remove(heard)
    return "202, Cancelled"


def cancel_again(witness):
    """What is over cannot be cancelled: error 161 or 10148 or 10147."""
    witness.cancelOrder(witness.limit, OrderCancel())
    code = witness.wait("error", lambda req, *_: req == witness.limit)[1]
    expect(code in (161, 10147, 10148), code)
    return f"error {code}"


def trade(witness):
    """A market order trades, and its commission follows."""
    taken = witness.take_id()
    witness.placeOrder(taken, stock("KO"), order("BUY", 2, "witness-market"))
    done = witness.wait("execution", lambda made: made.orderId == taken)[0]
    report = witness.wait("commission", lambda paid: paid.execId == done.execId)[0]
    expect(done.orderRef == "witness-market" and done.shares == 2, done)
    witness.exec_id = done.execId
    return f"2 at {done.price}, commission {report.commissionAndFees} {report.currency}"


def executions(witness):
    """It is in the list of executions."""
    witness.reqExecutions(9008, ExecutionFilter())
    listed = [what[0].execId for what in witness.gather("execution", "execution_end")]
    expect(witness.exec_id in listed, listed)
    return f"{len(listed)} listed"


def completed(witness):
    """Both orders are in the list of completed orders."""
    witness.reqCompletedOrders(False)
    names = dict(witness.gather("completed", "completed_end"))
    expect(names.get("witness-limit") == "Cancelled", names)
    expect(names.get("witness-market") == "Filled", names)
    return f"{len(names)} listed"


def positions(witness):
    """What was bought is held."""
    witness.reqPositions()
    held = dict(witness.gather("position", "position_end"))
    witness.cancelPositions()
    expect(held.get("KO", 0) >= 2, held)
    return f"KO {held['KO']}"


TRIED = [
    greeting,
    clock,
    value,
    details,
    unknown_symbol,
    quotes,
    five_minutes,
    days,
    realtime,
    account_updates,
    place,
    modify,
    cancel,
    cancel_again,
    duplicate_id,
    trade,
    executions,
    completed,
    positions,
]


def main():
    if len(sys.argv) != 2 or ":" not in sys.argv[1]:
        print("usage: ib_client.py HOST:PORT", file=sys.stderr)
        return 2
    host, port = sys.argv[1].rsplit(":", 1)
    witness = Witness()
    witness.connect(host, int(port), CLIENT_ID)
    if not witness.isConnected():
        print(f"nothing answers at {host}:{port}", file=sys.stderr)
        return 3
    threading.Thread(target=witness.run, daemon=True).start()
    failed = 0
    for tried in TRIED:
        try:
            came, word = "ok", tried(witness)
        except Exception as fault:  # whatever it is, the rest is tried too
            came, word = "FAILED", repr(fault)
            failed += 1
        print(f"{came:<7}{tried.__name__:<16} {word}", flush=True)
    witness.disconnect()
    print(f"{len(TRIED) - failed} of {len(TRIED)} as expected")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
