"""Differences that were seeded in recordings are all named, where they are, and nothing else is."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from simulator.lab.comparison import Comparison
from simulator.lab.traffic.knowledge import Knowledge
from tests.lab.real.mutations import MUTATIONS, Entry
from tests.lab.real.recordings import REGISTRY, Upstreams, compared, everything, record

A_KIND = 2  # mutations of each kind in a recording
LEAST = 50

Seeded = dict[int, tuple[str, str]]  # by the number of the exchange: the kind of the mutation, and where it is


def seed(log: dict[str, Any], knowledge: Knowledge) -> Iterator[tuple[int, str, str]]:
    """Change successful exchanges; yield the number of each, the kind of the change, and where it is."""
    counts: Counter[str] = Counter()
    made = "".join(one["response"]["content"].get("text", "") for one in log["entries"] if one["request"]["method"] == "POST")
    for number, entry in enumerate(log["entries"], 1):
        if entry["response"]["status"] >= 400 or (entry["request"]["method"] == "POST" and number % 2):
            continue
        for mutation in MUTATIONS:
            name = mutation.__name__
            if counts[name] < A_KIND and (where := _mutated(entry, mutation, knowledge, made)):
                counts[name] += 1
                yield number, name, where
                break


def _mutated(entry: Entry, mutation: Any, knowledge: Knowledge, made: str) -> str:
    text = entry["response"]["content"].get("text")
    if "params" in entry["request"].get("postData", {}):
        return ""  # its file is left out, so it may not be checked
    if not text or "json" not in entry["response"]["content"]["mimeType"]:
        return ""
    body = json.loads(text)
    where = str(mutation(entry, body, knowledge, made))
    if where:
        entry["response"]["content"]["text"] = json.dumps(body)
    return where


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Comparison, Seeded]]:
    """A comparison of a recording of each provider, with the differences that were seeded in it."""
    results = {}
    for name, bound in REGISTRY.providers.items():
        upstreams, file = Upstreams(), tmp_path_factory.mktemp("seeded") / f"{name}.har"
        record(file, upstreams.app, upstreams.world("examples"), everything(bound), providers=[name])
        document = json.loads(file.read_text(encoding="utf-8"))
        found = {number: (kind, where) for number, kind, where in seed(document["log"], Knowledge(bound))}
        file.write_text(json.dumps(document), encoding="utf-8")
        results[name] = compared(file, "examples"), found
    return results


def test_there_are_enough(seeded: dict[str, tuple[Comparison, Seeded]]) -> None:
    """At least fifty, and some of each kind."""
    kinds = Counter(kind for _, found in seeded.values() for kind, _ in found.values())
    assert sum(kinds.values()) >= LEAST
    assert kinds.keys() == {mutation.__name__ for mutation in MUTATIONS}


@pytest.mark.parametrize("provider", sorted(REGISTRY.providers))
def test_each_is_named(seeded: dict[str, tuple[Comparison, Seeded]], provider: str) -> None:
    """With its place, and no other exchange differs."""
    comparison, found = seeded[provider]
    by_number = {verdict.exchange.number: verdict for verdict in comparison.verdicts}
    for number, (kind, where) in found.items():
        verdict = by_number[number]
        assert verdict.kind == "differs", (kind, where, verdict)
        assert [difference.where for difference in verdict.differences] == [where], (kind, verdict.differences)
    differing = {number for number, verdict in by_number.items() if verdict.kind == "differs"}
    assert differing == found.keys()
    assert not comparison.is_passed
    report = "\n".join(comparison.lines())
    assert all(f"              {where}: " in report for _, where in found.values())


def test_the_summary_counts_what_differs(seeded: dict[str, tuple[Comparison, Seeded]]) -> None:
    """In words that go with the number."""
    for comparison, found in seeded.values():
        (summary,) = [line for line in comparison.lines() if " in a fresh world of the scenario " in line]
        differing = sum(verdict.kind == "differs" for verdict in comparison.verdicts)
        assert differing == len(found) > 1
        assert re.search(f" {differing} differ(,|$)", summary)
