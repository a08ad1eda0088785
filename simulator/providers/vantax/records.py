"""What a Vantax agency holds. Only the keys of a sub-account see what belongs to it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from simulator.provider import Record

Source = Literal["platform", "imported"]
ContactStatus = Literal["active", "deactivated"]
Channel = Literal["sms", "whatsapp", "facebook", "instagram", "email"]
ConversationStatus = Literal["open", "pending", "closed"]
Direction = Literal["inbound", "outbound"]


class Agency(Record, frozen=True):
    """The tenant."""

    name: str
    created_at: datetime


class SubAccount(Agency, frozen=True):
    """One business of an agency: it owns numbers and agents, and pays for them."""


class Agent(Record, frozen=True):
    """An agent; the defaults of what it is created without are in the spec."""

    sub_account_id: str
    created_at: datetime
    updated_at: datetime
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


class Number(Record, frozen=True):
    """A number that a sub-account holds."""

    sub_account_id: str
    created_at: datetime
    number: str
    country: str
    sms: bool
    source: Source = "platform"
    agent_id: str | None = None

    @property
    def capabilities(self) -> dict[str, bool]:
        """Return what the number can do."""
        return {"voice": True, "sms": self.sms}


class Contact(Record, frozen=True):
    """Somebody whom a sub-account knows."""

    sub_account_id: str
    created_at: datetime
    updated_at: datetime
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
        """Return the text that a search looks at."""
        return f"{self.first_name} {self.last_name} {self.email} {self.phone}".lower()


class ContactTag(Record, frozen=True):
    """A word that contacts may have."""

    sub_account_id: str
    created_at: datetime
    name: str
    color: str | None = None


class Note(Record, frozen=True):
    """A note about a contact."""

    sub_account_id: str
    updated_at: datetime
    contact_id: str
    note: str


class Calendar(Record, frozen=True):
    """A calendar in which agents make appointments."""

    sub_account_id: str
    created_at: datetime
    name: str
    description: str | None = None
    color: str | None = None
    is_active: bool = True
    slot_duration_minutes: int = 30


class Appointment(Record, frozen=True):
    """What is agreed with a contact."""

    sub_account_id: str
    created_at: datetime
    updated_at: datetime
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


class KnowledgeBase(Record, frozen=True):
    """What agents know."""

    sub_account_id: str
    created_at: datetime
    name: str
    description: str | None = None
    source_count: int = 0


class Voice(Record, frozen=True):
    """A voice that agents can have."""

    name: str
    language: str


class Conversation(Record, frozen=True):
    """The messages to and from a contact."""

    sub_account_id: str
    created_at: datetime
    contact_id: str
    channel: Channel
    status: ConversationStatus = "open"
    tags: tuple[str, ...] = ()
    metadata: dict[str, str] = {}
    unread_count: int = 0
    last_message_at: datetime | None = None


class ChatMessage(Record, frozen=True):
    """One message of a conversation."""

    created_at: datetime
    conversation_id: str
    channel: Channel
    direction: Direction
    content: str
    sender_type: str
    status: Literal["queued", "sent", "delivered", "failed"]
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
