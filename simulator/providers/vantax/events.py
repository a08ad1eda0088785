"""The events of a sub-account, in the shape that the triggers of workflows have.

Sources: https://docs.vantaxai.com/docs/workflows/trigger-call-completed and the pages of the other triggers. The page on calls
(https://docs.vantaxai.com/docs/calls/place-call) names an agent's webhook, which has the transcript, the recording and the
outcome. How webhooks are set up, signed and repeated is on no page: they are not signed here, and everything else is assumed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, get_args

from simulator.provider import Account, Receiver, Webhooks, announce, seconds, shown
from simulator.providers.vantax.dates import later
from simulator.providers.vantax.records import Appointment, ChatMessage, Contact, Conversation, Event, PhoneCall
from simulator.providers.vantax.resources import contact_tags, webhooks

OVER = ("completed", "failed", "no_answer", "busy")
EVENTS: tuple[Event, ...] = get_args(Event)
WEBHOOKS = Webhooks(events=EVENTS, retries=("30s", "60s", "120s", "240s", "480s"), timeout=10, time_member="occurred_at")


def tell_of_call(account: Account[Any], before: PhoneCall, after: PhoneCall, at: datetime) -> None:
    """Send the event of a call that has ended, whether it was answered or not."""
    if before.status in OVER or after.status not in OVER or not len(account.state.webhooks):
        return
    facts = shown(account, "get_call", after, at)
    data = {
        "call_id": after.id,
        "agent_id": after.agent_id,
        "contact_id": after.contact_id,
        "direction": after.direction,
        "duration_seconds": after.duration,
        "outcome": after.outcome,
        "summary": after.ai_summary,
        "recording_url": after.recording_url,
        "transcript": facts["transcript"],
    }
    _tell(account, after.sub_account_id, "call.completed", data, at, after.agent_id)


def tell_of_message(
    account: Account[Any], conversation: Conversation, message: ChatMessage, at: datetime, agent_id: str | None
) -> None:
    """Send the event of a message that has come in, to a number that the agent has."""
    data = {
        "message_id": message.id,
        "conversation_id": conversation.id,
        "contact_id": conversation.contact_id,
        "channel": message.channel,
        "direction": message.direction,
        "body": message.content,
    }
    _tell(account, conversation.sub_account_id, "message.received", data, at, agent_id)


def tell_of_contact(account: Account[Any], contact: Contact, at: datetime) -> None:
    """Send the event of a new contact."""
    tags = {tag.name: tag.id for tag in contact_tags.table(account).all() if tag.sub_account_id == contact.sub_account_id}
    data = {
        "contact_id": contact.id,
        "name": f"{contact.first_name} {contact.last_name}".strip(),
        "phone": contact.phone,
        "email": contact.email,
        "source": contact.lead_source or "api",
        "tags": [tags[name] for name in contact.tags],
    }
    _tell(account, contact.sub_account_id, "contact.created", data, at)


def tell_of_appointment(account: Account[Any], appointment: Appointment, at: datetime) -> None:
    """Send the event of a new appointment."""
    data = {
        "appointment_id": appointment.id,
        "calendar_id": appointment.calendar_id,
        "contact_id": appointment.contact_id,
        "title": appointment.title,
        "start_time": seconds(appointment.appointment_date),
        "end_time": seconds(later(appointment.appointment_date, appointment.duration)),
        "status": appointment.status,
    }
    _tell(account, appointment.sub_account_id, "appointment.created", data, at, appointment.agent_id)


def _tell(
    account: Account[Any], sub_account_id: str, event: Event, data: dict[str, Any], at: datetime, agent_id: str | None = None
) -> None:
    """Send an event to the webhooks of a sub-account that list it; that of an agent hears of what is the agent's."""
    own = [
        Receiver(webhook.id, webhook.url)
        for webhook in webhooks.table(account).having("sub_account_id", sub_account_id)
        if event in webhook.events and webhook.agent_id in (None, agent_id)
    ]
    payload = {"type": event, "occurred_at": seconds(at), "sub_account_id": sub_account_id, "data": data}
    announce(account, own[::-1], event, payload, at)
