"""What a hunt says of what it judged, and of a client that has much to say."""

from __future__ import annotations

import pytest

from simulator.lab import HuntFailed, HuntInconclusive
from simulator.testing.client import World
from tests.lab.desk import Desk
from tests.lab.wrong_clients import VANTAX, WRONG, blind_retry


def test_a_hunt_without_invariants_says_so(world: World) -> None:
    """Nothing but the assertions of the client was judged, and it may have none."""
    desk = Desk(world, "vantax")
    report = world.hunt(lambda: desk.buy().status_code, faults="refused")
    assert report.bound.endswith("; judged: only the client's own assertions, as no invariant was given")
    assert "judged" not in world.hunt(lambda: desk.buy().status_code, faults="refused", spend=5).bound


def test_a_client_whose_requests_are_rejected_learns_why_nothing_was_judged(world: World) -> None:
    """Also where it takes no notice of them itself."""
    desk = Desk(world, "vantax")
    reason = rf"nothing to judge in any of \d+ runs; without any fault {VANTAX}#1 got 404 NONE_FOR_SALE$"
    with pytest.raises(HuntInconclusive, match=reason):
        world.hunt(lambda: desk.buy(json={"area_code": "533"}), once=VANTAX, faults=["refused", "throttled"], deepest=1)


def test_the_story_shortens_what_the_client_returned(world: World) -> None:
    """A client may return all that it has."""
    bought = blind_retry(world)
    with pytest.raises(HuntFailed) as failed:
        world.hunt(lambda: [bought(), "x" * 10_000], once=VANTAX)
    (line,) = [line for line in str(failed.value).splitlines() if "the client returned" in line]
    assert line.endswith("xxx… (9517 more characters)")


def test_the_story_tells_once_what_lies_ahead(world: World) -> None:
    """Of three slow responses, only the first is followed by two more."""
    case = WRONG["in advance"]
    with pytest.raises(HuntFailed) as failed:
        world.hunt(case.make(world), **case.options)
    lines = [line for line in str(failed.value).splitlines() if "came after the client's timeout" in line]
    assert ["so do those of the next two" in line for line in lines] == [True, False, False]
