"""Signed calls to a running sandbox; every answer is also checked against its schema in the specification."""

import base64
import contextlib
import hashlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import httpx2
import yaml
from attrs import define, field
from jsonschema import Draft202012Validator
from quantconnect_sandbox.configuration import Configuration
from quantconnect_sandbox.state.clock import Clock
from quantconnect_sandbox.state.people import DEFAULT_USER
from quantconnect_sandbox.transport.application import Sandbox
from quantconnect_sandbox.transport.serving import running
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

SPEC = Path(__file__).parents[2] / "spec" / "quantconnect.yaml"

ALGORITHM = """\
from AlgorithmImports import *


class Cross(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2024, 1, 1)
        self.set_end_date(2024, 12, 31)
        self.set_cash(100_000)
        self.spy = self.add_equity("SPY", Resolution.DAILY).symbol
        self.fast = self.ema(self.spy, int(self.get_parameter("fast", 10)))
        self.slow = self.ema(self.spy, int(self.get_parameter("slow", 30)))
        self.debug("ready to trade")

    def on_data(self, data):
        if not self.slow.is_ready:
            return
        if self.fast > self.slow and not self.portfolio.invested:
            self.set_holdings(self.spy, 1)
        elif self.fast < self.slow and self.portfolio.invested:
            self.liquidate(self.spy)
"""
FAILING = ALGORITHM.replace("self.set_cash(100_000)", "raise ZeroDivisionError('division by zero')")


@cache
def _spec() -> dict[str, Any]:
    return yaml.load(SPEC.read_text("utf-8"), Loader=yaml.CSafeLoader)


@cache
def _validator(path: str) -> Draft202012Validator | None:
    operation = _spec()["paths"].get(path, {}).get("post", {})
    if "application/json" not in operation.get("responses", {}).get("200", {}).get("content", {}):
        return None
    registry = Registry().with_resource("urn:spec", Resource.from_contents(_spec(), DRAFT202012))
    pointer = path.replace("/", "~1")
    where = f"urn:spec#/paths/{pointer}/post/responses/200/content/application~1json/schema"
    return Draft202012Validator({"$ref": where}, registry=registry)


def fits(path: str, answer: Any) -> None:
    """Fails if the answer is not what the specification says of the path."""
    validator = _validator(path)
    problems = [] if validator is None else list(validator.iter_errors(answer))
    assert not problems, f"{path}: {problems[0].json_path}: {problems[0].message[:300]}"


@define
class Caller:
    """One user of one sandbox. Calling it posts JSON and answers the body."""

    url: str
    user: int
    token: str
    organization: str = ""
    http: httpx2.Client = field(factory=lambda: httpx2.Client(timeout=30))
    public_id: str = ""

    def headers(self, at: int | None = None) -> dict[str, str]:
        stamp = str(int(time.time()) if at is None else at)
        return {"Timestamp": stamp, "Authorization": "Basic " + self.basic(stamp)}

    def basic(self, stamp: str) -> str:
        digest = hashlib.sha256(f"{self.token}:{stamp}".encode()).hexdigest()
        return base64.b64encode(f"{self.user}:{digest}".encode()).decode()

    def send(self, path: str, arguments: dict[str, Any] | None = None, **options: Any) -> httpx2.Response:
        options.setdefault("headers", {}).update(self.headers())
        body = {} if arguments is None else {"json": arguments}
        return self.http.post(self.url + path, **body, **options)

    def __call__(self, path: str, /, **arguments: Any) -> dict[str, Any]:
        return self._fitting(path, self.send(path, arguments))

    def ok(self, path: str, /, **arguments: Any) -> dict[str, Any]:
        body = self(path, **arguments)
        assert body.get("success", True) is True, (path, body)
        return body

    def no(self, path: str, /, **arguments: Any) -> str:
        body = self(path, **arguments)
        assert body.get("success") is False, (path, body)
        assert all(isinstance(text, str) and text for text in body["errors"])
        return body["errors"][0]

    def form(self, path: str, /, **fields: Any) -> dict[str, Any]:
        return self._fitting(path, self.send(path, data=fields))

    def get(self, path: str, /, **query: Any) -> dict[str, Any]:
        answer = self.http.get(self.url + path, params=query, headers=self.headers())
        return self._fitting(path, answer)

    def _fitting(self, path: str, answer: httpx2.Response) -> dict[str, Any]:
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:300])
        body = answer.json()
        fits(path, body)
        return body

    def upload(self, key: str, data: bytes, organization: str | None = None) -> dict[str, Any]:
        fields = {"organizationId": self.organization if organization is None else organization, "key": key}
        options = {"data": fields, "files": {"objectData": ("object", data)}}
        return self.send("/object/set", **options).json()

    def project(self, name: str = "Alpha", language: str = "Py", main: str | None = None) -> int:
        number = self.ok("/projects/create", name=name, language=language)["projects"][0]["projectId"]
        if main is not None:
            file = "main.py" if language == "Py" else "Main.cs"
            self.ok("/files/update", projectId=number, name=file, content=main)
        return number

    def compiled(self, project: int) -> str:
        id_ = self.ok("/compile/create", projectId=project)["compileId"]
        assert self.ok("/compile/read", projectId=project, compileId=id_)["state"] == "BuildSuccess"
        return id_

    def backtest(self, project: int, **parameters: Any) -> str:
        asked = {"projectId": project, "compileId": self.compiled(project), "parameters": parameters}
        return self.ok("/backtests/create", **asked, backtestName="one")["backtest"]["backtestId"]

    def live_node(self, project: int) -> str:
        nodes = self.ok("/projects/nodes/read", projectId=project)["nodes"]["live"]
        return next(node["id"] for node in nodes if not node["busy"])


def backtest(caller: Caller, project: int, id_: str) -> dict[str, Any]:
    return caller.ok("/backtests/read", projectId=project, backtestId=id_)["backtest"]


def advance(caller: Caller, seconds: float) -> None:
    control(caller.url, "/__control/clock", {"advance": seconds})


def at_once(caller: Caller) -> None:
    control(caller.url, "/__control/clock", {"speed": 0})


def frozen(caller: Caller) -> None:
    control(caller.url, "/__control/clock", {"speed": 1e-6})


def ready_project(caller: Caller, main: str = ALGORITHM) -> dict[str, Any]:
    """A project and its build, where nothing moves afterwards until a test says so."""
    at_once(caller)
    project = caller.project(main=main)
    build = caller.compiled(project)
    frozen(caller)
    return {"projectId": project, "compileId": build}


def fault(caller: Caller, kind: str, **rule: Any) -> None:
    control(caller.url, "/__control/faults", {"kind": kind, **rule})


@contextlib.contextmanager
def quant(configuration: Configuration) -> Iterator[Caller]:
    """The documented user in a sandbox of its own."""
    with running(configuration) as url, httpx2.Client(timeout=30) as http:
        yield Caller(url, DEFAULT_USER.id, DEFAULT_USER.api_token, DEFAULT_USER.organization, http)


@define
class Held(Clock):
    """A clock that has stopped some sandbox seconds after everything."""

    by: float = 0.0

    def elapsed(self, since: float, until: float | None = None) -> float:
        return self.by


@contextlib.asynccontextmanager
async def in_process(sandbox: Sandbox) -> AsyncIterator[Callable[..., Awaitable[dict[str, Any]]]]:
    """The documented user's calls to a sandbox without a socket, for tests that hold its clock."""
    signer = Caller("http://127.0.0.1/api/v2", DEFAULT_USER.id, DEFAULT_USER.api_token)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(sandbox)) as http:

        async def ok(path: str, **given: Any) -> dict[str, Any]:
            answer = (await http.post(signer.url + path, json=given, headers=signer.headers())).json()
            assert answer["success"], answer
            fits(path, answer)
            return answer

        yield ok
    sandbox.world.runs.close()


async def built_project(ok: Callable[..., Awaitable[dict[str, Any]]], main: str) -> tuple[int, str]:
    """A project with this code, and a build of it."""
    project = (await ok("/projects/create", name="Alpha", language="Py"))["projects"][0]["projectId"]
    await ok("/files/update", projectId=project, name="main.py", content=main)
    return project, (await ok("/compile/create", projectId=project))["compileId"]


def control(url: str, path: str, body: Any = None, method: str = "POST", **options: Any) -> Any:
    """One request to the control endpoint beside the API at `url`."""
    whole = url.removesuffix("/api/v2") + path
    with httpx2.Client(timeout=10) as http:
        answer = http.request(method, whole, json=body, **options)
    assert answer.status_code == 200, answer.text
    return answer.json()


def newcomer(url: str, **about: Any) -> Caller:
    """A fresh user with an organization of their own (or the named one)."""
    user = control(url, "/__control/users", about)
    caller = Caller(url, user["id"], user["apiToken"], user["organization"])
    caller.public_id = user["publicId"]
    return caller
