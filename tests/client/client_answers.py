"""What is asked of everything decoded: is it typed as promised, and does it go back as it came?

Knows: models, annotations, JSON. Must not know: operations, what the API sends.
"""

import datetime
import types
from collections.abc import Iterator
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

import attrs
from quantconnect_client import UNSET, models


def same(received: Any, back: Any) -> bool:
    """Whether two JSON values are equal, but for the two things that decoding does not keep apart: how a date
    is formatted, and `[]` from `{}` for an empty map.
    """
    if isinstance(received, dict) and isinstance(back, dict):
        return received.keys() == back.keys() and all(same(received[key], back[key]) for key in received)
    if isinstance(received, list) and isinstance(back, list):
        return len(received) == len(back) and all(map(same, received, back))
    if received == [] and back == {}:
        return True
    if isinstance(received, str) and isinstance(back, str) and received != back:
        return moment(received) is not None and moment(received) == moment(back)
    return type(received) is type(back) and bool(received == back)


def moment(text: str) -> datetime.datetime | None:
    try:
        return datetime.datetime.fromisoformat(text)
    except ValueError:
        return None


def departures(value: Any, hint: Any, where: str = "") -> Iterator[str]:
    """Places where a value is not what an annotation promises, or was kept though it could be decoded."""
    options = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    if Any in options:
        return
    fitting = [option for option in options if _is(value, option)]
    if not fitting or any(_decodes(value, option) for option in options):
        yield f"{where}: {value!r} is no {hint}"
    elif isinstance(value, list):
        found = [list(_of_items(value, option, where)) for option in fitting]
        yield from min(found, key=len)
    elif attrs.has(type(value)):
        for name, promised in _promises(type(value)).items():
            if name == "additional_properties":
                inner = get_args(promised)[1]
                for key, each in value.additional_properties.items():
                    yield from departures(each, inner, f"{where}/{key}")
            else:
                yield from departures(getattr(value, name), promised, f"{where}/{name}")


def _of_items(values: list[Any], hint: Any, where: str) -> Iterator[str]:
    for place, each in enumerate(values):
        yield from departures(each, get_args(hint)[0], f"{where}/{place}")


def _is(value: Any, hint: Any) -> bool:
    if hint in (None, type(None)):
        return value is None
    if hint is float:
        return isinstance(value, float | int) and not isinstance(value, bool)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, get_origin(hint) or hint)


def _decodes(value: Any, hint: Any) -> bool:
    """Whether a plain value is a date or a member of an enumeration."""
    if isinstance(value, Enum) or not isinstance(value, str | int) or not isinstance(hint, type):
        return False
    if issubclass(hint, datetime.datetime):
        return isinstance(value, str) and moment(value) is not None
    return issubclass(hint, Enum) and value in {member.value for member in hint}


@cache
def _promises(model: type) -> dict[str, Any]:
    names = {name: getattr(models, name) for name in dir(models)}
    hints = get_type_hints(model, localns=names)
    return {each.name: hints[each.name] for each in attrs.fields(model)}


def undescribed(value: Any, where: str = "") -> Iterator[str]:
    """Names that models of an answer do not have, as places like `backtests[].note`."""
    if isinstance(value, list):
        for each in value:
            yield from undescribed(each, where + "[]")
    if not attrs.has(type(value)):
        return
    described = {each.name: getattr(value, each.name) for each in attrs.fields(type(value))}
    rest = described.pop("additional_properties", {})
    prefix = where + "." if where else ""
    for key, each in rest.items():
        if value._shape.names:
            yield prefix + key
        yield from undescribed(each, prefix + "*")
    for name, each in described.items():
        if each is not UNSET:
            yield from undescribed(each, prefix + name)
