"""What is fuzzed: each target reads bytes as something from outside, and may refuse them in its own words.

An exception that leaves a target is a finding, and so is a property that does not hold.
"""

import ast
import asyncio
import hmac
import tempfile
from collections.abc import Callable
from pathlib import Path

from attrs import evolve
from jwt.utils import base64url_encode

from codegen.inputs.problems import Refused
from codegen.output import rendering
from codegen.tools import compilation
from codegen.tools.compilation import Inputs
from ledgai_mcp.state import State
from ledgai_mcp.state.memory import MemoryStore
from ledgai_mcp.tokens.claims import TokenRefused
from ledgai_mcp.tokens.keys import KeyRing
from ledgai_mcp.tokens.verification import TokenPolicy, Verifier

FOLDER = Path(__file__).parent
MINI = FOLDER / "mini"
GOOD = Inputs(spec=MINI / "spec.yaml", overlay=MINI / "overlay.yaml", scopes=MINI / "scopes.yaml")
SECRET = b"sec-0123456789-abcdefghijklmnopq"
SCRATCH = Path(tempfile.mkdtemp(prefix="fuzz-"))
STATEMENTS = (
    ast.Import,
    ast.ImportFrom,
    ast.Assign,
    ast.AnnAssign,
    ast.AsyncFunctionDef,
    ast.FunctionDef,
    ast.ClassDef,
)
"""What a generated module is made of, besides the text at its top."""

_CLAIMS = b'{"iss":"ledgai","aud":"quantconnect-mcp","sub":"ada","iat":1,"exp":2,"scopes":[]}'
_verifier = Verifier(TokenPolicy(), KeyRing.of(SECRET), State(MemoryStore()), frozenset({"qc:projects:read"}))


def token(data: bytes) -> None:
    """A bearer token: the text as it is, or a well signed one whose header or claims are the bytes."""
    kind, rest = data[:1], data[1:]
    header, content = (b'{"alg":"HS256"}', rest) if kind < b"\x55" else (rest, _CLAIMS)
    signed = b".".join(map(base64url_encode, (header, content)))
    signature = base64url_encode(hmac.digest(SECRET, signed, "sha256"))
    raw = f"{signed.decode()}.{signature.decode()}" if kind < b"\xaa" else rest.decode("latin-1")
    try:
        asyncio.run(_verifier.verify(raw))
    except TokenRefused:
        return


def description(data: bytes) -> None:
    """The API's description: refused with places, or compiled to modules of nothing but definitions."""
    _compile("spec", data)


def scopes(data: bytes) -> None:
    """The permission file: refused with places, or no tool without a grant."""
    _compile("scopes", data)


def _compile(name: str, data: bytes) -> None:
    path = SCRATCH / f"{name}.yaml"
    path.write_bytes(data)
    try:
        catalogue = compilation.compile(evolve(GOOD, **{name: path})).catalogue
    except Refused as refused:
        for problem in refused.problems:
            assert "object at 0x" not in str(problem)
        return
    for module, text in rendering.tool_modules(catalogue).items():
        if module.endswith(".py"):
            for statement in ast.parse(text).body[1:]:
                assert isinstance(statement, STATEMENTS) or isinstance(statement.value, ast.Constant), module


TARGETS: dict[str, Callable[[bytes], None]] = {"description": description, "scopes": scopes, "token": token}
