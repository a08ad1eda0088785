"""Recordings of a second simulator, made by the proxy without a socket."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from simulator.application import Application
from simulator.asgi.main import SimulatorApp
from simulator.asgi.proxy import ReverseProxy
from simulator.documents import InlineDocument
from simulator.http import Request, settled
from simulator.lab.comparison import Comparison, compare
from simulator.lab.traffic import har
from simulator.lab.traffic.recorder import Recorder, Upstream
from simulator.lab.traffic.spending import Purse
from simulator.openapi.curl import encoded_example
from simulator.openapi.operation import Operation
from simulator.provider.bound import BoundProvider
from simulator.registry import built_in_registry
from tests.asking import credential

REGISTRY = built_in_registry()
PLENTY = Decimal(10_000)
BUY = ("vantax", "POST", "/v1/phone-numbers", {"sub_account_id": "sub_8a1f4c2e", "country": "US", "area_code": "415"})
LIST = ("vantax", "GET", "/v1/phone-numbers?sub_account_id=sub_8a1f4c2e")
_numbers = itertools.count(1)

Step = httpx.Request | Callable[[list[httpx.Response]], httpx.Request]


class Counting:
    """A provider that counts what reaches it, and answers with a status."""

    def __init__(self, status: int = 200) -> None:
        self.requests: list[str] = []
        self.status = status

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        self.requests.append(f"{scope['method']} {scope['path']}")
        await send({"type": "http.response.start", "status": self.status, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": b"{}"})


class Upstreams:
    """A second simulator, whose worlds stand for real providers; their clocks stand still.

    The times of a recording are those of its world: a real provider and its recorder share the time.
    """

    def __init__(self) -> None:
        self.application = Application(REGISTRY)
        self._app = SimulatorApp(self.application, "off")
        self._times: list[datetime] = []

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve a request."""
        world = self.application.worlds.peek(scope["path"].split("/")[2])
        assert world is not None
        self._times.append(world.store.environment.clock.now())
        await self._app(scope, receive, send)

    def advance(self, address: str, time: str) -> None:
        """Advance the clock of a world."""
        headers = {"host": "in-process", "content-type": "application/json"}
        path = f"/_simulator/worlds/{address.rpartition('/')[2]}/clock"
        advanced = settled(self.application.handle(Request("POST", path, "", headers, json.dumps({"advance": time}).encode())))
        assert advanced.status == 200, advanced.body

    def stamp(self, file: Path) -> None:
        """Write the times of the worlds into a recording."""
        document = json.loads(file.read_text(encoding="utf-8"))
        for entry, at in zip(document["log"]["entries"], self._times, strict=True):
            entry["startedDateTime"] = at.isoformat()
        file.write_text(json.dumps(document), encoding="utf-8")
        self._times.clear()

    def world(self, scenario: Any = "default") -> str:
        """Make a world with other ids than those of a comparison; return its address."""
        name = f"real-{next(_numbers)}"
        body = json.dumps({"scenario": scenario, "seed": 7}).encode()
        headers = {"host": "in-process", "content-type": "application/json"}
        made = settled(self.application.handle(Request("PUT", f"/_simulator/worlds/{name}", "", headers, body)))
        assert made.status == 201, made.body
        frozen = Request("POST", f"/_simulator/worlds/{name}/clock", "", headers, b'{"freeze": true}')
        assert settled(self.application.handle(frozen)).status == 200
        return f"http://simulator/w/{name}"


def record(
    file: Path,
    app: Any,
    address: str,
    steps: Iterable[Step],
    *,
    purse: Purse | None = None,
    providers: Iterable[str] = REGISTRY.providers,
    **more: Any,
) -> list[httpx.Response]:
    """Send requests through the recorder to the worlds of an application; return the responses."""
    upstreams = {name: Upstream.of(REGISTRY.providers[name], f"{address}/{name}") for name in providers}
    with contextlib.closing(har.HarFile(file)) as opened:
        costs = {f"{name}.{one}": Decimal(1) for name, bound in REGISTRY.providers.items() for one in bound.spec.places}
        recorder = Recorder(REGISTRY.providers, upstreams, opened, purse or Purse(PLENTY, costs), **more)
        responses = asyncio.run(_send(ReverseProxy(recorder, httpx.ASGITransport(app)), steps))
    if isinstance(owner := getattr(app, "__self__", None), Upstreams):
        owner.stamp(file)
    return responses


async def _send(proxy: ReverseProxy, steps: Iterable[Step]) -> list[httpx.Response]:
    responses: list[httpx.Response] = []
    async with httpx.AsyncClient(transport=httpx.ASGITransport(proxy), base_url="http://recorder") as client:
        for step in steps:
            responses.append(await client.send(step if isinstance(step, httpx.Request) else step(responses)))
    return responses


class Bridge(httpx.BaseTransport):
    """Calls an ASGI application from a synchronous client."""

    def __init__(self, app: Any) -> None:
        self._transport = httpx.ASGITransport(app)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request."""

        async def send() -> httpx.Response:
            content = request.read()
            sent = httpx.Request(request.method, request.url, headers=request.headers, content=content)
            response = await self._transport.handle_async_request(sent)
            return httpx.Response(response.status_code, headers=response.headers, content=await response.aread())

        return asyncio.run(send())


@contextlib.contextmanager
def recording(file: Path, app: Any, address: str, provider: str, **more: Any) -> Iterator[httpx.Client]:
    """Return a client whose requests go through a recorder to a world of an application."""
    bound = REGISTRY.providers[provider]
    with contextlib.closing(har.HarFile(file)) as opened:
        costs = {f"{provider}.{one}": Decimal(1) for one in bound.spec.places}
        recorder = Recorder(
            REGISTRY.providers, {provider: Upstream.of(bound, f"{address}/{provider}")}, opened, Purse(PLENTY, costs), **more
        )
        transport = Bridge(ReverseProxy(recorder, httpx.ASGITransport(app)))
        with httpx.Client(transport=transport, base_url="http://recorder") as client:
            yield client
    if isinstance(owner := getattr(app, "__self__", None), Upstreams):
        owner.stamp(file)


def compared(file: Path, scenario: str | dict[str, Any] = "default") -> Comparison:
    """Compare a recording with the simulator."""
    if isinstance(scenario, str):
        return compare(har.read(file), REGISTRY, REGISTRY.scenario(scenario))
    return compare(har.read(file), REGISTRY, REGISTRY.scenarios.read(InlineDocument("scenario", scenario), "inline"))


def request(provider: str, method: str, path: str, body: Any = None, key: str = "", **headers: str) -> httpx.Request:
    """Return a request to a provider, by its demo key unless another is given."""
    bound = REGISTRY.providers[provider]
    header, value = credential(bound, key or bound.provider.keys[0])
    shown = {name.replace("_", "-"): text for name, text in headers.items()}
    if provider == "cartesia":
        shown.setdefault("Cartesia-Version", "2026-03-01")
    return httpx.Request(method, f"http://recorder/{provider}{path}", json=body, headers={header: value, **shown})


def examples(bound: BoundProvider, operation: Operation) -> Iterator[httpx.Request]:
    """Yield a request for each example of an operation."""
    keys = [key for key in bound.provider.keys for scheme in operation.schemes[:1] if scheme.pattern.fullmatch(key)]
    path, headers = operation.path, dict(credential(bound, key) for key in keys[:1])
    query: dict[str, str] = {}
    for parameter in operation.parameters:
        if parameter.where == "path":
            path = path.replace(f"{{{parameter.name}}}", quote(str(parameter.example), safe=""))
        elif parameter.required:
            (query if parameter.where == "query" else headers)[parameter.name] = str(parameter.example)
    for example in (operation.body.examples if operation.body else None) or [None]:
        media, raw = encoded_example(operation, example)
        url = f"http://recorder/{bound.name}{path}{'?' if query else ''}{urlencode(query)}"
        more = {"content-type": media} if raw else {}
        yield httpx.Request(operation.method, url, headers={**headers, **more}, content=raw)


def everything(bound: BoundProvider) -> Iterator[httpx.Request]:
    """Yield the examples of all operations: first what makes something, twice; last what deletes it."""
    order = ("POST", "GET", "PUT", "PATCH", "DELETE")
    for operation in sorted(bound.spec.operations.values(), key=lambda one: order.index(one.method)):
        yield from examples(bound, operation)
        if operation.method == "POST" and operation.simulated:
            yield from examples(bound, operation)
