"""Backtests of a sandbox whose time is moved by hand."""

from __future__ import annotations

from sandbox_calls import Caller, control


def advance(caller: Caller, seconds: float) -> None:
    control(caller.url, "/__control/clock", {"advance": seconds})


def backtest(caller: Caller, project: int, id_: str) -> dict:
    return caller.ok("/backtests/read", projectId=project, backtestId=id_)["backtest"]


def at_once(caller: Caller) -> None:
    control(caller.url, "/__control/clock", {"speed": 0})


def frozen(caller: Caller) -> None:
    control(caller.url, "/__control/clock", {"speed": 1e-6})
