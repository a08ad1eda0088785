"""Recordings of methods that the spec of a provider does not name, HEAD among them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simulator.lab.comparison import Comparison
from tests.lab.real.recordings import BUY, LIST, Upstreams, compared, record, request

QUERY = "?sub_account_id=sub_8a1f4c2e"


def answered(tmp_path: Path, method: str, path: str, status: int) -> Comparison:
    """Return a comparison with a provider that answers one method as GET, with this status."""
    upstreams, file = Upstreams(), tmp_path / "traffic.har"
    record(file, upstreams.app, upstreams.world(), [request(*BUY), request("vantax", method, path), request(*LIST)])
    document = json.loads(file.read_text(encoding="utf-8"))
    document["log"]["entries"][1]["response"]["status"] = status
    file.write_text(json.dumps(document), encoding="utf-8")
    return compared(file)


@pytest.mark.parametrize("path", [f"/v1/phone-numbers{QUERY}", "/v1/agents/agt_unknown"])
def test_head_is_compared_as_the_get_of_its_path(tmp_path: Path, path: str) -> None:
    """A simulator that refuses what the provider answers differs from it, whatever the path refers to."""
    comparison = answered(tmp_path, "HEAD", path, 200)
    head = comparison.verdicts[1]
    named = "vantax.list_phone_numbers" if QUERY in path else "vantax.get_agent"
    assert (head.operation, head.kind) == (named, "differs")
    assert [str(one) for one in head.differences] == ["status: 200, the simulator returns 405"]


def test_a_provider_that_refuses_head_too_is_matched(tmp_path: Path) -> None:
    """Neither response has a body, and the simulator's is not missed."""
    comparison = answered(tmp_path, "HEAD", f"/v1/phone-numbers{QUERY}", 405)
    assert [one.kind for one in comparison.verdicts] == ["matched"] * 3
    assert comparison.is_passed


def test_a_method_that_the_spec_does_not_have_is_not_simulated(tmp_path: Path) -> None:
    """The reason names the methods of the path; the lines stay in columns."""
    comparison = answered(tmp_path, "OPTIONS", "/v1/phone-numbers", 200)
    options = comparison.verdicts[1]
    assert (options.kind, options.reason) == ("not simulated", "the spec has no OPTIONS for this path, only GET, POST")
    bought, tried, listed, *_ = comparison.lines()
    assert bought.index("matched") == tried.index("not simulated") == listed.index("matched")
    assert not comparison.is_passed


def test_head_of_an_unknown_path_is_not_simulated(tmp_path: Path) -> None:
    """As any other method is there."""
    unknown = answered(tmp_path, "HEAD", "/v1/nothing", 200).verdicts[1]
    assert (unknown.kind, unknown.reason) == ("not simulated", "the spec has no such route")
