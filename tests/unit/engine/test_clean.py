"""A world that is to be dropped only if a test that used it may pass."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from simulator import Simulator
from simulator.testing.client import ControlError
from tests.unit.steering import Steered

ONLY_IF_CLEAN = "?only_if_clean=true"

Does = Callable[[Steered], Any]


def _fire(at: Steered) -> httpx.Response:
    at.rule({"status": 500})
    return at.demo("GET", "/agents")


WRONG: dict[str, tuple[Does, str]] = {
    "an unknown route": (lambda at: at.demo("GET", "/nothing"), "requests that match no route: 1, first 'req-"),
    "an unknown method": (lambda at: at.demo("PATCH", "/agents"), "requests that match no route: 1, first 'req-"),
    "requests that were forgotten": (
        lambda at: [at.demo("GET", "/nothing"), at.control("DELETE", "/requests")],
        "requests that match no route: 1, first 'req-",
    ),
    "an idle rule": (lambda at: at.rule({"status": 500}, {"path": "/x"}, name="odd"), "rules that never fired: 1, first 'odd'"),
    "an idle rule, and a reset": (
        lambda at: [at.rule({"status": 500}, {"path": "/x"}, name="odd"), at.control("POST", "/reset")],
        "rules that never fired: 1, first 'odd'",
    ),
    "an idle rule, and a clear": (
        lambda at: [at.rule({"status": 500}, {"path": "/x"}, name="odd"), at.control("POST", "/clear")],
        "rules that never fired: 1, first 'odd'",
    ),
    "an idle rule, and a restore": (
        lambda at: [
            at.control("PUT", "/snapshots/a"),
            at.rule({"status": 500}, {"path": "/x"}, name="odd"),
            at.control("POST", "/snapshots/a/restore"),
        ],
        "rules that never fired: 1, first 'odd'",
    ),
    "an idle rule, and one like it, before a reset": (
        lambda at: [
            at.rule({"status": 500}, {"path": "/x"}, name="odd"),
            at.control("POST", "/reset"),
            at.rule({"status": 500}, {"path": "/x"}, name="odd"),
        ],
        "rules that never fired: 1, first 'odd'",
    ),
    "a guess": (
        lambda at: [at.world.http.put(f"{at.world.control}?strict=documented"), at.demo("DELETE", "/agents/nobody")],
        "requests that a strict world rejected: 1, first 'req-",
    ),
}
CLEAN: dict[str, Does] = {
    "nothing was asked": lambda at: None,
    "a purchase": lambda at: at.demo("POST", "/numbers", {}),
    "a refusal": lambda at: at.demo("DELETE", "/agents/nobody"),
    "a rule that fired": lambda at: [at.rule({"status": 500}), at.demo("GET", "/agents")],
    "a rule that fired before a reset": lambda at: [_fire(at), at.control("POST", "/reset"), at.rule({"status": 500})],
    "a rule that fired after a reset": lambda at: [at.rule({"status": 500}), at.control("POST", "/reset"), _fire(at)],
    "a rule that fired before a restore": lambda at: [
        at.rule({"status": 500}),
        at.control("PUT", "/snapshots/a"),
        at.demo("GET", "/agents"),
        at.control("POST", "/snapshots/a/restore"),
    ],
    "a rule of the scenario that fired before a reset": lambda at: [
        at.control("PUT", "", {"scenario": {"open": True, "rules": [{"then": {"status": 500}}]}}),
        at.demo("GET", "/agents"),
        at.control("POST", "/reset"),
    ],
    "an unknown route that a rule answers": lambda at: [at.rule({"status": 200, "body": {}}), at.demo("GET", "/nothing")],
    "a rule that was taken away": lambda at: at.control("DELETE", f"/rules/{at.rule({'status': 500}, {'path': '/x'})}"),
}


@pytest.mark.parametrize("what", WRONG)
def test_it_is_kept_where_something_is_wrong(steered: Steered, what: str) -> None:
    """The 409 tells what, and where to read more; without the wish it is dropped all the same."""
    does, told = WRONG[what]
    does(steered)
    answer = steered.control("DELETE", ONLY_IF_CLEAN)
    assert answer.status_code == 409
    where = f"/_simulator/worlds/{steered.world.name}/requests"
    detail = re.sub(r"'req-\d+'", "'req-", answer.json()["detail"])  # the server counts the requests of all worlds
    assert detail == f"{told}; the world is kept, see GET {where}"
    assert steered.control("GET", "/requests").status_code == 200
    assert steered.control("DELETE", "").status_code == 204


@pytest.mark.parametrize("what", CLEAN)
def test_it_goes_where_nothing_is(steered: Steered, what: str) -> None:
    """What a test may well provoke is nothing wrong."""
    CLEAN[what](steered)
    answer: httpx.Response = steered.control("DELETE", ONLY_IF_CLEAN)
    assert (answer.status_code, answer.text) == (204, "")
    assert steered.control("GET", "").status_code == 404


def test_numbers_that_are_still_rented_count_where_the_request_says_so(steered: Steered) -> None:
    """The 409 lists them, with what they cost and the request that bought them."""
    bought = steered.demo("POST", "/numbers", {})
    answer = steered.control("DELETE", f"{ONLY_IF_CLEAN}&leaks=fail")
    [rented] = answer.json()["rented"]
    assert (answer.status_code, rented["provider"], rented["request"]) == (409, "demo", bought.headers["x-simulator-request"])
    assert answer.json()["detail"].startswith(f"numbers still rented: 1, first {rented['number']}; the world is kept, ")
    assert steered.control("DELETE", f"{ONLY_IF_CLEAN}&leaks=ignore").status_code == 204


def test_the_client_can_wish_it(simulator: Simulator) -> None:
    """A world that is not clean can still be asked, and put right."""
    world = simulator.world()
    world.rule(then={"status": 500}, name="odd")
    with pytest.raises(ControlError, match="rules that never fired: 1, first 'odd'") as kept:
        world.drop(only_if_clean=True)
    assert kept.value.status == 409
    world.remove_rules()
    world.drop(only_if_clean=True)
    with pytest.raises(ControlError, match="no world"):
        world.requests()
