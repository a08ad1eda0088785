"""Runs of schemathesis over a spec, each with a server and a world of its own: all phases, and all checks.

One check, that nobody reads what is another's, wants to know who is who; it has a run of its own, in which two accounts are
told apart by name. In the other runs keys belong to the security schemes of the spec.

What is particular to a spec stands in `tests/fuzz/{spec}.yaml`, which a new provider may do without:

* `world`, a scenario in which what requests are told to name, and their keys, are out of reach of whatever deletes them;
* `keys` by security scheme, and `peers`, the two who must not see each other's objects;
* `known`, values that are used half of the time, and `only`, those that are used always: that a created object is found can
  only be told when nothing else that the request names is missing;
* `refused`, the business refusals of an operation: a request may meet them though it fits the schema;
* `unchecked`, the checks that take an operation for another kind than it is;
* `positive`, the operations whose random bodies fit the schema, as the generator cannot do otherwise;
* `unreachable`, the operations that do little here: they are about objects that only time, or a dashboard, makes, or refuse
  most of what fits their schema;
* `bodies`, those of requests that links lead to, in which expressions stand;
* `in_order`, the phases in which operations come in the order of the spec.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from simulator import Simulator
from simulator.registry import data_folder
from simulator.testing.client import Client, World
from tests.fuzz.configuration import CONTROL, TOKEN, configuration, keys, wanted
from tests.fuzz.documents import described, lasting, performed, unrepeated, with_bodies

SPECS = sorted(path.stem for path in data_folder("specs").glob("*.yaml"))
PEERS = [f"{spec}-peers" for spec in SPECS if "peers" in wanted(spec)]
CRASHES = ".schemathesis/default/cache/crashes"


@dataclass(frozen=True)
class Report:
    """What a run came to."""

    name: str
    passed: bool
    cases: int
    operations: int
    phases: int  # that were gone through
    failures: tuple[str, ...]  # by names that `replay` takes
    seconds: float
    output: str


def fuzz(name: str, into: Path, *options: str, thorough: bool = False) -> Report:
    """Do one of the runs; `into` is made anew and takes the configuration, the output, and what a replay needs."""
    shutil.rmtree(into, ignore_errors=True)
    with prepared(name, into, thorough=thorough) as url:
        reporting = ("--report", "json", "--report-json-path", "report.json")
        done = schemathesis(into, "run", "spec.json", "--url", url, *reporting, *options)
    (into / "output.txt").write_text(done.stdout, encoding="utf-8")
    report = into / "report.json"
    told = json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}
    return Report(
        name=name,
        passed=done.returncode == 0 and "test_cases" in told,
        cases=told.get("test_cases", {}).get("generated", 0),
        operations=told.get("operations", {}).get("tested", 0),
        phases=[each["status"] for each in told.get("phases", {}).values()].count("success"),
        failures=tuple(sorted(path.stem for path in (into / CRASHES).glob("*_*.json"))),
        seconds=told.get("running_time", 0.0),
        output=done.stdout,
    )


def replay(name: str, into: Path, failure: str) -> subprocess.CompletedProcess[str]:
    """Send to a fresh world what led to a failure."""
    with prepared(name, into) as url:
        return schemathesis(into, "replay", f"{CRASHES}/{failure}.json", "--url", url, "--keep")


def schemathesis(into: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run its command in the folder of a run."""
    command = [sys.executable, "-m", "schemathesis.cli", "--no-color", "--config-file", "schemathesis.toml", *arguments]
    return subprocess.run(command, cwd=into, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


@contextlib.contextmanager
def prepared(name: str, into: Path, *, thorough: bool = False) -> Iterator[str]:
    """A server with a fresh world, and in the folder all that schemathesis reads; gives the base URL of the spec."""
    spec = name.removesuffix("-peers")
    wish = wanted(spec)
    into.mkdir(parents=True, exist_ok=True)
    with Simulator(admin_token=TOKEN) as simulator, contextlib.closing(Client.connect(simulator.url, TOKEN)) as client:
        world = client.world(wish["world"], name="my-test")
        document = performed(unrepeated(client.call("GET", f"/specs/{spec}?world={world.name}")))
        document = with_bodies(document, wish.get("bodies", []))
        if spec == CONTROL:
            _use(world)
            document = lasting(described(document, client.call("GET", "/scenarios/schema"), whole=thorough))
        (into / "spec.json").write_text(json.dumps(document), encoding="utf-8")
        (into / "keys.json").write_text(json.dumps(keys(wish)), encoding="utf-8")
        (into / "schemathesis.toml").write_text(configuration(spec, wish, peers=name in PEERS), encoding="utf-8")
        yield document["servers"][0]["url"]


def _use(world: World) -> None:
    """A request to each provider, so that the journal has something to tell."""
    for address in world.providers.values():
        url = urlsplit(address.base_url)
        with contextlib.closing(HTTPConnection(url.netloc)) as connection:
            connection.request("GET", f"{url.path}/agents")
            connection.getresponse().read()
