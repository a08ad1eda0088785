"""The resources of a Vantax agency, and the part of them that a key sees."""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter
from typing import Any, TypeVar

from simulator.provider import Call, Error, Record, Resource, describe, hex_ids
from simulator.providers.vantax import records
from simulator.providers.vantax.errors import Errors

R = TypeVar("R", bound=Record)


def own_sub_account(call: Call[Any]) -> str:
    """Return the id of the sub-account of the key.

    Raises:
        Problem: a parameter or the body names another one.
    """
    own = call.credential.subject or call.state.home
    named = call.params.get("sub_account_id")
    if named is None and "sub_account_id" in call.described:
        named = call.body.get("sub_account_id")
    if named not in (None, own):
        raise Errors.SUB_ACCOUNT_NOT_FOUND() if call.assumed("foreign_sub_account") == 404 else Errors.WRONG_KEY()
    return own


def country_of(fields: Mapping[str, Any]) -> str:
    """Return the country of a number, by its digits."""
    block = describe(fields["number"])
    if block is None:
        raise ValueError(f"the number {fields['number']} is not in the simulator's plan, expected its `country` beside it")
    return block.country


def has_sms(fields: Mapping[str, Any]) -> bool:
    """Return whether a number can be texted by the number plan; a number outside the plan can."""
    block = describe(fields["number"])
    return block is None or block.has_sms


def owned(table: str, record: type[R], prefix: str, digits: int, not_found: Error, param: str, **more: Any) -> Resource[R]:
    """Return a resource whose records belong to a sub-account."""
    ids = hex_ids(prefix, digits)
    return Resource(
        table, record, not_found=not_found, ids=ids, param=param, within="sub_account_id", scope=own_sub_account, **more
    )


def words_of_call(call: Call[Any], placed: records.PhoneCall) -> str:
    """Return the text of a call in which a search looks."""
    contact = contacts.table(call.account).get(placed.contact_id or "")
    turns = [turn["text"] for turn in placed.transcript]
    return " ".join(
        [placed.from_number, placed.to_number, contact.searched if contact else "", *turns, placed.ai_summary or ""]
    )


NAME = {"name": itemgetter("id")}  # a scenario need not name what it lists
sub_accounts = Resource(
    "sub_accounts", records.SubAccount, not_found=Errors.SUB_ACCOUNT_NOT_FOUND, ids=hex_ids("sub_", 8), derive=NAME
)
calendars = owned("calendars", records.Calendar, "cal_", 4, Errors.CALENDAR_NOT_FOUND, "calendar_id", filters=("is_active",))
agents = owned(
    "agents",
    records.Agent,
    "agt_",
    6,
    Errors.AGENT_NOT_FOUND,
    "agent_id",
    filters=("is_active",),
    derive=NAME,
    created_by="create_agent",
    refers={"calendar_id": calendars},
    on_delete={"calendar_id": "clear"},
)
numbers = owned(
    "numbers",
    records.Number,
    "pn_",
    6,
    Errors.NUMBER_NOT_FOUND,
    "phone_number_id",
    filters=("source",),
    settles="number",
    derive={"country": country_of, "sms": has_sms},
    claims="number",
    refers={"agent_id": agents},
    on_delete={"agent_id": "clear"},
    unique={"agent_id": Errors.AGENT_HAS_NUMBER},
)
contacts = owned(
    "contacts",
    records.Contact,
    "ct_",
    6,
    Errors.CONTACT_NOT_FOUND,
    "contact_id",
    by=("tags", "phone"),
    filters=("status",),
    search={"search": lambda call, contact: contact.searched},
)
OF_CONTACT: dict[str, Any] = {"refers": {"contact_id": contacts}, "on_delete": {"contact_id": "remove"}}
contact_tags = owned("contact_tags", records.ContactTag, "tag_", 6, Errors.TAG_NOT_FOUND, "tag_id")
notes = owned("notes", records.Note, "note_", 6, Errors.NOTE_NOT_FOUND, "note_id", **OF_CONTACT)
appointments = owned(
    "appointments",
    records.Appointment,
    "appt_",
    6,
    Errors.APPOINTMENT_NOT_FOUND,
    "appointment_id",
    filters=("calendar_id", "agent_id", "status"),
)
knowledge_bases = owned("knowledge_bases", records.KnowledgeBase, "kb_", 5, Errors.KNOWLEDGE_BASE_NOT_FOUND, "knowledgebase_id")
knowledge_sources = owned(
    "knowledge_sources",
    records.KnowledgeSource,
    "doc_",
    6,
    Errors.SOURCE_NOT_FOUND,
    "source_id",
    lifecycle="knowledge_source",
    refers={"knowledgebase_id": knowledge_bases},
    on_delete={"knowledgebase_id": "remove"},
)
conversations = owned(
    "conversations",
    records.Conversation,
    "conv_",
    6,
    Errors.CONVERSATION_NOT_FOUND,
    "conversation_id",
    filters=("channel", "status"),
    **OF_CONTACT,
)
messages = Resource(
    "messages",
    records.ChatMessage,
    not_found=Errors.NOT_FOUND,
    ids=hex_ids("msg_", 6),
    lifecycle="message",
    refers={"conversation_id": conversations},
    on_delete={"conversation_id": "remove"},
)
calls = owned(
    "calls",
    records.PhoneCall,
    "call_",
    8,
    Errors.CALL_NOT_FOUND,
    "call_id",
    lifecycle="call",
    filters=("direction", "status", "agent_id"),
    search={"search": words_of_call},
)
webhooks = owned(
    "webhooks",
    records.Webhook,
    "wh_",
    6,
    Errors.NOT_FOUND,
    "",
    by=("sub_account_id",),
    refers={"agent_id": agents},
    on_delete={"agent_id": "remove"},
)
