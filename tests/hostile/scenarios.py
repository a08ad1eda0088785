"""Attacks by scenarios: bombs, depths, and what takes forever; uploaded, and as files."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from tests.hostile.target import Target
from tests.hostile.wire import Lost, head, send, tally

PATIENCE = 2.0  # seconds of work in which a scenario must be taken or refused: while it is read nobody else is served
START = "description: x\n"
MANY = 30_000  # of anything that fits into a mebibyte

LAUGHS = "a: &a [x, x]\n" + "".join(
    f"{b}: &{b} [{', '.join(['*' + a] * 10)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)
TEXTS = {
    "a billion laughs": START + LAUGHS,
    "a merge that grows": START + "b: &b {x: y}\nc: &c {<<: *b}\nd: {<<: [*c, *c]}\n",
    "an alias of itself": "&a [*a]",
    "brackets": START + "rules: " + "[" * 500_000,
    "closed brackets": START + "rules: " + "[" * 1000 + "]" * 1000,
    "braces": START + "rules: " + "{a: " * 100_000,
    "steps": "".join(f"{' ' * each}a:\n" for each in range(1300)),
    "keys": START + "".join(f"k{each}: 1\n" for each in range(100_000)),
    "the same key": START + "k: 1\n" * 200_000,
    "faults": START + "accounts:\n" + "- {kyes: [x]}\n" * 60_000,
    "lists": START + "accounts: [" + "[]," * 300_000 + "]",
    "a long text": START + "name: " + "x" * 1_000_000,
    "a long number": START + "seed: " + "9" * 1_000_000,
    "a number like a date": START + "seed: 1" + ":1" * 400_000,
    "tags": START + "x: !!python/object/apply:time.sleep [10]\n",
    "documents": START + "---\n" * 200_000,
    "comments": START + "# x\n" * 200_000,
    "tabs": START + "\t" * 1_000_000,
    "NULs": START + "\x00" * 1_000_000,
    "zeros": "\x00",
    "line breaks": "\n" * 1_000_000,
    "quotes": START + "x: '" + "''" * 500_000,
}

Scenario = dict[str, Any]


def _rules(*rules: Scenario) -> Scenario:
    return {"description": "x", "open": True, "rules": list(rules)}


def _many_rules() -> Scenario:
    paths = [f"/v1/phone-numbers/{each}" for each in range(MANY // 4)]
    return _rules(*({"when": {"provider": "vantax", "path": path}, "then": {"status": 500}} for path in paths))


OBJECTS: dict[str, Callable[[], Scenario]] = {
    "many rules": _many_rules,
    "many faulty rules": lambda: _rules(*[{"then": {}}] * MANY),
    "many misspelt rules": lambda: _rules(*[{"thn": {"status": 500}}] * MANY),
    "a path of many stars": lambda: _rules({"when": {"path": "*a" * 2000 + "b"}, "then": {"status": 500}}),
    "a path without end": lambda: _rules({"when": {"path": "*/" + "x" * 900_000}, "then": {"status": 500}}),
    "a deep body": lambda: _rules({"when": {"body": _deep(60)}, "then": {"status": 500}}),
    "a wide body": lambda: _rules({"when": {"body": {f"k{each}": 1 for each in range(MANY)}}, "then": {"status": 500}}),
    "a billion numbers": lambda: _holding({"numbers": [{"count": 10**9}]}),
    "many numbers": lambda: _holding({"numbers": [{"agent_id": None}] * MANY}),
    "many keys": lambda: {"description": "x", "accounts": [{"keys": [f"vx_live_{each}" for each in range(MANY)]}]},
    "many accounts": lambda: {"description": "x", "accounts": [{"keys": [f"vx_live_{each}"]} for each in range(MANY)]},
    "a plan of many": lambda: {"description": "x", "inventory": {"only": [f"+1415555{each:04}" for each in range(10_000)]}},
    "a plan of one too many": lambda: {"description": "x", "inventory": {"only": [f"+1{each}" for each in range(MANY)]}},
    "stars for all": lambda: {"description": "x", "inventory": {"taken": ["+1**********"] * MANY}},
    "many stars": lambda: {"description": "x", "inventory": {"taken": [f"+1*{each:03}555*1*1" for each in range(1000)]}},
    "numbers by the ten thousand": lambda: _holding({"numbers": [{"count": 10_000}] * 3000}),
    "an account that is none": lambda: {"description": "x", "accounts": [[]] * MANY},
}


def _holding(section: Scenario) -> Scenario:
    return {"description": "x", "open": True, "accounts": [{"vantax": section}]}


def _deep(levels: int) -> Scenario:
    return {"a": _deep(levels - 1)} if levels else {}


async def bombs(target: Target) -> str:
    """Scenarios as YAML that explode, nest, repeat, or are wrong in every line."""
    return _tried({name: _upload(target, text.encode(), "application/yaml") for name, text in TEXTS.items()})


async def heaps(target: Target) -> str:
    """Scenarios with thousands of rules, accounts, numbers and stars."""
    answers = {}
    for name, make in OBJECTS.items():
        body = json.dumps({"scenario": make()}).encode()
        answers[name] = _upload(target, body, "application/json")
    return _tried(answers)


def _upload(target: Target, body: bytes, media: str) -> tuple[int, float]:
    begun = target.work()
    status, _ = target.control("PUT", "/worlds/bomb", body, media)
    return status, target.work() - begun


def _tried(answers: dict[str, tuple[int, float]]) -> str:
    wrong = [f"{name}: {code} after {took:.1f} s" for name, (code, took) in answers.items() if took > PATIENCE or code >= 500]
    if wrong:
        raise Lost("; ".join(wrong))
    taken = sum(code < 400 for code, _ in answers.values())
    slowest = max(answers, key=lambda name: answers[name][1])
    return f"{len(answers) - taken} refused, {taken} taken; the slowest, {slowest}, in {answers[slowest][1]:.2f} s"


async def files(target: Target) -> str:
    """The same as files, for `simulator check`."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in TEXTS.items():
            (Path(folder) / f"{name.replace(' ', '-')}.yaml").write_text(text, encoding="utf-8")
        command = [sys.executable, "-m", "simulator", "check", folder]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    missing = [name for name in TEXTS if name != "comments" and f"{name.replace(' ', '-')}.yaml:" not in done.stderr]
    if done.returncode != 1 or "Traceback" in done.stderr or missing:
        raise Lost(f"check ended with {done.returncode}, without a word on {missing}: {done.stderr[-500:]}")
    return f"{len(TEXTS) - 1} refused"


async def greedy_patterns(target: Target) -> str:
    """A rule whose path has many stars, and requests to paths that nearly fit: decided as fast as any other."""
    target.make("stars", _rules({"when": {"path": "*a" * 30 + "*b"}, "then": {"status": 500}}))
    begun = target.work()
    said = [await send(target.port, head("GET /w/stars/vantax/" + "a" * 5000)) for _ in range(20)]
    if (took := target.work() - begun) > PATIENCE:
        raise Lost(f"20 requests took {took:.1f} s")
    return tally(said, "404")


ATTACKS: list[Callable[[Target], Awaitable[str]]] = [bombs, heaps, files, greedy_patterns]
