"""What an explanation says of a key: its form, the word before it, and the keys that a closed world lists."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.unit.steering import AGENTS, Steered


@pytest.mark.parametrize(
    ("key", "body", "told"),
    [
        (
            "none",
            "Invalid API key",
            "The key, of 4 characters, does not have the form of Demo's keys: expected demo_ and 32 letters or digits.",
        ),
        (
            "Bearer demo_" + "1" * 32,
            "Invalid API key",
            "The header authorization has the word Bearer before the key; expected the key alone.\nRejected",
        ),
    ],
)
def test_what_is_wrong_with_a_key(steered: Steered, key: str, body: str, told: str) -> None:
    """Its form, or the word before it; the provider's own error speaks of Bearer only where it was sent."""
    assert steered.demo("GET", AGENTS, headers={"Authorization": key}).json() == {"error": body}
    assert told in steered.story()


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/truedy/api/public/v1/agents", "truedy_ and 32 letters or digits."),
        ("/cartesia/agents", "sk_car_…."),
        ("/chirp/v1/phone-numbers", "sk_live_app_… or sk_test_app_…."),
        ("/vantax/v1/phone-numbers", "vx_live_…."),
    ],
)
def test_the_form_of_keys(steered: Steered, path: str, form: str) -> None:
    """What all keys of a provider begin with, and what follows where their length is fixed; nothing of an example is left."""
    url = f"{steered.world.url}{path}"
    steered.world.http.get(url, headers={"Authorization": "Bearer nonsense", "Cartesia-Version": "2026-03-01"})
    (line,) = [line for line in steered.story().splitlines() if "does not have the form" in line]
    assert line.endswith(f"expected {form}")


def test_a_key_without_bearer(steered: Steered) -> None:
    """The header holds something, though not as this provider expects it."""
    url = f"{steered.world.url}/cartesia/agents"
    steered.world.http.get(url, headers={"Authorization": "sk_car_demo", "Cartesia-Version": "2026-03-01"})
    assert "The header authorization holds the key alone; expected Bearer before it.\n" in steered.story()
    assert "the form of" not in steered.story()


def test_the_keys_of_a_closed_world(steer: Callable[..., Steered]) -> None:
    """As many as there are, up to ten, shortened."""
    steered = steer({"accounts": [{"keys": [f"demo_{number:032}" for number in range(12)]}]})
    steered.demo("GET", AGENTS)
    keys = ", ".join(["demo_0000000…"] * 10)
    told = f"for demo {keys} and 2 more; GET /_simulator/worlds/{steered.world.name} has them in full."
    assert f"only the keys that its scenario lists work, {told}\n" in steered.story()
    assert "the form of" not in steered.story()


def test_an_open_world_with_listed_keys_is_not_called_closed(steer: Callable[..., Steered]) -> None:
    """There every key of the right form works, so only the expected form helps; a closed world without keys lists none."""
    listed = {"open": True, "accounts": [{"keys": ["demo_" + "7" * 32]}]}
    for scenario in (listed, {"description": "x", "open": False}):
        steered = steer(scenario)
        steered.demo("GET", AGENTS, headers={"Authorization": "none"})
        assert "This world is closed" not in steered.story()
