"""Rules of some time and of every Nth request."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from simulator import Simulator
from simulator.testing.client import ControlError, World
from tests.lab.shop import http

LIST = "vantax.list_phone_numbers"
QUERY = {"sub_account_id": "sub_8a1f4c2e"}
START = "2026-03-01T12:00:00Z"


@pytest.fixture
def frozen(simulator: Simulator) -> Iterator[World]:
    """Return a world that begins at noon, and whose clock stands still."""
    with simulator.world({"open": True, "clock": {"start": START, "frozen": True}}) as world:
        yield world


@pytest.fixture
def vantax(frozen: World) -> httpx.Client:
    """Return a client of Vantax."""
    return http(frozen, "vantax")


def statuses(client: httpx.Client, times: int) -> list[int]:
    """Return the statuses of some lists."""
    return [client.get("/phone-numbers", params=QUERY).status_code for _ in range(times)]


def test_fires_at_every_second_match(frozen: World, vantax: httpx.Client) -> None:
    """Those that are skipped come first and do not count."""
    rule = frozen.rule(when={"operation": LIST}, skip=1, every=2, times=2, then={"status": 503})
    assert statuses(vantax, 7) == [200, 200, 503, 200, 503, 200, 200]
    assert rule.count == 2


def test_counts_every_third_match_from_the_first_that_is_not_skipped(frozen: World, vantax: httpx.Client) -> None:
    """After two that are skipped, three more: the fifth match is the first that fires, and the eighth the next."""
    frozen.rule(when={"operation": LIST}, skip=2, every=3, then={"status": 503})
    assert statuses(vantax, 8) == [200, 200, 200, 200, 503, 200, 200, 503]


def test_says_that_a_match_was_not_the_nth(frozen: World, vantax: httpx.Client) -> None:
    """The reason is in the explanation of the request."""
    frozen.rule(when={"operation": LIST}, every=2, then={"status": 503}, name="flaky")
    statuses(vantax, 2)
    story = frozen.explain(frozen.requests()[0].id)["story"]
    assert "Rule 'flaky' was skipped: it fires at every match number 2, and this was 1." in story


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ({"from": "+10m", "to": "+20m"}, [200, 503, 503, 200]),
        ({"from": "2026-03-01T12:10:00Z"}, [200, 503, 503, 503]),
        ({"to": "2026-03-01T13:10:00+01:00"}, [503, 200, 200, 200]),
    ],
)
def test_fires_at_its_time(frozen: World, vantax: httpx.Client, window: dict[str, str], expected: list[int]) -> None:
    """The end of a window is not in it."""
    frozen.rule(when={"operation": LIST, "clock": window}, then={"status": 503})
    seen = statuses(vantax, 1)
    for pause in ("10m", "599s", "1s"):
        frozen.advance(pause)
        seen += statuses(vantax, 1)
    assert seen == expected


def test_counts_from_the_start_after_a_reset(frozen: World, vantax: httpx.Client) -> None:
    """The world begins anew."""
    frozen.advance("15m")
    frozen.reset()
    frozen.rule(when={"operation": LIST, "clock": {"from": "+10m"}}, then={"status": 503})
    assert statuses(vantax, 1) == [200]
    frozen.advance("10m")
    assert statuses(vantax, 1) == [503]


def test_says_when_it_would_fire(frozen: World, vantax: httpx.Client) -> None:
    """The nearest miss names the time of the request, and the window."""
    rule = frozen.rule(when={"operation": LIST, "clock": {"from": "+10m", "to": "+20m"}}, then={"status": 503})
    statuses(vantax, 1)
    why = "the time is 2026-03-01T12:00:00.000Z, the rule expects 'from +10m to +20m'"
    assert frozen.explain_rule(rule)["nearest"]["why"] == why
    rule.remove()


@pytest.mark.parametrize(
    ("window", "text"),
    [
        ({}, "expected from, to or both, such as"),
        ({"from": "+20m", "to": "+10m"}, r"it ends at \+10m, which is not after \+20m"),
        ({"from": "2026-13-01T00:00:00Z"}, "invalid time '2026-13-01T00:00:00Z': month must be in 1..12"),
        ({"from": "tomorrow"}, "does not match|expected"),
        ({"form": "+10m"}, "did you mean 'from'"),
    ],
)
def test_refuses_a_window_without_any_time(frozen: World, window: dict[str, str], text: str) -> None:
    """A rule that never fires would test nothing."""
    with pytest.raises(ControlError, match=text):
        frozen.rule(when={"operation": LIST, "clock": window}, then={"status": 503})


def test_a_rule_of_some_time_hides_no_other(frozen: World) -> None:
    """The other one fires at all other times."""
    frozen.rule(when={"operation": LIST, "clock": {"from": "+10m"}}, then={"status": 503})
    frozen.rule(when={"operation": LIST}, every=2, then={"status": 429})
    frozen.rule(when={"operation": LIST}, then={"status": 500})
    frozen.remove_rules()
