"""The operations of the typed client, and requests for them, made from JSON.

Knows: modules, signatures, models. Must not know: endpoints, what the API sends.
"""

import importlib
import inspect
import pkgutil
import re
import types
from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_type_hints

from quantconnect_client import api
from quantconnect_client.codec import Content, Json, Model, OneOf


def operation(name: str) -> types.ModuleType:
    """The module of `<tag>.<operation>`."""
    return importlib.import_module(f"quantconnect_client.api.{name}")


def names() -> Iterator[str]:
    """`<tag>.<operation>` of every operation."""
    for tag in pkgutil.iter_modules(api.__path__):
        package = importlib.import_module(f"quantconnect_client.api.{tag.name}")
        for found in pkgutil.iter_modules(package.__path__):
            yield f"{tag.name}.{found.name}"


def endpoint(module: types.ModuleType) -> tuple[str, str]:
    """Its method and path."""
    method, _, path = str(module.__doc__).partition(" ")
    return method, path


def typed(module: types.ModuleType, arguments: Mapping[str, Any]) -> dict[str, Any] | None:
    """Keyword arguments of the operation, as a body or as a query; None if it does not have one of them."""
    parameters = inspect.signature(module.sync).parameters
    if "body" in parameters:
        return {"body": _body(module)(arguments)}
    found = {re.sub("([A-Z])", r"_\1", name).lower(): value for name, value in arguments.items()}
    return found if set(found) <= set(parameters) else None


def least(module: types.ModuleType) -> dict[str, Any]:
    """What an operation requires, without content: an empty body, 1 for the rest."""
    return {
        name: _body(module)({}) if name == "body" else 1
        for name, parameter in inspect.signature(module.sync).parameters.items()
        if name != "client" and parameter.default is inspect.Parameter.empty
    }


def _body(module: types.ModuleType) -> OneOf:
    hint = get_type_hints(module.sync)["body"]
    return OneOf(
        *(Model(each.__name__) for each in (get_args(hint) or (hint,)) if hasattr(each, "from_dict"))
    )


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
