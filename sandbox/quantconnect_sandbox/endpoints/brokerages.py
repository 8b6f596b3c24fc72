"""What live/create is told of brokerages and data providers: which there are, and what each needs.

Knows: ids and required fields. Must not know: deployments. No secret of a brokerage is ever kept.
"""

from typing import Any

from attrs import frozen

from quantconnect_sandbox.exchange.arguments import Arguments, decimal
from quantconnect_sandbox.exchange.envelope import RefusedError

PAPER = "QuantConnectBrokerage"
REQUIRED: dict[str, tuple[str, ...]] = {
    PAPER: (),
    "InteractiveBrokersBrokerage": (
        "ib-user-name",
        "ib-account",
        "ib-password",
        "ib-weekly-restart-utc-time",
    ),
    "TradierBrokerage": ("tradier-account-id", "tradier-access-token", "tradier-environment"),
    "BitfinexBrokerage": ("bitfinex-api-key", "bitfinex-api-secret"),
    "CoinbaseBrokerage": ("coinbase-api-name", "coinbase-api-private-key"),
    "BinanceBrokerage": ("binance-exchange-name",),
    "TradingTechnologiesBrokerage": ("tt-user-name", "tt-session-password", "tt-account-name"),
    "KrakenBrokerage": ("kraken-api-key", "kraken-api-secret", "kraken-verification-tier"),
    "BybitBrokerage": ("bybit-api-key", "bybit-api-secret", "bybit-vip-level"),
    "OandaBrokerage": ("oanda-account-id", "oanda-access-token", "oanda-environment"),
    "WolverineBrokerage": ("wolverine-on-behalf-of-comp-id", "wolverine-account"),
    "CharlesSchwabBrokerage": ("charles-schwab-account-number",),
    "RBIBrokerage": ("rbi-on-behalf-of-comp-id", "rbi-account"),
    "TerminalLinkBrokerage": ("terminal-link-connection-type", "terminal-link-server-auth-id"),
    "TradeStationBrokerage": ("trade-station-account-id", "trade-station-environment"),
    "TastytradeBrokerage": ("tastytrade-account-number", "tastytrade-refresh-token"),
    "AlpacaBrokerage": ("alpaca-environment",),
    "ClearStreetBrokerage": ("clearstreet-access-token", "clearstreet-account-id"),
    "dYdXBrokerage": (
        "dydx-private-key-hex",
        "dydx-address",
        "dydx-subaccount-number",
        "dydx-environment",
    ),
    "EzeBrokerage": (
        "eze-domain",
        "eze-locale",
        "eze-user-name",
        "eze-password",
        "eze-trading-account",
    ),
    "PublicBrokerage": ("public-secret-key", "public-account-number"),
    "SamcoBrokerage": (
        "samco-client-id",
        "samco-client-password",
        "samco-year-of-birth",
        "samco-product-type",
        "samco-trading-segment",
    ),
    "WebullBrokerage": (
        "webull-environment",
        "webull-app-key",
        "webull-app-secret",
        "webull-account-id",
    ),
    "ZerodhaBrokerage": (
        "zerodha-api-key",
        "zerodha-access-token",
        "zerodha-product-type",
        "zerodha-trading-segment",
        "zerodha-history-subscription",
    ),
}
MOST_CASH = 1e13
"""US dollars below which a deployment starts, as `set_cash` does."""
FEEDS = (*REQUIRED, "Polygon", "PolygonDataFeed", "CoinApi")
PAPER_ENVIRONMENTS = ("paper", "demo", "Practice", "uat", "Beta")
EVENTS = ("orderEvent", "insight")


@frozen
class Brokerage:
    """A checked brokerage: its id, the name it is shown under, and whether it trades on paper."""

    id: str
    shown: str
    paper: bool


def checked(settings: dict[str, Any], name: str) -> Brokerage:
    """A brokerage with all it needs, or the refusal that names what is missing."""
    given = Arguments(settings)
    id_ = given.text("id")
    if id_ not in REQUIRED:
        raise RefusedError(f"Invalid argument: {name}.id must be one of {', '.join(REQUIRED)}.")
    missing = [key for key in REQUIRED[id_] if not given.has(key) or given.raw(key) == ""]
    if missing:
        raise RefusedError(f"Invalid argument: {name} {id_} also needs {', '.join(missing)}.")
    switches = ("environment", "use-testnet")
    environment = [str(value) for key, value in settings.items() if key.endswith(switches)]
    paper = id_ == PAPER or any(value in PAPER_ENVIRONMENTS for value in environment)
    return Brokerage(id_, "PaperBrokerage" if id_ == PAPER else id_, paper)


def providers(settings: dict[str, Any], brokerage: Brokerage) -> list[str]:
    """The ids of the data providers; the brokerage's own when none are named (api-facts 6)."""
    for key, value in settings.items():
        if key not in FEEDS:
            raise RefusedError(f"Invalid argument: dataProviders names the unknown {key!r}.")
        if not isinstance(value, dict):
            raise RefusedError(f"Invalid argument: dataProviders.{key} must be an object.")
    return list(settings) or [brokerage.id]


def cash(given: Arguments) -> float | None:
    """US dollars to start with, from `brokerage.cash` or `cash`; None = what the algorithm says."""
    rows = Arguments(given.mapping("brokerage")).rows("cash") or given.rows("cash")
    amounts = [row.number("amount") for row in rows if row.text("currency", "USD") == "USD"]
    total = sum(amounts)
    if not abs(total) < MOST_CASH:
        raise RefusedError(f"Invalid argument: cash must be less than {MOST_CASH:,.0f} US dollars.")
    return total if amounts else None


def holdings(given: Arguments) -> list[dict[str, Any]]:
    """Positions to start with: `{symbolId, symbol, quantity, averagePrice}`."""
    rows = Arguments(given.mapping("brokerage")).rows("holdings") or given.rows("holdings")
    return [
        {
            "symbolId": row.text("symbolId", "") or row.text("symbol"),
            "quantity": row.number("quantity"),
            "averagePrice": decimal(row.raw("averagePrice") or 0, "averagePrice"),
        }
        for row in rows
    ]


def form(given: Arguments, node: str, brokerage: Brokerage, feeds: list[str]) -> dict[str, Any]:
    """What the project remembers of a deployment; three switches are texts (api-facts 3.1)."""
    notification = Arguments(given.mapping("notification"))
    events = notification.items("events")
    notification.rows("targets")
    if unknown := [event for event in events if event not in EVENTS]:
        raise RefusedError(f"Invalid argument: notification.events names the unknown {unknown[0]!r}.")
    restart = given.flag("automaticRedeploy", False)
    return {
        "id": brokerage.id,
        "environment": "paper" if brokerage.paper else "live",
        "brokerageData": {"authentication": {}},
        "dataProvidersData": [{"id": feed} for feed in feeds],
        "dataProvider": feeds[0],
        "node": node,
        "notifyInsights": _word("insight" in events),
        "notifyOrderEvents": _word("orderEvent" in events),
        "autoRestart": _word(restart),
    }


def _word(value: bool) -> str:
    return "true" if value else "false"
