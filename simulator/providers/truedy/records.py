"""What a Truedy organization holds, and what a scenario may say of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from simulator.provider import Many, Record, Seed

AgentStatus = Literal["active", "draft", "creating", "failed"]
NumberStatus = Literal["active", "inactive", "pending"]
Carrier = Literal["telnyx", "twilio", "custom_sip"]
Uuid = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
E164 = Annotated[str, msgspec.Meta(pattern="^[+][1-9][0-9]{1,14}$")]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class Owned(Record, frozen=True):
    """What an organization holds."""

    created_at: datetime
    updated_at: datetime


class Agent(Owned, frozen=True):
    """An agent; the defaults of what it is created without are in the spec."""

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
    """The account at a carrier from which a number was imported; its secrets are not kept, as nothing ever shows them."""

    provider_type: Carrier
    friendly_name: str


class AgentSeed(Seed, frozen=True):
    """An agent of a scenario."""

    id: Uuid
    name: Name = "Front desk"
    voice_id: str = "b0e6b5c1-3cde-4f0a-9d53-8f0d2c7f7c11"
    system_prompt: str = "You answer the phone."
    status: AgentStatus = "active"


class NumberSeed(Seed, frozen=True):
    """A number of a scenario; any free one when it names none, bought from Truedy unless it says `imported_from`."""

    id: Uuid | None = None
    phone_number: E164 | None = None
    status: NumberStatus = "active"
    imported_from: Carrier | None = None
    inbound_agent_id: Uuid | None = None
    outbound_agent_id: Uuid | None = None
    count: Many = 1


class TruedySeed(Seed, frozen=True):
    """What a scenario may say of a Truedy organization."""

    subscription: Literal["active", "none"] = "active"
    agents: list[AgentSeed] = []
    numbers: list[NumberSeed] = []
