"""One and two processes behind nginx, as `examples/scale` has it."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path

from bench.calls import LIST, PURCHASE, script, world
from bench.effort import Effort
from bench.figures import Figure, Samples
from bench.load import drive
from bench.package import ROOT
from bench.servers import Server, Unavailable, ask, first_answer, free_port, running, simulator, started

CONFIGURATION = ROOT / "examples" / "scale" / "nginx.conf"
FRONT, BACKS = 18090, (18091, 18092)  # the ports in the configuration
SCENARIO = "vantax/many-numbers"  # so that there is something to list
WORKS = {"Vantax purchase": PURCHASE, "Vantax list page of 100": LIST._replace(path=f"{LIST.path}&limit=100")}
WORLDS, CONNECTIONS = 32, 32


def measure(effort: Effort) -> Iterator[Figure]:
    """A light request and a heavier one, in many worlds, which the proxy shares out."""
    if shutil.which("nginx") is None:
        raise Unavailable("needs nginx, Debian's package nginx-light")
    found = Samples()
    for _ in effort.turns("scale"):
        with running(holding, PURCHASE) as direct:
            _load(found, "direct", direct, effort)
        for count in (1, 2):
            with behind(count) as front:
                _load(found, f"{count} behind", front, effort)
    for work in WORKS:
        one, two, direct_rate = (found.of(who, work) for who in ("1 behind", "2 behind", "direct"))
        yield Figure(f"{work}: requests/s, 1 process behind nginx", one, direct_rate, "no nginx")
        yield Figure(f"{work}: requests/s, 2 processes behind nginx", two, one, "1 process")


def holding(port: int) -> Sequence[str]:
    """A simulator whose accounts hold numbers."""
    return *simulator(port), "--scenario", SCENARIO


@contextlib.contextmanager
def behind(count: int) -> Iterator[Server]:
    """So many simulators behind nginx."""
    with contextlib.ExitStack() as ending:
        folder = ending.enter_context(tempfile.TemporaryDirectory())
        ports = [ending.enter_context(running(holding, PURCHASE)).port for _ in range(count)]
        front, file = free_port(), Path(folder, "nginx.conf")
        file.write_text(configuration(front, ports), encoding="utf-8")
        proxy = ending.enter_context(started(["nginx", "-p", folder, "-c", str(file)], folder))
        first_answer(proxy, front, PURCHASE)
        yield Server(proxy.pid, front, 0)


def configuration(front: int, ports: list[int]) -> str:
    """The example's configuration with other ports, and as many servers as there are."""
    text = CONFIGURATION.read_text(encoding="utf-8").replace(f":{FRONT};", f":{front};")
    for port, other in zip_longest(BACKS, ports):
        line = f"    server 127.0.0.1:{port};\n"
        text = text.replace(line, line.replace(str(port), str(other)) if other else "")
    return text


def _load(found: Samples, who: str, server: Server, effort: Effort) -> None:
    for number in range(WORLDS):
        ask(server.port, world(f"w{number}", SCENARIO))
    for work, call in WORKS.items():
        asked = [call.in_world(f"w{number}") for number in range(WORLDS)]
        lua = script(*asked)
        drive(server, lua, CONNECTIONS, effort.warm)
        found.note(who, work, drive(server, lua, CONNECTIONS, effort.seconds).per_second)
