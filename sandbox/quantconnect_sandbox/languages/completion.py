"""Completion: what a started line of code may become, from the names in it and the names of the engine.

Knows: a list of members that algorithms use. Must not know: projects, requests.
"""

import re

from quantconnect_sandbox.languages.pep8 import snake_case

MEMBERS = """
    AddAlpha AddCrypto AddEquity AddForex AddFuture AddIndex AddOption AddRiskManagement AddUniverse ADX ATR
    BB Benchmark CalculateOrderQuantity Debug EMA EmitInsights Error GetParameter History Initialize Insights
    IsReady IsWarmingUp Liquidate LimitOrder Log MACD MarketOnCloseOrder MarketOnOpenOrder MarketOrder MOM
    ObjectStore OnCommand OnData OnEndOfAlgorithm OnEndOfDay OnOrderEvent OnSecuritiesChanged Plot Portfolio
    RegisterIndicator ROC RSI Schedule Securities SetAlpha SetBenchmark SetBrokerageModel SetCash SetEndDate
    SetExecution SetHoldings SetPortfolioConstruction SetRiskManagement SetRuntimeStatistic SetStartDate
    SetTimeZone SetUniverseSelection SetWarmUp SMA STD StopLimitOrder StopMarketOrder Time Transactions
    UniverseSettings WarmUpIndicator"""
CLASSES = """
    AlgorithmImports AlphaModel BrokerageName ConstantAlphaModel DataNormalizationMode
    EqualWeightingPortfolioConstructionModel ImmediateExecutionModel Insight InsightDirection OrderDirection
    OrderStatus OrderType QCAlgorithm QuantBook Resolution Resolution.Daily Resolution.Hour Resolution.Minute
    Resolution.Second Resolution.Tick RollingWindow Slice Symbol TimeRules TradeBar UniverseSelectionModel
    """
NAME = re.compile(r"[A-Za-z_]\w*")
MOST = 10


def completions(language: str, sentence: str, longest: int) -> list[str]:
    """The sentence continued, best first: names of its own before names of the engine."""
    started = re.search(r"([A-Za-z_]\w*)?$", sentence)
    part = started[1] or "" if started else ""
    before = sentence[: len(sentence) - len(part)]
    members = [snake_case(name) for name in MEMBERS.split()] if language == "Py" else MEMBERS.split()
    own = list(dict.fromkeys(NAME.findall(before)))[::-1]
    if re.search(r"(?:self|this|algorithm)\s*\.\s*$", before):
        candidates = members + own
    else:
        candidates = own + ([] if before.rstrip().endswith(".") else CLASSES.split()) + members
    found = [before + name for name in candidates if name.lower().startswith(part.lower()) and name != part]
    return [each for each in dict.fromkeys(found) if len(each) <= longest][:MOST]
