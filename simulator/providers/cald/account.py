"""A Cald account: what it holds, how a scenario fills it, and how it is shown."""

from __future__ import annotations

from typing import Any

from simulator.provider import HEX, Account, Call, Provider, Resource, Seeding, snake_case, text_ids
from simulator.providers.cald.errors import ASSUMPTIONS, Errors, render
from simulator.providers.cald.records import Agent, CaldSeed, Number

PRICE = 10  # USD a month for a US number (buy-phone-number)

agents = Resource("agents", Agent, not_found=Errors.AGENT_NOT_FOUND, ids=text_ids("", 24, HEX, kind="agent"), param="agentId")
numbers = Resource(
    "numbers",
    Number,
    not_found=Errors.NUMBER_NOT_FOUND,
    ids=text_ids("", 24, HEX, kind="number"),
    param="phoneNumberId",
    by=("agent_id",),
    settles="number",
    claims="number",
    refers={"agent_id": agents},
)


class State:
    """One Cald account."""

    def __init__(self, account: Account[State], seed: CaldSeed) -> None:
        self.agents, self.numbers = agents.open(account), numbers.open(account)


def fill(seeding: Seeding[State], seed: CaldSeed) -> None:
    """Make the agents of a scenario with the settings that an agent has by default, and its numbers."""
    for agent in seed.agents:
        seeding.add(agents, [agent], settings={**seeding.defaults("create_agent"), "name": agent.name})
    seeding.add(numbers, seed.numbers)


provider: Provider[State] = Provider(
    "cald",
    state=State,
    errors=Errors,
    render=render,
    seed=CaldSeed,
    keys=["caldLiveDe39a3accb206dd615f30d118e519df0"],
    example_operation="buy_phone_number",
    assumptions=ASSUMPTIONS,
    resources=[agents, numbers],
    seeding=fill,
    names=snake_case,
    members={"status": "success", "price": PRICE},
)
provider.alias(Number, phoneNumberId="id", phoneNumber="number")


@provider.view(Agent)
def agent_with_id(call: Call[State], agent: Agent) -> dict[str, Any]:
    """Return an agent as Cald shows it: its settings, and its id beside them."""
    return {**agent.settings, "agentId": agent.id}
