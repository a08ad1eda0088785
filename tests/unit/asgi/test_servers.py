"""The application under other people's servers, as programs of their own."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.unit.command import ROOT, environment_of, free_port

APP = "simulator.asgi:app"
SERVERS = {
    "uvicorn": ["uvicorn", APP, "--port", "{port}"],
    "uvicorn with h11": ["uvicorn", APP, "--port", "{port}", "--http", "h11", "--loop", "asyncio"],
    "hypercorn": ["hypercorn", APP, "--bind", "127.0.0.1:{port}"],
    "granian": ["granian", APP, "--interface", "asgi", "--port", "{port}"],
}
KEY = {"Authorization": "caldLive" + "1" * 32}
AGENTS = "/cald/client/api/v1/agents"


@contextlib.contextmanager
def running(name: str, log: Path, **environment: str) -> Iterator[str]:
    """Run a server; yield its base URL once it answers."""
    port = free_port()
    program, *arguments = (word.replace("{port}", str(port)) for word in SERVERS[name])
    command = [shutil.which(program, path=Path(sys.executable).parent) or program, *arguments]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment_of(**environment), stdout=output, stderr=output)
    try:
        url = f"http://127.0.0.1:{port}"
        for _ in range(1200):
            with contextlib.suppress(httpx.TransportError):
                httpx.get(f"{url}/_simulator/health")
                break
            time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module", params=SERVERS)
def log(request: pytest.FixtureRequest) -> Iterator[tuple[str, Path]]:
    """The name of a server, and the file that it logs to."""
    with tempfile.TemporaryDirectory() as folder:
        yield str(request.param), Path(folder) / "log"


@pytest.fixture(scope="module")
def url(log: tuple[str, Path]) -> Iterator[str]:
    """A running server."""
    name, file = log
    with running(name, file, SIMULATOR_SCENARIO="cald/lost-answer") as url:
        yield url


def test_traffic_and_control_api(url: str) -> None:
    """State lives across requests, and addresses are those of the client."""
    made = httpx.post(url + AGENTS, json={"name": "Ann ∞"}, headers=KEY)
    assert (made.status_code, made.headers["X-Simulator-Evidence"]) == (200, "documented")
    assert "Ann ∞" in [agent["name"] for agent in httpx.get(url + AGENTS, headers=KEY).json()["agents"]]
    world = httpx.put(f"{url}/_simulator/worlds/other", json={"scenario": "default"}).json()
    assert world["providers"]["cald"]["base_url"] == f"{url}/w/other/cald/client/api/v1"
    assert httpx.get(f"{url}/_simulator/worlds/default/requests").json()["total"] >= 2


def test_gates(url: str) -> None:
    """A request is held under every server, and others are answered meanwhile."""
    world = httpx.put(f"{url}/_simulator/worlds/race", json={"scenario": "default"}).json()
    control, cald = f"{url}/_simulator/worlds/race", world["providers"]["cald"]["base_url"]
    rule = {"when": {"operation": "cald.create_agent"}, "then": {"hold": {"until": 2, "order": "reversed"}}}
    httpx.post(f"{control}/rules", json=rule).raise_for_status()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(httpx.post, f"{cald}/agents", json={"name": "A"}, headers=KEY)
        for _ in range(500):
            if httpx.get(f"{control}/gates").json()["gates"][0]["waiting"]:
                break
            time.sleep(0.01)
        second = httpx.post(f"{cald}/agents", json={"name": "B"}, headers=KEY)
        assert (first.result(10).status_code, second.status_code) == (200, 200)
    requests = httpx.get(f"{control}/requests?details=true").json()["requests"]
    assert [line["body"] for line in requests] == [{"name": "B"}, {"name": "A"}]


def test_pages(url: str) -> None:
    """The front page, its style, and HEAD without a body."""
    text = httpx.get(url)
    assert text.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert f"{url}{AGENTS.removesuffix('/agents')}" in text.text
    page = httpx.get(url, headers={"Accept": "text/html"})
    assert httpx.get(f"{url}/_simulator/static/console.css").headers["Content-Type"].startswith("text/css")
    assert page.text.startswith("<!doctype html>")
    assert (httpx.head(url).status_code, httpx.head(url).content) == (200, b"")


def test_paths_stay_encoded(url: str) -> None:
    """`%2F` in a path is part of its segment."""
    answer = httpx.get(f"{url}{AGENTS}/a%2Fb", headers=KEY)
    listed = httpx.get(f"{url}/_simulator/worlds/default/requests").json()["requests"]
    assert answer.status_code in (404, 405)
    assert listed[-1]["path"].endswith("/agents/a%2Fb")


def test_methods_and_bodies(url: str) -> None:
    """The provider refuses methods that it does not have, and bodies over the limit."""
    assert httpx.put(url + AGENTS, headers=KEY).status_code == 405
    large = httpx.post(url + AGENTS, content=b"x" * 1_100_000, headers={**KEY, "Content-Type": "application/json"})
    assert large.status_code == 413


def test_a_delay(url: str) -> None:
    """An answer is held back, and a client that gives up does no harm."""
    begun = time.monotonic()
    assert httpx.get(url + AGENTS, headers={**KEY, "Prefer": "delay=300ms"}).status_code == 200
    assert time.monotonic() - begun >= 0.3
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(url + AGENTS, headers={**KEY, "Prefer": "delay=5s"}, timeout=httpx.Timeout(10, read=0.2))
    assert httpx.get(url + AGENTS, headers=KEY).status_code == 200


def test_a_fault_is_refused_when_its_rule_is_made(url: str) -> None:
    """These servers cannot break a connection: neither for a rule, nor for a scenario that has one."""
    rule = {"when": {"operation": "cald.list_agents"}, "then": {"fault": "reset"}}
    answers = [
        httpx.post(f"{url}/_simulator/worlds/default/rules", json=rule),
        httpx.put(f"{url}/_simulator/worlds/new", json={"scenario": "cald/lost-answer"}),
        httpx.put(f"{url}/_simulator/worlds/new", json={"scenario": {"description": "x", "open": True, "rules": [rule]}}),
        httpx.put(f"{url}/_simulator/worlds/new", json={}),
    ]
    assert [answer.status_code for answer in answers] == [409] * 4
    assert "this server cannot break connections" in answers[0].json()["detail"]
    assert httpx.get(f"{url}/_simulator/worlds/new").status_code == 404


def test_a_fault_that_is_due_all_the_same(url: str, log: tuple[str, Path]) -> None:
    """The scenario that the server was started with has one: the client gets a clear 500, the log one line."""
    answer = httpx.post(f"{url}/cald/client/api/v1/phonenumbers", json={}, headers=KEY)
    assert (answer.status_code, "X-Simulator-Bug" in answer.headers) == (500, False)
    assert "this server cannot break connections" in answer.text
    assert log[1].read_text(encoding="utf-8").count("this server cannot break connections") == 1


def test_nothing_is_wrong_in_the_log(url: str, log: tuple[str, Path]) -> None:
    """After all of this."""
    assert httpx.get(f"{url}/_simulator/health").json()["status"] == "ok"
    assert "Traceback" not in log[1].read_text(encoding="utf-8")


def test_a_wrong_setting_ends_the_start(tmp_path: Path) -> None:
    """With the reason."""
    command = [sys.executable, "-m", "uvicorn", APP, "--port", str(free_port())]
    environment = {**environment_of(), "SIMULATOR_SCENARIO": "cald/lost-anser", "HOME": os.environ.get("HOME", "/")}
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode != 0
    assert "did you mean cald/lost-answer" in ended.stderr
