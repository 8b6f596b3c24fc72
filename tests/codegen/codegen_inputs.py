"""Inputs for codegen: the product's own; and small ones, of which each test replaces what it is about."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import yaml
from attrs import define, field

from codegen.inputs.problems import Refused
from codegen.tools import compilation
from codegen.tools.catalogue import Tool
from codegen.tools.compilation import Compiled, Inputs

ROOT = Path(__file__).resolve().parents[2]
OURS = Inputs(
    spec=ROOT / "spec" / "quantconnect.yaml",
    overlay=ROOT / "spec" / "overlay.yaml",
    scopes=ROOT / "scopes.yaml",
    repairs=ROOT / "spec" / "repairs.yaml",
)
"""Of the product."""
GOLDEN = Path(__file__).parent / "golden"
BEFORE = Inputs(
    spec=GOLDEN / "before" / "spec.yaml",
    overlay=GOLDEN / "before" / "overlay.yaml",
    scopes=GOLDEN / "before" / "scopes.yaml",
)
"""Of the tree in golden/generated."""
SPEC = """
openapi: 3.1.0
info: {title: Mini, version: 1.2.3}
paths:
  /things/read:
    post:
      operationId: read_thing
      tags: [things]
      description: Read a thing.
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [id]
              properties:
                id: {type: integer, description: Which one.}
      responses: {'200': {description: The thing.}}
"""
OVERLAY = """
overlay: 1.0.0
info: {title: Tools, version: 1.0.0}
actions:
  - target: $.info
    update: {title: Mini API}
"""
SCOPES = """
scopes: {things:read: See things.}
groups: {all: all}
endpoints:
  /things/read: {scope: things:read, effect: read}
local: {}
withheld: {}
"""
GRANT = "{scope: things:read, effect: read}"
FILES = """
openapi: 3.1.0
info: {title: Mini, version: '1'}
paths:
  /files/update:
    post:
      operationId: update_file
      tags: [files]
      summary: Update a file.
      requestBody:
        required: true
        content:
          application/json:
            schema:
              oneOf:
                - {$ref: '#/components/schemas/Rename'}
                - {$ref: '#/components/schemas/Rewrite'}
      responses: {'200': {description: ok}}
components:
  schemas:
    Rename:
      type: object
      required: [folderId, name, newName]
      properties:
        folderId: {type: integer}
        name: {type: string, description: File.}
        newName: {type: string}
        codeSourceId: {type: string}
    Rewrite:
      type: object
      required: [folderId, name, content]
      properties:
        codeSourceId: {type: string}
        folderId: {type: integer}
        name: {type: string, description: File.}
        content: {type: string}
"""
"""One endpoint that takes either of two requests."""
FILE_OFFERS = """
overlay: 1.0.0
info: {title: T, version: '1'}
actions:
  - target: $.paths['/files/update'].post
    update:
      x-tools:
"""
"""An overlay of it; the entries of its tools go to the end."""


def table(name: str) -> Any:
    """Read a table of inputs and of what becomes of each."""
    text = (Path(__file__).parent / "tables" / f"{name}.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)


@define
class Mini:
    """Inputs in a folder of their own."""

    folder: Path
    spec: str = SPEC
    overlay: str = OVERLAY
    scopes: str = SCOPES
    repairs: str | None = None
    others: dict[str, str] = field(factory=dict)

    def inputs(self) -> Inputs:
        texts = {"spec": self.spec, "overlay": self.overlay, "scopes": self.scopes, **self.others}
        if self.repairs is not None:
            texts["repairs"] = self.repairs
        for name, text in texts.items():
            (self.folder / f"{name}.yaml").write_bytes(dedent(text).lstrip("\n").encode())
        return Inputs(
            spec=self.folder / "spec.yaml",
            overlay=self.folder / "overlay.yaml",
            scopes=self.folder / "scopes.yaml",
            repairs=self.folder / "repairs.yaml" if self.repairs is not None else None,
        )

    def compile(self) -> Compiled:
        return compilation.compile(self.inputs())

    def tools(self) -> dict[str, Tool]:
        return {tool.name: tool for tool in self.compile().catalogue.tools}

    def refused(self) -> list[str]:
        """Compile what must not compile; return the problems as printed, files without their folder."""
        with pytest.raises(Refused) as caught:
            self.compile()
        return [str(problem).replace(f"{self.folder}/", "") for problem in caught.value.problems]

    def changed(self, row: dict[str, Any]) -> Mini:
        """Change what a row of a table names."""
        if row.keys() & {"body", "property", "content"}:
            schema = row.get("body", f"{{type: object, properties: {{x: {row.get('property')}}}}}")
            self.body(schema, components=row.get("components", "{}"), content=row.get("content", ""))
        if "entry" in row:
            self.offered(row["entry"])
        if "grant" in row:
            self.scopes = SCOPES.replace(GRANT, row["grant"])
        for name in ("spec", "overlay", "scopes", "repairs"):
            change = row.get(name, {})
            if isinstance(change, str):
                setattr(self, name, change)
                continue
            for old, new in change.items():
                assert old in getattr(self, name)
                setattr(self, name, getattr(self, name).replace(old, new))
        return self

    def offered(self, entry: str) -> Mini:
        """Let the overlay say this of the one tool (flow style YAML)."""
        self.overlay = (
            "overlay: 1.0.0\ninfo: {title: T, version: '1'}\nactions:\n"
            "- target: $.paths['/things/read'].post\n  update:\n    x-tools:\n"
            f"      read_thing: {entry}\n"
        )
        return self

    def body(self, schema: str, *, version: str = "3.1.0", components: str = "{}", content: str = "") -> Mini:
        """Let the one endpoint take a body of this schema (flow style YAML)."""
        media = content or f"application/json: {{schema: {schema}}}"
        self.spec = f"""
openapi: {version}
info: {{title: Mini, version: '1'}}
paths:
  /things/read:
    post:
      operationId: read_thing
      tags: [things]
      description: Read a thing.
      requestBody: {{required: true, content: {{{media}}}}}
      responses: {{'200': {{description: The thing.}}}}
components: {{schemas: {components}}}
"""
        return self

    def schema(self, schema: str, *, version: str = "3.1.0", components: str = "{}") -> Any:
        """Return what becomes of a schema as the one property `x` of a request."""
        self.body(f"{{type: object, properties: {{x: {schema}}}}}", version=version, components=components)
        wire: Any = self.tools()["read_thing"].wire_schema
        return wire["properties"]["x"]
