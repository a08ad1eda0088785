"""What Cartesia's official Python SDK makes of refusals and broken connections: its error classes and its own retries."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import cartesia
import pytest
from cartesia import AsyncCartesia, Cartesia

from tests.conftest import World
from tests.unit.steering import Steered

PROVISION = "/agents/phone-numbers/provision"
AT_ONCE = {"Retry-After-Ms": "1"}  # the SDK waits no longer than it is told
Ask = Callable[[Any], Any]
Run = Callable[..., Any]


def _sync(world: World, ask: Ask, **options: Any) -> Any:
    with Cartesia(api_key="sk_car_demo", base_url=world.providers["cartesia"]["base_url"], **options) as client:
        return ask(client)


def _async(world: World, ask: Ask, **options: Any) -> Any:
    async def run() -> Any:
        async with AsyncCartesia(api_key="sk_car_demo", base_url=world.providers["cartesia"]["base_url"], **options) as client:
            return await ask(client)

    return asyncio.run(run())


both = pytest.mark.parametrize("run", [_sync, _async])


def _agents(client: Any) -> Any:
    return client.agents.list()


CLASSES: dict[int, type[cartesia.APIStatusError]] = {
    400: cartesia.BadRequestError,
    401: cartesia.AuthenticationError,
    402: cartesia.APIStatusError,
    403: cartesia.PermissionDeniedError,
    404: cartesia.NotFoundError,
    408: cartesia.APIStatusError,
    409: cartesia.ConflictError,
    422: cartesia.UnprocessableEntityError,
    429: cartesia.RateLimitError,
    500: cartesia.InternalServerError,
    503: cartesia.InternalServerError,
}


@both
@pytest.mark.parametrize("status", CLASSES)
def test_each_status_has_its_class_and_its_price(world: World, run: Run, status: int) -> None:
    """What may pass by itself is tried three times in all, and costs three requests; the rest is final at once."""
    steered = Steered(world)
    steered.rule({"status": status, "headers": AT_ONCE, "body": {"error_code": "x", "title": "x"}}, {"provider": "cartesia"})
    with pytest.raises(CLASSES[status]) as refused:
        run(world, _agents)
    assert type(refused.value) is CLASSES[status]
    assert (refused.value.status_code, refused.value.body) == (status, {"error_code": "x", "title": "x"})
    passing = status in (408, 409, 429) or status >= 500
    assert [each["status"] for each in steered.journal()] == [status] * (3 if passing else 1)


@both
@pytest.mark.parametrize("status", [409, 429, 503])
def test_patience_is_rewarded(world: World, run: Run, status: int) -> None:
    """Refused twice, the SDK gets its answer at the third attempt, and its user hears nothing of the others."""
    steered = Steered(world)
    steered.rule({"status": status, "headers": AT_ONCE}, {"provider": "cartesia"}, times=2)
    assert [agent.id for agent in run(world, _agents).summaries] == ["agent_abc123"]
    assert [each["status"] for each in steered.journal()] == [status, status, 200]


@both
def test_a_lost_answer_is_bought_again(world: World, run: Run) -> None:
    """The SDK repeats a purchase whose answer was lost; only the full plan keeps it from a second number."""
    steered = Steered(world)
    lost = {"operation": "cartesia.phone_numbers_provision"}
    steered.rule({"fault": "reset", "stage": "after_commit"}, lost, times=1)
    with pytest.raises(cartesia.APIStatusError, match="quota_exceeded"):
        run(world, lambda client: client.post(PROVISION, body={"label": "Line"}, cast_to=dict[str, Any]))
    assert [(each["status"], each["fault"]) for each in steered.journal()] == [(201, "reset"), (402, None)]
    assert [account["tables"]["numbers"]["total"] for account in steered.state("cartesia")] == [1]


@both
@pytest.mark.parametrize("fault", ["reset", "empty", "garbage", "truncate"])
def test_a_broken_connection_has_a_class_of_its_own(world: World, run: Run, fault: str) -> None:
    """It is no timeout, and no status comes with it."""
    Steered(world).rule({"fault": fault}, {"provider": "cartesia"})
    with pytest.raises(cartesia.APIConnectionError) as broken:
        run(world, _agents, max_retries=0)
    assert not isinstance(broken.value, cartesia.APITimeoutError)


@both
def test_an_answer_that_takes_too_long_is_a_timeout(world: World, run: Run) -> None:
    """Each attempt waits as long as the user said."""
    Steered(world).rule({"delay": "1h"}, {"provider": "cartesia"})
    with pytest.raises(cartesia.APITimeoutError):
        run(world, _agents, max_retries=0, timeout=0.05)


@both
def test_pages_are_asked_for_until_one_is_empty(world: World, run: Run) -> None:
    """Seven calls, three to a page, are four requests: the SDK does not believe `has_more`."""
    steered = Steered(world)
    body = {"agent_id": "agent_abc123", "outbound_calls": [{"to_number": f"+1415555019{digit}"} for digit in range(7)]}
    number = run(world, lambda client: client.post(PROVISION, body={"label": "Line"}, cast_to=dict[str, Any]))
    body["from_number_id"] = number["id"]
    run(world, lambda client: client.post("/agents/calls", body=body, cast_to=dict[str, Any]))

    async def collected(client: Any) -> int:
        return len([call async for call in client.agents.calls.list(agent_id="agent_abc123", limit=3)])

    def listed(client: Any) -> Any:
        if isinstance(client, AsyncCartesia):
            return collected(client)
        return len(list(client.agents.calls.list(agent_id="agent_abc123", limit=3)))

    assert run(world, listed) == 7
    assert len(steered.journal("?operation=cartesia.calls_list")) == 4


DECLARED_ONLY: dict[str, Ask] = {
    "datasets": lambda client: client.datasets.retrieve("x"),
    "fine-tunes": lambda client: client.fine_tunes.retrieve("x"),
    "voices": lambda client: client.voices.delete("x"),
}


@both
@pytest.mark.parametrize("part", DECLARED_ONLY)
def test_what_is_not_simulated_is_a_501(world: World, run: Run, part: str) -> None:
    """The error says so, and the journal names the operation."""
    with pytest.raises(cartesia.InternalServerError, match="exists at Cartesia and is not simulated") as error:
        run(world, DECLARED_ONLY[part], max_retries=0)
    assert error.value.status_code == 501
    (entry,) = Steered(world).journal()
    assert (entry["operation"].partition("_")[0], entry["status"]) == (f"cartesia.{part.partition('-')[0]}", 501)


@both
def test_the_raw_answer_names_its_request(world: World, run: Run) -> None:
    """So that a user of the SDK can look it up in the journal."""
    answer = run(world, lambda client: client.agents.with_raw_response.list())
    assert answer.headers["X-Simulator-Request"] == Steered(world).journal()[-1]["id"]
    assert answer.headers["X-Simulator-Evidence"] in ("documented", "inferred")
