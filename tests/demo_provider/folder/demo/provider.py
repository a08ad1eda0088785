"""A provider of numbers and agents that exists nowhere, for tests of what all providers share."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from simulator.provider import (
    Account,
    Call,
    Error,
    Price,
    Problem,
    Provider,
    Record,
    Reply,
    RequestInfo,
    Resource,
    Seed,
    Seeding,
    StandardErrors,
    assumed,
    hex_ids,
    snake_case,
)

PRICE = 10  # USD a month


class Errors(StandardErrors):
    """The demo's errors: documented ones, and guesses."""

    AGENT_NOT_FOUND = Error(404, None, "Agent not found")
    NUMBER_NOT_FOUND = Error(404, None, "Number not found")
    US_ONLY = assumed(400, None, "Only US numbers are sold")
    NO_NUMBERS = assumed(400, None, "No number has this prefix")
    LIMIT_REACHED = assumed(402, None, "The limit of numbers is reached")  # raised by rules only


class Agent(Record, frozen=True):
    """An agent: its settings are kept as the client sent them, defaults filled in."""

    settings: dict[str, Any]


class Number(Record, frozen=True):
    """A number that the account rents."""

    number: str
    agent_id: str | None = None


class AgentSeed(Seed, frozen=True):
    """An agent of a scenario."""

    id: str | None = None
    name: str = "Front desk"


class NumberSeed(Seed, frozen=True):
    """A number of a scenario."""

    id: str | None = None
    number: str | None = None
    agent_id: str | None = None


class DemoSeed(Seed, frozen=True):
    """What a scenario may say of an account."""

    agents: list[AgentSeed] = []
    numbers: list[NumberSeed] = []


agents = Resource("agents", Agent, not_found=Errors.AGENT_NOT_FOUND, ids=hex_ids("agt_", 8), param="agentId", names=snake_case)
numbers = Resource(
    "numbers",
    Number,
    not_found=Errors.NUMBER_NOT_FOUND,
    ids=hex_ids("num_", 8),
    param="numberId",
    names=snake_case,
    settles="number",
    claims="number",
    refers={"agent_id": agents},
    on_delete={"agent_id": "clear"},
)


class State:
    """One account."""

    def __init__(self, account: Account[State], seed: DemoSeed) -> None:
        self.agents, self.numbers = agents.open(account), numbers.open(account)


def render(problem: Problem, request: RequestInfo) -> Reply:
    """Return the body of an error."""
    return Reply({"error": problem.detail})


def fill(seeding: Seeding[State], seed: DemoSeed) -> None:
    """Add the records of a scenario; agents have the default settings."""
    for agent in seed.agents:
        seeding.add(agents, [agent], settings={**seeding.defaults("create_agent"), "name": agent.name})
    seeding.add(numbers, seed.numbers)


provider: Provider[State] = Provider(
    "demo",
    state=State,
    errors=Errors,
    render=render,
    seed=DemoSeed,
    keys=["demo_" + "0" * 32],
    example_operation="buy_number",
    resources=[agents, numbers],
    seeding=fill,
    names=snake_case,
    members={"status": "success"},
)


@provider.view(Agent)
def agent_with_id(call: Call[State], agent: Agent) -> dict[str, Any]:
    """Return an agent as answers show it: its settings, and its id beside them."""
    return {**agent.settings, "agentId": agent.id}


@provider.rental(numbers, evidence="documented", source="https://docs.demo.example/buy-number")
def price(number: Number) -> Price:
    """Return what a number costs a month."""
    return Price(month=Decimal(PRICE))


@provider.member(Number, "price")
def price_in_answers(call: Call[State], number: Number) -> int:
    """Show the price."""
    return PRICE


@provider.operation("buy_number")
def buy_number(call: Call[State]) -> Number:
    """Buy the first number that has a prefix."""
    agent_id = agents.get(call, call.body["agentId"]).id if "agentId" in call.body else None
    if not call.body["prefix"].startswith("+1"):
        raise Errors.US_ONLY()
    number = call.world.inventory.match(f"{call.body['prefix']:*<12}", "US", "local").reserve_first()
    if number is None:
        raise Errors.NO_NUMBERS()
    return numbers.create(call, number=number, agent_id=agent_id)


@provider.operation("edit_number")
def edit_number(call: Call[State]) -> Number:
    """Set the agent of a number; a body without one takes the number off its agent."""
    number, agent_id = numbers.get(call), call.body.get("agentId")
    return numbers.change(call, number, agent_id=None if agent_id is None else agents.get(call, agent_id).id)


@provider.operation("create_agent")
def create_agent(call: Call[State]) -> dict[str, Any]:
    """Create an agent; settings that are not sent have their defaults."""
    return {"agentId": agents.create(call, settings=dict(call.body)).id}


@provider.operation("update_agent")
def update_agent(call: Call[State]) -> Agent:
    """Change the settings that are sent."""
    agent = agents.get(call)
    changed = dict(call.sent)
    if "webhook" in changed and call.assumed("merge") == "merge":
        changed["webhook"] = {**agent.settings.get("webhook", {}), **changed["webhook"]}
    return agents.change(call, agent, settings={**agent.settings, **changed})


@provider.operation("delete_agent")
def delete_agent(call: Call[State]) -> None:
    """Delete an agent; its numbers stay, without an agent."""
    agent = agents.find(call, call.params["agentId"])
    if agent is not None:
        agents.remove(call, agent)
    elif call.assumed("unknown_on_delete") == 404:
        raise Errors.AGENT_NOT_FOUND()


provider.operation("release_number")(numbers.delete)
provider.operation("list_numbers")(numbers.list)
provider.operation("list_agents")(agents.list)
provider.operation("get_agent")(agents.get)
