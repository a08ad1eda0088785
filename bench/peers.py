"""What a user would pick instead: other mock servers, each with its own defaults and the same kind of call.

On request they are installed under `.peers`, beside this file, by the ordinary clients of their public registries.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from bench.calls import BOUGHT, PURCHASE, Call, posted
from bench.effort import Effort
from bench.figures import Figure, Goal, Missing, Samples, at_least, at_most
from bench.load import load
from bench.package import ROOT
from bench.servers import Command, Failed, Server, Unavailable, memory, running, simulator

FOLDER = Path(__file__).parent / ".peers"
SPEC = ROOT / "specs" / "vantax.yaml"
CONNECTIONS, WARM = 32, 3  # so many times the usual warming: some compile themselves as they run
MIB = 1024 * 1024


class Peer(NamedTuple):
    """Another mock server."""

    name: str
    needs: str  # the program that must be there already
    install: tuple[Sequence[str | Path], ...]
    file: Path  # is there once it is installed
    command: Command
    call: Call
    rate: Goal
    start: Goal | None = None


def npm(package: str, name: str) -> tuple[Sequence[str | Path], ...]:
    """How a package of npm is installed."""
    return (("npm", "install", "--prefix", FOLDER / name, "--no-fund", "--no-audit", "--ignore-scripts", package),)


PRISM = FOLDER / "prism" / "node_modules" / ".bin" / "prism"
MOCKOON = FOLDER / "mockoon" / "node_modules" / ".bin" / "mockoon-cli"
WIREMOCK = FOLDER / "wiremock" / "node_modules" / "wiremock" / "build" / "wiremock-standalone-3.13.2.jar"
MOTO = FOLDER / "moto" / "bin" / "python"
STRIPE = FOLDER / "stripe-mock" / "stripe-mock"

AWS = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/mobiletargeting/aws4_request, "


def mockoon(port: int) -> Sequence[str]:
    """Mockoon with a home of its own, as it writes there."""
    home = ("env", f"HOME={FOLDER / 'mockoon'}")
    return *home, str(MOCKOON), "start", "--data", str(SPEC), "--port", str(port), "--disable-log-to-file"


def wiremock(port: int) -> Sequence[str]:
    """WireMock with one stub that looks at key and body; its journal is on unless it is switched off."""
    stub = {
        "request": {
            "method": "POST",
            "urlPath": PURCHASE.path,
            "headers": {"Authorization": {"equalTo": PURCHASE.headers["Authorization"]}},
            "bodyPatterns": [{"matchesJsonPath": "$.sub_account_id"}],
        },
        "response": {"status": 201, "headers": {"Content-Type": "application/json"}, "jsonBody": BOUGHT},
    }
    root = FOLDER / "wiremock" / "root"
    (root / "mappings").mkdir(parents=True, exist_ok=True)
    (root / "mappings" / "purchase.json").write_text(json.dumps(stub), encoding="utf-8")
    return "java", "-jar", str(WIREMOCK), "--port", str(port), "--root-dir", str(root)


PEERS = (
    Peer(
        "Prism 5.16.0",
        "node",
        npm("@stoplight/prism-cli@5.16.0", "prism"),
        PRISM,
        lambda port: (str(PRISM), "mock", str(SPEC), "--port", str(port)),
        PURCHASE._replace(path="/phone-numbers"),
        at_least(10),
    ),
    Peer(
        "Mockoon 9.9.0",
        "node",
        npm("@mockoon/cli@9.9.0", "mockoon"),
        MOCKOON,
        mockoon,
        PURCHASE._replace(path="/v1/phone-numbers"),
        at_least(20),
    ),
    Peer(
        "WireMock 3.13.2",
        "java",
        npm("wiremock@3.13.2", "wiremock"),
        WIREMOCK,
        wiremock,
        PURCHASE,
        at_least(2),
        at_most(1 / 7),
    ),
    Peer(
        "moto server 5.2.5",
        sys.executable,
        (
            (sys.executable, "-m", "venv", FOLDER / "moto"),
            (MOTO, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "moto[server]==5.2.5"),
        ),
        MOTO.with_name("moto_server"),
        lambda port: (str(MOTO.with_name("moto_server")), "--port", str(port)),
        posted("/v1/apps", {"Name": "Front desk"}, {"Authorization": f"{AWS}SignedHeaders=host, Signature=0"}),
        at_least(40),
        at_most(1 / 3),
    ),
    Peer(
        "stripe-mock",
        "go",
        (("env", f"GOBIN={STRIPE.parent}", "go", "install", "github.com/stripe/stripe-mock@latest"),),
        STRIPE,
        lambda port: (str(STRIPE), "-http-port", str(port)),
        Call("POST", "/v1/customers", {"Authorization": "Bearer sk_test_123"}, "name=Front+desk"),
        at_least(1),
    ),
)


def measure(effort: Effort) -> Iterator[Figure | Missing]:
    """Each peer anew in each round, loaded in turn with one simulator that runs all the while."""
    there, found = list(PEERS), Samples()
    _start(simulator, PURCHASE)
    for turn in effort.turns("peers"):
        with running(simulator, PURCHASE) as ours:
            idle = memory(ours.pid) / MIB
            load(ours, PURCHASE, CONNECTIONS, effort.warm)
            for peer in list(there):
                try:
                    if turn == 1:
                        install(peer)
                        _start(peer.command, peer.call)
                    _round(found, effort, peer, ours, idle)
                except (Unavailable, Failed) as why:
                    there.remove(peer)
                    yield Missing(peer.name, " ".join(str(why).split()))
    for peer in there:
        yield from _figures(found, peer)


def _start(command: Command, call: Call) -> None:
    """The first start, which is not measured: files are read from the disk, and some keep what they made of them."""
    with running(command, call):
        pass


def install(peer: Peer) -> None:
    """Install a peer, unless it is there.

    Raises:
        Unavailable: it cannot be had.
    """
    if peer.file.exists():
        return
    if shutil.which(peer.needs) is None:
        raise Unavailable(f"it is installed with {peer.needs}, which this machine does not have")
    FOLDER.mkdir(exist_ok=True)
    for command in peer.install:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Unavailable(f"cannot be installed: {(done.stderr or done.stdout).strip().splitlines()[-1]}")


def _round(found: Samples, effort: Effort, peer: Peer, ours: Server, idle: float) -> None:
    with running(peer.command, peer.call) as server:
        for who, one, used in (("ours", ours, idle), (peer.name, server, memory(server.pid) / MIB)):
            found.note(who, f"{peer.name} start", one.started * 1000)
            found.note(who, f"{peer.name} memory", used)
        load(server, peer.call, CONNECTIONS, WARM * effort.warm)
        for who, one, call in (("ours", ours, PURCHASE), (peer.name, server, peer.call)):
            got = load(one, call, CONNECTIONS, effort.seconds)
            found.note(who, f"{peer.name} rate", got.per_second)
            found.note(who, f"{peer.name} cpu", got.cpu_us)


def _figures(found: Samples, peer: Peer) -> Iterator[Figure]:
    for what, label, goal in (
        ("rate", "requests/s, 32 connections", peer.rate),
        ("cpu", "CPU µs a request", None),
        ("start", "ms to the first answer", peer.start),
        ("memory", "MiB of memory then", None),
    ):
        ours, theirs = (found.of(who, f"{peer.name} {what}") for who in ("ours", peer.name))
        yield Figure(f"{peer.name}: {label}", ours, theirs, peer.name.partition(" ")[0], goal)
