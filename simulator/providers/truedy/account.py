"""A Truedy organization: its resources, its seeds and how its records are shown."""

from __future__ import annotations

from typing import Any, TypeVar

from simulator.provider import Account, Call, Error, OffsetPages, Provider, Record, Resource, Seeding, Webhooks, uuid_ids
from simulator.providers.truedy import records
from simulator.providers.truedy.errors import Errors, meta, render
from simulator.providers.truedy.signature import RETRIES, sign

R = TypeVar("R", bound=Record)


def resource(table: str, record: type[R], missing: Error, param: str = "", **more: Any) -> Resource[R]:
    """Return a resource with UUIDs whose 404 names the id, as an early version did: `agent not found: …`."""
    text = f"{missing.title}: {{id}}"
    return Resource(table, record, not_found=missing, missing=text, ids=uuid_ids(table), param=param, **more)


BY_STATUS, DIRECTIONS = ("agent_id", "status"), ("inbound_agent_id", "outbound_agent_id")
CREDENTIAL_NAME = {"friendly_name": lambda fields: f"{fields['provider_type']} credentials"}
BY_NAME = {"name": lambda call, record: record.name}
agents = resource(
    "agents",
    records.Agent,
    Errors.AGENT_NOT_FOUND,
    "agent_id",
    lifecycle="agent",
    filters=("status",),
    search=BY_NAME,
    created_by="create_agent",
)
credentials = resource("credentials", records.Credential, Errors.NOT_FOUND, derive=CREDENTIAL_NAME)
numbers = resource(
    "numbers",
    records.Number,
    Errors.NUMBER_NOT_FOUND,
    "number_id",
    by=("phone_number",),
    lifecycle="number",
    claims="phone_number",
    refers=dict.fromkeys(DIRECTIONS, agents),
    on_delete=dict.fromkeys(DIRECTIONS, "clear"),
)
voices = resource("voices", records.Voice, Errors.VOICE_NOT_FOUND, "voice_id")
tools = resource("tools", records.Tool, Errors.TOOL_NOT_FOUND, "tool_id", search=BY_NAME)
knowledge_bases = resource("knowledge_bases", records.KnowledgeBase, Errors.KNOWLEDGE_BASE_NOT_FOUND, "kb_id", search=BY_NAME)
folders = resource("folders", records.Folder, Errors.FOLDER_NOT_FOUND, "folder_id")
contacts = resource(
    "contacts",
    records.Contact,
    Errors.NOT_FOUND,
    filters=("folder_id", "last_call_outcome"),
    search={"search": lambda call, contact: f"{contact.name} {contact.phone_number} {contact.email}"},
    refers={"folder_id": folders},
    on_delete={"folder_id": "remove"},
)
calls = resource(
    "calls",
    records.PhoneCall,
    Errors.CALL_NOT_FOUND,
    "call_id",
    by=("campaign_id",),
    lifecycle="call",
    filters=(*BY_STATUS, "direction"),
)
batch_calls = resource(
    "batch_calls",
    records.BatchCall,
    Errors.BATCH_CALL_NOT_FOUND,
    "batch_call_id",
    by=("numbers_in_use",),
    lifecycle="batch_call",
    filters=BY_STATUS,
)
batch_contacts = resource(
    "batch_contacts",
    records.BatchContact,
    Errors.NOT_FOUND,
    by=("progress",),
    filters=("batch_call_id", "status"),
    refers={"batch_call_id": batch_calls},
    on_delete={"batch_call_id": "remove"},
)

webhooks = resource("webhooks", records.Webhook, Errors.NOT_FOUND)


class State:
    """One Truedy organization."""

    def __init__(self, account: Account[State], seed: records.TruedySeed) -> None:
        self.organization_id = account.world.ids.uuid("organization")
        self.is_subscribed = seed.subscription == "active"
        self.agents, self.numbers = agents.open(account), numbers.open(account)
        self.credentials, self.voices = credentials.open(account), voices.open(account)
        self.tools, self.knowledge_bases = tools.open(account), knowledge_bases.open(account)
        self.folders, self.contacts = folders.open(account), contacts.open(account)
        self.calls, self.webhooks = calls.open(account), webhooks.open(account)
        self.batch_calls, self.batch_contacts = batch_calls.open(account), batch_contacts.open(account)
        self.is_placing = False  # while the calls of a batch call are being placed


def fill(seeding: Seeding[State], seed: records.TruedySeed) -> None:
    """Add the agents of a scenario, of which the active ones are known to the voice platform, and its numbers."""
    new_id = seeding.account.world.ids.uuid
    for agent in seed.agents:
        known_as = new_id("voice agent") if agent.status == "active" else None
        seeding.add(agents, [agent], voice_agent_id=known_as)
    for number in seed.numbers:
        credential = None
        if number.imported_from is not None:
            credential = credentials.add(seeding.account, seeding.now, provider_type=number.imported_from).id
        seeding.add(numbers, [number], telephony_credential_id=credential)
    seeding.add(webhooks, seed.webhooks)


provider: Provider[State] = Provider(
    "truedy",
    state=State,
    errors=Errors,
    render=render,
    seed=records.TruedySeed,
    keys=["truedy_Demo0000000000000000000000000000"],
    example_operation="search_numbers",
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
        webhooks,
    ],
    seeding=fill,
    pages=OffsetPages(),
    envelope="data",
    members={"meta": meta},
    webhooks=Webhooks(events=records.EVENTS, retries=RETRIES, timeout=10, sign=sign),
    has_subscription=True,
)
provider.alias(records.Number, number_id="id", credential_id="telephony_credential_id")  # as the answer to an import has them
provider.alias(records.BatchContact, call_status="status")
provider.alias(records.Contact, phone="phone_number")
provider.alias(records.PhoneCall, to="to_number", phone_number="to_number", **{"from": "from_number"})
for direction in ("inbound", "outbound"):
    provider.collection(records.Agent, f"{direction}_phone_numbers", numbers, f"{direction}_agent_id")
provider.count(records.Folder, "contact_count", contacts, "folder_id")
provider.count(records.BatchCall, "total_contacts", batch_contacts, "batch_call_id")
for status in ("pending", "completed", "failed"):
    provider.count(records.BatchCall, status, batch_contacts, "batch_call_id", status=status)


@provider.member(records.Owned, "organization_id")
def organization_id(call: Call[State], record: records.Owned) -> str:
    """Return the organization of the key."""
    return call.state.organization_id


def named_in_body(call: Call[State], resource: Resource[R], field: str, unknown: Error) -> R:
    """Return the record that an id in a body names; the status of an unknown id is a switch."""
    record = resource.find(call, call.body[field])
    if record is None and call.assumed("unknown_id_in_body") == 422:
        raise unknown(f"{unknown.title}: {call.body[field]}")
    return record or resource.get(call, call.body[field])
