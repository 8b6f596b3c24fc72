"""Completion: what a started line of code may become, from the names in it and the names of the engine.

Knows: a list of members that algorithms use. Must not know: projects, requests.
"""

from __future__ import annotations

import re

from quantconnect_sandbox.languages.pep8 import snake_case

MEMBERS = (
    "AddAlpha",
    "AddCrypto",
    "AddEquity",
    "AddForex",
    "AddFuture",
    "AddIndex",
    "AddOption",
    "AddRiskManagement",
    "AddUniverse",
    "ADX",
    "ATR",
    "BB",
    "Benchmark",
    "BollingerBands",
    "CalculateOrderQuantity",
    "CloseOfDay",
    "Debug",
    "EMA",
    "EmitInsights",
    "Error",
    "GetParameter",
    "History",
    "Initialize",
    "Insights",
    "IsReady",
    "IsWarmingUp",
    "Liquidate",
    "LimitOrder",
    "Log",
    "MACD",
    "MarketOnCloseOrder",
    "MarketOnOpenOrder",
    "MarketOrder",
    "MOM",
    "ObjectStore",
    "OnCommand",
    "OnData",
    "OnEndOfAlgorithm",
    "OnEndOfDay",
    "OnOrderEvent",
    "OnSecuritiesChanged",
    "OnWarmupFinished",
    "Plot",
    "Portfolio",
    "RegisterIndicator",
    "ROC",
    "RSI",
    "Schedule",
    "Securities",
    "SetAlpha",
    "SetBenchmark",
    "SetBrokerageModel",
    "SetCash",
    "SetEndDate",
    "SetExecution",
    "SetHoldings",
    "SetPortfolioConstruction",
    "SetRiskManagement",
    "SetRuntimeStatistic",
    "SetSecurityInitializer",
    "SetStartDate",
    "SetTimeZone",
    "SetUniverseSelection",
    "SetWarmUp",
    "SMA",
    "STD",
    "StopLimitOrder",
    "StopMarketOrder",
    "Time",
    "TotalPortfolioValue",
    "Transactions",
    "UniverseSettings",
    "WarmUpIndicator",
)
CLASSES = (
    "AlgorithmImports",
    "AlphaModel",
    "BacktestingBrokerage",
    "BrokerageName",
    "ConstantAlphaModel",
    "DataNormalizationMode",
    "EqualWeightingPortfolioConstructionModel",
    "ImmediateExecutionModel",
    "Insight",
    "InsightDirection",
    "MeanReversionPortfolioConstructionModel",
    "OrderDirection",
    "OrderStatus",
    "OrderType",
    "QCAlgorithm",
    "QuantBook",
    "Resolution",
    "Resolution.Daily",
    "Resolution.Hour",
    "Resolution.Minute",
    "Resolution.Second",
    "Resolution.Tick",
    "RollingWindow",
    "Slice",
    "Symbol",
    "Time",
    "TimeRules",
    "TradeBar",
    "UniverseSelectionModel",
)
NAME = re.compile(r"[A-Za-z_]\w*")
MOST = 10


def completions(language: str, sentence: str, longest: int) -> list[str]:
    """The sentence continued, best first: names of its own before names of the engine.

    Empty if nothing fits.
    """
    started = re.search(r"([A-Za-z_]\w*)?$", sentence)
    part = started[1] or "" if started else ""
    before = sentence[: len(sentence) - len(part)]
    found: list[str] = []
    for name in _candidates(language, before, member=before.rstrip().endswith(".")):
        continued = before + name
        if name.lower().startswith(part.lower()) and name != part and len(continued) <= longest:
            found.append(continued)
    return list(dict.fromkeys(found))[:MOST]


def _candidates(language: str, before: str, member: bool) -> list[str]:
    own = list(dict.fromkeys(NAME.findall(before)))[::-1]
    members = [snake_case(name) for name in MEMBERS] if language == "Py" else list(MEMBERS)
    if member:
        after_self = re.search(r"(?:self|this|algorithm)\s*\.\s*$", before)
        return members + own if after_self else own + members
    return own + list(CLASSES) + members
