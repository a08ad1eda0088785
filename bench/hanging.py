"""What receivers of webhooks that never answer cost those who use the API meanwhile: the p99 of a purchase."""

from __future__ import annotations

import contextlib
import http.client
import json
import resource
import socket
import statistics
import time
from collections.abc import Iterator
from typing import Any

from bench.calls import PURCHASE
from bench.effort import Effort
from bench.figures import Figure, at_most
from bench.servers import running, simulator

RECEIVERS, WORLD = 1000, "hanging"
KEY, AGENT = "truedy_Demo0000000000000000000000000000", "11111111-1111-4111-8111-111111111111"
CALL = {"agent_id": AGENT, "phone_number": "+12125550199"}


def measure(effort: Effort) -> Iterator[Figure]:
    """A purchase while a thousand receivers hang, and while none does, of one server."""
    quiet: list[float] = []
    starting: list[float] = []
    busy: list[float] = []
    for _ in effort.turns("hanging"):
        with silent() as url, running(simulator, PURCHASE) as server:
            _make_world(server.port, url)
            _purchases(server.port, effort.seconds / 4)
            quiet.append(_purchases(server.port, effort.seconds))
            _send(server.port, "POST", f"/w/{WORLD}/truedy/api/public/v1/calls", CALL, {"Authorization": f"Bearer {KEY}"})
            starting.append(_purchases(server.port, effort.seconds))
            busy.append(_purchases(server.port, effort.seconds))
            waiting = _send(server.port, "GET", f"/_simulator/worlds/{WORLD}/outbox?status=pending")["total"]
            assert waiting == RECEIVERS, waiting  # noqa: S101  (otherwise nothing was measured)
    yield Figure(f"ms, p99 of a purchase while {RECEIVERS:,} webhooks begin to hang", starting, quiet, "none hangs")
    yield Figure(f"ms, p99 of a purchase while {RECEIVERS:,} receivers hang", busy, quiet, "none hangs", at_most(1.1))


@contextlib.contextmanager
def silent() -> Iterator[str]:
    """Listen for connections and never answer."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def _make_world(port: int, url: str) -> None:
    truedy = {
        "agents": [{"id": AGENT}],
        "numbers": [{"phone_number": "+14155550142", "outbound_agent_id": AGENT}],
        "webhooks": [{"url": f"{url}/{number}", "events": ["call.started"]} for number in range(RECEIVERS)],
    }
    _send(port, "PUT", f"/_simulator/worlds/{WORLD}", {"scenario": {"accounts": [{"keys": [KEY], "truedy": truedy}]}})


def _send(port: int, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    raw = None if body is None else json.dumps(body)
    connection.request(method, path, raw, {"Content-Type": "application/json", **(headers or {})})
    with contextlib.closing(connection), connection.getresponse() as response:
        answer = response.read()
        assert response.status < 300, answer  # noqa: S101  (only a success counts)
        return json.loads(answer)


def _purchases(port: int, seconds: float) -> float:
    """Return the p99 of purchases, one after the other, in milliseconds."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    took, until = [], time.perf_counter() + seconds
    with contextlib.closing(connection):
        while (begun := time.perf_counter()) < until:
            connection.request(PURCHASE.method, PURCHASE.path, PURCHASE.body, PURCHASE.headers)
            with connection.getresponse() as response:
                response.read()
            took.append((time.perf_counter() - begun) * 1000)
    return statistics.quantiles(took, n=100)[-1]
