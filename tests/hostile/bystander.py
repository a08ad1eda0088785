"""A well-behaved client in a world of its own, in a process of its own: it must not notice that others misbehave.

It buys a number, finds it in its list, releases it and finds the list empty, over and over. For each line on its standard input
it says how often it did so and how long it waited at most since the last one.
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
from typing import Any

from tests.hostile.wire import Lost

WORLD = "bystander"
KEY = "vx_live_bystander"
NUMBERS = f"/w/{WORLD}/vantax/v1/phone-numbers"
BODY = {"sub_account_id": "sub_8a1f4c2e", "country": "US", "area_code": "415"}
JOURNEYS = 25  # on one connection


class Bystander:
    """A running bystander."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def report(self) -> tuple[int, float]:
        """How often it went its way since the last report, and how many seconds it waited at most for an answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            print(file=self._process.stdin, flush=True)
        told: dict[str, Any] = json.loads(self._process.stdout.readline() or '{"lost": "it is gone"}')
        if told["lost"]:
            raise Lost(f"the bystander: {told['lost']}")
        return told["journeys"], told["longest"]


@contextlib.contextmanager
def standing_by(port: int) -> Iterator[Bystander]:
    """A bystander, until the end of the block; its world must be there."""
    command = [sys.executable, "-m", "tests.hostile.bystander", str(port)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Bystander(process)
        finally:
            process.kill()
            process.communicate()


class _Client:
    """What runs in the process."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        self.journeys = 0
        self.longest = 0.0

    def ask(self, method: str, path: str, expected: int, body: Any = None) -> Any:
        """Ask for something, and measure how long the answer takes."""
        headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
        begun = time.perf_counter()
        self._connection.request(method, path, json.dumps(body) if body else None, headers)
        answer = self._connection.getresponse()
        said = answer.read()
        self.longest = max(self.longest, time.perf_counter() - begun)
        if answer.status != expected:
            raise Lost(f"{method} {path} answered {answer.status} {said.decode()}, expected {expected}")
        return json.loads(said).get("data")

    def journey(self) -> None:
        """Buy, list, release, list."""
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
        told = json.dumps({"journeys": self.journeys, "longest": self.longest, "lost": lost})
        self.journeys, self.longest = 0, 0.0
        return told


def _main() -> None:
    client, lost, step = _Client(int(sys.argv[1])), "", _Client.journey
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
