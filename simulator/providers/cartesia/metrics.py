"""What else the official SDKs ask for: metrics, of which nothing is computed here, deployments, and access tokens."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from datetime import timedelta

import msgspec

from simulator.provider import Call, Listing, Page
from simulator.providers.cartesia.account import State, agents, deployments, metrics, provider
from simulator.providers.cartesia.errors import Errors
from simulator.providers.cartesia.records import Deployment, Metric

TOKEN_SECONDS = 3600  # the most that a client may ask for (auth/access-token)


@provider.operation("metrics_list")
def list_metrics(call: Call[State]) -> Page[Metric]:
    """Return a page of metrics, the newest first."""
    return metrics.page(call)


@provider.operation("metrics_create")
def create_metric(call: Call[State]) -> Metric:
    """Make a metric; its name is unique."""
    if call.state.metrics.having("name", call.body["name"]):
        raise Errors.METRIC_EXISTS()
    return metrics.create_from_body(call)


@provider.operation("metrics_get")
def get_metric(call: Call[State]) -> Metric:
    """Return one metric."""
    return metrics.get(call)


@provider.operation("metrics_delete")
def delete_metric(call: Call[State]) -> None:
    """Remove a metric, from all agents too."""
    metrics.remove(call, metrics.get(call))


@provider.operation("metrics_add_to_agent")
def add_metric(call: Call[State]) -> None:
    """Let an agent's calls be judged by a metric."""
    agent, metric = agents.get(call), metrics.get(call)
    metrics.change(call, metric, agent_ids=tuple({**dict.fromkeys(metric.agent_ids), agent.id: None}))


@provider.operation("metrics_remove_from_agent")
def remove_metric(call: Call[State]) -> None:
    """Let an agent's calls be judged by a metric no more."""
    agent, metric = agents.get(call), metrics.get(call)
    metrics.change(call, metric, agent_ids=tuple(agent_id for agent_id in metric.agent_ids if agent_id != agent.id))


@provider.operation("deployments_list")
def list_deployments(call: Call[State]) -> Listing[Deployment]:
    """Return the deployments of an agent."""
    return call.state.deployments.having("agent_id", agents.get(call).id)


@provider.operation("deployments_get")
def get_deployment(call: Call[State]) -> Deployment:
    """Return one deployment."""
    return deployments.get(call)


@provider.operation("access_token_create")
def create_access_token(call: Call[State]) -> dict[str, str]:
    """Return a token in the form of a JSON Web Token, for as long as is asked for."""
    seconds = call.body.get("expires_in") or TOKEN_SECONDS
    ends = call.now + timedelta(seconds=seconds)
    claims = {"grants": call.body.get("grants") or {}, "iat": int(call.now.timestamp()), "exp": int(ends.timestamp())}
    parts = [_part(msgspec.json.encode(part)) for part in ({"alg": "HS256", "typ": "JWT"}, claims)]
    return {"token": ".".join([*parts, call.world.ids.text("access_token", 43)])}


def _part(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")
