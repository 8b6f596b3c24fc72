"""What is asked of every decoded answer: is it typed as promised, and does it go back as it came?

Knows: models, annotations, JSON. Must not know: operations, what the API sends.
"""

from __future__ import annotations

import datetime
import importlib
import inspect
import pkgutil
import types
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

import attrs
from quantconnect_client import UNSET, api, models
from quantconnect_client.codec import Content, Json


def operation(name: str) -> types.ModuleType:
    """The module of `<tag>.<operation>`."""
    return importlib.import_module(f"quantconnect_client.api.{name}")


def operations() -> list[types.ModuleType]:
    """Every operation of the client."""
    tags = [found.name for found in pkgutil.iter_modules(api.__path__)]
    packages = [importlib.import_module(f"quantconnect_client.api.{tag}") for tag in tags]
    return [
        operation(f"{package.__name__.rpartition('.')[2]}.{found.name}")
        for package in packages
        for found in pkgutil.iter_modules(package.__path__)
    ]


def arguments(module: types.ModuleType) -> dict[str, Any]:
    """What an operation insists on, without content: an empty body, 1 for the rest."""
    hints = get_type_hints(module.sync)
    found: dict[str, Any] = {}
    for name, parameter in inspect.signature(module.sync).parameters.items():
        if name != "client" and parameter.default is inspect.Parameter.empty:
            kinds = [hints[name], *getattr(hints[name], "__args__", ())]
            model = next((kind for kind in kinds if hasattr(kind, "from_dict")), None)
            found[name] = model.from_dict({}) if model else 1
    return found


def same(received: Any, back: Any) -> bool:
    """Whether two JSON values are equal, but for the two things that decoding does not keep apart: how a date
    is spelled, and `[]` from `{}` for an empty map.
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


def at(found: Any, path: str) -> Any:
    """The value at a path like `projects/0/live_form/node`: attributes, undescribed names, indexes."""
    for step in filter(None, path.split("/")):
        if isinstance(found, list):
            found = found[int(step)]
        elif isinstance(found, Mapping):
            found = found[step]
        elif step in {each.name for each in attrs.fields(type(found))}:
            found = getattr(found, step)
        else:
            found = found[step]
    return found


def departures(value: Any, hint: Any, where: str = "") -> Iterator[str]:
    """Places where a value is not what an annotation promises."""
    options = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    if Any in options:
        return
    fitting = [option for option in options if _is(value, option)]
    if not fitting:
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


def answers(module: types.ModuleType) -> set[str]:
    """Names of the models that an operation promises for status 200."""
    found: set[str] = set()
    pending: list[Any] = [module._ANSWERS["200"]]
    while pending:
        one = pending.pop()
        if isinstance(one, Json | Content):
            pending.append(one.decoder)
        elif hasattr(one, "options"):
            pending.extend(one.options)
        elif hasattr(one, "model"):
            found.add(one.model.__name__)
    return found
