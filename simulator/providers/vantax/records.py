"""The records of a Vantax agency. Only the keys of a sub-account see the records that belong to it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from simulator.provider import CallPlan, CreatedRecord, MessagePlan, Record, TimestampedRecord

Source = Literal["platform", "imported"]
ContactStatus = Literal["active", "deactivated"]
Channel = Literal["sms", "whatsapp", "facebook", "instagram", "email"]
ConversationStatus = Literal["open", "pending", "closed"]
Direction = Literal["inbound", "outbound"]
Event = Literal["call.completed", "message.received", "contact.created", "appointment.created"]


class Agency(CreatedRecord, frozen=True):
    """An agency: the tenant."""

    name: str


class SubAccount(Agency, frozen=True):
    """One business of an agency: it owns numbers and agents, and pays for them."""


class Agent(TimestampedRecord, frozen=True):
    """An agent; the defaults of members that a request omits are in the spec."""

    sub_account_id: str
    name: str
    voice_id: str
    ai_model: str
    temperature: float
    language: str
    is_active: bool
    recording: bool
    description: str | None = None
    system_prompt: str | None = None
    knowledgebase_id: str | None = None
    calendar_id: str | None = None
    max_call_time: int | None = None


class Number(CreatedRecord, frozen=True):
    """A number of a sub-account."""

    sub_account_id: str
    number: str
    country: str
    sms: bool
    source: Source = "platform"
    agent_id: str | None = None

    @property
    def capabilities(self) -> dict[str, bool]:
        """Return the capabilities of the number."""
        return {"voice": True, "sms": self.sms}


class Contact(TimestampedRecord, frozen=True):
    """A contact of a sub-account."""

    sub_account_id: str
    first_name: str
    last_name: str
    email: str
    phone: str
    status: ContactStatus = "active"
    address: str | None = None
    lead_source: str | None = None
    tags: tuple[str, ...] = ()  # names
    do_not_call: bool = False

    @property
    def searched(self) -> str:
        """Return the text in which a search looks."""
        return f"{self.first_name} {self.last_name} {self.email} {self.phone}"


class ContactTag(CreatedRecord, frozen=True):
    """A tag of contacts."""

    sub_account_id: str
    name: str
    color: str | None = None


class Note(Record, frozen=True):
    """A note about a contact."""

    sub_account_id: str
    updated_at: datetime
    contact_id: str
    note: str


class Calendar(CreatedRecord, frozen=True):
    """A calendar in which agents make appointments."""

    sub_account_id: str
    name: str
    description: str | None = None
    color: str | None = None
    is_active: bool = True
    slot_duration_minutes: int = 30


class Appointment(TimestampedRecord, frozen=True):
    """An appointment with a contact."""

    sub_account_id: str
    contact_id: str
    title: str
    appointment_date: datetime
    duration: int  # minutes
    status: str
    calendar_id: str | None = None
    agent_id: str | None = None
    description: str | None = None
    location: str | None = None
    assigned_user_id: str | None = None


class KnowledgeBase(CreatedRecord, frozen=True):
    """A knowledge base of agents."""

    sub_account_id: str
    name: str
    description: str | None = None
    source_count: int = 0


class KnowledgeSource(CreatedRecord, frozen=True):
    """A source of a knowledge base; its content is not kept, as no response shows it."""

    sub_account_id: str
    knowledgebase_id: str
    type: Literal["text", "faq", "url", "file"]
    title: str
    status: Literal["processing", "ready"] = "processing"


class Voice(Record, frozen=True):
    """A voice that agents can have."""

    name: str
    language: str


class Conversation(CreatedRecord, frozen=True):
    """The messages to and from a contact."""

    sub_account_id: str
    contact_id: str
    channel: Channel
    status: ConversationStatus = "open"
    tags: tuple[str, ...] = ()
    metadata: dict[str, str] = {}
    unread_count: int = 0
    last_message_at: datetime | None = None


class ChatMessage(CreatedRecord, frozen=True):
    """One message of a conversation."""

    conversation_id: str
    channel: Channel
    direction: Direction
    content: str
    sender_type: str
    status: Literal["queued", "sent", "delivered", "failed"]
    plan: MessagePlan = MessagePlan()
    subject: str | None = None
    media_url: tuple[str, ...] = ()


class PhoneCall(Record, frozen=True):
    """A call, over or under way."""

    sub_account_id: str
    agent_id: str
    contact_id: str | None
    from_number: str
    to_number: str
    started_at: datetime
    plan: CallPlan = CallPlan()
    direction: Direction = "outbound"
    status: Literal["initiated", "ringing", "in_progress", "completed", "failed", "no_answer", "busy"] = "initiated"
    answered_at: datetime | None = None
    duration: int | None = None  # seconds
    recording_url: str | None = None
    ai_summary: str | None = None
    outcome: str | None = None
    sentiment: str | None = None
    call_end_reason: str | None = None
    transcript: tuple[dict[str, Any], ...] = ()
    tool_calls: tuple[dict[str, Any], ...] = ()


class Webhook(Record, frozen=True):
    """A receiver of a sub-account's events, or of one agent's."""

    sub_account_id: str
    url: str
    events: list[Event]
    agent_id: str | None = None
