"""The records of a Truedy organization, and its section in a scenario."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, get_args

import msgspec

from simulator.provider import CallPlan, Many, Record, Records, Secret, Seed, TimestampedRecord, Url

AgentStatus = Literal["active", "draft", "creating", "failed"]
NumberStatus = Literal["active", "inactive", "pending"]
CallStatus = Literal["queued", "ringing", "in_progress", "completed", "failed"]
BatchStatus = Literal["draft", "scheduled", "active", "paused", "completed", "failed", "cancelled"]
Carrier = Literal["telnyx", "twilio", "custom_sip"]
Uuid = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", description="a UUID in lower case")]
E164 = Annotated[str, msgspec.Meta(pattern="^[+][1-9][0-9]{1,14}$", description="a phone number in E.164 such as +14155550142")]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]

CREDITS_PER_MINUTE = 10  # of a call, begun ones too; no page has a price


class Owned(TimestampedRecord, frozen=True):
    """A record of an organization."""


class Agent(Owned, frozen=True):
    """An agent; the defaults of members that a request omits are in the spec."""

    name: str
    voice_id: str
    system_prompt: str
    model: str
    tools: list[str]
    knowledge_bases: list[str]
    temperature: float
    recording_enabled: bool
    inactivity_messages: list[dict[str, Any]]
    join_timeout: str
    max_duration: str
    description: str | None = None
    language_hint: str | None = None
    greeting: str | None = None
    template_id: str | None = None
    call_template_name: str | None = None
    greeting_settings: dict[str, Any] | None = None
    vad_settings: dict[str, Any] | None = None
    initial_output_medium: str | None = None
    time_exceeded_message: str | None = None
    status: AgentStatus = "creating"
    voice_agent_id: str | None = None  # its id at the voice platform; None until it is known there


class Number(Owned, frozen=True):
    """A number: bought from Truedy, or imported from a carrier with a credential."""

    phone_number: str
    status: NumberStatus = "pending"
    inbound_agent_id: str | None = None
    outbound_agent_id: str | None = None
    telephony_credential_id: str | None = None

    @property
    def is_truedy_managed(self) -> bool:
        """Whether it was bought from Truedy."""
        return self.telephony_credential_id is None


class Credential(Owned, frozen=True):
    """The account at a carrier from which a number was imported; its secrets are not kept, as no answer shows them."""

    provider_type: Carrier
    friendly_name: str


class Voice(Owned, frozen=True):
    """A voice: of the platform, or imported."""

    name: str
    provider_voice_id: str
    provider: str = "elevenlabs"
    type: Literal["reference", "custom"] = "reference"
    language: str = "en-US"
    status: Literal["training", "active", "failed"] = "active"


class Tool(Owned, frozen=True):
    """A tool; its definition is kept as the client sent it."""

    name: str
    definition: dict[str, Any]

    @property
    def type(self) -> str:
        """Its kind."""
        return self.definition.get("type") or "http"

    @property
    def description(self) -> str | None:
        """The description that the model sees."""
        return self.definition.get("description")

    @property
    def url(self) -> str | None:
        """The URL that it calls; the two generations of the page have it in two places."""
        return self.definition.get("http", {}).get("url") or self.definition.get("base_url")

    @property
    def method(self) -> str:
        """The method with which it calls the URL."""
        return self.definition.get("http", {}).get("method") or self.definition.get("method") or "GET"


class KnowledgeBase(Owned, frozen=True):
    """A knowledge base; sources are not simulated, so it stays empty."""

    name: str
    description: str | None = None
    status: Literal["processing", "ready", "failed"] = "ready"
    source_count: int = 0


class Folder(Owned, frozen=True):
    """A folder of contacts."""

    name: str
    description: str | None = None


class Contact(Owned, frozen=True):
    """A contact of the organization."""

    phone_number: str
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    folder_id: str | None = None
    custom_fields: dict[str, Any] = {}
    call_count: int = 0
    last_called_at: datetime | None = None
    last_call_outcome: str | None = None

    @property
    def name(self) -> str | None:
        """First and last name."""
        return " ".join(filter(None, (self.first_name, self.last_name))) or None


class PhoneCall(Owned, frozen=True):
    """A call, over or under way."""

    agent_id: str
    from_number: str
    to_number: str
    direction: Literal["inbound", "outbound"] = "outbound"
    status: CallStatus = "queued"
    plan: CallPlan = CallPlan()
    call_settings: dict[str, Any] = {}
    turns: tuple[dict[str, Any], ...] = ()
    campaign_id: str | None = None
    contact_id: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def duration_seconds(self) -> int | None:
        """Its duration once it is over; 0 if it was not answered."""
        if self.ended_at is None:
            return None
        return 0 if self.started_at is None else round((self.ended_at - self.started_at).total_seconds())

    @property
    def cost_credits(self) -> int:
        """Its cost."""
        return -(-(self.duration_seconds or 0) // 60) * CREDITS_PER_MINUTE

    @property
    def recording_url(self) -> str | None:
        """The URL of its recording, if it has one."""
        is_recorded = self.status == "completed" and self.call_settings.get("recording_enabled", True)
        return f"https://recordings.truedy.ai/{self.id}.mp3" if is_recorded else None

    @property
    def transcript(self) -> tuple[dict[str, Any], ...] | None:
        """Its transcript, once it is over."""
        is_transcribed = self.status == "completed" and self.call_settings.get("transcription_enabled", True)
        return self.turns if is_transcribed else None

    @property
    def transcript_url(self) -> str | None:
        """The URL of its transcript, if it has one."""
        return None if self.transcript is None else f"https://recordings.truedy.ai/{self.id}.json"

    @property
    def summary(self) -> str | None:
        """Its summary, once it is over."""
        spoke = "The agent reached a voicemail." if self.plan.outcome == "voicemail" else "The agent spoke with the contact."
        return spoke if self.status == "completed" else None

    @property
    def metadata(self) -> dict[str, str | None]:
        """The batch call and the contact for which it was placed."""
        return {"campaign_id": self.campaign_id, "contact_id": self.contact_id}


class BatchCall(Owned, frozen=True):
    """A batch call; the defaults of members that a request omits are in the spec."""

    name: str
    agent_id: str
    schedule_type: Literal["immediate", "scheduled"]
    timezone: str
    phone_rotation_strategy: str
    retry_failed: bool
    scheduled_at: datetime | None = None
    phone_number_ids: tuple[str, ...] = ()
    start_time: str | None = None
    end_time: str | None = None
    max_calls_per_day: int | None = None
    working_days: list[int] | None = None
    status: BatchStatus = "draft"
    concurrency: int = 5  # calls at the same time; an example of the page has it, and no request sets it

    @property
    def numbers_in_use(self) -> tuple[str, ...]:
        """The ids of its numbers while it is under way, which cannot be released."""
        return self.phone_number_ids if self.status in ("scheduled", "active", "paused") else ()


class BatchContact(Owned, frozen=True):
    """A contact of a batch call; a copy of the organization's contact `source_id`, if that is given."""

    batch_call_id: str
    phone_number: str
    first_name: str | None = None
    source_id: str | None = None
    status: Literal["pending", "calling", "completed", "failed"] = "pending"
    call_id: str | None = None
    called_at: datetime | None = None
    failures: int = 0  # calls that failed

    @property
    def contact_id(self) -> str:
        """The id of the contact that it copies, or its own."""
        return self.source_id or self.id

    @property
    def progress(self) -> str:
        """The batch call and the status, by which it is found."""
        return f"{self.batch_call_id} {self.status}"


Event = Literal[
    "call.started", "call.joined", "call.ended", "call.billed", "call.failed", "batch.status.changed", "batch.completed"
]
EVENTS: tuple[Event, ...] = get_args(Event)


class Webhook(Record, frozen=True, kw_only=True):
    """A receiver of events."""

    url: str
    secret: str
    events: list[str]


class AgentSeed(Seed, frozen=True):
    """An agent of a scenario."""

    id: Uuid
    name: Name = "Front desk"
    voice_id: str = "b0e6b5c1-3cde-4f0a-9d53-8f0d2c7f7c11"
    system_prompt: str = "You answer the phone."
    status: AgentStatus = "active"


class NumberSeed(Seed, frozen=True):
    """A number of a scenario: by default any free one, and bought from Truedy unless `imported_from` names a carrier."""

    id: Uuid | None = None
    phone_number: E164 | None = None
    status: NumberStatus = "active"
    imported_from: Carrier | None = None
    inbound_agent_id: Uuid | None = None
    outbound_agent_id: Uuid | None = None
    count: Many = 1


class WebhookSeed(Seed, frozen=True, kw_only=True):
    """A webhook of a scenario: Truedy's own are set up in its dashboard, for https receivers."""

    url: Url
    secret: Secret = "whsec_demo"  # noqa: S105  (nothing real has it)
    events: Annotated[list[Event], msgspec.Meta(min_length=1)] = msgspec.field(default_factory=lambda: list(EVENTS))


class TruedySeed(Seed, frozen=True):
    """A Truedy organization of a scenario."""

    kept: ClassVar[tuple[str, ...]] = ("webhooks",)  # they are set up in the dashboard

    subscription: Literal["active", "none"] = "active"
    agents: list[AgentSeed] = []
    numbers: list[NumberSeed] = []
    webhooks: list[WebhookSeed] = []
    records: Records = {}
