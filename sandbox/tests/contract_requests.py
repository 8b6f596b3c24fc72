"""Requests near to one that succeeds, as Hypothesis strategies.

Knows: values that requests may hold. Must not know: endpoints, schemas.
"""

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

TEXTS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["", " ", "main.py", "/", "../x", "a/b", "main.py\x00", "-1", "0", "[]", "é", "\ud83d\ude00"]
    ),
)
INTEGERS = st.one_of(st.integers(-2, 300), st.sampled_from([-(2**63), 2**31, 2**63, 10**30, 1_700_000_000]))
NUMBERS = INTEGERS | st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([0.5, -0.0, 1e308])
ANYTHING = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)
OF_KIND = {str: TEXTS, int: INTEGERS, float: NUMBERS, bool: st.booleans()}


@st.composite
def variants(draw: st.DrawFn, base: dict[str, Any], names: list[str]) -> dict[str, Any]:
    """The request `base` with up to three places changed, however deep, or arguments of `names` added."""
    changed = copy.deepcopy(base)
    for _ in range(draw(st.integers(0, 3))):
        more = [(changed, name) for name in names if name not in changed]
        holder, key = draw(st.sampled_from([*_places(changed), *more] or [(changed, "more")]))
        held = holder[key] if isinstance(holder, list) or key in holder else None
        # Mostly of the same type, so that the request stays one that the schema allows.
        alike = OF_KIND.get(type(held), ANYTHING)
        holder[key] = draw(st.one_of(alike, alike, ANYTHING))
    return changed


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container and key in a request."""
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield value, key
            yield from _places(inner)
