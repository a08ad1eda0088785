"""A Truedy organization: what it holds, how a scenario fills it, and how it is shown."""

from __future__ import annotations

from simulator.provider import Account, Call, OffsetPages, Provider, Resource, Seeding, uuid_ids
from simulator.providers.truedy.assumptions import ASSUMPTIONS
from simulator.providers.truedy.errors import Errors, meta, render
from simulator.providers.truedy.records import Agent, Credential, Number, Owned, TruedySeed

agents = Resource(
    "agents",
    Agent,
    not_found=Errors.AGENT_NOT_FOUND,
    missing="agent not found: {id}",
    ids=uuid_ids("agent"),
    param="agent_id",
    lifecycle="agent",
    filters=("status",),
    created_by="create_agent",
)
credentials = Resource(
    "credentials",
    Credential,
    not_found=Errors.NOT_FOUND,
    ids=uuid_ids("credential"),
    derive={"friendly_name": lambda fields: f"{fields['provider_type']} credentials"},
)
numbers = Resource(
    "numbers",
    Number,
    not_found=Errors.NUMBER_NOT_FOUND,
    missing="phone number not found: {id}",
    ids=uuid_ids("number"),
    param="number_id",
    by=("inbound_agent_id", "outbound_agent_id"),
    lifecycle="number",
    claims="phone_number",
    refers={"inbound_agent_id": agents, "outbound_agent_id": agents},
)


class State:
    """One Truedy organization."""

    def __init__(self, account: Account[State], seed: TruedySeed) -> None:
        self.organization_id = account.world.ids.uuid("organization")
        self.is_subscribed = seed.subscription == "active"
        self.agents, self.numbers = agents.open(account), numbers.open(account)
        self.credentials = credentials.open(account)


def fill(seeding: Seeding[State], seed: TruedySeed) -> None:
    """Make the agents of a scenario, those that are active known to the voice platform, and its numbers."""
    new_id = seeding.account.world.ids.uuid
    for agent in seed.agents:
        known_as = new_id("voice agent") if agent.status == "active" else None
        seeding.add(agents, [agent], voice_agent_id=known_as)
    for number in seed.numbers:
        credential = None
        if number.imported_from is not None:
            imported = credentials.make(seeding.account, seeding.now, {"provider_type": number.imported_from})
            credential = seeding.state.credentials.put(imported).id
        seeding.add(numbers, [number], telephony_credential_id=credential)


provider: Provider[State] = Provider(
    "truedy",
    state=State,
    errors=Errors,
    render=render,
    seed=TruedySeed,
    keys=["truedy_Demo0000000000000000000000000000"],
    example_operation="search_numbers",
    assumptions=ASSUMPTIONS,
    resources=[agents, credentials, numbers],
    seeding=fill,
    pages=OffsetPages(),
    envelope="data",
    members={"meta": meta},
)
provider.alias(Number, number_id="id", credential_id="telephony_credential_id")  # as the answer to an import has them


@provider.member(Owned, "organization_id")
def organization_id(call: Call[State], record: Owned) -> str:
    """Return the organization of the key."""
    return call.state.organization_id
