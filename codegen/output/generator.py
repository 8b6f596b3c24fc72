"""openapi-python-client, so started that its templates stop at a text that passed no filter.

Knows: the generator's marks for texts of the description, its errors. Must not know: our templates, places.

It runs as a script, in a process of its own: it changes the library that it starts.
"""

import json
import re
import sys
from functools import partial
from pathlib import Path
from typing import Any

import jinja2
import openapi_python_client
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser.errors import GeneratorError
from openapi_python_client.schema.untrusted_string import UntrustedString
from openapi_python_client.strings import PythonCode

_SETTINGS = ConfigFile(post_hooks=[], field_prefix="field_")
"""No hooks: they format each in its own way and want `ruff` on PATH. The whole tree is formatted at once."""


def generate(document: Path, templates: Path, out: Path) -> list[dict[str, Any]]:
    """Write the package; return what the library refuses: what it `said`, of which `node`."""
    vars(openapi_python_client)["Environment"] = partial(jinja2.Environment, finalize=_written)
    UntrustedString.__repr__ = _readable  # type: ignore[method-assign,assignment]  # it has none of its own
    config = Config.from_sources(_SETTINGS, MetaType.NONE, document, "utf-8", False, out)
    try:
        errors = openapi_python_client.generate(config=config, custom_template_path=templates)
    except Exception as error:  # noqa: BLE001 - whatever stops the library, it is told and not shown as a trace
        return [{"said": f"{type(error).__name__}: {error}", "node": None}]
    return [_told(error) for error in errors]


def _written(value: Any) -> Any:
    if isinstance(value, UntrustedString | PythonCode):
        raise TypeError(f"{value!r} is written and passed no filter")
    return value


def _readable(text: UntrustedString) -> str:
    # For messages. Such a text could stand anywhere, and means nothing anywhere.
    return re.sub(r"[^A-Za-z0-9_ -]", "?", text.get_untrusted_value())[:60]


def _told(error: GeneratorError) -> dict[str, Any]:
    data = getattr(error, "data", None)
    node = json.loads(data.model_dump_json(exclude_unset=True, by_alias=True)) if data is not None else None
    return {"said": f"{error.header} {error.detail or ''}", "node": node}


if __name__ == "__main__":
    sys.stdout.write(f"\n{json.dumps(generate(*map(Path, sys.argv[1:])))}\n")
