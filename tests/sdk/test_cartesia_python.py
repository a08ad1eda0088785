"""Cartesia's official Python SDK, unmodified: only its base URL is another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import cartesia
import pytest
from cartesia import AsyncCartesia, Cartesia

from tests.conftest import World

PROVISION = "/agents/phone-numbers/provision"
Body = dict[str, Any]


@pytest.fixture
def client(world: World) -> Iterator[Cartesia]:
    """The SDK with a key of the default scenario, which has one agent and the free plan."""
    with Cartesia(api_key="sk_car_demo", base_url=world.providers["cartesia"]["base_url"]) as client:
        yield client


def provision(client: Cartesia, **body: Any) -> Body:
    """A new number; the SDK has no method of its own for it."""
    return client.post(PROVISION, body=body, cast_to=Body)


def test_the_status(client: Cartesia) -> None:
    """The API is up."""
    status = client.get_status()
    assert (status.ok, status.version) == (True, "2026-08-14")


def test_a_number_from_provisioning_to_deletion(client: Cartesia) -> None:
    """A number is provisioned, listed with its agent, renamed, refused while assigned, unassigned, deleted, and gone."""
    number = provision(client, label="Support line", agent_id="agent_abc123")
    path = f"/agents/phone-numbers/{number['id']}"
    (listed,) = client.agents.list_phone_numbers("agent_abc123")
    assert (listed.number, listed.agent_id, listed.is_cartesia_managed) == (number["number"], "agent_abc123", True)
    assert client.patch(path, body={"label": "Night line"}, cast_to=Body)["label"] == "Night line"

    with pytest.raises(cartesia.BadRequestError) as assigned:
        client.delete(path, cast_to=type(None))
    assert isinstance(assigned.value.body, dict)
    assert assigned.value.body["title"] == "Phone number is assigned"

    assert client.patch(path, body={"agent_id": None}, cast_to=Body)["agent"] is None
    assert client.agents.list_phone_numbers("agent_abc123") == []
    client.delete(path, cast_to=type(None))
    with pytest.raises(cartesia.NotFoundError):
        client.get(path, cast_to=Body)


def test_the_plan_is_full(client: Cartesia) -> None:
    """Beyond the plan the SDK raises its error for 402, with the code in its body, and does not try again."""
    provision(client, label="One")
    with pytest.raises(cartesia.APIStatusError) as refused:
        provision(client, label="One too many")
    assert refused.value.status_code == 402
    assert isinstance(refused.value.body, dict)
    assert refused.value.body["error_code"] == "quota_exceeded"
    assert refused.value.request.headers["x-stainless-retry-count"] == "0"


def test_agents(client: Cartesia) -> None:
    """Agents are listed, read, changed and deleted by the SDK's own methods, also one that the newer routes made."""
    made = client.post("/v1/agents", body={"name": "Sales"}, cast_to=Body)
    assert [agent.name for agent in client.agents.list().summaries] == ["Sales", "Customer support"]
    changed = client.agents.update(made["id"], name="Presales", description="First contact", tts_language="fr")
    assert (changed.name, changed.description, changed.tts_language) == ("Presales", "First contact", "fr")
    read = client.agents.retrieve(made["id"])
    assert read == changed
    assert read.created_at <= read.updated_at
    client.agents.delete(made["id"])
    with pytest.raises(cartesia.NotFoundError):
        client.agents.retrieve(made["id"])
    assert [template.name for template in client.agents.list_templates().templates] == ["Basic chat", "Form filler"]


def test_calls_are_read_to_the_end(client: Cartesia) -> None:
    """The SDK pages on until a page is empty, whatever the answer says of more."""
    number = provision(client, label="Outbound")
    destinations = [{"to_number": f"+1415555019{digit}"} for digit in range(7)]
    body = {"from_number_id": number["id"], "agent_id": "agent_abc123", "outbound_calls": destinations}
    dialled = [each["agent_call_id"] for each in client.post("/agents/calls", body=body, cast_to=Body)["calls"]]

    calls = list(client.agents.calls.list(agent_id="agent_abc123", limit=3, expand="transcript"))
    assert [call.id for call in calls] == dialled[::-1]
    call = client.agents.calls.retrieve(dialled[0])
    said = ["Hello.", "Hello, thank you for calling."]
    assert (call.status, [turn.text for turn in call.transcript or ()]) == ("completed", said)
    assert call.telephony_params is not None
    assert (call.telephony_params.from_, call.telephony_params.to) == (number["number"], "+14155550190")


def test_a_key_that_opens_nothing(world: World) -> None:
    """A key of another family raises the SDK's error of authentication."""
    with (
        Cartesia(api_key="sk_car_admin_demo", base_url=world.providers["cartesia"]["base_url"]) as client,
        pytest.raises(cartesia.AuthenticationError),
    ):
        client.agents.list()


def test_a_conflict_is_tried_again(make_world: Callable[..., World]) -> None:
    """The SDK repeats a request that is refused with 409, and the simulator refuses it each time."""
    section = {"providers": [{"id": "ata_1", "type": "twilio", "account_sid": "AC1"}]}
    world = make_world({"description": "linked", "accounts": [{"keys": ["sk_car_acme"], "cartesia": section}]})
    body = {"type": "twilio", "account_sid": "AC1", "api_key_sid": "SK1", "api_key_secret": "x"}
    base_url = world.providers["cartesia"]["base_url"]
    with Cartesia(api_key="sk_car_acme", base_url=base_url, max_retries=1) as client:
        with pytest.raises(cartesia.ConflictError) as refused:
            client.post("/agents/phone-numbers/providers", body=body, cast_to=Body)
        assert refused.value.request.headers["x-stainless-retry-count"] == "1"


def test_the_asynchronous_client(world: World) -> None:
    """The asynchronous client goes the same way."""

    async def journey(client: AsyncCartesia) -> None:
        assert (await client.get_status()).ok
        number = await client.post(PROVISION, body={"label": "Line", "agent_id": "agent_abc123"}, cast_to=Body)
        path = f"/agents/phone-numbers/{number['id']}"
        assert [each.number for each in await client.agents.list_phone_numbers("agent_abc123")] == [number["number"]]
        with pytest.raises(cartesia.APIStatusError, match="quota_exceeded"):
            await client.post(PROVISION, body={"label": "Line 2"}, cast_to=Body)
        with pytest.raises(cartesia.BadRequestError):
            await client.delete(path, cast_to=type(None))
        body = {
            "from_number_id": number["id"],
            "agent_id": "agent_abc123",
            "outbound_calls": [{"to_number": "+14155550190"}] * 3,
        }
        await client.post("/agents/calls", body=body, cast_to=Body)
        assert len([call async for call in client.agents.calls.list(agent_id="agent_abc123", limit=2)]) == 3
        await client.patch(path, body={"agent_id": None}, cast_to=Body)
        await client.delete(path, cast_to=type(None))
        with pytest.raises(cartesia.NotFoundError):
            await client.get(path, cast_to=Body)

    async def main() -> None:
        async with AsyncCartesia(api_key="sk_car_demo", base_url=world.providers["cartesia"]["base_url"]) as client:
            await journey(client)

    asyncio.run(main())
