"""A Truedy organization: what it holds, how a scenario fills it, and how it is shown."""

from __future__ import annotations

from typing import TypeVar

from simulator.provider import Account, Call, Error, Listing, OffsetPages, Provider, Record, Resource, Seeding, uuid_ids
from simulator.providers.truedy.assumptions import ASSUMPTIONS
from simulator.providers.truedy.errors import Errors, meta, render
from simulator.providers.truedy.records import (
    Agent,
    BatchCall,
    BatchContact,
    Contact,
    Credential,
    Folder,
    KnowledgeBase,
    Number,
    Owned,
    PhoneCall,
    Tool,
    TruedySeed,
    Voice,
)

R = TypeVar("R", bound=Record)
N = TypeVar("N", Agent, Tool, KnowledgeBase)

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
    by=("inbound_agent_id", "outbound_agent_id", "phone_number"),
    lifecycle="number",
    claims="phone_number",
    refers={"inbound_agent_id": agents, "outbound_agent_id": agents},
)

voices = Resource(
    "voices", Voice, not_found=Errors.VOICE_NOT_FOUND, missing="voice not found: {id}", ids=uuid_ids("voice"), param="voice_id"
)
tools = Resource(
    "tools", Tool, not_found=Errors.TOOL_NOT_FOUND, missing="tool not found: {id}", ids=uuid_ids("tool"), param="tool_id"
)
knowledge_bases = Resource(
    "knowledge_bases",
    KnowledgeBase,
    not_found=Errors.KNOWLEDGE_BASE_NOT_FOUND,
    missing="knowledge base not found: {id}",
    ids=uuid_ids("knowledge base"),
    param="kb_id",
)
folders = Resource(
    "folders",
    Folder,
    not_found=Errors.FOLDER_NOT_FOUND,
    missing="folder not found: {id}",
    ids=uuid_ids("folder"),
    param="folder_id",
)
contacts = Resource(
    "contacts",
    Contact,
    not_found=Errors.NOT_FOUND,
    ids=uuid_ids("contact"),
    by=("folder_id",),
    filters=("folder_id", "last_call_outcome"),
)
calls = Resource(
    "calls",
    PhoneCall,
    not_found=Errors.CALL_NOT_FOUND,
    missing="call not found: {id}",
    ids=uuid_ids("call"),
    param="call_id",
    lifecycle="call",
    filters=("status", "direction", "agent_id"),
)

batch_calls = Resource(
    "batch_calls",
    BatchCall,
    not_found=Errors.BATCH_CALL_NOT_FOUND,
    missing="batch call not found: {id}",
    ids=uuid_ids("batch call"),
    param="batch_call_id",
    by=("numbers_in_use",),
    lifecycle="batch_call",
    filters=("agent_id", "status"),
)
batch_contacts = Resource(
    "batch_contacts",
    BatchContact,
    not_found=Errors.NOT_FOUND,
    ids=uuid_ids("batch contact"),
    by=("open_in",),
    filters=("batch_call_id", "status"),
)


class State:
    """One Truedy organization."""

    def __init__(self, account: Account[State], seed: TruedySeed) -> None:
        self.organization_id = account.world.ids.uuid("organization")
        self.is_subscribed = seed.subscription == "active"
        self.agents, self.numbers = agents.open(account), numbers.open(account)
        self.call_outcome = seed.call_outcome
        self.credentials, self.voices = credentials.open(account), voices.open(account)
        self.tools, self.knowledge_bases = tools.open(account), knowledge_bases.open(account)
        self.folders, self.contacts = folders.open(account), contacts.open(account)
        self.calls = calls.open(account)
        self.batch_calls, self.batch_contacts = batch_calls.open(account), batch_contacts.open(account)


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
    resources=[
        agents,
        credentials,
        numbers,
        voices,
        tools,
        knowledge_bases,
        folders,
        contacts,
        calls,
        batch_calls,
        batch_contacts,
    ],
    seeding=fill,
    pages=OffsetPages(),
    envelope="data",
    members={"meta": meta},
)
provider.alias(Number, number_id="id", credential_id="telephony_credential_id")  # as the answer to an import has them
provider.alias(BatchContact, call_status="status")
provider.alias(Contact, phone="phone_number")
provider.alias(PhoneCall, to="to_number", phone_number="to_number", **{"from": "from_number"})


@provider.member(Owned, "organization_id")
def organization_id(call: Call[State], record: Owned) -> str:
    """Return the organization of the key."""
    return call.state.organization_id


def named_in_body(call: Call[State], resource: Resource[R], field: str, unknown: Error) -> R:
    """Return what an id in a body names; the status of one that names nothing is a switch."""
    record = resource.find(call, call.body[field])
    if record is None and call.assumed("unknown_id_in_body") == 422:
        raise unknown(f"{unknown.title}: {call.body[field]}")
    return record or resource.get(call, call.body[field])


def containing(call: Call[State], listing: Listing[N]) -> Listing[N]:
    """Return the records whose name has what the parameter says in it, in capitals or not."""
    part = (call.params["name"] or "").casefold()
    return listing.where(lambda record: part in record.name.casefold()) if part else listing
