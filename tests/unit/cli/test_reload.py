"""`simulator serve --reload`: edits of specs, providers and scenarios are picked up, broken ones are told and passed over."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.cli.reloading import Reloader
from simulator.documents import BrokenFile, Fault
from tests.providers.shop import SCHEMAS, SHOP
from tests.unit.cli.conftest import Ended
from tests.unit.command import COMMAND, ROOT, environment_of

SCENARIO = "description: {about}\naccounts:\n  - keys: [demo]\n    shop: {{tables: {{pets: [{{name: {pet}}}]}}}}\n"
CODE = '''
from simulator.provider import Call, Error, Extension

from .limits import MOST


class Errors:
    NO_CREDIT = Error(402, "no_credit", "No credit", evidence="assumed")


provider = Extension(errors=Errors)


@provider.operation("createPet")
def create_pet(call: Call):
    """Refuse what is beyond the limit."""
    if len(call.state.all("pets")) >= MOST:
        raise Errors.NO_CREDIT()
    return provider.inferred(call)
'''


class Reloading:
    """A server that reloads, with its own files."""

    def __init__(self, folder: Path) -> None:
        self.shop, self.scenarios, self.log = folder / "providers" / "shop", folder / "scenarios", folder / "log"
        self.shop.mkdir(parents=True)
        self.scenarios.mkdir()
        (self.shop / "openapi.yaml").write_text(SHOP, encoding="utf-8")
        (self.shop / "schemas.yaml").write_text(SCHEMAS, encoding="utf-8")
        (self.scenarios / "mine.yaml").write_text(SCENARIO.format(about="One pet", pet="Rex"), encoding="utf-8")
        self.start("--providers", str(folder / "providers"), "--scenarios", str(self.scenarios), "--scenario", "mine")

    def start(self, *options: str, **environment: str) -> None:
        """Start the server, and wait for its address."""
        with self.log.open("w") as output:
            self.process = subprocess.Popen(
                [*COMMAND, "serve", "--port", "0", "--reload", "--no-access-log", *options],
                cwd=ROOT,
                env=environment_of(**environment),
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self.read = 0
        self.url = re.findall(r"https?://[^\s\"]+", self.wait_for("http"))[0].rstrip("/")

    def wait_for(self, text: str) -> str:
        """Return what was logged since the last time, once it holds a text."""
        deadline = time.monotonic() + 30
        while text not in (new := self.log.read_text(encoding="utf-8")[self.read :]):
            assert time.monotonic() < deadline, new
            assert self.process.poll() is None, new
            time.sleep(0.02)
        self.read += len(new)
        return new

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Send a request to the shop."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}/shop/v1{path}", data, headers, method=method)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def pets(self) -> list[str]:
        """Return the names of the pets."""
        return [pet["name"] for pet in self.call("GET", "/pets?api_key=demo")[1]["data"]]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Reloading]:
    """A server that reloads."""
    one = Reloading(tmp_path)
    yield one
    one.process.send_signal(signal.SIGTERM)
    assert one.process.wait(10) == 0


def test_edits_are_picked_up_and_broken_ones_passed_over(server: Reloading) -> None:
    """A scenario, a spec, Python with a module beside it; each fault is told with its file and line."""
    assert server.pets() == ["Rex"]

    (server.scenarios / "mine.yaml").write_text(SCENARIO.format(about="One pet", pet="Max"), encoding="utf-8")
    server.wait_for("reloaded, every world was reset")
    assert server.pets() == ["Max"]
    (server.scenarios / "mine.yaml").write_text("description: One pet\nacounts: []\n", encoding="utf-8")
    assert re.search(r"mine\.yaml:2: .*acounts", server.wait_for("not reloaded"))
    assert server.pets() == ["Max"]
    (server.scenarios / "mine.yaml").write_text(SCENARIO.format(about="One pet", pet="Max"), encoding="utf-8")
    server.wait_for("reloaded, every world was reset")

    spec = server.shop / "openapi.yaml"
    spec.write_text(SHOP.replace("/fees:", "/costs:"), encoding="utf-8")
    server.wait_for("reloaded, every world was reset")
    assert (server.call("GET", "/costs?api_key=demo")[0], server.call("GET", "/fees?api_key=demo")[0]) == (200, 404)
    spec.write_text(SHOP.replace("info: {", "info: {{"), encoding="utf-8")
    assert re.search(r"openapi\.yaml:\d+: not readable as YAML", server.wait_for("not reloaded"))
    assert server.call("GET", "/costs?api_key=demo")[0] == 200

    spec.write_text(SHOP, encoding="utf-8")
    (server.shop / "limits.py").write_text("MOST = 1\n", encoding="utf-8")
    (server.shop / "provider.py").write_text(CODE, encoding="utf-8")
    server.wait_for("reloaded, every world was reset")
    assert server.call("POST", "/pets?api_key=demo", {"name": "Ben"})[0] == 402
    (server.shop / "limits.py").write_text("MOST = 2\n", encoding="utf-8")  # of the same size, within the same second
    server.wait_for("reloaded, every world was reset")
    assert server.call("POST", "/pets?api_key=demo", {"name": "Ben"})[0] == 201
    (server.shop / "provider.py").write_text(CODE.replace("MOST:", "MOST"), encoding="utf-8")
    assert re.search(r"provider\.py:17: SyntaxError", server.wait_for("not reloaded"))
    assert server.pets() == ["Max", "Ben"]


INSTALLED = """
from simulator.provider import Call, Error, Extension


class Errors:
    NO_CREDIT = Error({status}, "no_credit", "No credit", evidence="assumed")


provider = Extension(errors=Errors)


@provider.operation("createPet")
def create_pet(call: Call):
    raise Errors.NO_CREDIT()
"""


def test_an_installed_provider_is_watched_too(tmp_path: Path) -> None:
    """Its module and its spec are loaded again, as they are while one works on an editable installation."""
    package, info = tmp_path / "site" / "shop_simulator", tmp_path / "site" / "shop_simulator-1.2.dist-info"
    package.mkdir(parents=True)
    info.mkdir()
    files = {"openapi.yaml": SHOP, "schemas.yaml": SCHEMAS, "__init__.py": INSTALLED.format(status=402)}
    for name, text in files.items():
        (package / name).write_text(text, encoding="utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: shop-simulator\nVersion: 1.2\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[provider_simulator.providers]\nshop = shop_simulator\n", encoding="utf-8")
    server = Reloading.__new__(Reloading)
    server.log = tmp_path / "log"
    server.start(PYTHONPATH=str(tmp_path / "site"), PYTHONDONTWRITEBYTECODE="1")
    try:
        assert server.call("POST", "/pets?api_key=demo", {"name": "Ben"})[0] == 402
        (package / "__init__.py").write_text(INSTALLED.format(status=409), encoding="utf-8")
        server.wait_for("reloaded, every world was reset")
        assert server.call("POST", "/pets?api_key=demo", {"name": "Ben"})[0] == 409
        (package / "__init__.py").write_text("import no_such_module\n", encoding="utf-8")
        assert re.search(r"shop-simulator 1\.2: .*no_such_module", server.wait_for("not reloaded"))
        assert server.call("POST", "/pets?api_key=demo", {"name": "Ben"})[0] == 409
    finally:
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(20) == 0


def test_what_changes_while_one_looks_is_waited_for(tmp_path: Path) -> None:
    """A file is loaded once it stands still, and a fault is told once."""
    file, loads = tmp_path / "a.yaml", []
    file.write_text("1", encoding="utf-8")

    def load() -> None:
        loads.append(file.read_text(encoding="utf-8"))
        if loads[-1] == "broken":
            raise BrokenFile([Fault(str(file), 3, "wrong")])

    reloader = Reloader([tmp_path], load)
    for text, count in (
        ("1", 0),
        ("12", 0),
        ("12", 1),
        ("12", 1),
        ("broken", 1),
        ("broken", 2),
        ("broken", 2),
        ("1", 2),
        ("1", 3),
    ):
        if file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
            os.utime(file, ns=(0, len(loads)))
        reloader.look()
        assert len(loads) == count, text
    (tmp_path / ".hidden").write_text("x", encoding="utf-8")
    reloader.look()
    reloader.look()
    assert len(loads) == 3


def test_reload_needs_files(run: Callable[..., Ended]) -> None:
    """There is nothing to watch without them."""
    ended = run("serve", "--reload")
    assert (ended.code, "--reload needs files to watch" in ended.stderr) == (2, True)
