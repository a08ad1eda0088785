"""What Cartesia keeps beside agents, numbers and calls: versions, tools, webhooks, metrics, deployments, tokens."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Api, World
from tests.providers.test_cartesia import refusal, scenario
from tests.providers.test_cartesia_calls import SECTION, US, dial

TOOLS, WEBHOOKS, METRICS = "/v1/agents/tools", "/agents/webhooks", "/agents/metrics"
AGENT = "/v1/agents/agent_front"
COMMON = {"name": "look_up", "description": "Looks up.", "pre_tool_speech": "auto", "execution_mode": "immediate"}
CLIENT = {**COMMON, "type": "client", "expects_response": True, "parameters": {"type": "object"}}
SECRET = {"type": "secret", "secret_value": "hush", "secret_description": "token"}
API_SCHEMA = {
    "url": "https://example.com/{id}",
    "method": "POST",
    "authentication": {"mode": "bearer", "token": SECRET},
    "request_headers": {"X-Key": SECRET, "X-Name": "x"},
    "path_params_schema": {"id": {"type": "string"}},
}
WEBHOOK_TOOL = {**COMMON, "type": "webhook", "api_schema": API_SCHEMA}


@pytest.fixture
def cartesia(make_world: Callable[..., World]) -> Api:
    """An account with agents, numbers and a call, asked in the newest version."""
    headers = {"Authorization": "Bearer sk_car_acme", "Cartesia-Version": "2026-08-14"}
    return make_world(scenario(**SECTION)).api("cartesia", **headers)


def made(api: Api, path: str, body: dict[str, Any], status: int = 201) -> dict[str, Any]:
    """Return what was made."""
    answer = api("POST", path, body)
    assert answer.status_code == status, answer.text
    result: dict[str, Any] = answer.json()
    return result


# https://docs.cartesia.ai/api-reference/agents/calls/delete-call


def test_a_deleted_call_keeps_what_is_not_sensitive(cartesia: Api) -> None:
    """Transcript, parties, summary and variables are left out of every later answer; to delete again changes nothing."""
    (result,) = dial(cartesia, US)
    path = f"/agents/calls/{result['agent_call_id']}"
    before = cartesia("GET", path).json()
    assert {"transcript", "summary", "dynamic_variables"} <= set(before)
    deleted = cartesia("DELETE", path)
    call = deleted.json()
    assert (deleted.status_code, deleted.headers["X-Simulator-Evidence"]) == (200, "documented")
    assert call["redacted_at"] is not None
    assert call["telephony_params"] == {"call_sid": before["telephony_params"]["call_sid"], "connection_type": "phone"}
    gone = {"transcript", "summary", "dynamic_variables", "metadata"}
    assert not gone & set(call)
    kept = {name: value for name, value in before.items() if name not in {*gone, "redacted_at", "telephony_params"}}
    assert {name: call[name] for name in kept} == kept
    assert cartesia("GET", path).json() == cartesia("DELETE", path).json() == call
    listed = cartesia("GET", "/agents/calls", params={"agent_id": "agent_front", "expand": "transcript"}).json()["data"]
    assert listed == [call]


def test_a_call_that_is_not_over_stays(cartesia: Api) -> None:
    """It has to be cancelled first."""
    assert refusal(cartesia("DELETE", "/agents/calls/ac_live"), 400) == (None, "Call not over")
    assert cartesia("POST", "/agents/calls/ac_live/cancel").status_code == 200
    assert cartesia("DELETE", "/agents/calls/ac_live").status_code == 200
    assert refusal(cartesia("DELETE", "/agents/calls/ac_none"), 404) == (None, "Call not found")


# https://docs.cartesia.ai/api-reference/agents/versions


@pytest.mark.parametrize(
    ("method", "path", "evidence"),
    [
        ("GET", "/agents/calls/ac_none", "inferred"),
        ("DELETE", "/agents/calls/ac_none", "documented"),
        ("POST", "/agents/calls/ac_none/cancel", "documented"),
        ("GET", "/agents/calls/ac_none/logs", "documented"),
    ],
)
def test_the_404_of_a_call_is_graded_by_its_page(cartesia: Api, method: str, path: str, evidence: str) -> None:
    """Those on deleting, cancelling and logs list it, that on getting a call lists no errors."""
    answer = cartesia(method, path)
    assert refusal(answer, 404) == (None, "Call not found")
    assert answer.headers["X-Simulator-Evidence"] == evidence


def test_versions_are_snapshots_of_the_configuration(cartesia: Api) -> None:
    """From the newest to the oldest; sent to PATCH, an older one is restored as a new one."""
    first = cartesia("GET", AGENT).json()
    body = {"config": {"instructions": "Be brief."}, "version_description": "Shorter"}
    second = cartesia("PATCH", AGENT, body).json()
    listed = cartesia("GET", f"{AGENT}/versions").json()
    assert listed["data"] == [{**agent["version"], "config": agent["config"]} for agent in (second, first)]
    assert (listed["has_more"], listed["next_page"], listed["data"][0]["description"]) == (False, None, "Shorter")

    old = cartesia("GET", f"{AGENT}/versions/{first['version']['id']}").json()
    restored = cartesia("PATCH", AGENT, {"config": old["config"]}).json()
    assert restored["config"] == first["config"]
    assert restored["version"]["id"] not in {first["version"]["id"], second["version"]["id"]}
    assert len(cartesia("GET", f"{AGENT}/versions").json()["data"]) == 3


def test_versions_of_another_agent_are_not_found(cartesia: Api) -> None:
    """A version belongs to its agent, and goes with it."""
    version = cartesia("GET", AGENT).json()["version"]["id"]
    assert refusal(cartesia("GET", f"/v1/agents/agent_night/versions/{version}"), 404) == (None, "Agent version not found")
    assert refusal(cartesia("GET", f"{AGENT}/versions/av_none"), 404) == (None, "Agent version not found")
    assert cartesia("DELETE", AGENT).status_code == 204
    for path in (f"{AGENT}/versions", f"{AGENT}/versions/{version}"):
        assert refusal(cartesia("GET", path), 404) == (None, "Agent not found")


# https://docs.cartesia.ai/api-reference/agents/tools


def test_a_client_tool_from_making_to_deletion(cartesia: Api) -> None:
    """It has the members of its type, 20 seconds to respond, and is changed sparsely."""
    tool = made(cartesia, TOOLS, CLIENT)
    assert {name: tool[name] for name in CLIENT} == CLIENT
    assert (tool["response_timeout_secs"], "api_schema" in tool, "assignments" in tool) == (20, False, False)
    path = f"{TOOLS}/{tool['id']}"
    assert cartesia("GET", path).json() == tool
    changed = cartesia("PATCH", path, {"expects_response": False, "response_timeout_secs": 5}).json()
    assert changed == {**tool, "expects_response": False, "response_timeout_secs": 5, "updated_at": changed["updated_at"]}
    assert refusal(cartesia("PATCH", path, {"api_schema": {"method": "GET"}}), 400) == (None, "Invalid request")
    assert cartesia("DELETE", path).status_code == 204
    for method, body in (("GET", None), ("PATCH", {}), ("DELETE", None)):
        assert refusal(cartesia(method, path, body), 404) == (None, "Tool not found")


def test_secrets_of_a_webhook_tool_are_never_shown(cartesia: Api) -> None:
    """Neither when they are set nor later; a part that is null is taken away."""
    tool = made(cartesia, TOOLS, WEBHOOK_TOOL)
    shown = {"type": "secret", "secret_description": "token"}
    assert tool["api_schema"] == {
        **API_SCHEMA,
        "authentication": {"mode": "bearer", "token": shown},
        "request_headers": {"X-Key": shown, "X-Name": "x"},
    }
    assert tool["assignments"] == []
    path = f"{TOOLS}/{tool['id']}"
    assignments = [{"dynamic_variable": "status", "value_path": "order.status"}]
    sent = {"api_schema": {"method": "PUT", "path_params_schema": None}, "assignments": assignments}
    changed = cartesia("PATCH", path, sent)
    assert "hush" not in changed.text
    expected = {name: value for name, value in tool["api_schema"].items() if name != "path_params_schema"}
    assert changed.json()["api_schema"] == {**expected, "method": "PUT"}
    assert changed.json()["assignments"] == assignments
    assert cartesia("PATCH", path, {"assignments": None}).json()["assignments"] == []


def test_tools_are_listed_by_type_and_agent(cartesia: Api) -> None:
    """And show the agents that use them to those who ask; a tool in use stays."""
    client_tool, webhook = made(cartesia, TOOLS, CLIENT), made(cartesia, TOOLS, WEBHOOK_TOOL)
    agent = cartesia("PATCH", AGENT, {"config": {"tools": [{"id": webhook["id"]}]}}).json()

    def ids(**params: str) -> list[str]:
        return [tool["id"] for tool in cartesia("GET", TOOLS, params=params).json()["data"]]

    assert ids() == [webhook["id"], client_tool["id"]]
    assert (ids(type="client"), ids(agent_id="agent_front")) == ([client_tool["id"]], [webhook["id"]])
    assert ids(agent_id="agent_nobody") == []
    path = f"{TOOLS}/{webhook['id']}"
    (user,) = cartesia("GET", path, params={"expand[]": "agents"}).json()["agents"]
    assert (user["id"], user["version_id"]) == ("agent_front", agent["version"]["id"])
    assert "agents" not in cartesia("GET", path).json()
    assert refusal(cartesia("DELETE", path), 409) == (None, "Tool in use")
    assert cartesia("PATCH", AGENT, {"config": {"tools": []}}).status_code == 200
    assert cartesia("DELETE", path).status_code == 204


@pytest.mark.parametrize(
    "body",
    [
        {},
        COMMON,
        {**CLIENT, "name": "1st"},
        {**CLIENT, "description": ""},
        {**CLIENT, "execution_mode": "later"},
        {**CLIENT, "response_timeout_secs": 121},
        {**CLIENT, "parameters": {}},
        {**WEBHOOK_TOOL, "api_schema": {"url": "https://example.com"}},
        {**WEBHOOK_TOOL, "type": "client"},
    ],
)
def test_tools_that_cannot_be(cartesia: Api, body: dict[str, Any]) -> None:
    """Each type requires its members."""
    assert refusal(cartesia("POST", TOOLS, body), 400) == (None, "Invalid request")


# https://docs.cartesia.ai/api-reference/agents/webhooks


def test_a_webhook_from_registration_to_deletion(cartesia: Api) -> None:
    """The secret is shown once; an update is answered with the id; attached to an agent it stays."""
    webhook = made(cartesia, WEBHOOKS, {"url": "https://example.com/calls", "secret": "hush", "display_name": "Calls"}, 200)
    assert set(webhook) == {"id", "url", "secret", "display_name", "created_at", "updated_at"}
    assert (webhook["secret"], webhook["id"].startswith("agent_webhook_")) == ("hush", True)
    path = f"{WEBHOOKS}/{webhook['id']}"
    shown = {name: value for name, value in webhook.items() if name != "secret"}
    assert cartesia("GET", path).json() == shown
    assert cartesia("GET", WEBHOOKS).json() == {"data": [shown], "has_more": False, "next_page": None}
    assert cartesia("PATCH", path, {"url": "https://example.com/other"}).json() == webhook["id"]
    assert cartesia("GET", path).json()["url"] == "https://example.com/other"

    assert cartesia("PATCH", "/agents/agent_front", {"webhook_id": webhook["id"]}).status_code == 200
    assert refusal(cartesia("DELETE", path), 409) == (None, "Webhook in use")
    assert cartesia("PATCH", "/agents/agent_front", {"webhook_id": None}).status_code == 200
    assert cartesia("DELETE", path).status_code == 204
    for method, body in (("GET", None), ("PATCH", {"url": "https://example.com"}), ("DELETE", None)):
        assert refusal(cartesia(method, path, body), 404) == (None, "Webhook not found")


@pytest.mark.parametrize("url", ["http://example.com", "ftp://example.com", "example.com", "http://localhost.example.com", 7])
def test_addresses_that_cartesia_does_not_call(cartesia: Api, url: Any) -> None:
    """Only https, and http on the machine itself."""
    assert refusal(cartesia("POST", WEBHOOKS, {"url": url, "secret": "x"}), 400) == (None, "Invalid request")
    for own in ("http://localhost:9000/x", "http://127.0.0.1", "http://[::1]:1/"):
        assert made(cartesia, WEBHOOKS, {"url": own, "secret": "x"}, 200)["url"] == own


# https://docs.cartesia.ai/api-reference/agents/metrics and …/deployments


def test_a_metric_from_making_to_deletion(cartesia: Api) -> None:
    """Its name is unique; agents have it and lose it."""
    metric = made(cartesia, METRICS, {"name": "resolved", "prompt": "Was the caller helped?"}, 200)
    assert set(metric) == {"id", "name", "display_name", "prompt", "created_at"}
    assert refusal(cartesia("POST", METRICS, {"name": "resolved", "prompt": "x"}), 400) == (None, "Metric exists")
    assert refusal(cartesia("POST", METRICS, {"name": "Not Allowed", "prompt": "x"}), 400) == (None, "Invalid request")
    assert cartesia("GET", METRICS).json() == {"data": [metric], "has_more": False, "next_page": None}
    path = f"{METRICS}/{metric['id']}"
    assert cartesia("GET", path).json() == metric
    attached = f"/agents/agent_front/metrics/{metric['id']}"
    assert [cartesia(method, attached).status_code for method in ("POST", "POST", "DELETE", "DELETE")] == [204] * 4
    assert refusal(cartesia("POST", f"/agents/agent_nobody/metrics/{metric['id']}"), 404) == (None, "Agent not found")
    assert cartesia("DELETE", path).status_code == 204
    assert refusal(cartesia("GET", path), 404) == (None, "Metric not found")
    assert refusal(cartesia("POST", attached), 404) == (None, "Metric not found")


def test_deployments_are_those_of_the_scenario(make_world: Callable[..., World]) -> None:
    """They are made by the CLI alone; an agent shows how many it has."""
    deployments = [{"id": "ad_0", "agent_id": "agent_night"}]
    world = make_world(scenario(**SECTION, deployments=deployments))
    cartesia = world.api("cartesia", Authorization="Bearer sk_car_acme", Cartesia_Version="2026-08-14")
    (shown,) = cartesia("GET", "/agents/agent_night/deployments").json()
    steps = {"build_started_at", "build_completed_at", "deployment_started_at", "deployment_completed_at"}
    empty = {"build_logs", "git_commit_hash", "env_var_collection_id", "source_code_file_id"}
    assert {name: shown[name] for name in shown if name not in steps | empty | {"created_at", "updated_at"}} == {
        "id": "ad_0",
        "agent_id": "agent_night",
        "status": "deployed",
        "is_live": True,
        "is_pinned": False,
    }
    assert {shown[name] for name in steps} == {shown["created_at"]}
    assert {shown[name] for name in empty} == {""}
    assert cartesia("GET", "/agents/deployments/ad_0").json() == shown
    assert [cartesia("GET", f"/agents/agent_{name}").json()["deployment_count"] for name in ("night", "front")] == [1, 0]
    assert cartesia("GET", "/agents/agent_front/deployments").json() == []
    assert refusal(cartesia("GET", "/agents/agent_nobody/deployments"), 404) == (None, "Agent not found")
    assert refusal(cartesia("GET", "/agents/deployments/ad_1"), 404) == (None, "Deployment not found")


# https://docs.cartesia.ai/api-reference/auth/access-token


@pytest.mark.parametrize(
    ("body", "seconds"), [({}, 3600), ({"expires_in": 60}, 60), ({"expires_in": None, "grants": None}, 3600)]
)
def test_a_token_is_valid_as_long_as_asked(cartesia: Api, body: dict[str, Any], seconds: int) -> None:
    """It has the form of a JSON Web Token and says what it grants; an hour is the most."""
    parts = made(cartesia, "/access-token", {"grants": {"agent": True}, **body}, 200)["token"].split(".")
    claims = json.loads(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    assert (len(parts), claims["exp"] - claims["iat"]) == (3, seconds)
    assert claims["grants"] == (body["grants"] or {} if "grants" in body else {"agent": True})
    for impossible in (3601, 0, -(10**13)):
        assert refusal(cartesia("POST", "/access-token", {"expires_in": impossible}), 400) == (None, "Invalid request")
