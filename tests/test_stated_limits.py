"""Limits that a text states are the constants of the code: documentation, the control API's spec, and the metrics' page.

`test_docs.py` holds the table of the page on security to them.
"""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from simulator.asgi import events, incoming
from simulator.cli.serve import command as serve
from simulator.control import load_spec
from simulator.deliveries import courier, sender
from simulator.engine import deliveries, gates, journal, ledger, masking, metrics, worker, worlds
from simulator.engine.world import MAX_SNAPSHOTS
from simulator.engine.worlds import BOUNDS, SNAPSHOT_SHARE, WORLD_SHARE
from simulator.lab import client, hunt
from simulator.numbering.plan import countries
from simulator.openapi.operation import MAX_BODY
from simulator.registry import built_in_registry
from simulator.scenario.format import MAX_DELAY, MAX_RULES
from simulator.server import log_writer
from simulator.store import plans
from tests.documentation import ROOT

MIB, KIB = 1 << 20, 1 << 10
SPEC = "specs/_simulator.yaml"
DOCUMENT = load_spec().body_limit("PUT", "/_simulator/worlds/x/snapshot")  # bytes
FRACTIONS = {2: "half", 4: "a quarter", 8: "an eighth", 16: "a sixteenth"}
WORLD, SNAPSHOTS = FRACTIONS[WORLD_SHARE], FRACTIONS[WORLD_SHARE * SNAPSHOT_SHARE]
COUNTS, HOURS = {7: "seven", 8: "eight", 9: "nine"}, {1.0: "one hour", 2.0: "two hours"}

STATED = {
    "README.md": [f"in [{COUNTS[len(set(countries()))]} countries]"],
    "docs/asgi.md": [f"| {BOUNDS.worlds}, {BOUNDS.journal_bytes // MIB} MiB, {BOUNDS.memory_bytes >> 30} GiB |"],
    "docs/console.md": [f"At most {events.BATCH} requests are sent every {events.PAUSE} seconds."],
    "docs/containers-and-ci.md": [
        f"| {BOUNDS.worlds}, {BOUNDS.journal_bytes // MIB} MiB | bounds |",
        f"| {BOUNDS.memory_bytes >> 30} GiB | maximum size of all worlds together, in bytes; one world may use {WORLD} of it |",
        f"what does not fit into {log_writer.MAX_WAITING // MIB} MiB is dropped",
        f"at most {metrics.MAX_SERIES} series: {metrics.MAX_HISTOGRAMS} kinds of requests",
        f"at most {metrics.MAX_CONTROL} of them of the control API, and {metrics.MAX_PROVIDERS} providers",
        "up to " + ", ".join(f"{bound * 1000:.0f} ms" if bound < 1 else f"{bound:.0f} s" for bound in metrics.BUCKETS),
    ],
    "docs/control-api.md": [
        f"save the world, except for its request log; at most {MAX_SNAPSHOTS} |",
        f"`PUT` takes documents of up to {DOCUMENT // MIB} MiB",
        f"before those of the scenario; at most {MAX_RULES:,} |",
        f"Bodies over {MAX_BODY // MIB} MiB, and documents of worlds over {DOCUMENT // MIB} MiB, get 413",
    ],
    "docs/fault-injection.md": [
        f"At most {gates.MAX_HELD} requests wait in a world",
        f"At most {HOURS[MAX_DELAY / 3600]}.",
    ],
    "docs/lab.md": [
        f"it sends at most {client.MAX_REQUESTS} requests in a run",
        f"the complete search may take {hunt.BUDGET} and hypothesis {hunt.FURTHER_RUNS} |",
    ],
    "docs/outcomes.md": [
        f"| {(plans.UNTIL_RINGING + plans.RINGING).seconds} seconds after it was placed;",
        f"| an answered call ends | {plans.TALKING.seconds} seconds later |",
        f"| each step of a message | {plans.SENDING.seconds} second |",
        f"is delivered {plans.LATE.seconds} seconds after it was sent",
    ],
    "docs/pytest.md": [f"the last {ledger.MAX_RELEASED:,} of a provider"],
    "docs/scenarios.md": [f"[what goes wrong](fault-injection.md), at most {MAX_RULES:,} |"],
    "docs/security.md": [
        f"up to {masking.MAX_VISIBLE} characters of it are shown",
        f"| memory of a world | {WORLD} of it |",
        f"| snapshots of a world | {MAX_SNAPSHOTS}, and {SNAPSHOTS} of it |",
        f"One body, query or head takes at most {FRACTIONS[journal.SHARE]} of the request log.",
        f"503 if its client has had {incoming.PATIENCE:.0f} seconds",
        f"unless it is below {incoming.SMALL // KIB} KiB",
        f"a body or a query over {worker.LARGE // KIB} KiB",
        f"At most {worker.MAX_WAITING_BYTES // MIB} MiB of requests wait for that thread",
    ],
    "docs/webhooks.md": [
        f"{sender.MAX_READ // KIB} KiB of an answer are read",
        f"signed `delay` ago, {deliveries.STALE / 60:.0f} minutes by default",
    ],
    SPEC: [
        f"numbers that were released before the last {ledger.MAX_RELEASED:,} at this provider",
        f"the newest last; at most {worlds.MAX_UNKNOWN}.",
        f"The world already has {MAX_SNAPSHOTS} snapshots.",
        f"The world would have more than {MAX_RULES} rules",
        f"The world already has {MAX_RULES} rules",
        f"The body is larger than {DOCUMENT // MIB} MiB.",
        f"The body is larger than {MAX_BODY // MIB} MiB.",
        f"Requests that left without being performed, the newest {gates.MAX_LEFT}.",
        f"at the latest after {courier.MAX_WAIT:.0f} seconds.",
    ],
}


def _text(file: str) -> str:
    return " ".join((ROOT / file).read_text(encoding="utf-8").split())


@pytest.mark.parametrize(("file", "sentence"), [(file, one) for file, stated in STATED.items() for one in stated])
def test_a_stated_limit_is_that_of_the_code(file: str, sentence: str) -> None:
    """The sentence, with the constant in it, is in the text."""
    assert sentence in _text(file)


def test_a_gate_can_release_all_that_it_holds() -> None:
    """The list of `release` has room for as many requests as may wait in a world."""
    spec: Any = yaml.safe_load((ROOT / SPEC).read_text(encoding="utf-8"))
    operations = (operation for path in spec["paths"].values() for operation in path.values() if "operationId" in operation)
    release = next(one for one in operations if one["operationId"] == "release_gate")
    assert (
        release["requestBody"]["content"]["application/json"]["schema"]["properties"]["requests"]["maxItems"] == gates.MAX_HELD
    )


# What the page says of a receiver, by provider: its seconds to answer, and the attempts or the pauses before the further ones.
RETRIES = {
    "cartesia": ("A receiver has {} seconds.", "10 seconds, a minute and 10 minutes later", ["10s", "1m", "10m"]),
    "cald": ("a receiver has {} seconds", "nothing is sent again", []),
    "truedy": ("A receiver has {} seconds.", "ten in all, after 30 seconds", [f"{30 * 2**n}s" for n in range(9)]),
    "chirp": ("the receiver has {} seconds", "Up to 5 retries follow", [f"{30 * 2**n}s" for n in range(5)]),
    "vantax": (
        "the receiver has {} seconds",
        "Five retries follow, the first after 30 seconds",
        [f"{30 * 2**n}s" for n in range(5)],
    ),
}


@pytest.mark.parametrize("provider", RETRIES)
def test_the_patience_of_providers_is_described(provider: str) -> None:
    """The page on webhooks has the timeout and the retries of each provider."""
    webhooks = built_in_registry().providers[provider].provider.webhooks
    assert webhooks is not None
    seconds, retries, pauses = RETRIES[provider]
    section = _text("docs/webhooks.md").split(f"### {provider.title()} ")[1].split(" ### ")[0]
    assert seconds.format(f"{webhooks.timeout:.0f}") in section
    assert retries in section
    assert list(webhooks.retries) == pauses


def test_the_defaults_of_serve_are_the_bounds() -> None:
    """The command has them in its help, without loading the engine."""
    defaults = {option.name: option.default for option in serve.params}
    bounds = (BOUNDS.worlds, BOUNDS.journal_bytes, BOUNDS.memory_bytes)
    assert (defaults["max_worlds"], defaults["journal_bytes"], defaults["max_memory"]) == bounds
