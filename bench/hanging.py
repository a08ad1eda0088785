"""What receivers of webhooks that never answer cost those who use the API meanwhile: the p99 of a purchase.

Two servers have the same world, and at one of them its webhooks hang. Purchases are timed at both in turn, in short laps, so
that whatever else the machine does meets both alike. A round lasts longer than the provider waits for an answer: webhooks time
out in it, and the next ones begin.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import resource
import socket
import statistics
import threading
import time
from collections.abc import Iterator
from itertools import chain
from typing import Any, NamedTuple

from bench.calls import PURCHASE
from bench.effort import Effort
from bench.figures import Figure, at_most
from bench.lines import LINES
from bench.servers import Server, cpu_seconds, running, simulator

RECEIVERS, WORLD = 1000, "hanging"
LAPS = 24  # of each server in a round
SHARE = 4  # of them last as long as a load
CALM = 0.5  # seconds without a new connection, after which all webhooks hang that may at once
LINE = LINES["truedy"]


class Round(NamedTuple):
    """The p99 of each lap in milliseconds, that of all its purchases, and the CPU time in % when nobody asks for anything."""

    laps: list[float]
    whole: float
    idle: float


class Receiver:
    """Listens for connections, and never answers."""

    def __init__(self, listener: socket.socket) -> None:
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self.begun = 0
        self._listener, self._open = listener, list[socket.socket]()

    def accept(self) -> None:
        """Take connections until the listener is closed."""
        with contextlib.suppress(OSError):
            while True:
                self._open.append(self._listener.accept()[0])
                self.begun += 1

    def calm(self) -> None:
        """Wait until no connection has come for a while."""
        begun = -1
        while begun != self.begun or not begun:
            begun = self.begun
            time.sleep(CALM)


def measure(effort: Effort) -> Iterator[Figure]:
    """A purchase at a server a thousand of whose webhooks hang, and at one at which none does."""
    hanging: list[Round] = []
    quiet: list[Round] = []
    for _ in effort.turns("hanging"):
        with silent() as receiver, running(simulator, PURCHASE) as first, running(simulator, PURCHASE) as second:
            for server in (first, second):
                _make_world(server.port, receiver.url)
                _purchases(server.port, effort.seconds / SHARE)
            _call(first.port)
            receiver.calm()
            of_first, of_second = _race(first, second, effort)
            hanging.append(of_first)
            quiet.append(of_second)
            waiting = _send(first.port, "GET", f"/_simulator/worlds/{WORLD}/outbox?status=pending")["total"]
            assert waiting == RECEIVERS, waiting  # noqa: S101  (otherwise nothing was measured)
    name = f"ms, p99 of a purchase while {RECEIVERS:,} receivers hang"
    laps, others = [[statistics.median(one.laps) for one in rounds] for rounds in (hanging, quiet)]
    yield Figure(f"{name}, median of laps", laps, others, "none hangs", at_most(1.1))
    whole, others = [[one.whole for one in rounds] for rounds in (hanging, quiet)]
    yield Figure(f"{name}, all laps as one", whole, others, "none hangs", at_most(1.1))
    yield Figure("% of a core while they hang and nobody asks", [one.idle for one in hanging])
    yield Figure("% of a core while none hangs and nobody asks", [one.idle for one in quiet])


def _race(first: Server, second: Server, effort: Effort) -> tuple[Round, Round]:
    """Time purchases at two servers in turn, each as often first as second."""
    took: dict[Server, list[list[float]]] = {first: [], second: []}
    idle = {server: _idle(server, effort.seconds) for server in took}
    for lap in range(LAPS):
        for server in (first, second) if lap % 2 else (second, first):
            took[server].append(_purchases(server.port, effort.seconds / SHARE))
    one, other = (Round([_p99(lap) for lap in laps], _p99([*chain(*laps)]), idle[server]) for server, laps in took.items())
    return one, other


def _idle(server: Server, seconds: float) -> float:
    before = cpu_seconds(server.pid)
    time.sleep(seconds)
    return (cpu_seconds(server.pid) - before) / seconds * 100


def _p99(took: list[float]) -> float:
    return statistics.quantiles(took, n=100)[-1]


@contextlib.contextmanager
def silent() -> Iterator[Receiver]:
    """Listen for connections and never answer."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as listener:
        receiver = Receiver(listener)
        threading.Thread(target=receiver.accept, daemon=True).start()
        yield receiver
        listener.shutdown(socket.SHUT_RDWR)  # ends the thread


def _make_world(port: int, url: str) -> None:
    webhooks = [{"url": f"{url}/{number}", "events": ["call.started"]} for number in range(RECEIVERS)]
    accounts = [{"keys": [LINE.key], "truedy": {**LINE.account, "webhooks": webhooks}}]
    _send(port, "PUT", f"/_simulator/worlds/{WORLD}", {"scenario": {"accounts": accounts}})


def _call(port: int) -> None:
    headers = {"Authorization": f"Bearer {LINE.key}"}
    _send(port, "POST", f"/w/{WORLD}/truedy/api/public/v1{LINE.path}", LINE.body, headers)


def _send(port: int, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    raw = None if body is None else json.dumps(body)
    connection.request(method, path, raw, {"Content-Type": "application/json", **(headers or {})})
    with contextlib.closing(connection), connection.getresponse() as response:
        answer = response.read()
        assert response.status < 300, answer  # noqa: S101  (only a success counts)
        return json.loads(answer)


def _purchases(port: int, seconds: float) -> list[float]:
    """Return the milliseconds of purchases, one after the other."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    took, until = list[float](), time.perf_counter() + seconds
    with contextlib.closing(connection):
        while (begun := time.perf_counter()) < until or len(took) < 2:
            connection.request(PURCHASE.method, PURCHASE.path, PURCHASE.body, PURCHASE.headers)
            with connection.getresponse() as response:
                response.read()
            took.append((time.perf_counter() - begun) * 1000)
    return took
