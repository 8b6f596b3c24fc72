"""Grid search: the parameters of an optimization, and the points they span.

Knows: the rules of the cloud (api-facts 5). Must not know: runs, state.
"""

import itertools
from decimal import Decimal, InvalidOperation
from typing import Any

from attrs import frozen

from quantconnect_sandbox.exchange.arguments import Arguments
from quantconnect_sandbox.exchange.envelope import RefusedError

TARGETS = tuple(
    f"TotalPerformance.PortfolioStatistics.{name}"
    for name in ("SharpeRatio", "CompoundingAnnualReturn", "ProbabilisticSharpeRatio", "Drawdown")
)
STRATEGY = "QuantConnect.Optimizer.Strategies.GridSearchOptimizationStrategy"
OPERATORS = ("LessOrEqual", "Less", "GreaterOrEqual", "Greater", "NotEqual", "Equals")
NODE_LIMITS = {"O2-8": 24, "O4-12": 12, "O8-16": 6}
MOST_RANGES = 2
MOST_POINTS = 500


@frozen
class Range:
    """One optimized parameter; all numbers exact, as they were written."""

    name: str
    min: Decimal
    max: Decimal
    step: Decimal

    def values(self) -> list[str]:
        """Every value as text: `5`, `0.5`, never `5.0` or `5E+1`."""
        count = int((self.max - self.min) / self.step) + 1
        numbers = [self.min + self.step * place for place in range(min(count, MOST_POINTS + 1))]
        return [f"{number.normalize():f}" if number else "0" for number in numbers]

    def described(self) -> dict[str, Any]:
        """As the API shows it."""
        return {
            "name": self.name,
            "min": float(self.min),
            "max": float(self.max),
            "step": float(self.step),
            "minStep": float(self.step),
        }


def parameters_of(rows: list[Arguments]) -> tuple[list[Range], dict[str, str]]:
    """Ranges and fixed values. The LEAN CLI says `key` where the document says `name` (api-facts 5)."""
    ranges: list[Range] = []
    fixed: dict[str, str] = {}
    for row in rows:
        name = row.text("name", "") or row.text("key", "") or row.text("name")
        if name in fixed or any(each.name == name for each in ranges):
            raise RefusedError(f"Not a valid parameter set: parameter {name} is given twice.")
        if row.has("value") and not row.has("min"):
            fixed[name] = row.text("value", "")
        else:
            ranges.append(_range(name, row))
    if not rows:
        raise RefusedError("Required parameter parameters is empty.")
    if not ranges:
        raise RefusedError("Not a valid parameter set: one parameter at least needs min, max and step.")
    if len(ranges) > MOST_RANGES:
        raise RefusedError(f"Not a valid parameter set: at most {MOST_RANGES} parameters can be optimized.")
    return ranges, fixed


def points(ranges: list[Range], fixed: dict[str, str]) -> list[dict[str, str]]:
    """Every combination, the last parameter changing fastest."""
    names = [each.name for each in ranges]
    columns = [each.values() for each in ranges]
    total = 1
    for column in columns:
        total *= len(column)
    if total > MOST_POINTS:
        raise RefusedError(f"Not a valid parameter set: more than {MOST_POINTS} combinations.")
    return [{**dict(zip(names, values, strict=True)), **fixed} for values in itertools.product(*columns)]


def constraints_of(rows: list[Arguments]) -> list[dict[str, Any]]:
    """Constraints; the LEAN CLI says `target-value` where the document says `targetValue`."""
    return [
        {
            "target": row.choice("target", TARGETS),
            "operator": row.choice("operator", OPERATORS),
            "targetValue": row.number("targetValue" if row.has("targetValue") else "target-value"),
        }
        for row in rows
    ]


def nodes_of(given: Arguments) -> tuple[str, int]:
    """Kind and number of nodes, within the limits of the kind."""
    kind = given.choice("nodeType", tuple(NODE_LIMITS))
    count = given.integer("parallelNodes")
    if not 1 <= count <= NODE_LIMITS[kind]:
        raise RefusedError(
            f"Invalid argument: parallelNodes must be from 1 to {NODE_LIMITS[kind]} for {kind}."
        )
    return kind, count


def _range(name: str, row: Arguments) -> Range:
    missing = [key for key in ("min", "max", "step") if not row.has(key)]
    if missing:
        raise RefusedError(f"Not a valid parameter set: {name} has no {' and no '.join(missing)}.")
    lowest, highest, step = (_exact(row, key) for key in ("min", "max", "step"))
    if step <= 0 or highest < lowest:
        raise RefusedError(f"Not a valid parameter set: {name} needs min <= max and a step above 0.")
    return Range(name, lowest, highest, step)


def _exact(row: Arguments, key: str) -> Decimal:
    number = row.number(key)
    if abs(number) > 1e12 or 0 < abs(number) < 1e-12:
        raise RefusedError(f"Not a valid parameter set: {key} is out of range.")
    try:
        return Decimal(str(row.raw(key)).strip())
    except InvalidOperation:
        return Decimal(str(number))
