"""A Cald account: what it holds, how a scenario fills it, and how it is shown."""

from __future__ import annotations

import re
from typing import Any

from simulator.provider import HEX, Account, Call, Provider, Resource, Seeding, snake_case, text_ids
from simulator.providers.cald.errors import ASSUMPTIONS, Errors, render
from simulator.providers.cald.records import Agent, CaldSeed, Campaign, Contact, ContactList, ContactSeed, Number, PhoneCall

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
lists = Resource("lists", ContactList, not_found=Errors.LIST_NOT_FOUND, ids=text_ids("", 24, HEX, kind="list"), param="listId")
campaigns = Resource(
    "campaigns",
    Campaign,
    not_found=Errors.CAMPAIGN_NOT_FOUND,
    ids=text_ids("", 24, HEX, kind="campaign"),
    param="campaignId",
    by=("name", "agent_id"),
    lifecycle="campaign",
    names=snake_case,
    refers={"list_id": lists, "agent_id": agents},
    unique=("name",),
)
calls = Resource(
    "calls",
    PhoneCall,
    not_found=Errors.CALL_NOT_FOUND,
    ids=text_ids("", 24, HEX, kind="call"),
    param="callId",
    by=("campaign_id",),
    lifecycle="call",
)


class State:
    """One Cald account."""

    def __init__(self, account: Account[State], seed: CaldSeed) -> None:
        self.agents, self.numbers = agents.open(account), numbers.open(account)
        self.campaigns, self.calls = campaigns.open(account), calls.open(account)
        lists.open(account)
        self.contacts = account.table("contacts", Contact, by=("list_id",))


def dialable(number: str) -> str:
    """Return a number as it is dialled: a plus sign and digits; a US number may come without its country code."""
    digits = re.sub("[^0-9]", "", number)
    return f"+1{digits}" if len(digits) == 10 and "+" not in number else f"+{digits}"


def contact(list_id: str, members: dict[str, str]) -> Contact:
    """Return a contact of a list."""
    return Contact(id=f"{list_id} {dialable(members['phoneNumber'])}", list_id=list_id, members=members)


def fill(seeding: Seeding[State], seed: CaldSeed) -> None:
    """Add what a scenario lists; agents have the settings that an agent has by default."""
    for agent in seed.agents:
        seeding.add(agents, [agent], settings={**seeding.defaults("create_agent"), "name": agent.name})
    seeding.add(numbers, seed.numbers)
    for contact_list in seed.lists:
        seeding.add(lists, [contact_list])
        for person in contact_list.contacts:
            added = contact(contact_list.id, _members(person))
            if added.id in seeding.state.contacts:
                raise seeding.fault(f"the list {contact_list.id} has {person.phone_number} already", person, "phone_number")
            seeding.state.contacts.put(added)
    seeding.add(campaigns, seed.campaigns)


def _members(person: ContactSeed) -> dict[str, str]:
    named = {"phoneNumber": person.phone_number, "prospectName": person.prospect_name, "email": person.email}
    return {**{name: value for name, value in named.items() if value is not None}, **person.variables}


provider: Provider[State] = Provider(
    "cald",
    state=State,
    errors=Errors,
    render=render,
    seed=CaldSeed,
    keys=["caldLiveDe39a3accb206dd615f30d118e519df0"],
    example_operation="buy_phone_number",
    assumptions=ASSUMPTIONS,
    resources=[agents, numbers, lists, campaigns, calls],
    seeding=fill,
    names=snake_case,
    members={"status": "success", "price": PRICE},
)
provider.alias(Number, phoneNumberId="id", phoneNumber="number")
provider.alias(PhoneCall, callId="id", to="to_number", **{"from": "from_number"})


@provider.view(Agent)
def agent_with_id(call: Call[State], agent: Agent) -> dict[str, Any]:
    """Return an agent as Cald shows it: its settings, and its id beside them."""
    return {**agent.settings, "agentId": agent.id}


@provider.view(Contact)
def contact_members(call: Call[State], contact: Contact) -> dict[str, str]:
    """Return a contact as it was uploaded."""
    return contact.members
