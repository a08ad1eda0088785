"""Everything that Cartesia's official Python SDK can do for agents: found by reflection, so that nothing new is overlooked."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cartesia import AuthenticationError, Cartesia, NotFoundError
from cartesia._resource import SyncAPIResource

from tests.conftest import World

AGENT, CALL, METRIC, DEPLOYMENT = "agent_abc123", "ac_1", "metric_1", "ad_1"
ACCOUNT: dict[str, Any] = {
    "agents": [{"id": AGENT, "name": "Customer support"}],
    "numbers": [{"id": "ap_1", "label": "Main line", "agent_id": AGENT}],
    "deployments": [{"id": DEPLOYMENT, "agent_id": AGENT}],
    "metrics": [{"id": METRIC, "name": "resolved", "prompt": "Was it?"}],
    "calls": [{"id": CALL, "agent_id": AGENT, "from_number_id": "ap_1"}],
}
# What each method is called with. One that the SDK gains and this table lacks fails the test.
ARGUMENTS: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {
    "agents.retrieve": ((AGENT,), {}),
    "agents.update": ((AGENT,), {"name": "Front desk"}),
    "agents.list": ((), {}),
    "agents.delete": ((AGENT,), {}),
    "agents.list_phone_numbers": ((AGENT,), {}),
    "agents.list_templates": ((), {}),
    "agents.calls.retrieve": ((CALL,), {}),
    "agents.calls.list": ((), {"agent_id": AGENT, "expand": "transcript"}),
    "agents.calls.download_audio": ((CALL,), {}),
    "agents.deployments.retrieve": ((DEPLOYMENT,), {}),
    "agents.deployments.list": ((AGENT,), {}),
    "agents.metrics.create": ((), {"name": "polite", "prompt": "Was it polite?"}),
    "agents.metrics.retrieve": ((METRIC,), {}),
    "agents.metrics.list": ((), {"limit": 5}),
    "agents.metrics.add_to_agent": ((METRIC,), {"agent_id": AGENT}),
    "agents.metrics.remove_from_agent": ((METRIC,), {"agent_id": AGENT}),
    "agents.metrics.results.list": ((), {"agent_id": AGENT, "start_date": "2020-01-01T00:00:00Z"}),
    "agents.metrics.results.export": ((), {"call_id": CALL}),
    "access_token.create": ((), {"expires_in": 60, "grants": {"agent": True}}),
    "voices.list": ((), {"limit": 2, "expand": ["preview_file_url"], "gender": "feminine", "q": "sky", "is_owner": False}),
    "voices.get": (("a0e99841-438c-4a64-b679-ae501e7d6091",), {"expand": ["preview_file_url"]}),
}
# Speech and the making of voices have nothing to do with phone numbers: they are declared, and answered 501.
DECLARED = {"voices.update", "voices.delete", "voices.clone", "voices.localize"}
DECLARED |= {"voices.add_accents", "voices.delete_accent", "voices.list_accents"}
ROOTS = ("agents", "access_token", "voices")


def _methods(resource: SyncAPIResource, path: str) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield the methods of a resource that send a request, and those of the resources within it."""
    for name, member in inspect.getmembers(type(resource)):
        if name.startswith(("_", "with_")):
            continue
        if inspect.isfunction(member):
            yield f"{path}.{name}", getattr(resource, name)
        elif isinstance(found := getattr(resource, name), SyncAPIResource):
            yield from _methods(found, f"{path}.{name}")


@pytest.fixture
def client(make_world: Callable[..., World]) -> Iterator[Cartesia]:
    """The SDK with an account that has one of everything; it raises an error for a response that its models do not describe."""
    world = make_world({"description": "one of everything", "accounts": [{"keys": ["sk_car_acme"], "cartesia": ACCOUNT}]})
    base_url, strictly = world.providers["cartesia"]["base_url"], True
    with Cartesia(api_key="sk_car_acme", base_url=base_url, max_retries=0, _strict_response_validation=strictly) as client:
        yield client


def test_every_method_of_the_agent_side_succeeds(client: Cartesia) -> None:
    """Each is called in the order of the table, so that what deletes comes last."""
    methods = {path: method for root in ROOTS for path, method in _methods(getattr(client, root), root)}
    assert methods.keys() == ARGUMENTS.keys() | DECLARED
    last = [path for path in ARGUMENTS if path == "agents.delete"]
    for path in [path for path in ARGUMENTS if path not in last] + last:
        positional, named = ARGUMENTS[path]
        result = methods[path](*positional, **named)
        assert result is None or result != "", path


def test_what_the_methods_bring(client: Cartesia) -> None:
    """The models of the SDK have the values that the simulator sent, by the SDK's own names."""
    client.agents.metrics.add_to_agent(METRIC, agent_id=AGENT)
    body = {"target_numbers": ["+14155550199"], "agent_id": AGENT}
    made = client.post("/twilio/call/outbound", body=body, cast_to=dict[str, Any])
    call_id = made["calls"][0]["agent_call_id"]
    (result,) = list(client.agents.metrics.results.list(agent_id=AGENT))
    assert (result.metric_name, result.call_id, result.deployment_id) == ("resolved", call_id, DEPLOYMENT)
    assert call_id in client.agents.metrics.results.export(agent_id=AGENT)
    assert client.agents.calls.with_raw_response.download_audio(call_id).read()[:4] == b"RIFF"
    voices = list(client.voices.list(limit=1))
    assert [voice.name for voice in voices] == ["Skylar", "Barbershop Man"]
    assert voices[0].locales[0].locale == "en-US"


def test_pages_by_hand(client: Cartesia) -> None:
    """The helpers of a page lead to the next one, forwards and backwards, until one is empty."""
    calls = [{"to_number": "+14155550199"}] * 6
    client.post(
        "/agents/calls", body={"from_number_id": "ap_1", "agent_id": AGENT, "outbound_calls": calls}, cast_to=dict[str, Any]
    )
    page = client.agents.calls.list(agent_id=AGENT, limit=3)
    assert [len(one.data) for one in page.iter_pages()] == [3, 3, 1, 0]
    following = page.get_next_page()
    assert page.has_next_page()
    back = client.agents.calls.list(agent_id=AGENT, limit=3, ending_before=following.data[0].id)
    assert [call.id for call in back.data] == [call.id for call in page.data]
    assert len(client.agents.calls.list(agent_id=AGENT, limit=1000).data) == 7


def test_streamed_and_raw_responses(client: Cartesia) -> None:
    """They have the same bytes as others, and what is streamed can be parsed."""
    with client.agents.calls.with_streaming_response.download_audio(CALL) as streamed:
        audio = b"".join(streamed.iter_bytes())
    raw = client.agents.calls.with_raw_response.download_audio(CALL)
    assert (audio, raw.headers["Content-Type"]) == (raw.read(), "audio/wav")
    with client.agents.calls.with_streaming_response.retrieve(CALL) as streamed:
        assert streamed.parse().id == CALL
    assert client.agents.calls.with_raw_response.retrieve(CALL).retries_taken == 0


def test_options_of_one_request(client: Cartesia) -> None:
    """An older version that one request asks for decides the form of its error; other parameters are sent as they are given."""
    older = {"cartesia-version": "2025-04-16"}  # as the SDK writes the name, so that it is replaced
    with pytest.raises(NotFoundError, match=r"^Agent not found: There is no agent with this id\.$"):
        client.agents.retrieve("agent_nobody", extra_headers=older)
    assert client.agents.calls.retrieve(CALL, extra_query={"expand": "transcript"}, timeout=60).id == CALL


def test_null_clears_the_description(client: Cartesia) -> None:
    """None is sent as null, and what is not given is not sent."""
    assert client.agents.update(AGENT, description="First contact").description == "First contact"
    assert client.agents.update(AGENT, name="Sales").description == "First contact"
    assert client.agents.update(AGENT, description=None).description is None


def test_an_access_token_is_no_api_key(client: Cartesia) -> None:
    """The routes of agents take API keys alone: a token is for speech, and for the agents' own connections."""
    token = client.access_token.create(expires_in=60, grants={"agent": True}).token
    with Cartesia(token=token, base_url=client.base_url, max_retries=0) as holder, pytest.raises(AuthenticationError):
        holder.agents.list()
