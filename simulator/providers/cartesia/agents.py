"""Agents: configured through the API in versions (`/v1/agents`), and as the older generation shows them (`/agents`).

The official SDKs call the older generation; its agents are the same.
"""

from __future__ import annotations

from typing import Any

from simulator.provider import Call, Children
from simulator.providers.cartesia.account import State, agents, keep_version, new_version, numbers, provider, versions, webhooks
from simulator.providers.cartesia.config import DEFAULTS, configured, unknown_members
from simulator.providers.cartesia.errors import Errors, invalid
from simulator.providers.cartesia.records import Agent, AgentVersion

# Two of the examples of Cartesia's own repository, which its templates are made from.
REPOSITORY = "https://github.com/cartesia-ai/line"
TEMPLATES = (("Basic chat", "examples/basic_chat"), ("Form filler", "examples/form_filler"))
TEMPLATES_MADE = "2026-03-01T00:00:00Z"


@provider.operation("agents_create")
def create_agent(call: Call[State]) -> Agent:
    """Add an agent; members that are not sent have their defaults."""
    _check_keys(call)
    config = configured(DEFAULTS, call.body.get("config", {}))
    agent = agents.create_from_body(call, config=config, version_id=new_version(call.account))
    keep_version(call.account, agent, call.now)
    return agent


provider.operation("agents_list")(agents.page)
provider.operation("agents_get")(agents.get)
provider.operation("legacy_agents_get")(agents.get)
provider.operation("legacy_agents_list")(agents.list)
provider.operation("agents_list_versions")(Children(versions, agents, "agent_id").page)
provider.operation("legacy_agents_list_phone_numbers")(Children(numbers, agents, "agent_id").list)


@provider.operation("agents_update")
def update_agent(call: Call[State]) -> Agent:
    """Change the members that are sent, at any depth of the configuration."""
    agent = agents.get(call)
    _check_keys(call)
    fields = {name: call.sent[name] for name in ("name", "description", "webhook_id") if name in call.sent}
    revised = _revised(call, agent, fields, call.sent.get("config", {}))
    if "version_description" in call.sent and revised.version_id == agent.version_id:
        raise invalid("Allowed only with a change of config", "version_description")
    return revised


def _check_keys(call: Call[State]) -> None:
    """Raise a problem for unknown keys, also within the configuration, if a scenario assumes so."""
    unknown = [("", name) for name in call.sent if name == "webhook_id" or name not in call.described]
    unknown += unknown_members(call.sent.get("config", {}))
    if unknown and call.assumed("unknown_keys") == "refuse":
        place, name = unknown[0]
        raise invalid(f'Unrecognized key: "{name}"', place)


@provider.operation("legacy_agents_update")
def update_legacy_agent(call: Call[State]) -> Agent:
    """Change the members that are sent; null clears the description and the webhook, and leaves required members."""
    agent, body = agents.get(call), call.sent
    sent = {name: value for name, value in body.items() if value is not None}
    fields = {name: body[name] for name in ("description", "webhook_id") if name in body}
    fields |= {name: sent[name] for name in ("name",) if name in sent}
    voice = {"audio": {"output": {"voice_id": sent["tts_voice"]}}} if "tts_voice" in sent else {}
    language = {"language": {"primary": sent["tts_language"]}} if "tts_language" in sent else {}
    return _revised(call, agent, fields, {**voice, **language})


def _revised(call: Call[State], agent: Agent, fields: dict[str, Any], config: dict[str, Any]) -> Agent:
    """Change an agent and return it; a configuration that differs becomes a new version."""
    if fields.get("webhook_id") is not None:
        webhooks.get(call, fields["webhook_id"])
    after = configured(agent.config, config)
    if after == agent.config:
        return agents.change(call, agent, **fields) if fields else agent
    revised = agents.change(call, agent, **fields, config=after, version_id=new_version(call.account))
    keep_version(call.account, revised, call.now, call.sent.get("version_description"))
    return revised


@provider.operation("agents_get_version")
def get_version(call: Call[State]) -> AgentVersion:
    """Return one version of an agent's configuration."""
    agent, version = agents.get(call), versions.get(call)
    if version.agent_id != agent.id:
        raise Errors.VERSION_NOT_FOUND()
    return version


@provider.operation("agents_delete")
@provider.operation("legacy_agents_delete")
def delete_agent(call: Call[State]) -> None:
    """Remove an agent; its numbers stay, unassigned, unless they are assumed to go with it."""
    agent = agents.get(call)
    assigned = call.state.numbers.having("agent_id", agent.id)
    if assigned and call.assumed("numbers_of_deleted_agent") == "delete":
        numbers.remove_all(call, assigned)
    agents.remove(call, agent)


@provider.operation("legacy_agents_list_templates")
def list_templates(call: Call[State]) -> list[dict[str, str]]:
    """Return the templates of agents; the same for every account."""
    made = {"owner_id": "cartesia", "created_at": TEMPLATES_MADE, "updated_at": TEMPLATES_MADE, "repo_url": REPOSITORY}
    return [{"id": folder.rpartition("/")[2], "name": name, "root_dir": folder, **made} for name, folder in TEMPLATES]
