"""What the console costs: its reader, slow readers, and how soon and how smoothly a browser shows requests."""

from __future__ import annotations

import contextlib
import http.client
import importlib
import shutil
import socket
import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

from bench.calls import LIST, PURCHASE, reset
from bench.effort import Effort
from bench.figures import Figure, Missing, Samples, at_least, at_most
from bench.load import load
from bench.servers import Server, Unavailable, ask, cpu_seconds, memory, running, simulator

CONNECTIONS = 32
RATE = 500  # requests a second that the browser shows
ROWS = 10_000
FRAMES = 100
MIB = 1 << 20
TAIL = 100  # requests in one message to a reader
SENT = 2000  # requests a second that a reader is sent at most; the rest is a gap
EVENTS = b"GET /_simulator/worlds/default/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

FILL = """async (count) => {
  const { Log } = await import("./static/log.js");
  window.log = new Log(() => "default");
  for (let i = 0; i < count; i++) window.log.add({
    id: `req-${i}`, at: "2026-01-01T00:00:00.000Z", provider: "cald", operation: "cald.agents", method: "GET", path: "/agents",
    status: 200, account: null, error: null, rule: null, fault: null, bug: null, detail: null, evidence: "documented",
    unknown_fields: [],
  });
  await new Promise(requestAnimationFrame);
}"""
SCROLL = """async (frames) => {
  const box = document.getElementById("log"), step = Math.floor(box.scrollHeight / frames);
  for (let i = 0; i < frames; i++) {
    box.scrollTop = i % 10 ? box.scrollTop + 120 : i * step;  // steps of a wheel, and now and then a jump
    await new Promise(requestAnimationFrame);
  }
}"""
WATCH = """async ([total, patience]) => {
  const seen = [], count = document.getElementById("count"), end = Date.now() + patience;
  for (let shown = 0; shown < total && Date.now() < end;) {
    await new Promise(requestAnimationFrame);
    const now = parseInt(count.textContent) || 0;
    if (now !== shown) seen.push([Date.now(), shown = now]);
  }
  return seen;
}"""


def measure(effort: Effort) -> Iterator[Figure | Missing]:
    """A server anew in each round; what needs a browser is left out where there is none."""
    found = Samples()
    for _ in effort.turns("console"):
        with running(simulator, PURCHASE) as server:
            found.note("one", "share", _share(server, max(1, effort.requests // 10_000)))
            _readers(found, effort, server)
        _slow_readers(found, effort)
    name = f"% of a core that a reader takes of as many requests/s as it is sent ({SENT:,})"
    yield Figure(name, found.of("one", "share"), goal=at_most(5))
    followed, alone = (found.of(who, "per_second") for who in ("open", "closed"))
    yield Figure(f"requests/s, an open console, {CONNECTIONS} connections", followed, alone, "closed", at_least(0.95))
    after, before = (found.of(who, "cpu_us") for who in ("after", "closed"))
    yield Figure("CPU µs a request, after a console was closed", after, before, "before", at_most(1.05))
    yield Figure(f"MiB that {effort.readers} readers take that never read", found.of("slow", "mib"), goal=at_most(32))
    yield Figure("MiB that they take more after as many requests again", found.of("slow", "growth"), goal=at_most(2))
    try:
        yield from _in_a_browser(effort)
    except Unavailable as why:
        yield Missing("ms until a browser shows a request, and a frame", str(why))


def _share(server: Server, times: int) -> float:
    """Return the percentage of a core: the CPU time of a message, with connecting to be sent it, as often as one is sent."""
    for _ in range(TAIL):
        ask(server.port, PURCHASE)
    _receive(server.port, 1)
    before = cpu_seconds(server.pid)
    _receive(server.port, times)
    return (cpu_seconds(server.pid) - before) / times * SENT / TAIL * 100


def _receive(port: int, times: int) -> None:
    """Connect as a reader, a number of times, and receive one message each time."""
    for _ in range(times):
        with _following(port, f"?tail={TAIL}") as connection:
            received = 0
            while received < TAIL:
                received += connection.recv(1 << 20).count(b"event: request")


def _readers(found: Samples, effort: Effort, server: Server) -> None:
    """Buy with and without a reader, in turn; a reader takes what a console takes that shows the log."""
    load(server, PURCHASE, CONNECTIONS, effort.warm)
    for _ in range(effort.often):
        for who in ("closed", "open", "after"):
            ask(server.port, reset("default"))
            with _reader(server.port) if who == "open" else contextlib.nullcontext():
                got = load(server, PURCHASE, CONNECTIONS, effort.seconds / effort.often)
            for what in ("per_second", "cpu_us"):
                found.note(who, what, getattr(got, what))


@contextlib.contextmanager
def _reader(port: int) -> Iterator[None]:
    """Follow the world `default`, and read all that comes."""
    with _following(port) as connection:
        thread = threading.Thread(target=_drain, args=(connection,))
        thread.start()
        yield
        connection.shutdown(socket.SHUT_RDWR)
        thread.join()


def _drain(connection: socket.socket) -> None:
    while connection.recv(1 << 20):
        pass


@contextlib.contextmanager
def _following(port: int, query: str = "") -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(EVENTS.replace(b" HTTP", f"{query} HTTP".encode(), 1))
        yield connection


def _slow_readers(found: Samples, effort: Effort) -> None:
    """Load a server that has readers which never read, and one that has none, twice."""
    with running(simulator, PURCHASE) as without, running(simulator, PURCHASE) as server, contextlib.ExitStack() as ending:
        for _ in range(effort.readers):
            ending.enter_context(_following(server.port))
        for one in (without, server):
            ask(one.port, LIST)
        more = []
        for _ in range(2):
            for one in (without, server):
                load(one, LIST, CONNECTIONS, effort.seconds)
            more.append((memory(server.pid) - memory(without.pid)) / MIB)
        found.note("slow", "mib", more[0])
        found.note("slow", "growth", more[1] - more[0])


def _in_a_browser(effort: Effort) -> Iterator[Figure]:
    """How soon requests are shown that come at a rate, and what a frame costs while many rows scroll."""
    shown, frames, cpu_open, cpu_closed = [], [], [], []
    with browser() as chromium:
        for _ in effort.turns("console in a browser"):
            with running(simulator, PURCHASE) as server:
                load(server, PURCHASE, CONNECTIONS, effort.warm)
                ask(server.port, reset("default"))
                page = chromium.new_page(viewport={"width": 1200, "height": 720})
                page.goto(f"http://127.0.0.1:{server.port}/_simulator/")
                page.wait_for_selector("#live.good")
                shown.append(_until_shown(page, server.port, max(1, round(effort.seconds * RATE))))
                cpu_open.append(load(server, PURCHASE, CONNECTIONS, effort.seconds).cpu_us)
                frames.append(ms_a_frame(page))
                page.close()
                ask(server.port, reset("default"))
                cpu_closed.append(load(server, PURCHASE, CONNECTIONS, effort.seconds).cpu_us)
    yield Figure("CPU µs a request, the console open in a browser", cpu_open, cpu_closed, "closed", at_most(1.05))
    yield Figure(f"ms until a browser shows a request, p99, {RATE} requests/s", shown, goal=at_most(200))
    yield Figure(f"CPU ms a frame while {ROWS:,} rows scroll", frames, goal=at_most(16))


def _until_shown(page: Any, port: int, total: int) -> float:
    """Send requests at a rate, and return the p99 of the milliseconds from a response to the frame that counts it."""
    answered: list[float] = []
    before = int(page.locator("#count").inner_text().split()[0])
    sender = threading.Thread(target=_send, args=(port, total, answered))
    sender.start()
    seen: Sequence[tuple[float, int]] = page.evaluate(WATCH, [before + total, total / RATE * 1000 + 10_000])
    sender.join()
    waits = []
    for place, at in enumerate(answered, before + 1):
        waits.append(next((frame for frame, count in seen if count >= place), float("inf")) - at)
    return statistics.quantiles(waits, n=100)[98] if len(waits) > 1 else waits[0]


def _send(port: int, total: int, answered: list[float]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    begun = time.monotonic()
    for place in range(total):
        time.sleep(max(0.0, begun + place / RATE - time.monotonic()))
        connection.request(LIST.method, LIST.path, headers=dict(LIST.headers))
        connection.getresponse().read()
        answered.append(time.time() * 1000)
    connection.close()


def ms_a_frame(page: Any) -> float:
    """Return the CPU time of the page's thread for a frame, in milliseconds, while many rows scroll."""
    page.evaluate(FILL, ROWS)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = _task_seconds(session)
    page.evaluate(SCROLL, FRAMES)
    return (_task_seconds(session) - before) / FRAMES * 1000


def _task_seconds(session: Any) -> float:
    metrics = session.send("Performance.getMetrics")["metrics"]
    return float(next(one["value"] for one in metrics if one["name"] == "TaskDuration"))


@contextlib.contextmanager
def browser() -> Iterator[Any]:
    """Run Chromium.

    Raises:
        Unavailable: it is not installed, or Playwright is not.
    """
    path = next((found for found in map(shutil.which, BROWSERS) if found), None)
    try:
        playwright = importlib.import_module("playwright.sync_api")
    except ImportError:
        raise Unavailable("needs playwright: scripts/setup browser") from None
    if path is None:
        raise Unavailable("needs Chromium, Debian's package of that name")
    with playwright.sync_playwright() as running_playwright:
        chromium = running_playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield chromium
        chromium.close()
