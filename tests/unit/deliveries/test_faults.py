"""A provider's own function that fails gives up the webhook, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from simulator import Simulator
from simulator.testing.client import World
from tests.unit.deliveries.conftest import CALL, EVENTS, client

URL = "https://app.example.com/hooks"
Make = Callable[..., World]


def fails(*_: Any) -> Any:
    """Fail."""
    raise ZeroDivisionError("it is broken")


def called(world: World) -> list[str]:
    """Call; return what became of the webhooks, as the outbox says it."""
    received: list[Any] = []
    world.webhooks.to(received.append)
    with client(world) as truedy:
        truedy.post("/calls", json=CALL).raise_for_status()
        assert truedy.get("/calls").status_code == 200
    return [f"{one.status}: {one.attempts[-1].error}" for one in world.outbox()]


@pytest.mark.parametrize("function", ["sign", "takes"])
@pytest.mark.parametrize("rule", [None, {"delivery": "gone"}], ids=["sent", "gone"])
def test_a_function_that_fails(
    simulator: Simulator,
    make: Make,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    function: str,
    rule: Any,
) -> None:
    """Before the request and after it, also where no request is sent; the error is in the outbox and in the log."""
    provider = simulator.app.registry.providers["truedy"].provider
    assert provider.webhooks is not None
    monkeypatch.setattr(provider, "webhooks", msgspec.structs.replace(provider.webhooks, **{function: fails}))
    world = make(URL)
    if rule:
        world.rule(when={"event": "truedy.*"}, then=rule)
    assert called(world) == ["failed: the simulator failed: it is broken"] * len(EVENTS)
    assert caplog.text.count("cannot be sent") == len(EVENTS)
    assert "ZeroDivisionError: it is broken" in caplog.text


def test_a_provider_that_declares_no_webhooks(simulator: Simulator, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """The outbox says what it lacks."""
    world = make(URL)
    monkeypatch.setattr(simulator.app.registry.providers["truedy"].provider, "webhooks", None)
    assert set(called(world)) == {"failed: the simulator failed: truedy announces events, but declares no webhooks"}
