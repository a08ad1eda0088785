"""Metrics (which are not computed here), deployments and access tokens: operations that the official SDKs call."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from datetime import timedelta

import msgspec

from simulator.provider import Call, Listing
from simulator.providers.cartesia.account import State, agents, deployments, metrics, provider
from simulator.providers.cartesia.records import Deployment

TOKEN_SECONDS = 3600  # the maximum (auth/access-token)


provider.operation("metrics_list")(metrics.page)
provider.operation("metrics_create")(metrics.create_from_body)
provider.operation("metrics_get")(metrics.get)
provider.operation("metrics_delete")(metrics.delete)
provider.operation("deployments_get")(deployments.get)


@provider.operation("metrics_add_to_agent")
def add_metric(call: Call[State]) -> None:
    """Add a metric to an agent."""
    agent, metric = agents.get(call), metrics.get(call)
    metrics.change(call, metric, agent_ids=tuple({**dict.fromkeys(metric.agent_ids), agent.id: None}))


@provider.operation("metrics_remove_from_agent")
def remove_metric(call: Call[State]) -> None:
    """Remove a metric from an agent."""
    agent, metric = agents.get(call), metrics.get(call)
    metrics.change(call, metric, agent_ids=tuple(agent_id for agent_id in metric.agent_ids if agent_id != agent.id))


@provider.operation("deployments_list")
def list_deployments(call: Call[State]) -> Listing[Deployment]:
    """Return the deployments of an agent."""
    return call.state.deployments.having("agent_id", agents.get(call).id)


@provider.operation("access_token_create")
def create_access_token(call: Call[State]) -> dict[str, str]:
    """Return a token in the form of a JSON Web Token with the expiry of the request."""
    seconds = call.body.get("expires_in") or TOKEN_SECONDS
    ends = call.now + timedelta(seconds=seconds)
    claims = {"grants": call.body.get("grants") or {}, "iat": int(call.now.timestamp()), "exp": int(ends.timestamp())}
    parts = [_part(msgspec.json.encode(part)) for part in ({"alg": "HS256", "typ": "JWT"}, claims)]
    return {"token": ".".join([*parts, call.world.ids.text("access_token", 43)])}


def _part(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")
