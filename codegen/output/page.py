"""SCOPES.html: who may do what, for people who would rather look than read.

Knows: tools, scopes, groups, jinja2, the template, style and script of the page. Must not know: YAML,
OpenAPI, how two policies are compared, where the page is put.

The page is one file that asks for nothing. Its Content-Security-Policy allows the one style and the two
scripts that stand in it, by their hashes (CSP Level 3, section 2.3.1), and no address at all.
"""

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import jinja2
from attrs import frozen
from markupsafe import Markup, escape

from codegen.output.markdown import EFFECTS
from codegen.tools.catalogue import Catalogue, Effect, Tool

NAME = "SCOPES.html"
_SOURCES = Path(__file__).parents[1] / "templates"
_STRENGTH: tuple[Effect, ...] = tuple(EFFECTS)
_HEAD_SCRIPT = "document.documentElement.className = 'js'"
"""Runs before anything is painted: what scripts will fold away is not seen unfolded first."""
_CODE = re.compile(r"`([^`]+)`")


@frozen
class Right:
    """One tool and what it can do, as a change of policy names it; the tool may be gone by now."""

    name: str
    effect: Effect


@frozen
class Persona:
    """Who gains and loses what. One with the name of a group is that group, and is marked in the matrix."""

    name: str
    gained: tuple[Right, ...] = ()
    lost: tuple[Right, ...] = ()


@frozen
class Changes:
    """The last change of policy: what was compared, what must be acknowledged, who gains and loses."""

    compared: str = ""
    """Names of the two states, `v1.2.0 -> main`; empty if there is nothing to name."""
    escalations: tuple[str, ...] = ()
    """Whole sentences, the most serious first."""
    personas: tuple[Persona, ...] = ()


@frozen
class _Cell:
    group: str
    may: bool
    moved: str
    """`gained`, `lost` or nothing."""


@frozen
class _Row:
    tool: Tool
    cells: tuple[_Cell, ...]


@frozen
class _View:
    """What the template asks about the catalogue and the change."""

    catalogue: Catalogue
    changes: Changes | None

    def sections(self) -> dict[str, tuple[_Row, ...]]:
        """Toolset -> its rows, from the harmless to what moves money."""
        return {
            name: tuple(self._row(tool) for tool in sorted(tools, key=_rank))
            for name, tools in self.catalogue.toolsets().items()
        }

    def groups(self) -> dict[str, tuple[str, ...]]:
        """Group -> its scopes, from the group that can do least to the one that can do most."""
        reached = sorted((sum(counts.values()), group) for group, counts in self.reached().items())
        return {group: self.catalogue.groups[group] for _, group in reached}

    def reached(self) -> dict[str, Counter[Effect]]:
        """Group -> effect -> how many tools the group may call."""
        return {
            group: Counter(tool.effect for tool in self.catalogue.tools if _may(tool, scopes))
            for group, scopes in self.catalogue.groups.items()
        }

    def totals(self) -> Counter[Effect]:
        """Effect -> how many tools have it."""
        return Counter(tool.effect for tool in self.catalogue.tools)

    def needing(self, scope: str) -> int:
        """Count the tools that need this scope."""
        return sum(scope in tool.scopes for tool in self.catalogue.tools)

    def _row(self, tool: Tool) -> _Row:
        return _Row(
            tool,
            tuple(
                _Cell(group, _may(tool, scopes), self._moved(group, tool.name))
                for group, scopes in self.groups().items()
            ),
        )

    def _moved(self, group: str, tool: str) -> str:
        for persona in self.changes.personas if self.changes else ():
            if persona.name == group:
                gained = any(right.name == tool for right in persona.gained)
                lost = any(right.name == tool for right in persona.lost)
                return "gained" if gained else "lost" if lost else ""
        return ""


def page(catalogue: Catalogue, changes: Changes | None = None) -> str:
    """Write the page; the same values make the same bytes, and nothing in it asks for another file."""
    style, script = (_source(f"SCOPES.{kind}") for kind in ("css", "js"))
    template = _environment().get_template(f"{NAME}.jinja")
    return template.render(
        catalogue=catalogue,
        changes=changes,
        effects=EFFECTS,
        head_script=Markup(_HEAD_SCRIPT),  # noqa: S704 - ours
        policy=_policy(style, _HEAD_SCRIPT, script),
        script=Markup(script),  # noqa: S704 - ours
        style=Markup(style),  # noqa: S704 - ours
        view=_View(catalogue, changes),
    )


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_SOURCES, encoding="utf-8"),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"breakable": _breakable, "by_effect": _by_effect, "prose": _prose}
    return environment


def _source(name: str) -> str:
    # Line ends as a browser sees them: the hash is taken of that text.
    return (_SOURCES / name).read_text(encoding="utf-8").strip()


def _policy(style: str, *scripts: str) -> str:
    allowed = " ".join(_hash(script) for script in scripts)
    return (
        f"default-src 'none'; style-src {_hash(style)}; script-src {allowed}; img-src data:;"
        " base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def _may(tool: Tool, scopes: Iterable[str]) -> bool:
    return set(tool.scopes) <= set(scopes)


def _rank(tool: Tool) -> tuple[int, str]:
    return _STRENGTH.index(tool.effect), tool.name


def _by_effect(rights: Iterable[Right]) -> Iterator[tuple[Effect, list[str]]]:
    """Yield the names of each effect that occurs, the strongest effect first."""
    for effect in reversed(_STRENGTH):
        names = sorted(right.name for right in rights if right.effect == effect)
        if names:
            yield effect, names


def _breakable(name: str) -> Markup:
    """Let a long name break after its underscores, slashes and colons, and nowhere else."""
    return Markup(re.sub(r"([_/]|:(?!$))(?=[^\s])", r"\1<wbr>", str(escape(name))))  # noqa: S704 - escaped


def _prose(text: str) -> Markup:
    """Set what stands between backticks as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(" ".join(text.split())))))  # noqa: S704 - escaped
