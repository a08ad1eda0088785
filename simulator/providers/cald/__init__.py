"""Cald: phone numbers bought by prefix, and the agents that answer them. Source: https://docs.cald.ai/api-reference/endpoint."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from simulator.provider import (
    Account,
    Assumption,
    Call,
    Error,
    PendingTable,
    Problem,
    Provider,
    Record,
    Reply,
    RequestInfo,
    Seed,
    is_us_area_code,
)

PRICE = 10  # USD a month for a US number (buy-phone-number)
DEFAULT_PREFIX = "+1415"
AGENT_DEFAULTS: dict[str, Any] = {
    "maxCallDuration": 10,
    "recordingSettings": {"enable": False},
    "transferSettings": {"enable": False, "rule": "always"},
    "machineSettings": {"enable": False},
    "voicemailSettings": {"enable": False},
    "webhookSettings": {"enable": False},
    "smsSettings": {"enable": False, "rule": "always"},
    "voice": "standard_male",
}


class Errors:
    """Cald's refusals; their bodies are documented nowhere, so `{"error": text}` is this simulator's choice."""

    UNAUTHORIZED = Error(401, None, "Unauthorized", "An API key is required in the Authorization header", evidence="assumed")
    INVALID_KEY = Error(401, None, "Unauthorized", "Invalid API key: send the bare key, without Bearer", evidence="assumed")
    WRONG_KEY = INVALID_KEY
    NOT_FOUND = Error(404, None, "Not found", evidence="assumed")
    METHOD_NOT_ALLOWED = Error(405, None, "Method not allowed", evidence="assumed")
    MALFORMED = Error(400, None, "Bad request", evidence="assumed")
    TOO_LARGE = Error(413, None, "Payload too large", evidence="assumed")
    INVALID = Error(400, None, "Bad request", evidence="assumed")
    LIMITED = Error(429, None, "Too many requests", evidence="assumed")
    REUSED_KEY = Error(409, None, "Conflict", evidence="assumed")
    UNAVAILABLE = Error(503, None, "Service unavailable", evidence="assumed")
    AGENT_NOT_FOUND = Error(404, None, "Agent not found", evidence="inferred")
    NUMBER_NOT_FOUND = Error(404, None, "Phone number not found", evidence="inferred")
    US_ONLY = Error(400, None, "Only US phone numbers can be purchased through the API", evidence="assumed")
    NO_NUMBERS = Error(400, None, "No phone number is available for this prefix", evidence="assumed")
    # Only a scenario's rule raises these: no page speaks of a limit or of funds, and no prefix of the plan is invalid.
    INVALID_NUMBER = Error(400, None, "This is not a valid phone number", evidence="assumed")
    LIMIT_REACHED = Error(402, None, "The limit of phone numbers is reached", evidence="assumed")
    SUBSCRIPTION_REQUIRED = Error(402, None, "The account has no funds", evidence="assumed")


class Agent(Record, frozen=True):
    """An agent: its settings are kept as the client sent them, defaults filled in."""

    settings: dict[str, Any]


class Number(Record, frozen=True):
    """A number that the account rents."""

    number: str
    agent_id: str | None


class AgentSeed(Seed, frozen=True):
    """An agent of a scenario."""

    id: str
    name: str = ""


class NumberSeed(Seed, frozen=True):
    """A number of a scenario; any free one when it names none."""

    id: str
    number: str | None = None
    agent_id: str | None = None


class CaldSeed(Seed, frozen=True):
    """What a scenario may say of a Cald account."""

    agents: list[AgentSeed] = []
    numbers: list[NumberSeed] = []


class State:
    """One Cald account."""

    def __init__(self, account: Account[State], seed: CaldSeed) -> None:
        self.agents = account.table("agents", Agent)
        self.numbers = account.table("numbers", Number, by=("agent_id",))
        self.late = PendingTable(account, "number", self.numbers, Number)
        for agent in seed.agents:
            self.agents.put(Agent(id=agent.id, settings={**AGENT_DEFAULTS, "name": agent.name}))
        for number in seed.numbers:
            if number.id in self.numbers:
                raise ValueError(f"two numbers have the id {number.id}")
            if number.agent_id is not None and number.agent_id not in self.agents:
                raise ValueError(f"the number {number.id} names the agent {number.agent_id}, which the account does not have")
            bought = account.world.inventory.reserve_seeded(number.number)
            self.numbers.put(Number(id=number.id, number=bought, agent_id=number.agent_id))


DOCS = "https://docs.cald.ai/api-reference/endpoint"
ASSUMPTIONS = (
    Assumption(
        "error_body", ("json", "text"), "In what form a refusal comes; no page shows a body", f"{DOCS}/buy-phone-number"
    ),
    Assumption("no_inventory", (400, 404), "The status where no number with the prefix is left", f"{DOCS}/buy-phone-number"),
    Assumption(
        "unknown_on_delete",
        (404, "failed"),
        "Whether deleting what is not there is a 404, or a 200 with the documented status `failed`",
        f"{DOCS}/delete-phone-number",
        evidence="inferred",
    ),
    Assumption(
        "nested_settings",
        ("merge", "replace"),
        "What becomes of the settings that a PATCH leaves out of a settings object that it sends",
        f"{DOCS}/update-agent",
    ),
)


def render(problem: Problem, request: RequestInfo) -> Reply:
    """An error body: one text."""
    if provider.assumed(request.environment, "error_body") == "text":
        return Reply(problem.detail, media="text/plain; charset=utf-8")
    return Reply({"error": problem.detail})


provider: Provider[State] = Provider(
    "cald",
    state=State,
    errors=Errors,
    render=render,
    seed=CaldSeed,
    keys=["caldLiveDe39a3accb206dd615f30d118e519df0"],
    example_operation="buy_phone_number",
    assumptions=ASSUMPTIONS,
)


@provider.operation("buy_phone_number")
def buy_phone_number(call: Call[State]) -> Reply:
    """Buy the first free US number that begins with the prefix."""
    agent_id = call.body.get("agentId")
    if agent_id is not None:
        _agent(call, agent_id)
    prefix = call.body.get("prefix", DEFAULT_PREFIX)
    if not _is_us(prefix):
        raise Errors.US_ONLY()
    number = call.world.inventory.match(f"{prefix:*<12}", "US", "local").reserve_first()
    if number is None:
        raise Errors.NO_NUMBERS(status=int(call.assumed("no_inventory")))
    bought = Number(id=call.world.ids.text("number", 24, "0123456789abcdef"), number=number, agent_id=agent_id)
    return Reply(_number(call.state.late.put(bought, call.now)))


@provider.event("number")
def number_settles(account: Account[State], number_id: str, at: datetime) -> None:
    """A bought number is there."""
    account.state.late.settle(number_id)


def _is_us(prefix: str) -> bool:
    """Whether a US number can begin so: `+1` is shared with other countries, so a whole area code must be one of the US."""
    if not re.fullmatch(r"\+1[0-9]{0,10}", prefix):
        return False
    return len(prefix) < 5 or is_us_area_code(prefix[2:5])


@provider.operation("edit_phone_number")
def edit_phone_number(call: Call[State]) -> Reply:
    """Set the agent of a number; a body without `agentId` takes it off (edit-phone-number)."""
    number = _owned(call)
    agent_id = call.body.get("agentId")
    if agent_id is not None:
        _agent(call, agent_id)
    return Reply(_number(call.state.numbers.change(number, agent_id=agent_id)))


@provider.operation("cancel_phone_number")
def cancel_phone_number(call: Call[State]) -> Reply:
    """Give a number back, at once."""
    number = call.state.late.get(call.params["phoneNumberId"], call.now)
    if number is None:
        return _not_deleted(call, Errors.NUMBER_NOT_FOUND)
    call.state.numbers.remove(number.id)
    call.world.inventory.release(number.number)
    return Reply({"status": "success"})


@provider.operation("create_agent")
def create_agent(call: Call[State]) -> Reply:
    """Make an agent; what is not sent has its default."""
    agent_id = call.world.ids.text("agent", 24, "0123456789abcdef")
    call.state.agents.put(Agent(id=agent_id, settings=_merged(AGENT_DEFAULTS, call.body)))
    return Reply({"status": "success", "agentId": agent_id})


@provider.operation("list_agents")
def list_agents(call: Call[State]) -> Reply:
    """All agents."""
    return Reply({"agents": [_shown(agent) for agent in call.state.agents.all()]})


@provider.operation("get_agent")
def get_agent(call: Call[State]) -> Reply:
    """One agent."""
    return Reply(_shown(_agent(call, call.params["agentId"])))


@provider.operation("update_agent")
def update_agent(call: Call[State]) -> Reply:
    """Change what is sent, also within the settings objects."""
    agent = _agent(call, call.params["agentId"])
    call.state.agents.change(agent, settings=_changed(call, agent.settings))
    return Reply({"status": "success"})


@provider.operation("delete_agent")
def delete_agent(call: Call[State]) -> Reply:
    """Remove an agent; its numbers stay, without an agent."""
    agent = call.state.agents.get(call.params["agentId"])
    if agent is None:
        return _not_deleted(call, Errors.AGENT_NOT_FOUND)
    for number in list(call.state.numbers.having("agent_id", agent.id)):
        call.state.numbers.change(number, agent_id=None)
    call.state.agents.remove(agent.id)
    return Reply({"status": "success"})


def _agent(call: Call[State], agent_id: str) -> Agent:
    agent = call.state.agents.get(agent_id)
    if agent is None:
        raise Errors.AGENT_NOT_FOUND()
    return agent


def _not_deleted(call: Call[State], error: Error) -> Reply:
    """The answer about a thing that is not there to be deleted: Cald has two ways to say that something failed."""
    if call.assumed("unknown_on_delete") == 404:
        raise error()
    return Reply({"status": "failed"})


def _owned(call: Call[State]) -> Number:
    number = call.state.late.get(call.params["phoneNumberId"], call.now)
    if number is None:
        raise Errors.NUMBER_NOT_FOUND()
    return number


def _changed(call: Call[State], settings: dict[str, Any]) -> dict[str, Any]:
    """An agent's settings with what a PATCH sends."""
    known = {key: value for key, value in call.body.items() if key != "agentId"}
    is_nested = any(_are_objects(settings.get(key), value) for key, value in known.items())
    if is_nested and call.assumed("nested_settings") == "replace":
        return {**settings, **known}
    return _merged(settings, known)


def _merged(settings: dict[str, Any], sent: dict[str, Any]) -> dict[str, Any]:
    known = {key: value for key, value in sent.items() if key != "agentId"}
    nested = {key: {**settings[key], **value} for key, value in known.items() if _are_objects(settings.get(key), value)}
    return {**settings, **known, **nested}


def _are_objects(before: Any, after: Any) -> bool:
    """Both may be anything in a field that Cald does not know: it is kept as it is sent."""
    return isinstance(before, dict) and isinstance(after, dict)


def _shown(agent: Agent) -> dict[str, Any]:
    return {**agent.settings, "agentId": agent.id}


def _number(number: Number) -> dict[str, Any]:
    shown = {"phoneNumberId": number.id, "phoneNumber": number.number, "price": PRICE}
    return shown if number.agent_id is None else {**shown, "agentId": number.agent_id}
