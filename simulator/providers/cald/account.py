"""A Cald account: its resources, its seeds and how its records are shown."""

from __future__ import annotations

import re
from typing import Any, TypeVar

from simulator.provider import HEX, Account, Call, Error, Provider, Record, Resource, Seeding, Webhooks, snake_case, text_ids
from simulator.providers.cald import records
from simulator.providers.cald.errors import Errors, render

PRICE = 10  # USD a month for a US number (buy-phone-number)

R = TypeVar("R", bound=Record)


def resource(table: str, record: type[R], kind: str, not_found: Error, param: str, **more: Any) -> Resource[R]:
    """Return a resource whose ids are 24 hexadecimal digits."""
    ids = text_ids("", 24, HEX, kind=kind)
    return Resource(table, record, not_found=not_found, ids=ids, param=param, names=snake_case, **more)


agents = resource("agents", records.Agent, "agent", Errors.AGENT_NOT_FOUND, "agentId", by=("is_listened_to",))
numbers = resource(
    "numbers",
    records.Number,
    "number",
    Errors.NUMBER_NOT_FOUND,
    "phoneNumberId",
    settles="number",
    claims="number",
    refers={"agent_id": agents},
    on_delete={"agent_id": "clear"},
)
lists = resource("lists", records.ContactList, "list", Errors.LIST_NOT_FOUND, "listId")
campaigns = resource(
    "campaigns",
    records.Campaign,
    "campaign",
    Errors.CAMPAIGN_NOT_FOUND,
    "campaignId",
    by=("agent_id",),
    lifecycle="campaign",
    refers={"list_id": lists, "agent_id": agents},
    unique={"name": Errors.CAMPAIGN_NAME_TAKEN},
)
calls = resource("calls", records.PhoneCall, "call", Errors.CALL_NOT_FOUND, "callId", by=("campaign_id",), lifecycle="call")
voices = resource("voices", records.Voice, "voice", Errors.NOT_FOUND, "")


class State:
    """One Cald account."""

    def __init__(self, account: Account[State], seed: records.CaldSeed) -> None:
        self.agents, self.numbers = agents.open(account), numbers.open(account)
        self.campaigns, self.calls = campaigns.open(account), calls.open(account)
        lists.open(account)
        voices.open(account)
        self.contacts = account.table("contacts", records.Contact, by=("list_id",))


def dialable(number: str) -> str:
    """Return a number as it is dialled, "" if it is none: a plus sign and digits; a US number may lack its country code."""
    digits = re.sub("[^0-9]", "", number)
    digits = f"1{digits}" if len(digits) == 10 and "+" not in number else digits
    return f"+{digits}" if re.fullmatch("[1-9][0-9]{6,14}", digits) else ""


def contact(list_id: str, members: dict[str, str]) -> records.Contact:
    """Return a contact of a list."""
    return records.Contact(id=f"{list_id} {dialable(members['phoneNumber'])}", list_id=list_id, members=members)


def fill(seeding: Seeding[State], seed: records.CaldSeed) -> None:
    """Add the records of a scenario; agents have the default settings."""
    for agent in seed.agents:
        webhook = {"webhookSettings": {"enable": True, "url": agent.webhook_url}} if agent.webhook_url else {}
        seeding.add(agents, [agent], settings={**seeding.defaults("create_agent"), "name": agent.name, **webhook})
    seeding.add(numbers, seed.numbers)
    for contact_list in seed.lists:
        seeding.add(lists, [contact_list])
        for person in contact_list.contacts:
            added = contact(contact_list.id, _members(person))
            if not dialable(person.phone_number):
                raise seeding.fault(f"not a phone number: {person.phone_number}", person, "phone_number")
            if added.id in seeding.state.contacts:
                raise seeding.fault(f"the list {contact_list.id} has {person.phone_number} already", person, "phone_number")
            seeding.state.contacts.put(added)
    seeding.add(campaigns, seed.campaigns)


def _members(person: records.ContactSeed) -> dict[str, str]:
    named = {"phoneNumber": person.phone_number, "prospectName": person.prospect_name, "email": person.email}
    return {**{name: value for name, value in named.items() if value is not None}, **person.variables}


provider: Provider[State] = Provider(
    "cald",
    state=State,
    errors=Errors,
    render=render,
    seed=records.CaldSeed,
    keys=["caldLiveDe39a3accb206dd615f30d118e519df0"],
    example_operation="buy_phone_number",
    resources=[agents, numbers, lists, campaigns, calls, voices],
    seeding=fill,
    names=snake_case,
    members={"status": "success", "price": PRICE},
    webhooks=Webhooks(
        events=(records.CALL_COMPLETED,),
        retries=(),
        timeout=10.0,  # assumed
        is_listened_to=lambda state: len(state.agents.having("is_listened_to", True)) > 0,
    ),
)
provider.alias(records.Number, phoneNumberId="id", phoneNumber="number")
provider.alias(records.Voice, voice="id")
provider.alias(records.PhoneCall, callId="id", to="to_number", **{"from": "from_number"})


@provider.view(records.Agent)
def agent_with_id(call: Call[State], agent: records.Agent) -> dict[str, Any]:
    """Return an agent as answers show it: its settings, and its id beside them."""
    return {**agent.settings, "agentId": agent.id}


@provider.view(records.Contact)
def contact_members(call: Call[State], contact: records.Contact) -> dict[str, str]:
    """Return a contact as it was uploaded."""
    return contact.members
