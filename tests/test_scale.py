"""Two simulators behind nginx, as `examples/scale` has it: every request lands in the process of its world.

`scripts/check-scale` runs this with 10,000 requests to 200 worlds.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.unit.command import ROOT, Serving, end, free_port

WORLDS, REQUESTS = int(os.environ.get("SCALE_WORLDS", "20")), int(os.environ.get("SCALE_REQUESTS", "240"))
CLIENTS = 4
CONFIGURATION = ROOT / "examples" / "scale" / "nginx.conf"
PLAN = {
    "open": True,
    "accounts": [{"cartesia": {"plan": "enterprise", "slots": 100_000}, "chirp": {"apps": [{"id": "app_1"}]}}],
}
CARTESIA = {"Cartesia-Version": "2026-03-01"}
APP = "app_2DbBs7GWhGvVNJGrDXr5RG0mBWI"  # of the world `default`
ORGANISATIONS = [f"org{number}" for number in range(20)]

nginx = pytest.mark.skipif(shutil.which("nginx") is None, reason="needs nginx")


class Scaled:
    """The processes, and the address of nginx in front of them."""

    def __init__(self, front: str, backs: list[str]) -> None:
        self.front, self.backs = front, backs


@pytest.fixture
def scaled(tmp_path: Path) -> Iterator[Scaled]:
    """Two processes behind nginx."""
    servers = [Serving("--port", "0", "--no-access-log", "--max-worlds", "5000") for _ in range(2)]
    port = free_port()
    text = CONFIGURATION.read_text(encoding="utf-8").replace("127.0.0.1:18090", f"127.0.0.1:{port}")
    for name, server in zip(("18091", "18092"), servers, strict=True):
        text = text.replace(f"127.0.0.1:{name}", server.url.removeprefix("http://"))
    (tmp_path / "nginx.conf").write_text(text, encoding="utf-8")
    command = ["nginx", "-p", str(tmp_path), "-c", "nginx.conf"]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as proxy:
        try:
            front = f"http://127.0.0.1:{port}"
            deadline = time.monotonic() + 20
            while not answers(front) and time.monotonic() < deadline:
                time.sleep(0.02)
            yield Scaled(front, [one.url for one in servers])
        finally:
            proxy.terminate()
            proxy.communicate(timeout=10)
            for one in servers:
                with one.process:
                    end(one.process)


def answers(url: str) -> bool:
    """Whether a server is there."""
    try:
        return httpx.get(f"{url}/_simulator/health", timeout=5).is_success
    except httpx.TransportError:
        return False


class Client:
    """Sends mixed requests, and notes what it bought in which world."""

    def __init__(self, front: str, seed: int, bought: dict[str, list[str]]) -> None:
        self.front, self.chance, self.bought = front, random.Random(seed), bought
        self.failed: list[str] = []

    def run(self, count: int) -> None:
        """Send requests."""
        with httpx.Client(base_url=self.front, timeout=30) as http:
            for _ in range(count):
                world = self.chance.choice([*(f"w{number}" for number in range(WORLDS)), "default"])
                kind = self.chance.choice([self.buy, self.buy, self.look, self.control, self.use_keys])
                answer = kind(http, world)
                if not answer.is_success:
                    self.failed.append(f"{kind.__name__} in {world}: {answer.status_code} {answer.text[:200]}")

    def address(self, world: str) -> tuple[str, dict[str, str]]:
        """One of the ways to name a world."""
        if world == "default":
            return "", {}
        return ("", {"X-Simulator-World": world}) if self.chance.random() < 0.5 else (f"/w/{world}", {})

    def key(self) -> dict[str, str]:
        """A key, in one of the two headers."""
        key = f"sk_car_{self.chance.choice(ORGANISATIONS)}"
        return {**CARTESIA, **({"X-API-Key": key} if self.chance.random() < 0.5 else {"Authorization": f"Bearer {key}"})}

    def buy(self, http: httpx.Client, world: str) -> httpx.Response:
        """Buy a number."""
        prefix, header = self.address(world)
        path = f"{prefix}/cartesia/agents/phone-numbers/provision"
        answer = http.post(path, json={"label": "x"}, headers={**self.key(), **header})
        if world == "default" and answer.status_code == 402:  # its plan has one slot
            return http.get("/_simulator/worlds/default")
        if answer.is_success:
            self.bought[world].append(answer.json()["number"])
        return answer

    def look(self, http: httpx.Client, world: str) -> httpx.Response:
        """List the numbers."""
        prefix, header = self.address(world)
        return http.get(f"{prefix}/cartesia/agents/phone-numbers", headers={**self.key(), **header})

    def control(self, http: httpx.Client, world: str) -> httpx.Response:
        """Ask the control API."""
        path = self.chance.choice(["", "/rules", "/clock", "/requests?limit=5"])
        return http.get(f"/_simulator/worlds/{world}{path}")

    def use_keys(self, http: httpx.Client, world: str) -> httpx.Response:
        """Make a key with an organisation's admin key and use it: it opens nothing in another process."""
        organisation = self.chance.choice(ORGANISATIONS)
        prefix, header = self.address(world)
        base, admin = f"{prefix}/chirp/v1", {**header, "Authorization": f"Bearer sk_admin_{organisation}"}
        app = APP if world == "default" else "app_1"
        made = http.post(f"{base}/organization/app-keys", json={"name": "x", "appId": app}, headers=admin)
        if not made.is_success:
            return made
        return http.get(f"{base}/phone-numbers", headers={**header, "Authorization": f"Bearer {made.json()['key']}"})


@nginx
@pytest.mark.timeout(600)
def test_every_request_lands_in_the_process_of_its_world(scaled: Scaled) -> None:
    """Whichever way it names the world, whatever its key; and no number is sold twice in one world."""
    bought: dict[str, list[str]] = defaultdict(list)
    with httpx.Client(base_url=scaled.front, timeout=30) as http:
        for number in range(WORLDS):
            assert http.put(f"/_simulator/worlds/w{number}", json={"scenario": PLAN}).status_code == 201
    clients = [Client(scaled.front, seed, bought) for seed in range(CLIENTS)]
    threads = [threading.Thread(target=one.run, args=(REQUESTS // CLIENTS,), daemon=True) for one in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(500)
    assert [problem for one in clients for problem in one.failed] == []

    places: dict[str, list[str]] = defaultdict(list)
    for back in scaled.backs:
        for world in httpx.get(f"{back}/_simulator/worlds", timeout=30).json()["worlds"]:
            if world["requests"]["total"] or world["name"] != "default":
                places[world["name"]].append(back)
            assert httpx.get(f"{back}/_simulator/worlds", timeout=30).json()["unknown"] == []
    assert len(places) == WORLDS + 1
    assert all(len(backs) == 1 for backs in places.values()), places
    assert len({backs[0] for backs in places.values()}) == 2, "both processes have some of the worlds"
    for world, numbers in bought.items():
        assert [number for number, times in Counter(numbers).items() if times > 1] == [], world
        assert sorted(numbers) == sorted(held(places[world][0], world)), world


def held(back: str, world: str) -> list[str]:
    """The numbers that accounts of a world have."""
    state: Any = httpx.get(f"{back}/_simulator/worlds/{world}/state?provider=cartesia", timeout=30).json()
    records = [one for account in state["accounts"] for one in account["tables"]["numbers"]["records"]]
    return [one["number"] for one in records]


def test_the_configuration_goes_by_the_world_alone() -> None:
    """What it hashes is the world, which is `default` where none is named; nginx itself is not needed to see that."""
    text = CONFIGURATION.read_text(encoding="utf-8")
    assert re.search(r"hash \$world consistent;", text)
    maps = dict(re.findall(r"map (\$\w+ \$\w+) \{(.*?)\}", text, re.DOTALL))
    assert re.findall(r'""\s+(\w+);', maps["$named_world $world"]) == ["default"]
    patterns = [re.compile(one.replace("(?<", "(?P<")) for one in re.findall(r"~(\S+)\s+\$name;", maps["$uri $named_world"])]
    paths = ["/w/one/cartesia/voices", "/w/one", "/_simulator/worlds/one", "/_simulator/worlds/one/rules/rule-1"]
    named = [next((match["name"] for one in patterns if (match := one.match(path))), "") for path in paths]
    assert named == ["one"] * 4
    others = ["/cartesia/w/one", "/_simulator/worlds", "/_simulator/health"]
    assert not [path for path in others if any(one.match(path) for one in patterns)]


if __name__ == "__main__":
    sys.exit(pytest.main([__file__, "-n", "0", "-q"]))
