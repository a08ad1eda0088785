"""One simulator for the whole run, and a world of its own for each test.

The fixture `simulator` is the plugin's. Its `world` is replaced by one that speaks plain HTTP, as these tests are about every
byte of an answer, and that lets a test call what no spec knows.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import certifi
import httpx
import pytest

from simulator import Simulator
from simulator.server.run import ServerConfig
from simulator.testing.client import Client, ControlError

pytest_plugins = ["pytester"]

_names = itertools.count(1)

END = "-----END CERTIFICATE-----\n"


def pytest_configure(config: pytest.Config) -> None:
    """Let HTTP clients trust one certificate: to load all of them takes longer than most tests, and each client does it."""
    folder = Path(tempfile.mkdtemp(prefix="simulator-tests-"))
    config.add_cleanup(lambda: shutil.rmtree(folder))
    authorities = Path(certifi.where()).read_text(encoding="utf-8")
    (folder / "ca.pem").write_text(authorities[: authorities.index(END)] + END, encoding="utf-8")
    os.environ["SSL_CERT_FILE"] = str(folder / "ca.pem")


@dataclass(frozen=True)
class Api:
    """A provider in a world as a client with one key sees it."""

    http: httpx.Client
    base_url: str
    headers: dict[str, str] = field(default_factory=dict)

    def __call__(self, method: str, path: str, json: Any = None, **more: Any) -> httpx.Response:
        """Send a request, `json` as its body."""
        headers = {**self.headers, **more.pop("headers", {})}
        if json is not None:
            more["json"] = json
        return self.http.request(method, self.base_url + path, headers=headers, **more)


@dataclass(frozen=True)
class World:
    """A world on the live server."""

    name: str
    url: str
    control: str
    http: httpx.Client
    providers: dict[str, Any]
    client: Client  # of the control API, in process

    def api(self, provider: str, **headers: str) -> Api:
        """A client of a provider; underscores in header names stand for dashes."""
        return Api(
            self.http,
            self.providers[provider]["base_url"],
            {name.replace("_", "-"): value for name, value in headers.items()},
        )


@pytest.fixture(scope="session", autouse=True)
def lane() -> Iterator[None]:
    """Serve through the plain ASGI path where SIMULATOR_TEST_LANE=asgi, else with the fast lane."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ServerConfig, "fast_lane", os.environ.get("SIMULATOR_TEST_LANE", "fast") == "fast")
        yield


@pytest.fixture(scope="session")
def http() -> Iterator[httpx.Client]:
    """One HTTP client for all tests: making one costs more than a test."""
    with httpx.Client(timeout=30) as client:
        yield client


def new_world(
    simulator: Simulator, http: httpx.Client, scenario: str | dict[str, Any] | None = None, seed: int | None = None
) -> World:
    """Make a world, from the default scenario or another: in process, as so many are made that a connection would cost more."""
    name = f"test-{next(_names)}"
    url = simulator.client.url
    body = {key: value for key, value in {"scenario": scenario, "seed": seed}.items() if value is not None}
    made = simulator.client.call("PUT", f"/worlds/{name}", body)
    return World(name, f"{url}/w/{name}", f"{url}/_simulator/worlds/{name}", http, made["providers"], simulator.client)


@pytest.fixture
def make_world(simulator: Simulator, http: httpx.Client) -> Iterator[Callable[..., World]]:
    """Make worlds, from the default scenario or another; they are dropped after the test."""
    made: list[World] = []

    def make(scenario: str | dict[str, Any] | None = None, seed: int | None = None) -> World:
        made.append(new_world(simulator, http, scenario, seed))
        return made[-1]

    yield make
    for one in made:
        with contextlib.suppress(ControlError):  # the test has deleted it
            simulator.client.call("DELETE", f"/worlds/{one.name}")


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    """A fresh world of the default scenario."""
    return make_world()
