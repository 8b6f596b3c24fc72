"""openapi-python-client, so started that its templates stop at a text that passed no filter.

Knows: the generator's marks for texts of the description. Must not know: the description, our templates.

It runs as a script, in a process of its own: it changes the library that it starts.
"""

import re
from functools import partial
from typing import Any

import jinja2
import openapi_python_client
from openapi_python_client.cli import app
from openapi_python_client.schema.untrusted_string import UntrustedString
from openapi_python_client.strings import PythonCode


def _written(value: Any) -> Any:
    if isinstance(value, UntrustedString | PythonCode):
        raise TypeError(f"{value!r} is written and passed no filter")
    return value


def _readable(text: UntrustedString) -> str:
    # For messages. Such a text could stand anywhere, and means nothing anywhere.
    return re.sub(r"[^A-Za-z0-9_ -]", "?", text.get_untrusted_value())[:60]


def guard() -> None:
    """Make the library's templates refuse what no filter wrote, and its messages say which text they mean."""
    vars(openapi_python_client)["Environment"] = partial(jinja2.Environment, finalize=_written)
    UntrustedString.__repr__ = _readable  # type: ignore[method-assign,assignment]  # it has none of its own


if __name__ == "__main__":
    guard()
    app()
