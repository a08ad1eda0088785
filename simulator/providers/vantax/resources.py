"""What a Vantax agency keeps many of, and what a key sees of it."""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter
from typing import Any, TypeVar

from simulator.provider import Call, Error, Record, Resource, describe, hex_ids
from simulator.providers.vantax.errors import Errors
from simulator.providers.vantax.records import (
    Agent,
    Appointment,
    Calendar,
    ChatMessage,
    Contact,
    ContactTag,
    Conversation,
    KnowledgeBase,
    Note,
    Number,
    PhoneCall,
    SubAccount,
)

R = TypeVar("R", bound=Record)


def own_sub_account(call: Call[Any]) -> str:
    """Return the id of the sub-account for which the key speaks.

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
    """Return the country of a number, which its digits tell."""
    block = describe(fields["number"])
    if block is None:
        raise ValueError(f"the number {fields['number']} is not in the simulator's plan, expected its `country` beside it")
    return block.country


def has_sms(fields: Mapping[str, Any]) -> bool:
    """Return whether a number can be texted: as the number plan says; one from elsewhere can."""
    block = describe(fields["number"])
    return block is None or block.has_sms


def owned(table: str, record: type[R], prefix: str, digits: int, not_found: Error, param: str, **more: Any) -> Resource[R]:
    """Return a description of records that belong to a sub-account."""
    ids = hex_ids(prefix, digits)
    return Resource(
        table, record, not_found=not_found, ids=ids, param=param, within="sub_account_id", scope=own_sub_account, **more
    )


NAME = {"name": itemgetter("id")}  # a scenario need not name what it lists
sub_accounts = Resource("sub_accounts", SubAccount, not_found=Errors.SUB_ACCOUNT_NOT_FOUND, ids=hex_ids("sub_", 8), derive=NAME)
agents = owned(
    "agents",
    Agent,
    "agt_",
    6,
    Errors.AGENT_NOT_FOUND,
    "agent_id",
    by=("knowledgebase_id", "calendar_id"),
    filters=("is_active",),
    derive=NAME,
    created_by="create_agent",
)
numbers = owned(
    "numbers",
    Number,
    "pn_",
    6,
    Errors.NUMBER_NOT_FOUND,
    "phone_number_id",
    by=("agent_id",),
    filters=("source",),
    settles="number",
    derive={"country": country_of, "sms": has_sms},
    claims="number",
    refers={"agent_id": agents},
    unique=("agent_id",),
)
contacts = owned("contacts", Contact, "ct_", 6, Errors.CONTACT_NOT_FOUND, "contact_id", by=("tags",), filters=("status",))
contact_tags = owned("contact_tags", ContactTag, "tag_", 6, Errors.TAG_NOT_FOUND, "tag_id")
notes = owned("notes", Note, "note_", 6, Errors.NOTE_NOT_FOUND, "note_id", by=("contact_id",), refers={"contact_id": contacts})
calendars = owned("calendars", Calendar, "cal_", 4, Errors.CALENDAR_NOT_FOUND, "calendar_id", filters=("is_active",))
appointments = owned(
    "appointments",
    Appointment,
    "appt_",
    6,
    Errors.APPOINTMENT_NOT_FOUND,
    "appointment_id",
    filters=("calendar_id", "agent_id", "status"),
)
knowledge_bases = owned("knowledge_bases", KnowledgeBase, "kb_", 5, Errors.KNOWLEDGE_BASE_NOT_FOUND, "knowledgebase_id")
conversations = owned(
    "conversations",
    Conversation,
    "conv_",
    6,
    Errors.CONVERSATION_NOT_FOUND,
    "conversation_id",
    by=("contact_id",),
    filters=("channel", "status"),
    refers={"contact_id": contacts},
)
messages = Resource(
    "messages",
    ChatMessage,
    not_found=Errors.NOT_FOUND,
    ids=hex_ids("msg_", 6),
    by=("conversation_id",),
    lifecycle="message",
)
calls = owned(
    "calls",
    PhoneCall,
    "call_",
    8,
    Errors.CALL_NOT_FOUND,
    "call_id",
    lifecycle="call",
    filters=("direction", "status", "agent_id"),
)
