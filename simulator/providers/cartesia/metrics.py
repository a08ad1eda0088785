"""Metrics and their results, deployments and access tokens: operations that the official SDKs call."""

from __future__ import annotations

import csv
import io
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from typing import Any

import msgspec

from simulator.provider import Account, Call, Children, Listing, Page, Reply, between, seconds
from simulator.providers.cartesia.account import State, agents, deployments, metric_results, metrics, provider
from simulator.providers.cartesia.errors import time_of
from simulator.providers.cartesia.events import summary_of, turns_until
from simulator.providers.cartesia.records import MetricResult

TOKEN_SECONDS = 3600  # the maximum (auth/access-token)
MAX_EXPORTED = 100_000  # results (metrics/export-metric-results)
COLUMNS = ("id", "metricId", "metricName", "agentId", "callId", "deploymentId", "summary", "result", "status", "createdAt")


provider.operation("metrics_list")(metrics.page)
provider.operation("metrics_create")(metrics.create_from_body)
provider.operation("metrics_get")(metrics.get)
provider.operation("metrics_delete")(metrics.delete)
provider.operation("deployments_get")(deployments.get)
provider.operation("deployments_list")(Children(deployments, agents, "agent_id").list)


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


def judge(account: Account[State], call_id: str, at: datetime) -> None:
    """Add a result of each metric of the agent to a call that is over."""
    state = account.state
    phone_call = state.calls.get(call_id) if len(state.metrics) else None
    if phone_call is None:
        return
    applied = state.metrics.having("agent_ids", phone_call.agent_id)
    deployed = next(iter(state.deployments.having("agent_id", phone_call.agent_id)), None)
    judged: dict[str, Any] = {"summary": summary_of(account, phone_call, at) or ""}
    judged |= {"transcript": turns_until(account, phone_call, at)}
    judged |= {"call_id": phone_call.id, "agent_id": phone_call.agent_id, "deployment_id": deployed.id if deployed else ""}
    for metric in applied:
        named = {"metric_id": metric.id, "metric_name": metric.name, "metric_display_name": metric.display_name}
        metric_results.add(account, at, **judged, **named, result=metric.result)


@provider.operation("metrics_list_results")
def list_results(call: Call[State]) -> Page[MetricResult]:
    """Return a page of the results that the request selects, the newest first."""
    return metric_results.page(call, _selected(call))


@provider.operation("metrics_export_results")
def export_results(call: Call[State]) -> Reply:
    """Return the results that the request selects as CSV."""
    file = io.StringIO()
    table = csv.writer(file, lineterminator="\n")
    table.writerow(COLUMNS)
    for one in _selected(call).window(0, MAX_EXPORTED):
        named = (one.id, one.metric_id, one.metric_name, one.agent_id, one.call_id, one.deployment_id)
        table.writerow((*named, one.summary, one.result, one.status, seconds(one.created_at)))
    return Reply(file.getvalue(), media="text/csv; charset=utf-8")


def _selected(call: Call[State]) -> Listing[MetricResult]:
    """Return the results that the filters of a request select."""
    first, last = (time_of(call.params[name], name) for name in ("start_date", "end_date"))
    return between(metric_results.list(call), lambda one: one.created_at, first, last)


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
