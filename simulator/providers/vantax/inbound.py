"""Calls and messages from outside: to the agent that has the number, and into the conversation with the contact.

Sources: https://docs.vantaxai.com/docs/calls/get-call and https://docs.vantaxai.com/docs/conversations. No page says what
becomes of somebody who is no contact, or of a number without an agent.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from simulator.provider import Account, Inbound, Unreachable
from simulator.providers.vantax.account import State, provider
from simulator.providers.vantax.events import tell_of_contact, tell_of_message
from simulator.providers.vantax.records import Agent, ChatMessage, Contact, Conversation, Number, PhoneCall
from simulator.providers.vantax.resources import agents, calls, contacts, conversations, messages

ASSIGN = "assign one with POST /phone-numbers/{phone_number_id}/assign"
BY_NUMBER = ("sms", "whatsapp")  # the channels of a phone number, in the order in which a conversation is looked for


@provider.inbound("call")
def receive_call(account: Account[State], number: Number, inbound: Inbound, at: datetime) -> Sequence[PhoneCall]:
    """Let a call reach the agent of a number, who answers it."""
    agent = _agent(account, number)
    if agent is None:
        raise Unreachable(f"{number.number} has no agent who could answer; {ASSIGN}")
    if not agent.is_active:
        raise Unreachable(
            f"{agent.id}, the agent of {number.number}, is not active; set is_active with PATCH /agents/{agent.id}"
        )
    contact = _known(account, number, inbound.from_number)
    if contact is None and account.provider.assumed(account.world, "unknown_caller") == "add":
        contact = _added(account, number, inbound.from_number, "inbound_call", at)
    call = calls.start(
        account,
        at,
        sub_account_id=number.sub_account_id,
        agent_id=agent.id,
        contact_id=contact.id if contact else None,
        from_number=inbound.from_number,
        to_number=inbound.to_number,
        started_at=at,
        direction="inbound",
        status="ringing",
        plan=inbound.plan,
    )
    return [call]


@provider.inbound("message")
def receive_message(account: Account[State], number: Number, inbound: Inbound, at: datetime) -> Sequence[ChatMessage]:
    """Let a message arrive in the conversation with its sender, which opens, and so does its messaging window."""
    agent = _agent(account, number)
    if agent is None and account.provider.assumed(account.world, "message_without_agent") == "refuse":
        raise Unreachable(f"{number.number} has no agent who could answer; {ASSIGN}")
    contact = _known(account, number, inbound.from_number)
    conversation = _conversation(account, contact) if contact else None
    if not number.sms and (conversation is None or conversation.channel == "sms"):
        raise Unreachable(f"{number.number} takes no messages: its capabilities have sms false; use a number with sms true")
    if contact is None:
        contact = _added(account, number, inbound.from_number, "inbound_message", at)
    if conversation is None:
        owner = {"sub_account_id": number.sub_account_id, "contact_id": contact.id}
        conversation = conversations.add(account, at, **owner, channel="sms")
    message = messages.add(
        account,
        at,
        conversation_id=conversation.id,
        channel=conversation.channel,
        direction="inbound",
        content=inbound.text,
        sender_type="contact",
        status="delivered",
        media_url=inbound.media,
    )
    opened = {"status": "open", "unread_count": conversation.unread_count + 1, "last_message_at": at}
    conversation = conversations.table(account).change(conversation, **opened)
    tell_of_message(account, conversation, message, at, agent.id if agent else None)
    return [message]


def _agent(account: Account[State], number: Number) -> Agent | None:
    return agents.table(account).get(number.agent_id or "")


def _known(account: Account[State], number: Number, phone: str) -> Contact | None:
    """Return the contact of the number's sub-account who has a phone number; the newest of several."""
    named = contacts.table(account).having("phone", phone)
    return next((contact for contact in named if contact.sub_account_id == number.sub_account_id), None)


def _added(account: Account[State], number: Number, phone: str, source: str, at: datetime) -> Contact:
    """Add a contact of whom only the phone number is known."""
    named = {"first_name": phone, "last_name": "", "email": "", "phone": phone, "lead_source": source}
    contact = contacts.add(account, at, sub_account_id=number.sub_account_id, **named)
    tell_of_contact(account, contact, at)
    return contact


def _conversation(account: Account[State], contact: Contact) -> Conversation | None:
    """Return the conversation with a contact by phone number: by SMS, or else by WhatsApp; the newest of several."""
    own = [*conversations.table(account).having("contact_id", contact.id)]
    return next((one for channel in BY_NUMBER for one in own if one.channel == channel), None)
