"""Rate limits as each provider documents them: off unless a scenario switches them on, on the world's clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.conftest import World
from tests.scenarios.shops import SHOPS
from tests.unit.steering import FROZEN, Steered

ON = {"description": "on", "open": True, "rate_limits": "on", "clock": {**FROZEN, "start": "2026-03-01T00:00:40Z"}}
RESET = 1772323260  # 2026-03-01T00:01:00Z
APP, ADMIN = "/v1/phone-numbers", "/v1/organization/phone-numbers"


def _chirp(world: World, key: str = "sk_live_app_demo") -> Callable[..., httpx.Response]:
    return world.api("chirp", Authorization=f"Bearer {key}")


def _window(answer: httpx.Response) -> tuple[str, ...]:
    return tuple(answer.headers[f"X-RateLimit-{name}"] for name in ("Limit", "Remaining", "Reset"))


def test_chirp_counts_each_key_in_a_window(steer: Callable[..., Steered]) -> None:
    """Headers on every answer; the 121st request of a minute is refused, and waiting as long as it says helps."""
    steered = steer(ON)
    app = _chirp(steered.world)
    answers = [app("GET", APP) for _ in range(122)]
    assert [answer.status_code for answer in answers] == [200] * 120 + [429] * 2
    assert [_window(answers[place]) for place in (0, 119, 120)] == [("120", left, str(RESET)) for left in ("119", "0", "0")]
    assert "Retry-After" not in answers[119].headers
    assert answers[120].headers["Retry-After"] == "20"
    error = answers[120].json()["error"]
    assert (error["type"], error["code"], error["message"]) == (
        "invalid_request_error",
        "rate_limit_exceeded",
        "Rate limit exceeded",
    )

    assert _chirp(steered.world, "sk_test_app_demo")("GET", APP).headers["X-RateLimit-Remaining"] == "119"
    steered.clock(advance="19s")
    assert (app("GET", APP).status_code, app("GET", APP).headers["Retry-After"]) == (429, "1")
    steered.clock(advance="1s")
    assert _window(app("GET", APP)) == ("120", "119", str(RESET + 60))


def test_chirp_counts_each_kind_of_operation(steer: Callable[..., Steered]) -> None:
    """Applications may be managed 60 times a minute, beside the 120 of everything else."""
    admin = _chirp(steer(ON).world, "sk_admin_demo")
    statuses = [admin("GET", "/v1/organization/apps").status_code for _ in range(61)]
    assert statuses == [200] * 60 + [429]
    assert _window(admin("GET", ADMIN))[:2] == ("120", "119")


def test_a_refusal_counts(steer: Callable[..., Steered]) -> None:
    """What is refused for its content was asked all the same; what has no key counts for nobody."""
    app = _chirp(steer(ON).world)
    for _ in range(5):
        assert app("POST", APP, {}).status_code == 400
        unknown = app("GET", APP, headers={"Authorization": "Bearer nobody"})
        assert (unknown.status_code, _window(unknown)[:2]) == (401, ("120", "120"))
    assert app("GET", APP).headers["X-RateLimit-Remaining"] == "114"


def test_truedy_counts_the_organization(steer: Callable[..., Steered]) -> None:
    """A hundred a minute, told by nothing but the body of the refusal."""
    steered = steer(ON)
    truedy = steered.world.api("truedy", Authorization=f"Bearer {SHOPS['truedy'].key}")
    answers = [truedy("GET", "/agents") for _ in range(101)]
    assert [answer.status_code for answer in answers] == [200] * 100 + [429]
    assert answers[100].json()["error"] == {
        "code": "rate_limit_exceeded",
        "message": "Rate limit exceeded",
        "details": {"limit": 100, "reset_at": "2026-03-01T00:01:00.000000Z"},
    }
    for answer in answers[99:]:
        assert not [name for name in answer.headers if "limit" in name or name == "retry-after"]
    other = steered.world.api("truedy", Authorization="Bearer truedy_" + "b" * 32)
    assert other("GET", "/agents").status_code == 200
    steered.clock(advance="20s")
    assert truedy("GET", "/agents").status_code == 200


def test_limits_are_off_by_default(steer: Callable[..., Steered]) -> None:
    """Nothing is refused, and Chirp's headers count down all the same; a refusal without a key tells of a fresh window."""
    app = _chirp(steer({**ON, "rate_limits": "off"}).world)
    answers = [app("GET", APP) for _ in range(125)]
    assert {answer.status_code for answer in answers} == {200}
    assert [_window(answer) for answer in answers] == [("120", str(max(0, 119 - sent)), str(RESET)) for sent in range(125)]
    assert all("Retry-After" not in answer.headers for answer in answers)
    refused = app("GET", APP, headers={"Authorization": "Bearer nobody"})
    assert _window(refused)[:2] == ("120", "120")


def test_a_truedy_world_without_limits_counts_nothing(steer: Callable[..., Steered]) -> None:
    """No header of Truedy's would show it."""
    steered = steer({**ON, "rate_limits": "off"})
    truedy = steered.world.api("truedy", Authorization=f"Bearer {SHOPS['truedy'].key}")
    assert {truedy("GET", "/agents").status_code for _ in range(105)} == {200}


@pytest.mark.parametrize("name", ["cald", "cartesia", "vantax"])
def test_who_documents_no_limit_has_none(steer: Callable[..., Steered], name: str) -> None:
    """Switched on or not, a provider refuses nothing for a limit that it does not name."""
    shop = SHOPS[name](steer(ON).world)
    assert {shop.ask().status_code for _ in range(150)} == {200}


def test_a_reset_opens_a_fresh_window(steer: Callable[..., Steered]) -> None:
    """A snapshot keeps what was used of it."""
    steered = steer(ON)
    app = _chirp(steered.world)
    app("GET", APP)
    steered.told("PUT", "/snapshots/used")
    assert app("GET", APP).headers["X-RateLimit-Remaining"] == "118"
    steered.told("POST", "/reset")
    assert app("GET", APP).headers["X-RateLimit-Remaining"] == "119"
    steered.told("POST", "/snapshots/used/restore")
    assert app("GET", APP).headers["X-RateLimit-Remaining"] == "118"


@pytest.mark.parametrize("name", SHOPS)
def test_a_rule_refuses_as_the_limit_would(steered: Steered, name: str) -> None:
    """`error: LIMITED` works at every provider, limits on or off, with whatever the provider tells."""
    shop = SHOPS[name](steered.world)
    rule: dict[str, Any] = {"error": "LIMITED", "headers": {"Retry-After": "7"}}
    steered.rule(rule, {"provider": name}, times=1)
    refused = shop.ask()
    assert (refused.status_code, refused.headers.get_list("Retry-After")) == (429, ["7"])
    assert shop.ask().status_code == 200
