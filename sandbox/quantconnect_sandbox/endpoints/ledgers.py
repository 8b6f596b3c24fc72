"""The books of a run that is under way: cash and positions, from fills.

Knows: sums over fills. Must not know: time, requests, where fills come from.
"""

from __future__ import annotations

from typing import Any

from attrs import define, field

from quantconnect_sandbox.simulation import Simulation
from quantconnect_sandbox.state.store import Document


@define
class Position:
    """A holding: signed quantity, average price, last price."""

    quantity: float = 0.0
    average: float = 0.0
    price: float = 0.0

    def book(self, quantity: float, price: float) -> None:
        """Adds a fill: buying more moves the average, selling does not, turning over starts a new one."""
        after = self.quantity + quantity
        if self.quantity * after <= 0:
            self.average = price if after else 0.0
        elif abs(after) > abs(self.quantity):
            self.average = (self.quantity * self.average + quantity * price) / after
        self.quantity, self.price = (0.0 if abs(after) < 1e-9 else after), price


@define
class Ledger:
    """Cash in US dollars, positions by symbol id, and the algorithm's orders so far."""

    start: float
    cash: float
    fees: float = 0.0
    volume: float = 0.0
    positions: dict[str, Position] = field(factory=dict)
    orders: list[dict[str, Any]] = field(factory=list)

    @classmethod
    def of_backtest(cls, run: Simulation) -> Ledger:
        """The books after the orders of a run, as far as it has come."""
        start = float(run.statistics["Start Equity"])
        ledger = cls(start=start, cash=start)
        ledger.follow(run)
        return ledger

    @classmethod
    def of_deployment(cls, run: Simulation, deployment: Document) -> Ledger:
        """The books after the orders of a run, as far as it was replayed, and the deployment's own fills."""
        start = float(run.statistics["Start Equity"]) if deployment["cash"] is None else deployment["cash"]
        ledger = cls(start=start, cash=start)
        for each in deployment["holdings"]:
            held = ledger.positions.setdefault(each["symbolId"], Position())
            held.book(each["quantity"], each["averagePrice"])
        ledger.follow(run)
        for fill in deployment["fills"]:
            ledger.book(fill["symbol"], fill["quantity"], fill["price"])
        return ledger

    def follow(self, run: Simulation) -> None:
        """Books the fills of a run; what is held is worth the run's last prices."""
        self.orders = run.orders
        for order in self.orders:
            for event in order.get("events", []):
                if event.get("fillQuantity"):
                    self.book(event["symbol"], event["fillQuantity"], event["fillPrice"])
                    self.fees += event.get("orderFeeAmount", 0.0)
                    self.cash -= event.get("orderFeeAmount", 0.0)
        for id_, last in run.holdings.items():
            if id_ in self.positions:
                self.positions[id_].price = last.get("p", self.positions[id_].price)

    def book(self, symbol: str, quantity: float, price: float) -> None:
        """Adds one fill."""
        self.positions.setdefault(symbol, Position()).book(quantity, price)
        self.cash -= quantity * price
        self.volume += abs(quantity) * price

    def equity(self) -> float:
        """Cash and what the positions are worth."""
        return self.cash + sum(each.quantity * each.price for each in self.positions.values())

    def unrealized(self) -> float:
        """Profit that the positions have not brought yet."""
        return sum(each.quantity * (each.price - each.average) for each in self.positions.values())

    def last_price(self, symbol: str) -> tuple[str, float] | None:
        """Symbol id and last price of a ticker or symbol id; None if it never traded here."""
        for id_, position in self.positions.items():
            if symbol in (id_, id_.split(" ")[0]):
                return id_, position.price
        return None

    def holdings(self) -> dict[str, dict[str, float]]:
        """Positions with the API's short keys; zeros are left out (api-facts 6)."""
        found = {}
        for id_, held in self.positions.items():
            if not held.quantity:
                continue
            profit = held.quantity * (held.price - held.average)
            cost = abs(held.quantity * held.average)
            body = {
                "a": round(held.average, 4),
                "q": held.quantity,
                "p": held.price,
                "v": round(held.quantity * held.price, 2),
                "u": round(profit, 2),
                "up": round(100 * profit / cost, 2) if cost else 0.0,
            }
            found[id_] = {key: value for key, value in body.items() if value}
        return found

    def cash_book(self) -> dict[str, dict[str, Any]]:
        """Cash by currency; the sandbox has US dollars only."""
        amount = round(self.cash, 2)
        return {
            "USD": {
                "securitySymbols": [],
                "symbol": "USD",
                "amount": amount,
                "conversionRate": 1.0,
                "currencySymbol": "$",
                "valueInAccountCurrency": amount,
            }
        }

    def figures(self) -> dict[str, str]:
        """The figures in the head of a live page, as text."""
        equity, unrealized = self.equity(), self.unrealized()
        held = sum(abs(each.quantity) * each.price for each in self.positions.values())
        gain = 100 * (equity / self.start - 1) if self.start else 0.0
        return {
            "Equity": _dollars(equity),
            "Fees": _dollars(-self.fees),
            "Holdings": _dollars(held),
            "Net Profit": _dollars(equity - self.start - unrealized),
            "Probabilistic Sharpe Ratio": "0%",
            "Return": f"{gain:.2f} %",
            "Unrealized": _dollars(unrealized),
            "Volume": _dollars(self.volume),
        }


def _dollars(amount: float) -> str:
    return f"{'-' if amount < 0 else ''}${abs(amount):,.2f}"
