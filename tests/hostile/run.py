"""All attacks, one after the other, on one server, with a bystander; and what came of each."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import NamedTuple

from tests.hostile import (
    bodies,
    buffers,
    connections,
    costly,
    floods,
    heads,
    outside,
    plenty,
    scenarios,
    secrets,
    servers,
    targets,
)
from tests.hostile.bystander import WORLD, Bystander, Waited, standing_by
from tests.hostile.target import Scale, Target, serving
from tests.hostile.wire import Lost

MODULES = (bodies, buffers, heads, targets, scenarios, costly, plenty, outside, floods, secrets, connections, servers)
ATTACKS = [attack for module in MODULES for attack in module.ATTACKS]

MOST = 768.0  # MiB of memory that the server may take at any time: --max-memory, and what it needs for itself and for copies
MEMORY = 512 << 20  # bytes: --max-memory
NOTHING = Waited(0, 0.0, 0.0)
FEW = 5  # connections that may just be about to close
LEFT = 256.0  # MiB that it may have more than in the beginning when all is over


class Outcome(NamedTuple):
    """What came of an attack."""

    tried: str
    answered: str
    waited: Waited  # of the bystander, meanwhile
    memory: tuple[float, float, float]  # MiB before, at the peak, and after
    lost: str  # empty: nothing


def name(attack: Callable[[Target], Awaitable[str]]) -> str:
    """Return the name of an attack, by which it can be chosen."""
    return f"{attack.__module__.removeprefix('tests.hostile.')}.{attack.__name__}"


def run(scale: Scale, wanted: str = "") -> Iterator[Outcome]:
    """Attack a server, and look at it after each attack, and again when all is over."""
    with serving(scale, "--max-memory", str(MEMORY)) as target:
        target.make(WORLD)
        with standing_by(target.port, scale.pause) as bystander:
            time.sleep(0.2)
            bystander.report()
            time.sleep(scale.seconds / 2)
            before = (target.memory(), target.descriptors())
            yield Outcome("nothing, to compare with", "", bystander.report(), (before[0], target.peak(), before[0]), "")
            with asyncio.Runner() as runner:  # one event loop: what an attack leaves open stays open during the others
                for attack in ATTACKS:
                    if wanted in name(attack):
                        yield runner.run(_one(attack, target, bystander))
                for each in target.left:
                    each.writer.transport.abort()
            yield _afterwards(target, bystander, before)


async def _one(attack: Callable[[Target], Awaitable[str]], target: Target, bystander: Bystander) -> Outcome:
    answered, lost, before = "", [], target.memory()
    waited = NOTHING
    target.forget_peak()
    try:
        answered = await attack(target)
        waited = bystander.report()
        if target.control("GET", "/health")[0] != 200:
            lost.append("the server is not well")
    except Exception as error:  # noqa: BLE001  (whatever goes wrong is what we are after)
        lost.append(f"{type(error).__name__}: {error}")
    memory = (before, target.peak(), target.memory())
    most = target.scale.patience
    lost += [f"the bystander waited {waited.p99 * 1000:.0f} ms (p99), at most {most * 1000:.0f}"] if waited.p99 > most else []
    lost += [f"{memory[1]:.0f} MiB, at most {MOST:.0f}"] if memory[1] > MOST else []
    name = (attack.__doc__ or "").partition("\n")[0].rstrip(".")
    return Outcome(name, answered, waited, memory, "; ".join(lost))


def _afterwards(target: Target, bystander: Bystander, before: tuple[float, int]) -> Outcome:
    """All worlds gone but two, all connections closed: the memory comes back, and the log has nothing to tell."""
    lost = []
    _, told = target.control("GET", "/worlds")
    for each in told["worlds"]:
        if each["name"] != WORLD:
            target.control("DELETE", f"/worlds/{each['name']}")
    time.sleep(1)
    waited, peak = NOTHING, target.peak()
    with contextlib.suppress(Lost):
        waited = bystander.report()
    memory = target.memory()
    if memory > before[0] + LEFT:
        lost.append(f"{memory:.0f} MiB, at most {before[0] + LEFT:.0f}")
    if (still := target.descriptors() - before[1]) > FEW:
        lost.append(f"{still} connections are still open, though nobody is there")
    if "Traceback" in target.said():
        lost.append(f"the log: {target.said()[-2000:]}")
    return Outcome("everything over, the worlds dropped", "", waited, (before[0], peak, memory), "; ".join(lost))
