"""A well-behaved client in a world of its own, in a process of its own: it must not notice that others misbehave.

It asks for health, buys a number, finds it in its list, releases it and finds the list empty, over and over. For each line on
its standard input it says how often it did so and how long it waited for answers since the last one.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.hostile.wire import Lost

WORLD = "bystander"
KEY = "vx_live_bystander"
NUMBERS = f"/w/{WORLD}/vantax/v1/phone-numbers"
BODY = {"sub_account_id": "sub_8a1f4c2e", "country": "US", "area_code": "415"}
JOURNEYS = 25  # on one connection


class Waited(NamedTuple):
    """How often a bystander went its way, and how many seconds it waited for answers: 99 of 100, and the longest."""

    journeys: int
    p99: float
    longest: float


class Bystander:
    """A running bystander."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def report(self) -> Waited:
        """How often it went its way since the last report, and how many seconds it waited for answers."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            print(file=self._process.stdin, flush=True)
        told: dict[str, Any] = json.loads(self._process.stdout.readline() or '{"lost": "it is gone"}')
        if told["lost"]:
            raise Lost(f"the bystander: {told['lost']}")
        return Waited(told["journeys"], told["p99"], told["longest"])


@contextlib.contextmanager
def standing_by(port: int, pause: float) -> Iterator[Bystander]:
    """A bystander that waits between two requests, until the end of the block; its world must be there."""
    command = [sys.executable, "-m", "tests.hostile.bystander", str(port), str(pause)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Bystander(process)
        finally:
            process.kill()
            process.communicate()


class _Client:
    """What runs in the process."""

    def __init__(self, port: int, pause: float) -> None:
        self._pause = pause
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        self.journeys = 0
        self.waited: list[float] = []

    def ask(self, method: str, path: str, expected: int, body: Any = None) -> Any:
        """Ask for something, and measure how long the answer takes."""
        headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
        begun = time.perf_counter()
        self._connection.request(method, path, json.dumps(body) if body else None, headers)
        answer = self._connection.getresponse()
        said = answer.read()
        self.waited.append(time.perf_counter() - begun)
        if answer.status != expected:
            raise Lost(f"{method} {path} answered {answer.status} {said.decode()}, expected {expected}")
        time.sleep(self._pause)
        return json.loads(said).get("data")

    def journey(self) -> None:
        """Ask for health, buy, list, release, list."""
        self.ask("GET", "/_simulator/health", 200)
        bought = self.ask("POST", NUMBERS, 201, BODY)
        if (held := self.held()) != [bought["id"]]:
            raise Lost(f"has {held}, expected {bought['id']} alone")
        self.ask("DELETE", f"{NUMBERS}/{bought['id']}", 200)
        if held := self.held():
            raise Lost(f"has {held}, expected nothing")
        self.journeys += 1
        if self.journeys % JOURNEYS == 0:
            self._connection.close()  # the next request opens another

    def held(self) -> list[str]:
        """The numbers that it has."""
        return [each["id"] for each in self.ask("GET", f"{NUMBERS}?sub_account_id=sub_8a1f4c2e", 200)]

    def recover(self) -> None:
        """Begin anew, with nothing."""
        self._connection.close()
        for number in self.held():
            self.ask("DELETE", f"{NUMBERS}/{number}", 200)

    def report(self, lost: str) -> str:
        """What it tells of itself, and forgets."""
        waited = sorted(self.waited) or [0.0]
        told = {"journeys": self.journeys, "p99": waited[(len(waited) * 99 - 1) // 100], "longest": waited[-1], "lost": lost}
        self.journeys, self.waited = 0, []
        return json.dumps(told)


def _main() -> None:
    client, lost, step = _Client(int(sys.argv[1]), float(sys.argv[2])), "", _Client.journey
    while True:
        try:
            step(client)
            step = _Client.journey
        except (Lost, OSError, http.client.HTTPException) as error:
            lost, step = lost or repr(error), _Client.recover
        if select.select([sys.stdin], [], [], 0.002)[0]:
            if not sys.stdin.readline():
                return
            print(client.report(lost), flush=True)
            lost = ""


if __name__ == "__main__":
    _main()
