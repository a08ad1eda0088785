"""One run of schemathesis over one spec: a server, a world and keys of its own, all checks, all phases.

What is particular to a spec stands in `tests/fuzz/{spec}.yaml`, which a new provider may do without:

* `world`, in which the objects that requests are told to name, and the keys, are out of reach of what deletes them;
* `identities`, each tried in turn where an operation refuses the one before, and `peers`: those who must not see each other's;
* `known`, values that are used half of the time, and `only`, those that are used always: a created object must be found, and
  that nothing else of the request is missing cannot be told from a 404;
* `refused`, the business refusals by operation: a request may meet them though it fits the schema.
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
from typing import Any
from urllib.parse import urlsplit

from simulator import Simulator
from simulator.catalog import folder, shipped
from simulator.client import Client, Json, World
from simulator.documents import read
from tests.fuzz.documents import described, lasting, unrepeated

HERE = Path(__file__).parent
SPECS = sorted(path.stem for path in folder("specs").glob("*.yaml"))
CONTROL = "_simulator"
TOKEN = "fuzz-token"  # noqa: S105  (of a server that lives as long as the run)
CRASHES = ".schemathesis/default/cache/crashes"

# What a request that fits the schema may meet anywhere: a key of another family (each identity is tried), an object that is
# not there, a conflict with what is.
ACCEPTED = ["2xx", "401", "403", "404", "409"]

# Warnings that mean that a run has not reached what it is there for.
WARNINGS = ["missing_auth", "missing_test_data", "method_not_allowed", "unmatched_filter", "unresolvable_reference"]


@dataclass(frozen=True)
class Report:
    """What a run came to."""

    spec: str
    passed: bool
    cases: int
    operations: int
    failures: tuple[str, ...]  # by names that `replay` takes
    seconds: float
    output: str


def fuzz(spec: str, into: Path, *options: str, thorough: bool = False) -> Report:
    """Fuzz one spec; `into` is made anew and takes the configuration, the output, and what a replay needs."""
    shutil.rmtree(into, ignore_errors=True)
    with prepared(spec, into, thorough=thorough) as url:
        reporting = ("--report", "json", "--report-json-path", "report.json")
        done = schemathesis(into, "run", "spec.json", "--url", url, *reporting, *options)
    (into / "output.txt").write_text(done.stdout, encoding="utf-8")
    report = into / "report.json"
    told = json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}
    return Report(
        spec=spec,
        passed=done.returncode == 0,
        cases=told.get("test_cases", {}).get("generated", 0),
        operations=told.get("operations", {}).get("tested", 0),
        failures=tuple(sorted(path.stem for path in (into / CRASHES).glob("*_*.json"))),
        seconds=told.get("running_time", 0.0),
        output=done.stdout,
    )


def replay(spec: str, into: Path, failure: str) -> str:
    """Send to a fresh world what led to a failure, and return what came of it."""
    with prepared(spec, into) as url:
        return schemathesis(into, "replay", f"{CRASHES}/{failure}.json", "--url", url, "--keep").stdout


def schemathesis(into: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run its command in the folder of a run."""
    command = [sys.executable, "-m", "schemathesis.cli", "--no-color", "--config-file", "schemathesis.toml", *arguments]
    return subprocess.run(command, cwd=into, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


@contextlib.contextmanager
def prepared(spec: str, into: Path, *, thorough: bool = False) -> Iterator[str]:
    """A server with a fresh world, and in the folder all that schemathesis reads; gives the base URL of the spec."""
    wanted = _wanted(spec)
    into.mkdir(parents=True, exist_ok=True)
    with Simulator(admin_token=TOKEN) as simulator, contextlib.closing(Client.connect(simulator.url, TOKEN)) as client:
        world = client.world(wanted["world"], name="my-test")
        document = unrepeated(client.call("GET", f"/specs/{spec}?world={world.name}"))
        if spec == CONTROL:
            _used(world)
            document = lasting(described(document, client.call("GET", "/scenarios/schema"), whole=thorough))
        (into / "spec.json").write_text(json.dumps(document), encoding="utf-8")
        (into / "keys.json").write_text(json.dumps(_keys(wanted)), encoding="utf-8")
        (into / "schemathesis.toml").write_text(_toml(_configuration(wanted)), encoding="utf-8")
        yield document["servers"][0]["url"]


def _used(world: World) -> None:
    """A request to each provider, so that the journal has something to tell."""
    for address in world.providers.values():
        connection = HTTPConnection(urlsplit(address.base_url).netloc)
        with contextlib.closing(connection):
            connection.request("GET", f"{urlsplit(address.base_url).path}/agents")
            connection.getresponse().read()


def _wanted(spec: str) -> Json:
    """What the file of a spec says, and for a provider without one its usual keys in the default world."""
    file = HERE / f"{spec}.yaml"
    if file.exists():
        return dict(read(file).content)
    bound = shipped().providers[spec]
    headers = {}
    for key in bound.provider.keys:
        scheme = next(each for each in bound.spec.schemes.values() if each.pattern.fullmatch(key))
        headers[key] = {scheme.header: f"Bearer {key}" if scheme.bearer else key}
    return {"world": "default", "identities": headers}


def _keys(wanted: Json) -> Json:
    """The identities in the form of Web Fuzzing Commons."""
    identities = wanted["identities"].items()
    headers = {who: [{"name": name, "value": value} for name, value in sent.items()] for who, sent in identities}
    return {"auth": [{"name": who, "fixedHeaders": sent} for who, sent in headers.items()]}


def _configuration(wanted: Json) -> Json:
    """The configuration of schemathesis."""
    auth = {"path": "keys.json", **({"peers": wanted["peers"]} if "peers" in wanted else {})}
    refused, half, only = (wanted.get(part, {}) for part in ("refused", "known", "only"))
    known = {**half, **only}
    return {
        "auth": {"wfc": auth},
        "dictionaries": {name: {"values": values} for name, values in known.items()},
        "parameters": {name: {"dictionary": name, "probability": 0.5 if name in half else 1} for name in known},
        "checks": {"positive_data_acceptance": {"expected-statuses": ACCEPTED}},
        "generation": {"database": "none"},
        "phases": {phase: {"operation-ordering": "none"} for phase in wanted.get("in_order", ())},
        "warnings": {"fail-on": WARNINGS},
        "operations": [_operation(name, statuses) for name, statuses in refused.items()],
    }


def _operation(name: str, statuses: list[int]) -> Json:
    expected = [*ACCEPTED, *map(str, statuses)]
    return {"include-operation-id": name, "checks": {"positive_data_acceptance": {"expected-statuses": expected}}}


def _toml(content: Json) -> str:
    return "\n".join(f"{name} = {_value(value)}" for name, value in content.items()) + "\n"


def _value(value: Any) -> str:
    """A value as TOML has it inline; but for objects it is what JSON has."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(name)} = {_value(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value)
